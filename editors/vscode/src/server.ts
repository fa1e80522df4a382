/** The language server: which one, how it starts, how it ends. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  createProtocolConnection,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type ProtocolConnection,
  type ServerCapabilities,
} from 'vscode-languageserver-protocol/node';

export interface Server {
  readonly connection: ProtocolConnection;
  readonly capabilities: ServerCapabilities;
  readonly stop: () => Promise<void>;
}

export interface Folder {
  readonly name: string;
  readonly uri: string;
  readonly path: string;
}

const onWindows = process.platform === 'win32';

/** What the settings say, else what is installed in a folder, else what is on the path. */
export const commandFor = (configured: string, folders: readonly Folder[]): string => {
  if (configured !== '') return configured;
  const installed = folders.map(({ path }) =>
    join(path, 'node_modules', '.bin', onWindows ? 'nsm.cmd' : 'nsm'),
  );
  return installed.find((path) => existsSync(path)) ?? 'nsm';
};

/**
 * Starts a server and waits until it is ready. `log` takes what it writes to standard error, `lost` is called when it
 * ends and nobody asked for that. Fails where there is no such command, or it is no server.
 */
export const startServer = async (
  command: string,
  folders: readonly Folder[],
  log: (text: string) => void,
  lost: () => void,
): Promise<Server> => {
  // A `.cmd` file is run by the shell, which wants blanks quoted.
  const child = onWindows
    ? spawn(`"${command}"`, ['lsp', '--stdio'], { cwd: folders[0]?.path, shell: true })
    : spawn(command, ['lsp', '--stdio'], { cwd: folders[0]?.path });
  child.stderr.on('data', (chunk: Buffer) => log(chunk.toString()));
  child.stdin.on('error', () => {}); // What a lost server does not read; that it is lost is told below.
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  let isExpected = false;
  let isReady = false;
  const ended = new Promise<string>((done) => {
    child.on('error', ({ message }) => done(message));
    child.on('exit', (code) => done(`it ended with ${code ?? 'a signal'}`));
  });
  void ended.then(() => {
    connection.dispose();
    if (isReady && !isExpected) lost();
  });
  connection.listen();
  const ready = connection.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri: folders[0]?.uri ?? null,
    workspaceFolders: folders.map(({ name, uri }) => ({ name, uri })),
    // Hints follow from slow checks, which the server makes when nobody types.
    capabilities: { workspace: { inlayHint: { refreshSupport: true } } },
  });
  const answer = await Promise.race([ready, ended]);
  if (typeof answer === 'string') throw new Error(answer);
  isReady = true;
  await connection.sendNotification(InitializedNotification.type, {});
  const leave = async (): Promise<void> => {
    await connection.sendRequest(ShutdownRequest.type);
    await connection.sendNotification(ExitNotification.type);
  };
  return {
    connection,
    capabilities: answer.capabilities,
    stop: async () => {
      isExpected = true;
      const patience = setTimeout(() => child.kill(), 2000);
      leave().catch(() => {}); // It may have ended already.
      await ended;
      clearTimeout(patience);
    },
  };
};
