/** Runs that go on with another program or other settings, and back, number by number. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { begin, resume, saveState, type Run, type TrainRequest } from '../../../src/cli/run/begin.ts';
import { rowsOf } from '../../../src/cli/run/datasets.ts';
import type { Output } from '../../../src/cli/execute.ts';
import { problemAsJson, problemsOf } from '../../../src/cli/problem.ts';
import { loadProgram } from '../../../src/cli/program.ts';
import { change, revised, undo, type Changed } from '../../../src/cli/run/revision.ts';
import { readRun } from '../../../src/cli/run/directory.ts';
import { temporary, tinyProgram, writeRows } from '../run.ts';

const { path: folder, remove } = temporary();
afterAll(remove);
const place = (name: string): string => join(folder, name);
const signal = new AbortController().signal;
const silent: Output = {
  json: false,
  say: () => undefined,
  event: () => undefined,
  note: () => undefined,
};

/** The program with `prior` under another name, another rate and one more parameter. */
const edits: readonly (readonly [string, string])[] = [
  ['prior', 'rest'],
  ['cosine(speed)', 'speed'],
  ['mean = Phi @ z,', 'mean = Phi @ z + bias,'],
  ['  latent ', '  param bias: real[pixels] = 0\n  latent '],
];
const edited = edits.reduce((text, [from, to]) => text.replaceAll(from, to), tinyProgram);

const request = (out: string): TrainRequest => ({
  file: place('tiny.nsm'),
  data: `npy:${place('rows.npy')}`,
  batch: 8,
  iterations: 60,
  out: place(out),
});

/** Trains for so many iterations more. */
const trained = async (run: Run, iterations: number): Promise<Run> => {
  const enough = new AbortController();
  const state = await run.model.train(run.state, rowsOf(run.data, 0, 90), {
    learning: 'Learn',
    iterations: 60,
    batch: 8,
    signal: enough.signal,
    onIteration: ({ iteration }) => {
      if (iteration === run.state.iteration + iterations) enough.abort();
    },
  });
  return { ...run, state };
};
const saved = ({ run }: Changed): Run => {
  saveState(run);
  return run;
};
const programOf = (text: string): ReturnType<typeof loadProgram> => {
  writeFileSync(place('tiny.nsm'), text);
  return loadProgram(place('tiny.nsm'));
};

beforeAll(() => writeRows(place('rows.npy'), 100, 6));

