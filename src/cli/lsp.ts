/** `nsm lsp`: the language service over standard input and output, for editors. */
import {
  createConnection,
  ProposedFeatures,
  TextDocuments,
  TextDocumentSyncKind,
  type Connection,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { fileSources } from '../check/sources.ts';
import { diagnostics } from '../language-service/diagnostics.ts';
import {
  analysed,
  closed,
  edited,
  isAnalysed,
  newWorkspace,
  refreshed,
  type Change,
  type Workspace,
} from '../language-service/workspace.ts';
import { ended } from './execute.ts';
import { featureCapabilities, serveFeatures } from './lsp/features.ts';
import { diagnosticOf, fileOf, projectFiles, uriOf } from './lsp/places.ts';
import { version } from './version.ts';

/** So long nobody types before the slow checks run, in milliseconds. */
const idle = 300;

/** Serves until the editor says that it is done. */
export async function lsp(): Promise<number> {
  // Whatever is printed by mistake must not be taken for a message.
  const connection = createConnection(ProposedFeatures.all, process.stdin, process.stdout);
  serve(connection);
  return new Promise((done) => connection.onExit(() => done(ended.well)));
}

function serve(connection: Connection): void {
  let workspace: Workspace = newWorkspace(fileSources());
  let roots: readonly string[] = [];
  let refreshesHints = false;
  let timer: NodeJS.Timeout | undefined;
  const texts = new TextDocuments(TextDocument);

  /** Takes a change, and tells the editor about every document whose problems may be others now. */
  const take = ({ workspace: next, patches }: Change): void => {
    workspace = next;
    const touched = patches.flatMap(({ path: [store, file] }) =>
      store === 'documents' ? [String(file)] : [],
    );
    for (const file of new Set(touched)) publish(file);
  };
  const publish = (file: string): void => {
    const document = workspace.documents[file];
    const found = diagnostics(workspace, file).map((problem) => diagnosticOf(problem, workspace));
    void connection.sendDiagnostics({ uri: uriOf(file), version: document?.version, diagnostics: found });
  };
  /** One document at a time, so that requests are answered in between. */
  const analyseSoon = (delay = idle): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const next = Object.values(workspace.documents).find(
        (document) => !isAnalysed(document) && document.parsed.diagnostics.length === 0,
      );
      if (next === undefined) return;
      take(analysed(workspace, next.file));
      if (refreshesHints) void connection.languages.inlayHint.refresh();
      analyseSoon(0);
    }, delay);
  };

  connection.onInitialize(({ workspaceFolders, rootUri, capabilities }) => {
    refreshesHints = capabilities.workspace?.inlayHint?.refreshSupport === true;
    const folders = workspaceFolders?.map(({ uri }) => uri) ?? [rootUri ?? ''];
    roots = folders.filter((uri) => uri !== '').map(fileOf);
    return {
      serverInfo: { name: 'nsm', version: version() },
      capabilities: { textDocumentSync: TextDocumentSyncKind.Incremental, ...featureCapabilities },
    };
  });
  serveFeatures(
    connection,
    () => workspace,
    () => projectFiles(roots),
  );
  texts.onDidChangeContent(({ document }) => {
    take(edited(workspace, fileOf(document.uri), document.version, document.getText()));
    analyseSoon();
  });
  texts.onDidClose(({ document }) => take(closed(workspace, fileOf(document.uri))));
  texts.onDidSave(() => {
    take(refreshed(workspace, fileSources()));
    analyseSoon();
  });
  connection.onDidChangeWatchedFiles(() => {
    take(refreshed(workspace, fileSources()));
    analyseSoon();
  });
  connection.onShutdown(() => clearTimeout(timer));
  texts.listen(connection);
  connection.listen();
}
