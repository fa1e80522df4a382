import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { startEditor, type Editor } from './lsp-client.ts';
import { temporary, tinyProgram } from './run.ts';

describe('nsm lsp', () => {
  const folder = temporary();
  const file = join(folder.path, 'tiny.nsm');
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

  it('takes it back when it is mended', async () => {
    await editor.show(file, tinyProgram);
    expect(await editor.problems(file, (found) => found.length === 0)).toEqual([]);
  });

  it('warns when nobody types', async () => {
    await editor.show(file, tinyProgram.replace('Adam }', 'Adam, SGD }'));
    const [problem] = await editor.problems(file, (found) => found.length > 0);
    expect(problem).toMatchObject({ code: 'NSM9001', severity: 2 });
  });

  it('ends when it is told to, with nothing on standard error', async () => {
    expect(await editor.leave()).toEqual({ code: 0, err: '' });
  });
});