describe('a run whose source is changed', () => {
  let before: Run;
  let first: Changed;
  let later: Run;
  let back: Changed;
  beforeAll(async () => {
    programOf(tinyProgram);
    before = await trained(await begin(request('run'), silent, signal), 10);
    first = change(before, revised(before, programOf(edited)))!;
    later = await trained(saved(first), 5);
    back = undo(later);
    saveState(back.run);
  });

  it('goes on from the iteration with the same bits of what survives', () => {
    const { state } = first.run;
    expect(state.iteration).toBe(10);
    expect(state.parameters['Phi']).toBe(before.state.parameters['Phi']);
    expect(Object.keys(state.memory).filter((name) => name.startsWith('Phi.'))).not.toEqual([]);
    expect(first.difference.parameters).toEqual({
      kept: ['Phi'],
      anew: ['rest', 'bias'],
      dropped: ['prior'],
    });
    expect(later.state.parameters['Phi']).not.toEqual(before.state.parameters['Phi']);
  });

  it('knows since when each parameter has its numbers', () => {
    expect(first.run.record.parameters).toMatchObject({
      Phi: { since: 0, shape: [6, 5] },
      rest: { since: 10, shape: [5], coordinates: 'identity' },
      bias: { since: 10 },
    });
  });

  it('keeps schedules as they are written', () => {
    expect(before.record.schedules).toEqual({
      'Settle over u': 'NaturalGradient(rate = 0.1)',
      'Learn over Phi, prior': 'Adam(rate = cosine(speed))',
    });
    expect(first.difference.schedules).toEqual({
      'Learn over Phi, prior': { from: 'Adam(rate = cosine(speed))', to: null },
      'Learn over Phi, rest': { from: null, to: 'Adam(rate = speed)' },
    });
  });

  it('steps back to the program of before: survivors stay trained, and what was dropped has its numbers again', () => {
    const { run, change, difference } = back;
    expect(change).toMatchObject({ change: 2, undoes: 1, iteration: 15 });
    expect(difference.parameters).toEqual({ kept: ['Phi'], anew: ['prior'], dropped: ['rest', 'bias'] });
    expect(run.state.iteration).toBe(15);
    expect(run.state.parameters['Phi']).toBe(later.state.parameters['Phi']);
    expect(run.state.parameters['prior']).toEqual(before.state.parameters['prior']);
    expect(Object.keys(run.state.parameters)).toEqual(['Phi', 'prior']);
    expect(run.record).toEqual(before.record);
    expect([...run.program.texts].sort()).toEqual([...before.program.texts].sort());
  });

  it('is the same run when it is read again', () => {
    const { record, texts, changes } = readRun(place('run'));
    expect(record).toEqual(back.run.record);
    expect([...texts].sort()).toEqual([...back.run.program.texts].sort());
    expect(changes).toEqual(JSON.parse(JSON.stringify(back.run.changes)));
    expect(changes.map(({ iteration, undoes }) => [iteration, undoes])).toEqual([
      [10, null],
      [15, 1],
    ]);
  });

  it('forgets a change that a crash cut off before its checkpoint', async () => {
    const path = join(place('run'), 'changes.jsonl');
    const whole = readFileSync(path, 'utf8');
    appendFileSync(path, `${JSON.stringify({ ...back.change, change: 3 })}\n{"change":4,"patch`);
    expect(readRun(place('run')).changes).toHaveLength(2);
    const run = await resume(place('run'), {}, silent, signal);
    expect(run.changes).toHaveLength(2);
    expect(readFileSync(path, 'utf8')).toBe(whole);
  });

  it('does not change by the program that it has', () => {
    expect(change(before, revised(before, programOf(tinyProgram)))).toBeNull();
  });

  it.each([
    ['does not check', [['Phi @ z', 'Phi @ q']], 'NSM2001'],
    ['lacks the learning', [['learning Learn', 'learning Lern']], 'NSM6002'],
    [
      'observes more than there are data of',
      [['sd = 1)', 'sd = 1)\n  observed y ~ Poisson(log_rate = prior)']],
      'NSM6006',
    ],
    [
      'observes another shape',
      [
        ['pixels: dim = 6', 'high: dim = 2, wide: dim = 2'],
        ['pixels', 'high, wide'],
        ['  local\n', ''],
      ],
      'NSM6006',
    ],
  ] as const)('refuses a program that %s, and nothing has happened', (_, edits, code) => {
    const text = edits.reduce((before, [from, to]) => before.replaceAll(from, to), tinyProgram);
    const codes = ((): readonly unknown[] => {
      try {
        revised(before, programOf(text));
        return [];
      } catch (error) {
        return problemsOf(error)!.map((problem) => problemAsJson(problem)['code']);
      }
    })();
    expect(codes).toEqual([code]);
    expect(readRun(place('run')).changes).toHaveLength(2);
  });
});

describe('settings of a run that is changed', () => {
  it('go on as they were asked for, sizes follow the data, and what is not declared any more is gone', async () => {
    programOf(tinyProgram);
    const set = { neurons: 4, speed: 0.03 };
    const run = await trained(await begin({ ...request('asked'), set }, silent, signal), 2);
    const renamed = tinyProgram.replaceAll('pixels', 'places').replaceAll('speed', 'pace');
    const next = revised(run, programOf(renamed));
    expect(next.record.set).toEqual({ neurons: 4, places: 6 });
    expect(next.record.settings).toMatchObject({ pace: 0.01 });
    expect(change(run, next)!.difference).toMatchObject({
      settings: { speed: { from: 0.03, to: null }, pace: { from: null, to: 0.01 } },
      parameters: { kept: ['Phi', 'prior'] },
    });
  });

  it('go with data of the variable that is observed now, under its new name', async () => {
    programOf(tinyProgram);
    const run = await trained(await begin(request('renamed'), silent, signal), 2);
    const next = revised(run, programOf(tinyProgram.replace('observed x', 'observed seen')));
    expect(next.data.parts.map(({ variable }) => variable)).toEqual(['seen']);
  });

  it('are changed by --set beside --resume, which --undo takes back', async () => {
    programOf(tinyProgram);
    const run = await trained(await begin(request('set'), silent, signal), 4);
    saveState(run);
    const other = await resume(place('set'), { set: { neurons: 7, speed: 0.01 } }, silent, signal);
    expect(other.changes.map(({ what }) => what)).toEqual(['neurons 5 -> 7; anew Phi, prior']);
    expect(other.record.set).toEqual({ neurons: 7, pixels: 6 });
    expect(other.state.parameters['Phi']!.shape).toEqual([6, 7]);
    const again = await resume(place('set'), { undo: true }, silent, signal);
    expect(again.state.parameters).toEqual(run.state.parameters);
    expect(again.record).toEqual(run.record);
    await expect(resume(place('set'), { undo: true }, silent, signal)).rejects.toThrow('nothing to undo');
  });
});
