import { afterAll, describe, expect, it } from 'vitest';
import { nsm, temporary } from './run.ts';

const { path: cwd, remove } = temporary();
afterAll(remove);

describe('the command line', () => {
  it.each(['check', 'fmt', 'explain', 'train', 'infer', 'compile'])(
    '%s has help with an example and --json',
    async (name) => {
      const { code, out, err } = await nsm([name, '--help'], { cwd });
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toMatch(new RegExp(`Examples?:\\n  \\$ nsm ${name} `));
      expect(out).toContain('--json');
    },
  );

  it('lists the commands and says its version', async () => {
    expect((await nsm(['--help'], { cwd })).out).toMatch(
      /check[\s\S]*explain[\s\S]*train[\s\S]*infer[\s\S]*compile/,
    );
    expect((await nsm(['--version'], { cwd })).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    ['an unknown command', ['chekc', 'x.nsm'], 'Did you mean check?'],
    ['an unknown option', ['check', 'x.nsm', '--jsn'], 'Did you mean --json?'],
    ['a missing argument', ['train'], "missing required argument 'FILE'"],
    ['a missing directory', ['compile', 'x.nsm'], '--out <DIR>'],
    ['a number that is none', ['train', 'x.nsm', '--batch', 'many'], 'Write a whole number from 1'],
    ['a setting without a value', ['train', 'x.nsm', '--set', 'neurons'], 'Write NAME=NUMBER'],
    ['a setting that is no number', ['train', 'x.nsm', '--set', 'neurons=many'], '"many" is not a number'],
    ['a setting given twice', ['train', 'x.nsm', '--set', 'a=1', '--set', 'a=2'], '"a" is set twice'],
    [
      'iterations and epochs together',
      ['train', 'x.nsm', '--epochs', '1', '--iterations', '2'],
      'cannot be used with',
    ],
  ])('ends with 2 for %s', async (_, words, message) => {
    const { code, out, err } = await nsm(words, { cwd });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
    expect(err).not.toContain('    at ');
  });
});
