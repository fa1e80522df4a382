/** Keeps the server's documents as the editor's are, and shows the problems that it finds in them. */
import {
  DidChangeTextDocumentNotification,
  DidChangeWatchedFilesNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DidSaveTextDocumentNotification,
  FileChangeType,
  PublishDiagnosticsNotification,
  type ProtocolConnection,
} from 'vscode-languageserver-protocol/node';
import { languages, Uri, workspace, type Disposable, type TextDocument } from 'vscode';
import { diagnosticFrom, rangeTo } from './convert.ts';

export const keepDocuments = (connection: ProtocolConnection): readonly Disposable[] => {
  const problems = languages.createDiagnosticCollection('nsm');
  connection.onNotification(PublishDiagnosticsNotification.type, ({ uri, diagnostics }) =>
    problems.set(Uri.parse(uri), diagnostics.map(diagnosticFrom)),
  );

  const isOurs = ({ languageId }: TextDocument): boolean => languageId === 'nsm';
  const open = (document: TextDocument): void => {
    if (!isOurs(document)) return;
    const { languageId, version } = document;
    void connection.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri: document.uri.toString(), languageId, version, text: document.getText() },
    });
  };
  const watcher = workspace.createFileSystemWatcher('**/*.nsm');
  const fileIs = (type: FileChangeType) => (uri: Uri) =>
    connection.sendNotification(DidChangeWatchedFilesNotification.type, {
      changes: [{ uri: uri.toString(), type }],
    });

  workspace.textDocuments.forEach(open);
  return [
    problems,
    watcher,
    watcher.onDidCreate(fileIs(FileChangeType.Created)),
    watcher.onDidChange(fileIs(FileChangeType.Changed)),
    watcher.onDidDelete(fileIs(FileChangeType.Deleted)),
    workspace.onDidOpenTextDocument(open),
    workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (!isOurs(document) || contentChanges.length === 0) return;
      void connection.sendNotification(DidChangeTextDocumentNotification.type, {
        textDocument: { uri: document.uri.toString(), version: document.version },
        contentChanges: contentChanges.map(({ range, text }) => ({ range: rangeTo(range), text })),
      });
    }),
    workspace.onDidSaveTextDocument((document) => {
      if (!isOurs(document)) return;
      void connection.sendNotification(DidSaveTextDocumentNotification.type, {
        textDocument: { uri: document.uri.toString() },
      });
    }),
    workspace.onDidCloseTextDocument((document) => {
      if (!isOurs(document)) return;
      void connection.sendNotification(DidCloseTextDocumentNotification.type, {
        textDocument: { uri: document.uri.toString() },
      });
    }),
  ];
};
