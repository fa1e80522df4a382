/** The built extension in a fake VS Code, with the real server. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleExtension } from '../../../editors/vscode/package.ts';
import { format } from '../../../src/format/format.ts';
import { tokenKinds } from '../../../src/language-service/tokens.ts';
import { main, temporary, tinyProgram } from '../../cli/run.ts';
import { fakeCode, loadExtension, token, type Extension, type FakeCode } from './fake.ts';

const folder = temporary();
const built = join(folder.path, 'extension.cjs');
const pid = join(folder.path, 'pid');
const program = format('tiny.nsm', tinyProgram).text;

beforeAll(async () => {
  await bundleExtension(built);
  const bin = join(folder.path, 'node_modules', '.bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(
    join(bin, 'nsm'),
    `#!/bin/sh\necho $$ > "${pid}"\nexec "${process.execPath}" "${main}" "$@"\n`,
  );
  chmodSync(join(bin, 'nsm'), 0o755);
});
afterAll(folder.remove);

describe('the extension, with the nsm that is installed in the folder', () => {
  const code: FakeCode = fakeCode({ folder: folder.path });
  const file = join(folder.path, 'tiny.nsm');
  let extension: Extension;
  let document: ReturnType<FakeCode['open']>;
  /** What a provider answers about the document, as plain data. */
  const ask = async (kind: string, question: string, ...asked: readonly unknown[]) =>
    JSON.parse(JSON.stringify(await code.providers[kind]![question]!(document, ...asked, token)));

  beforeAll(async () => {
    extension = loadExtension(built, code);
    document = code.open(file, program.replace('Phi @ z', 'Phy @ z'));
    await extension.activate(code.context);
  });

  it('shows what is wrong with a document that was open already', async () => {
    const [problem] = await code.problems(document, (found) => found.length > 0);
    const start = document.find('Phy @ z');
    expect(problem).toMatchObject({
      code: 'NSM2001',
      severity: 0,
      message: 'nothing is called `Phy` here\nDid you mean `Phi`?',
      range: { start, end: { ...start, character: start.character + 3 } },
    });
  });

  it('offers the fix', async () => {
    const place = document.find('hy @ z');
    const [action] = await ask('CodeActionsProvider', 'provideCodeActions', { start: place, end: place }, {});
    expect(action).toMatchObject({ title: 'Write `Phi`', kind: 'quickfix' });
    expect(action.edit.changes[document.uri.toString()]).toMatchObject([{ newText: 'Phi' }]);
  });

  it('follows what is typed', async () => {
    code.replace(document, 'Phy @ z', 'Phi @ z');
    expect(await code.problems(document, (found) => found.length === 0)).toEqual([]);
  });

  it('shows hints when the server has found them out', async () => {
    const all = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };
    const hints = () => ask('InlayHintsProvider', 'provideInlayHints', all);
    const change = new Promise<void>(
      (done) => void code.providers['InlayHintsProvider']!['onDidChangeInlayHints']!(done),
    );
    if ((await hints()).length === 0) await change;
    expect(await hints()).toContainEqual({
      position: document.find(' ~ Poisson'),
      label: ': count[neurons]',
      kind: 1,
    });
  });

  it('tells what a name means', async () => {
    const hover = await ask('HoverProvider', 'provideHover', document.find('z ~ Poisson'));
    expect(hover.contents.value).toBe('```nsm\nlatent z: count[neurons]\n```');
  });

  it('completes', async () => {
    const items = await ask('CompletionItemProvider', 'provideCompletionItems', document.find('z, sd'));
    expect(items.find(({ label }: { label: string }) => label === 'z')).toMatchObject({
      detail: 'count[neurons]',
      insertText: 'z',
      range: { start: document.find('z, sd') },
    });
    expect(code.registered['CompletionItemProvider']).toContain('~');
  });

  it('shows which argument is being given', async () => {
    const help = await ask('SignatureHelpProvider', 'provideSignatureHelp', document.find('sd = 1'));
    expect(help.signatures[0].label).toMatch(/^Normal\(/);
    expect(help.activeParameter).toBe(1);
  });

  it('finds definitions and uses', async () => {
    const [definition] = await ask('DefinitionProvider', 'provideDefinition', document.find('Poisson(log'));
    expect(definition.uri).toMatch(/stdlib\/families\/Poisson\.nsm$/);
    const context = { includeDeclaration: true };
    const uses = await ask('ReferenceProvider', 'provideReferences', document.find('Phi'), context);
    expect(uses).toHaveLength(3);
  });

  it('renames, and says why it does not', async () => {
    const edit = await ask('RenameProvider', 'provideRenameEdits', document.find('Phi'), 'W');
    expect(edit.changes[document.uri.toString()]).toHaveLength(3);
    await expect(ask('RenameProvider', 'provideRenameEdits', document.find('Phi'), 'prior')).rejects.toThrow(
      '`prior` already has a meaning where `Phi` is used.',
    );
    await expect(ask('RenameProvider', 'prepareRename', document.find('model'))).rejects.toThrow('no name');
  });

  it('has an outline and folds', async () => {
    const symbols = await ask('DocumentSymbolProvider', 'provideDocumentSymbols');
    // Numbers of VS Code: 4 is a class, 5 a method.
    expect(symbols.map(({ name, kind }: { name: string; kind: number }) => [name, kind])).toEqual([
      ['Tiny', 4],
      ['Settle', 5],
      ['Learn', 5],
    ]);
    const folds = await ask('FoldingRangeProvider', 'provideFoldingRanges', {});
    expect(folds[0]).toEqual({ start: 0, end: 1, kind: 2 });
  });

  it('colours by meaning, with the kinds that the server has', async () => {
    const [legend] = code.registered['DocumentSemanticTokensProvider']!;
    expect(legend).toEqual({ tokenTypes: tokenKinds, tokenModifiers: ['declaration', 'defaultLibrary'] });
    const { data } = await ask('DocumentSemanticTokensProvider', 'provideDocumentSemanticTokens');
    expect(Object.values(data).slice(0, 5)).toEqual([0, 0, 6, tokenKinds.indexOf('keyword'), 0]);
  });

  it('lays the document out', async () => {
    const options = { tabSize: 2, insertSpaces: true };
    const lines = () => ask('DocumentFormattingEditProvider', 'provideDocumentFormattingEdits', options);
    expect(await lines()).toEqual([]);
    code.replace(document, '  start u = prior', 'start  u=prior');
    expect(await lines()).toMatchObject([{ newText: '  start u = prior\n' }]);
  });

  it('starts anew when it is told to, with the documents that are open', async () => {
    code.replace(document, 'Phi @ z', 'Phy @ z');
    await code.commands['nsm.restart']!();
    const [problem] = await code.problems(document, (found) => found.length > 0);
    expect(problem).toMatchObject({ code: 'NSM2001' });
  });

  it('says so when the server is lost, and starts another when that is wished', async () => {
    code.answers.push('Try again');
    const first = Number(readFileSync(pid, 'utf8'));
    process.kill(first, 'SIGKILL');
    await code.problems(document, (found) => found.length === 0);
    await code.problems(document, (found) => found.length > 0);
    expect(Number(readFileSync(pid, 'utf8'))).not.toBe(first);
    expect(code.errors.splice(0)).toEqual([expect.stringMatching(/nsm lsp` has ended\.$/)]);
  });

  it('forgets what is closed, and ends quietly', async () => {
    code.close(document);
    await code.problems(document, (found) => found.length === 0);
    await extension.deactivate();
    expect(code.providers).toEqual({});
    expect(code.errors).toEqual([]);
  });
});

it('says what to do where there is no nsm', async () => {
  const code = fakeCode({ folder: folder.path, command: join(folder.path, 'missing') });
  await loadExtension(built, code).activate(code.context);
  expect(code.errors).toEqual([
    `\`${join(folder.path, 'missing')} lsp\` does not start. Install it in this folder (\`npm install nsm\`), or name it in the setting \`nsm.command\`.`,
  ]);
});

it('says so where what is named ends at once', async () => {
  const code = fakeCode({ folder: folder.path, command: 'false' });
  await loadExtension(built, code).activate(code.context);
  expect(code.errors).toEqual([expect.stringContaining('`false lsp` does not start.')]);
});

it('starts nothing in a folder that is not trusted, until it is', async () => {
  const code = fakeCode({ folder: folder.path, isTrusted: false });
  const extension = loadExtension(built, code);
  await extension.activate(code.context);
  expect(code.providers).toEqual({});
  code.grantTrust();
  const document = code.open(join(folder.path, 'new.nsm'), 'model M { param a: real = b }');
  expect(await code.problems(document, (found) => found.length > 0)).toMatchObject([{ code: 'NSM2001' }]);
  await extension.deactivate();
});
