/** The requests of an editor, each answered by one feature of the language service. */
import {
  ErrorCodes,
  MarkupKind,
  ResponseError,
  SymbolKind,
  type Connection,
  type DocumentSymbol,
  type ServerCapabilities,
  type TextDocumentPositionParams,
  type TextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver/node';
import { definition } from '../language-service/definition.ts';
import type { EntityKind } from '../language-service/entities.ts';
import { hover } from '../language-service/hover.ts';
import { outline, type OutlineEntry } from '../language-service/outline.ts';
import { references } from '../language-service/references.ts';
import { renamable, rename, type Edit } from '../language-service/rename.ts';
import type { Workspace } from '../language-service/workspace.ts';
import { fileOf, linesOf, locationOf, rangeOf, uriOf } from './lsp-places.ts';

export const featureCapabilities: ServerCapabilities = {
  definitionProvider: true,
  referencesProvider: true,
  renameProvider: { prepareProvider: true },
  hoverProvider: true,
  documentSymbolProvider: true,
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
          contents: { kind: MarkupKind.Markdown, value: found.markdown },
          range: rangeOf(found.span, workspace()),
        };
  });
  connection.onDocumentSymbol(({ textDocument }) =>
    outline(workspace(), fileOf(textDocument.uri)).map((entry) => symbolOf(entry, workspace())),
  );
}

export const workspaceEdit = (edits: readonly Edit[], workspace: Workspace): WorkspaceEdit => {
  const changes: Record<string, TextEdit[]> = {};
  for (const { span, text } of edits)
    (changes[uriOf(span.file)] ??= []).push({ range: rangeOf(span, workspace), newText: text });
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
