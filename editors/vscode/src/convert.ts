/** The protocol's data as VS Code has them. Its numbers for kinds and severities begin at 0, the protocol's at 1. */
import * as vscode from 'vscode';
import type * as lsp from 'vscode-languageserver-protocol/node';

const positionFrom = ({ line, character }: lsp.Position): vscode.Position =>
  new vscode.Position(line, character);

const rangeFrom = ({ start, end }: lsp.Range): vscode.Range =>
  new vscode.Range(positionFrom(start), positionFrom(end));

export const positionTo = ({ line, character }: vscode.Position): lsp.Position => ({ line, character });

export const rangeTo = ({ start, end }: vscode.Range): lsp.Range => ({
  start: positionTo(start),
  end: positionTo(end),
});

export const locationFrom = ({ uri, range }: lsp.Location): vscode.Location =>
  new vscode.Location(vscode.Uri.parse(uri), rangeFrom(range));

export const textEditFrom = ({ range, newText }: lsp.TextEdit): vscode.TextEdit =>
  new vscode.TextEdit(rangeFrom(range), newText);

export const workspaceEditFrom = ({ changes = {} }: lsp.WorkspaceEdit): vscode.WorkspaceEdit => {
  const edit = new vscode.WorkspaceEdit();
  for (const [uri, edits] of Object.entries(changes))
    edit.set(vscode.Uri.parse(uri), edits.map(textEditFrom));
  return edit;
};

/** All texts of the server are Markdown. */
const markdownFrom = (text: lsp.MarkupContent | string): vscode.MarkdownString =>
  new vscode.MarkdownString(typeof text === 'string' ? text : text.value);

export const diagnosticFrom = (problem: lsp.Diagnostic): vscode.Diagnostic => {
  const message = typeof problem.message === 'string' ? problem.message : problem.message.value;
  const found = new vscode.Diagnostic(rangeFrom(problem.range), message, (problem.severity ?? 1) - 1);
  found.code = problem.code;
  found.source = problem.source;
  found.relatedInformation = problem.relatedInformation?.map(
    (related) => new vscode.DiagnosticRelatedInformation(locationFrom(related.location), related.message),
  );
  return found;
};

export const hoverFrom = ({ contents, range }: lsp.Hover): vscode.Hover =>
  new vscode.Hover(markdownFrom(contents as lsp.MarkupContent), range && rangeFrom(range));

export const completionFrom = (item: lsp.CompletionItem): vscode.CompletionItem => {
  const completion = new vscode.CompletionItem(item.label, item.kind && item.kind - 1);
  completion.detail = item.detail;
  completion.documentation = item.documentation === undefined ? undefined : markdownFrom(item.documentation);
  if (item.textEdit !== undefined && 'range' in item.textEdit) {
    completion.insertText = item.textEdit.newText;
    completion.range = rangeFrom(item.textEdit.range);
  }
  return completion;
};

export const signatureHelpFrom = (help: lsp.SignatureHelp): vscode.SignatureHelp => {
  const shown = new vscode.SignatureHelp();
  shown.signatures = help.signatures.map(({ label, documentation, parameters = [] }) => {
    const signature = new vscode.SignatureInformation(label, documentation && markdownFrom(documentation));
    signature.parameters = parameters.map((each) => new vscode.ParameterInformation(each.label));
    return signature;
  });
  shown.activeSignature = help.activeSignature ?? 0;
  shown.activeParameter = help.activeParameter ?? 0;
  return shown;
};

export const symbolFrom = (symbol: lsp.DocumentSymbol): vscode.DocumentSymbol => {
  const { name, detail = '', kind, range, selectionRange, children = [] } = symbol;
  const shown = new vscode.DocumentSymbol(
    name,
    detail,
    kind - 1,
    rangeFrom(range),
    rangeFrom(selectionRange),
  );
  shown.children = children.map(symbolFrom);
  return shown;
};

export const codeActionFrom = (action: lsp.CodeAction): vscode.CodeAction => {
  const shown = new vscode.CodeAction(action.title, vscode.CodeActionKind.QuickFix);
  shown.edit = action.edit && workspaceEditFrom(action.edit);
  shown.diagnostics = action.diagnostics?.map(diagnosticFrom);
  shown.isPreferred = action.isPreferred;
  return shown;
};

export const foldFrom = ({ startLine, endLine, kind }: lsp.FoldingRange): vscode.FoldingRange =>
  new vscode.FoldingRange(startLine, endLine, kind === undefined ? undefined : foldKinds[kind]);

const foldKinds: Readonly<Record<string, number>> = {
  comment: vscode.FoldingRangeKind.Comment,
  imports: vscode.FoldingRangeKind.Imports,
  region: vscode.FoldingRangeKind.Region,
};

export const inlayHintFrom = ({ position, label, kind }: lsp.InlayHint): vscode.InlayHint =>
  new vscode.InlayHint(
    positionFrom(position),
    typeof label === 'string' ? label : label.map(({ value }) => value).join(''),
    kind,
  );
