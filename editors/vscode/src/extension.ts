/** The extension: a client of `nsm lsp`. Colours and brackets are data, in `syntaxes` and `language-configuration.json`. */
import { commands, window, workspace, type Disposable, type ExtensionContext } from 'vscode';
import { keepDocuments } from './documents.ts';
import { offerFeatures } from './features.ts';
import { commandFor, startServer, type Folder } from './server.ts';

type Stop = () => Promise<void>;
const nothing: Stop = async () => {};

/** Stops what runs. Each start and each end waits for the one before. */
let running: Promise<Stop> = Promise.resolve(nothing);

export async function activate(context: ExtensionContext): Promise<void> {
  const output = window.createOutputChannel('nsm');
  const log = (text: string): void => output.append(text);
  context.subscriptions.push(
    output,
    commands.registerCommand('nsm.restart', () => restart(log)),
    workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('nsm.command')) void restart(log);
    }),
    workspace.onDidGrantWorkspaceTrust(() => void restart(log)),
  );
  await restart(log);
}

export async function deactivate(): Promise<void> {
  running = running.then(async (stop) => {
    await stop();
    return nothing;
  });
  await running;
}

async function restart(log: (text: string) => void): Promise<void> {
  running = running.then(async (stop) => {
    await stop();
    // The command may be one that the workspace brings.
    return workspace.isTrusted ? start(log) : nothing;
  });
  await running;
}

async function start(log: (text: string) => void): Promise<Stop> {
  const folders = (workspace.workspaceFolders ?? []).map(({ name, uri }): Folder => ({
    name,
    uri: uri.toString(),
    path: uri.fsPath,
  }));
  const command = commandFor(workspace.getConfiguration('nsm').get('command', ''), folders);
  const held: Disposable[] = [];
  const release = (): void => held.splice(0).forEach((each) => void each.dispose());
  try {
    const server = await startServer(command, folders, log, () => {
      release();
      void offerRestart(`\`${command} lsp\` has ended.`, log);
    });
    held.push(...keepDocuments(server.connection), ...offerFeatures(server));
    return async () => {
      release();
      await server.stop();
    };
  } catch (problem) {
    log(`${command}: ${String(problem)}\n`);
    const advice = 'Install it in this folder (`npm install nsm`), or name it in the setting `nsm.command`.';
    void offerRestart(`\`${command} lsp\` does not start. ${advice}`, log);
    return nothing;
  }
}

async function offerRestart(message: string, log: (text: string) => void): Promise<void> {
  const again = 'Try again';
  if ((await window.showErrorMessage(message, again)) === again) await restart(log);
}
