/** A model and a dynamics of a user's own, in one file: checked, explained with a verdict, trained, and sampled from. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLines, nsm, temporary, writeRows, type Ended } from '../cli/run.ts';

const text = readFileSync(new URL('../../examples/experts.nsm', import.meta.url), 'utf8');
const { path: cwd, remove } = temporary();
afterAll(remove);

const verdictOf = async (name: string, program: string): Promise<string> => {
  writeFileSync(join(cwd, name), program);
  const { out, err, code } = await nsm(['explain', name], { cwd });
  expect(err).toBe('');
  expect(code).toBe(0);
  return out.slice(out.indexOf('samplers of Dreaming'), out.indexOf('samplers of phase'));
};
/** The text with one part replaced, which it must have. */
const edited = (part: string, by: string): string => {
  expect(text).toContain(part);
  return text.replace(part, by);
};

describe('a dynamics and a model in one new file', () => {
  it('have no problems', async () => {
    writeFileSync(join(cwd, 'experts.nsm'), text);
    const { out, err, code } = await nsm(['check', 'experts.nsm'], { cwd });
    expect({ err, code }).toEqual({ err: '', code: 0 });
    expect(out).toContain('no problems (1 dynamics, 1 model, 1 inference, 1 learning)');
  });

  it('are judged: the splitting samples the energy up to the square of its step', async () => {
    expect(await verdictOf('right.nsm', text)).toContain('biased O(dt²): samples exp(−energy)');
  });

  it.each([
    ['noise without its factor 2', 'sqrt(2 * friction) dW', 'sqrt(friction) dW'],
    ['a force of the wrong sign', '-grad(objective, s) dt', 'grad(objective, s) dt'],
  ])('are judged: %s samples something else', async (_, part, by) => {
    expect(await verdictOf('wrong.nsm', edited(part, by))).toContain('not a sampler of this objective');
  });
});

describe('the same file', () => {
  let trained: Ended;
  beforeAll(async () => {
    writeFileSync(join(cwd, 'experts.nsm'), text);
    writeRows(join(cwd, 'rows.npy'), 60, 9);
    const words = ['train', 'experts.nsm', '--data', 'npy:rows.npy', '--set', 'experts=6'];
    trained = await nsm([...words, '--iterations', '20', '--batch', '10', '--out', 'run', '--json'], { cwd });
  });

  it('trains', () => {
    expect(trained).toMatchObject({ code: 0, err: '' });
    expect(jsonLines(trained.out).at(-1)).toMatchObject({ event: 'done', iterations: 20 });
  });

  it('dreams', async () => {
    const { code, err, out } = await nsm(
      ['infer', 'run', '--inference', 'Dreaming', '--data', 'npy:rows.npy', '--steps', '20', '--json'],
      { cwd },
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const last = jsonLines(out).filter(({ step }) => step === 20);
    expect(last).toHaveLength(1);
    expect(Number.isFinite(last[0]!['energy'])).toBe(true);
  });
});
