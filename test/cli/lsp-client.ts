/** An editor in a few lines: speaks to `nsm lsp` over its standard input and output. */
import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import type { Diagnostic, InitializeResult, PublishDiagnosticsParams } from 'vscode-languageserver/node';
import { main } from './run.ts';

export interface Editor {
  readonly capabilities: InitializeResult['capabilities'];
  readonly request: <Result>(method: string, parameters: object) => Promise<Result>;
  /** Opens a document, or replaces its text. */
  readonly show: (path: string, text: string) => Promise<void>;
  /** The first problems of a document, from now on, that the condition accepts. */
  readonly problems: (
    path: string,
    accepted: (found: readonly Diagnostic[]) => boolean,
  ) => Promise<readonly Diagnostic[]>;
  /** Shuts the server down; gives its exit code and what it wrote to standard error. */
  readonly leave: () => Promise<{ readonly code: number | null; readonly err: string }>;
}

export const startEditor = async (cwd: string): Promise<Editor> => {
  const child = spawn(process.execPath, [main, 'lsp', '--stdio'], { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const left = new Promise<number | null>((done) => child.on('close', done));
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const latest = new Map<string, readonly Diagnostic[]>();
  const waiting = new Set<() => void>();
  connection.onNotification('textDocument/publishDiagnostics', (told: PublishDiagnosticsParams) => {
    latest.set(told.uri, told.diagnostics);
    for (const look of waiting) look();
  });
  connection.listen();
  const { capabilities } = await connection.sendRequest<InitializeResult>('initialize', {
    processId: process.pid,
    rootUri: pathToFileURL(cwd).href,
    capabilities: {},
  });
  await connection.sendNotification('initialized', {});
  const versions = new Map<string, number>();
  return {
    capabilities,
    request: (method, parameters) => connection.sendRequest(method, parameters),
    show: async (path, text) => {
      const uri = pathToFileURL(path).href;
      const version = (versions.get(uri) ?? 0) + 1;
      versions.set(uri, version);
      latest.delete(uri);
      if (version === 1)
        await connection.sendNotification('textDocument/didOpen', {
          textDocument: { uri, languageId: 'nsm', version, text },
        });
      else
        await connection.sendNotification('textDocument/didChange', {
          textDocument: { uri, version },
          contentChanges: [{ text }],
        });
    },
    problems: (path, accepted) =>
      new Promise((done) => {
        const look = (): void => {
          const found = latest.get(pathToFileURL(path).href);
          if (found === undefined || !accepted(found)) return;
          waiting.delete(look);
          done(found);
        };
        waiting.add(look);
        look();
      }),
    leave: async () => {
      await connection.sendRequest('shutdown');
      await connection.sendNotification('exit');
      return { code: await left, err };
    },
  };
};
