import { describe, expect, it } from 'vitest';
import { countProblems } from '../../src/derive/counts.ts';
import { define } from '../../src/schedule/define.ts';
import { checked, checkedFile } from './support.ts';

const program = checked(`
  import { HMC, ParallelTempering } from "std/dynamics"
  model Bowl(units: dim = 3) {
    state x: real[units]
    energy bowl = sum(x^2) / 2
  }
  inference Tempered of Bowl(rungs: int = 4, steps: int) {
    start x = 0
    repeat steps { descend energy over x by ParallelTempering(rungs = rungs) }
  }
  inference Leaping of Bowl(leaps: int = 4) {
    start x = 0
    repeat 10 { descend energy over x by HMC(leaps = 2 * leaps) }
  }`);
const said = (set: Readonly<Record<string, number>>): readonly string[] =>
  define(program, { set }).diagnostics.map(({ code, message }) => `${code}: ${message}`);

describe('numbers of turns, leaps and copies', () => {
  it('are right by default, and unknown where nothing is set', () => {
    expect(countProblems(program)).toEqual([]);
    expect(said({ steps: 0, leaps: 0, rungs: 1 })).toEqual([]);
  });

  it('are held to the least that they can be when settings get values', () => {
    expect(said({ rungs: 0 })).toEqual([
      'NSM6020: the number of replicas of `ParallelTempering` needs a whole number from 1, and `rungs` is 0',
    ]);
    expect(said({ steps: -1 })).toEqual(['NSM6020: `repeat` needs a whole number from 0, and `steps` is -1']);
    expect(said({ leaps: -1 })).toEqual([
      'NSM6020: the `for` of `HMC` needs a whole number from 0, and `2 · leaps` is -2',
    ]);
  });

  it('are held to it in the phases of a learning', () => {
    const { diagnostics } = define(checkedFile('stdlib/models/rbm.nsm'), { set: { k: -1 } });
    expect(diagnostics.map(({ message }) => message)).toContain(
      '`repeat` needs a whole number from 0, and `k` is -1',
    );
  });
});
