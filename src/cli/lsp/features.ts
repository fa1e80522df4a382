/** The requests of an editor, each answered by one feature of the language service. */
import {
  CodeActionKind,
  CompletionItemKind,
  ErrorCodes,
  InlayHintKind,
  MarkupKind,
  ResponseError,
  SemanticTokensBuilder,
  SymbolKind,
  type Connection,
  type DocumentSymbol,
  type MarkupContent,
  type ServerCapabilities,
  type TextDocumentPositionParams,
  type TextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver/node';
import type { Edit } from '../../diagnostics/diagnostic.ts';
import { withPlainMaths } from '../../document/formula/text.ts';
import { actions } from '../../language-service/actions.ts';
import { completion, type Completion } from '../../language-service/completion.ts';
import { definition } from '../../language-service/definition.ts';
import type { EntityKind } from '../../language-service/entities.ts';
import { folds } from '../../language-service/folding.ts';
import { formatting } from '../../language-service/formatting.ts';
import { hover } from '../../language-service/hover.ts';
import { inlayHints } from '../../language-service/inlay.ts';
import { outline, type OutlineEntry } from '../../language-service/outline.ts';
import { references } from '../../language-service/references.ts';
import { renamable, rename } from '../../language-service/rename.ts';
import { signatureHelp } from '../../language-service/signature-help.ts';
import { semanticTokens, tokenKinds } from '../../language-service/tokens.ts';
import type { Workspace } from '../../language-service/workspace.ts';
import { diagnosticOf, fileOf, linesOf, locationOf, rangeOf, uriOf } from './places.ts';

export const featureCapabilities: ServerCapabilities = {
  definitionProvider: true,
  referencesProvider: true,
  renameProvider: { prepareProvider: true },
  hoverProvider: true,
  documentSymbolProvider: true,
  completionProvider: { triggerCharacters: ['~', '@', '[', '"', '/'] },
  signatureHelpProvider: { triggerCharacters: ['(', ','] },
  foldingRangeProvider: true,
  documentFormattingProvider: true,
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
  inlayHintProvider: true,
  semanticTokensProvider: {
    legend: { tokenTypes: [...tokenKinds], tokenModifiers: ['declaration', 'defaultLibrary'] },
    full: true,
  },
};

/** `workspace` is the one of the moment, `projectFiles` all files that a rename may reach. */
export function serveFeatures(
  connection: Connection,
  workspace: () => Workspace,
  projectFiles: () => readonly string[],
): void {
  /** A request about a place, as file and offset. */
  const at = ({
    textDocument,
    position,
  }: TextDocumentPositionParams): readonly [Workspace, string, number] => {
    const file = fileOf(textDocument.uri);
    return [workspace(), file, linesOf(file, workspace()).offsetAt(position)];
  };
  const locations = (spans: readonly Edit['span'][]) => spans.map((span) => locationOf(span, workspace()));

  connection.onDefinition((asked) => locations(definition(...at(asked))));
  connection.onReferences((asked) => locations(references(...at(asked), projectFiles())));
  connection.onPrepareRename((asked) => {
    const entity = renamable(...at(asked));
    return entity === null ? null : { defaultBehavior: true };
  });
  connection.onRenameRequest((asked) => {
    const renaming = rename(...at(asked), asked.newName, projectFiles());
    if (renaming.kind === 'refused') return new ResponseError(ErrorCodes.InvalidRequest, renaming.why);
    return workspaceEdit(renaming.edits, workspace());
  });
  connection.onHover((asked) => {
    const found = hover(...at(asked));
    return found === null
      ? null
      : {
          contents: markdown(found.markdown),
          range: rangeOf(found.span, workspace()),
        };
  });
  connection.onCompletion((asked) => {
    const [now, file, offset] = at(asked);
    const { start, end, items } = completion(now, file, offset);
    const range = rangeOf({ file, start, end }, now);
    return items.map(({ label, kind, detail, doc, insert }) => ({
      label,
      kind: completionKinds[kind],
      ...(detail === null ? {} : { detail }),
      ...(doc === null ? {} : { documentation: markdown(doc) }),
      textEdit: { range, newText: insert ?? label },
    }));
  });
  connection.onSignatureHelp((asked) => {
    const found = signatureHelp(...at(asked));
    if (found === null) return null;
    const { label, parameters, doc, active } = found;
    return {
      signatures: [
        {
          label,
          parameters: parameters.map((parameter) => ({ label: parameter.label })),
          ...(doc === null ? {} : { documentation: markdown(doc) }),
        },
      ],
      activeSignature: 0,
      activeParameter: active,
    };
  });
  connection.onCodeAction(({ textDocument, range }) => {
    const file = fileOf(textDocument.uri);
    const now = workspace();
    const lines = linesOf(file, now);
    const asked = { start: lines.offsetAt(range.start), end: lines.offsetAt(range.end) };
    return actions(now, file, asked).map(({ title, edits, problem, isPreferred }) => ({
      title,
      kind: CodeActionKind.QuickFix,
      isPreferred,
      diagnostics: [diagnosticOf(problem, now)],
      edit: workspaceEdit(edits, now),
    }));
  });
  connection.onDocumentFormatting(({ textDocument }) => {
    const now = workspace();
    return formatting(now, fileOf(textDocument.uri)).map((edit) => textEdit(edit, now));
  });
  connection.onFoldingRanges(({ textDocument }) => {
    const file = fileOf(textDocument.uri);
    const lines = linesOf(file, workspace());
    return folds(workspace(), file).map(({ start, end, kind }) => ({
      startLine: lines.positionAt(start).line,
      // The closing brace stays in sight.
      endLine: lines.positionAt(end).line - (kind === 'body' ? 1 : 0),
      ...(kind === 'body' ? {} : { kind }),
    }));
  });
  connection.languages.inlayHint.on(({ textDocument, range }) => {
    const file = fileOf(textDocument.uri);
    const lines = linesOf(file, workspace());
    const [first, last] = [lines.offsetAt(range.start), lines.offsetAt(range.end)];
    return inlayHints(workspace(), file)
      .filter(({ offset }) => first <= offset && offset <= last)
      .map(({ offset, text }) => ({
        position: lines.positionAt(offset),
        label: text,
        kind: InlayHintKind.Type,
      }));
  });
  connection.languages.semanticTokens.on(({ textDocument }) => {
    const file = fileOf(textDocument.uri);
    const lines = linesOf(file, workspace());
    const builder = new SemanticTokensBuilder();
    for (const { span, kind, isDeclaration, isStandard } of semanticTokens(workspace(), file)) {
      const { line, character } = lines.positionAt(span.start);
      const modifiers = (isDeclaration ? 1 : 0) + (isStandard ? 2 : 0);
      builder.push(line, character, span.end - span.start, tokenKinds.indexOf(kind), modifiers);
    }
    return builder.build();
  });
  connection.onDocumentSymbol(({ textDocument }) =>
    outline(workspace(), fileOf(textDocument.uri)).map((entry) => symbolOf(entry, workspace())),
  );
}

const textEdit = ({ span, text }: Edit, workspace: Workspace): TextEdit => ({
  range: rangeOf(span, workspace),
  newText: text,
});

const workspaceEdit = (edits: readonly Edit[], workspace: Workspace): WorkspaceEdit => {
  const changes: Record<string, TextEdit[]> = {};
  for (const edit of edits) (changes[uriOf(edit.span.file)] ??= []).push(textEdit(edit, workspace));
  return { changes };
};

const symbolOf = (entry: OutlineEntry, workspace: Workspace): DocumentSymbol => ({
  name: entry.name,
  detail: entry.kind,
  kind: symbolKinds[entry.kind],
  range: rangeOf(entry.span, workspace),
  selectionRange: rangeOf(entry.at, workspace),
  children: entry.children.map((child) => symbolOf(child, workspace)),
});

const symbolKinds: Readonly<Record<EntityKind, SymbolKind>> = {
  family: SymbolKind.Class,
  model: SymbolKind.Class,
  dynamics: SymbolKind.Method,
  inference: SymbolKind.Method,
  learning: SymbolKind.Method,
  function: SymbolKind.Function,
  axis: SymbolKind.TypeParameter,
  setting: SymbolKind.Constant,
  parameter: SymbolKind.Field,
  latent: SymbolKind.Variable,
  observed: SymbolKind.Variable,
  state: SymbolKind.Variable,
  energy: SymbolKind.Property,
  measure: SymbolKind.Property,
  coordinate: SymbolKind.Variable,
  'natural parameter': SymbolKind.Field,
  'moved variable': SymbolKind.Variable,
  value: SymbolKind.Variable,
  draw: SymbolKind.Variable,
  part: SymbolKind.Event,
  phase: SymbolKind.Namespace,
};

const completionKinds: Readonly<Record<Completion['kind'], CompletionItemKind>> = {
  family: CompletionItemKind.Class,
  model: CompletionItemKind.Class,
  dynamics: CompletionItemKind.Method,
  inference: CompletionItemKind.Method,
  learning: CompletionItemKind.Method,
  function: CompletionItemKind.Function,
  'builtin function': CompletionItemKind.Function,
  axis: CompletionItemKind.TypeParameter,
  setting: CompletionItemKind.Constant,
  parameter: CompletionItemKind.Field,
  latent: CompletionItemKind.Variable,
  observed: CompletionItemKind.Variable,
  state: CompletionItemKind.Variable,
  energy: CompletionItemKind.Property,
  measure: CompletionItemKind.Property,
  coordinate: CompletionItemKind.Variable,
  'natural parameter': CompletionItemKind.Field,
  'moved variable': CompletionItemKind.Variable,
  value: CompletionItemKind.Variable,
  draw: CompletionItemKind.Variable,
  part: CompletionItemKind.Event,
  phase: CompletionItemKind.Module,
  keyword: CompletionItemKind.Keyword,
  support: CompletionItemKind.TypeParameter,
  word: CompletionItemKind.Constant,
  argument: CompletionItemKind.Property,
  file: CompletionItemKind.File,
};

/** Editors set no mathematics in Markdown. */
const markdown = (text: string): MarkupContent => ({
  kind: MarkupKind.Markdown,
  value: withPlainMaths(text),
});
