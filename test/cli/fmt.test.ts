import { mkdirSync, readFileSync, symlinkSync, lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { jsonLines, nsm, temporary } from './run.ts';

const { path: cwd, remove } = temporary();
afterAll(remove);

const loose = 'model   A {param a:real=0}\n';
const laidOut = 'model A {\n  param a: real = 0\n}\n';
const write = (name: string, text: string | Uint8Array): void => writeFileSync(join(cwd, name), text);
const read = (name: string): string => readFileSync(join(cwd, name), 'utf8');

describe('nsm fmt', () => {
  it('rewrites files, and then has nothing to do', async () => {
    write('a.nsm', loose);
    expect(await nsm(['fmt', 'a.nsm'], { cwd })).toEqual({
      code: 0,
      out: 'a.nsm\n',
      err: '1 of 1 file changed\n',
    });
    expect(read('a.nsm')).toBe(laidOut);
    expect(await nsm(['fmt', 'a.nsm'], { cwd })).toEqual({
      code: 0,
      out: '',
      err: '1 file, laid out already\n',
    });
  });

  it('with --check writes nothing, names the files and ends with 1', async () => {
    write('b.nsm', loose);
    const ended = await nsm(['fmt', '--check', 'b.nsm', 'a.nsm'], { cwd });
    expect(ended).toEqual({ code: 1, out: 'b.nsm\n', err: '1 of 2 files would change\n' });
    expect(read('b.nsm')).toBe(loose);
    expect((await nsm(['fmt', '--check', 'a.nsm'], { cwd })).code).toBe(0);
  });

  it('walks directories, and leaves packages that are installed alone', async () => {
    mkdirSync(join(cwd, 'models/deep/node_modules/other'), { recursive: true });
    for (const name of ['models/a.nsm', 'models/deep/b.nsm', 'models/deep/node_modules/other/c.nsm'])
      write(name, loose);
    write('models/notes.txt', loose);
    const { out } = await nsm(['fmt', 'models', 'models/a.nsm'], { cwd });
    expect(out.split('\n')).toEqual(['models/a.nsm', 'models/deep/b.nsm', '']);
    expect(read('models/deep/node_modules/other/c.nsm')).toBe(loose);
  });

  it('lays out what it can of a file with errors, and says what is wrong', async () => {
    write('wrong.nsm', `modle  B {}\n\n${loose}`);
    const { code, err } = await nsm(['fmt', 'wrong.nsm'], { cwd });
    expect(code).toBe(1);
    expect(err).toContain('NSM1007');
    expect(read('wrong.nsm')).toBe(`modle  B {}\n\n${laidOut}`);
  });

  it('prints one JSON object with --json', async () => {
    write('c.nsm', loose);
    const { out, err } = await nsm(['fmt', '--check', '--json', 'a.nsm', 'c.nsm', 'wrong.nsm'], { cwd });
    const [event] = jsonLines(out);
    expect(err).toBe('');
    expect(event).toMatchObject({
      files: [
        { file: 'a.nsm', changed: false },
        { file: 'c.nsm', changed: true },
        { file: 'wrong.nsm', changed: false },
      ],
      changed: 1,
      diagnostics: [{ code: 'NSM1007', file: 'wrong.nsm', line: 1, column: 1 }],
    });
  });

  it('writes through a link to a file', async () => {
    write('target.nsm', loose);
    symlinkSync('target.nsm', join(cwd, 'link.nsm'));
    await nsm(['fmt', 'link.nsm'], { cwd });
    expect(read('target.nsm')).toBe(laidOut);
    expect(lstatSync(join(cwd, 'link.nsm')).isSymbolicLink()).toBe(true);
  });

  it('refuses what is not there and what is no text, before anything is written', async () => {
    write('latin.nsm', Uint8Array.from([0x2f, 0x2f, 0xe9, 0x0a]));
    write('d.nsm', loose);
    for (const other of ['none.nsm', 'latin.nsm']) {
      const { code, err } = await nsm(['fmt', 'd.nsm', other], { cwd });
      expect(code).toBe(1);
      expect(err).toContain(`NSM6001`);
      expect(err).toContain(other);
    }
    expect(read('d.nsm')).toBe(loose);
  });
});
