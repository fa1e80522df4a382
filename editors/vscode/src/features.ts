/**
 * What VS Code may ask of a document, each passed on to the server. The protocol leaves some answers open; the casts say
 * which of the forms `nsm lsp` gives.
 */
import {
  EventEmitter,
  languages,
  SemanticTokens,
  SemanticTokensLegend,
  type CancellationToken,
  type Disposable,
  type Position,
  type TextDocument,
} from 'vscode';
import * as lsp from 'vscode-languageserver-protocol/node';
import * as from from './convert.ts';
import type { Server } from './server.ts';

const documents = { language: 'nsm' };

export const offerFeatures = ({ connection, capabilities }: Server): readonly Disposable[] => {
  /** Nothing when nobody waits for the answer any more. */
  const ask = async <Asked, Answer, Part, Registration>(
    type: lsp.ProtocolRequestType<Asked, Answer, Part, void, Registration>,
    asked: NoInfer<lsp.RequestParam<Asked>>,
    token: CancellationToken,
  ): Promise<Answer | null> => {
    try {
      return await connection.sendRequest(type, asked, token);
    } catch (problem) {
      if (token.isCancellationRequested) return null;
      throw problem;
    }
  };
  const legend = capabilities.semanticTokensProvider?.legend ?? { tokenTypes: [], tokenModifiers: [] };

  const hintsChange = new EventEmitter<void>();
  connection.onRequest(lsp.InlayHintRefreshRequest.type, () => hintsChange.fire());

  return [
    hintsChange,
    languages.registerHoverProvider(documents, {
      provideHover: async (document, position, token) => {
        const hover = await ask(lsp.HoverRequest.type, at(document, position), token);
        return hover && from.hoverFrom(hover);
      },
    }),
    languages.registerCompletionItemProvider(
      documents,
      {
        provideCompletionItems: async (document, position, token) => {
          const items = await ask(lsp.CompletionRequest.type, at(document, position), token);
          return (items as lsp.CompletionItem[] | null)?.map(from.completionFrom);
        },
      },
      ...(capabilities.completionProvider?.triggerCharacters ?? []),
    ),
    languages.registerSignatureHelpProvider(
      documents,
      {
        provideSignatureHelp: async (document, position, token) => {
          const help = await ask(lsp.SignatureHelpRequest.type, at(document, position), token);
          return help && from.signatureHelpFrom(help);
        },
      },
      ...(capabilities.signatureHelpProvider?.triggerCharacters ?? []),
    ),
    languages.registerDefinitionProvider(documents, {
      provideDefinition: async (document, position, token) => {
        const places = await ask(lsp.DefinitionRequest.type, at(document, position), token);
        return (places as lsp.Location[] | null)?.map(from.locationFrom);
      },
    }),
    languages.registerReferenceProvider(documents, {
      provideReferences: async (document, position, { includeDeclaration }, token) => {
        const asked = { ...at(document, position), context: { includeDeclaration } };
        const places = await ask(lsp.ReferencesRequest.type, asked, token);
        return places?.map(from.locationFrom);
      },
    }),
    languages.registerRenameProvider(documents, {
      prepareRename: async (document, position, token) => {
        const found = await ask(lsp.PrepareRenameRequest.type, at(document, position), token);
        if (found === null) throw new Error('This is no name that can be changed.');
        return document.getWordRangeAtPosition(position);
      },
      provideRenameEdits: async (document, position, newName, token) => {
        const edit = await ask(lsp.RenameRequest.type, { ...at(document, position), newName }, token);
        return edit && from.workspaceEditFrom(edit);
      },
    }),
    languages.registerDocumentSymbolProvider(documents, {
      provideDocumentSymbols: async (document, token) => {
        const symbols = await ask(lsp.DocumentSymbolRequest.type, of(document), token);
        return (symbols as lsp.DocumentSymbol[] | null)?.map(from.symbolFrom);
      },
    }),
    languages.registerDocumentSemanticTokensProvider(
      documents,
      {
        provideDocumentSemanticTokens: async (document, token) => {
          const tokens = await ask(lsp.SemanticTokensRequest.type, of(document), token);
          return tokens && new SemanticTokens(new Uint32Array(tokens.data));
        },
      },
      new SemanticTokensLegend(legend.tokenTypes, legend.tokenModifiers),
    ),
    languages.registerFoldingRangeProvider(documents, {
      provideFoldingRanges: async (document, _, token) => {
        const folds = await ask(lsp.FoldingRangeRequest.type, of(document), token);
        return folds?.map(from.foldFrom);
      },
    }),
    languages.registerInlayHintsProvider(documents, {
      onDidChangeInlayHints: hintsChange.event,
      provideInlayHints: async (document, range, token) => {
        const asked = { ...of(document), range: from.rangeTo(range) };
        const hints = await ask(lsp.InlayHintRequest.type, asked, token);
        return hints?.map(from.inlayHintFrom);
      },
    }),
    languages.registerCodeActionsProvider(documents, {
      provideCodeActions: async (document, range, _, token) => {
        const asked = { ...of(document), range: from.rangeTo(range), context: { diagnostics: [] } };
        const actions = await ask(lsp.CodeActionRequest.type, asked, token);
        return (actions as lsp.CodeAction[] | null)?.map(from.codeActionFrom);
      },
    }),
    languages.registerDocumentFormattingEditProvider(documents, {
      provideDocumentFormattingEdits: async (document, { tabSize, insertSpaces }, token) => {
        const asked = { ...of(document), options: { tabSize, insertSpaces } };
        const edits = await ask(lsp.DocumentFormattingRequest.type, asked, token);
        return edits?.map(from.textEditFrom);
      },
    }),
  ];
};

const of = (document: TextDocument): { readonly textDocument: lsp.TextDocumentIdentifier } => ({
  textDocument: { uri: document.uri.toString() },
});

const at = (document: TextDocument, position: Position): lsp.TextDocumentPositionParams => ({
  ...of(document),
  position: from.positionTo(position),
});
