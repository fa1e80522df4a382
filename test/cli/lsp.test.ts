import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type {
  CodeAction,
  CompletionItem,
  Hover,
  Location,
  TextEdit,
  WorkspaceEdit,
} from 'vscode-languageserver/node';
import { format } from '../../src/format/format.ts';
import { startEditor, type Editor } from './lsp-client.ts';
import { temporary, tinyProgram } from './run.ts';

describe('nsm lsp', () => {
  const folder = temporary();
  const file = join(folder.path, 'tiny.nsm');
  const uri = pathToFileURL(file).href;
  /** Of the tiny program: the first place of a text on a line, counted from 0. */
  const at = (text: string, line: number) => ({
    textDocument: { uri },
    position: { line, character: tinyProgram.split('\n')[line]!.indexOf(text) },
  });
  let editor: Editor;
  beforeAll(async () => {
    editor = await startEditor(folder.path);
  });
  afterAll(folder.remove);

  it('tells what is wrong with a document that was never saved', async () => {
    await editor.show(file, tinyProgram.replace('Phi @ z', 'Phy @ z'));
    const [problem] = await editor.problems(file, (found) => found.length > 0);
    expect(problem).toMatchObject({
      code: 'NSM2001',
      source: 'nsm',
      severity: 1,
      message: 'nothing is called `Phy` here\nDid you mean `Phi`?',
      range: { start: { line: 9, character: 29 }, end: { line: 9, character: 32 } },
    });
  });

  it('mends it when it is asked to', async () => {
    const place = { line: 9, character: 30 };
    const [action] = await editor.request<CodeAction[]>('textDocument/codeAction', {
      textDocument: { uri },
      range: { start: place, end: place },
      context: { diagnostics: [] },
    });
    expect(action?.title).toBe('Write `Phi`');
    const [edit] = action?.edit?.changes?.[uri] ?? [];
    expect(edit).toEqual({
      range: { start: { line: 9, character: 29 }, end: { line: 9, character: 32 } },
      newText: 'Phi',
    });
  });

  it('offers statements that are missing, with the indentation of the others', async () => {
    const line = tinyProgram.split('\n').findIndex((text) => text.trim().startsWith('start '));
    const lines = tinyProgram.split('\n').toSpliced(line, 1);
    await editor.show(file, lines.join('\n'));
    const [problem] = await editor.problems(file, (found) => found.some(({ code }) => code === 'NSM5006'));
    const actions = await editor.request<CodeAction[]>('textDocument/codeAction', {
      textDocument: { uri },
      range: problem!.range,
      context: { diagnostics: [] },
    });
    expect(actions.map(({ title, isPreferred }) => [title, isPreferred])).toEqual([
      ['Add `start u = 0`', true],
    ]);
    const [edit] = actions[0]?.edit?.changes?.[uri] ?? [];
    expect(edit?.newText).toBe('  start u = 0\n');
  });

  it('takes it back when it is mended', async () => {
    await editor.show(file, tinyProgram);
    expect(await editor.problems(file, (found) => found.length === 0)).toEqual([]);
  });

  it('warns when nobody types', async () => {
    await editor.show(file, tinyProgram.replace('Adam }', 'Adam, SGD }'));
    const [problem] = await editor.problems(file, (found) => found.length > 0);
    expect(problem).toMatchObject({ code: 'NSM9001', severity: 2 });
  });

  it('tells what a name means', async () => {
    await editor.show(file, tinyProgram);
    await editor.problems(file, (found) => found.length === 0);
    const found = await editor.request<Hover>('textDocument/hover', at('z', 9));
    expect(found.contents).toEqual({ kind: 'markdown', value: '```nsm\nlatent z: count[neurons]\n```' });
  });

  it('completes with names in scope', async () => {
    const items = await editor.request<CompletionItem[]>('textDocument/completion', at('z, sd', 9));
    expect(items.find(({ label }) => label === 'z')).toMatchObject({ detail: 'count[neurons]' });
  });

  it('finds where a name is declared, in the standard library too', async () => {
    const [poisson] = await editor.request<Location[]>('textDocument/definition', at('Poisson', 8));
    expect(poisson?.uri).toMatch(/stdlib\/families\/Poisson\.nsm$/);
  });

  it('renames everywhere', async () => {
    const edit = await editor.request<WorkspaceEdit>('textDocument/rename', {
      ...at('Phi', 9),
      newName: 'W',
    });
    expect(edit.changes?.[uri]?.map(({ range }) => range.start.line)).toEqual([5, 9, 21]);
  });

  it('says why it does not rename', async () => {
    const refused = editor.request('textDocument/rename', { ...at('Phi', 9), newName: 'prior' });
    await expect(refused).rejects.toThrow('`prior` already has a meaning where `Phi` is used.');
  });

  it('lays the document out', async () => {
    const laidOut = format(file, tinyProgram).text;
    await editor.show(file, laidOut.replace('  start u = prior', 'start  u=prior'));
    const [edit] = await editor.request<TextEdit[]>('textDocument/formatting', {
      textDocument: { uri },
      options: { tabSize: 2, insertSpaces: true },
    });
    const line = laidOut.split('\n').indexOf('  start u = prior');
    expect(edit).toEqual({
      range: { start: { line, character: 0 }, end: { line: line + 1, character: 0 } },
      newText: '  start u = prior\n',
    });
  });

  it('ends when it is told to, with nothing on standard error', async () => {
    expect(await editor.leave()).toEqual({ code: 0, err: '' });
  });
});
