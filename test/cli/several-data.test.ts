/** Data of several observed variables on the command line, and runs whose phases keep states. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataArgument, dataText, dataWords } from '../../src/cli/run/datasets.ts';
import { readSafetensors } from '../../src/runtime/safetensors.ts';
import { bytesOf, idx, npy } from '../data/files.ts';
import { jsonLines, nsm, temporary, type Ended } from './run.ts';

const { path: cwd, remove } = temporary();
afterAll(remove);
const file = (...names: readonly string[]): string => join(cwd, ...names);

const rows = 60;
const program = `
import { GradientFlow, SGD } from "std/dynamics"
model Small(pixels: dim = 3, hidden: dim = 4, classes: dim = 2, nudge: real = 0) {
  param W: real[pixels, hidden]  = glorot()
  param V: real[hidden, classes] = glorot()
  observed x: unit[pixels]
  observed label: unit[classes]
  state s: unit[hidden]
  state y: unit[classes]
  energy leak = sum(s^2) / 2 + sum(y^2) / 2
  energy net  = -(x @ W @ s) - (s @ V @ y)
  energy cost = nudge * sum((y - label)^2) / 2
}
inference Settling of Small(steps: int = 10) {
  set nudge = 0
  start s, y = 0
  repeat steps { descend energy over s, y by GradientFlow(rate = 0.5) }
}
learning Contrast of Small(beta: real = 0.5) {
  phase free {
    persist per example
    start s, y = 0
    repeat 3 { descend energy over s, y by GradientFlow(rate = 0.5) }
  }
  phase nudged { from free; set nudge = beta; repeat 3 { descend energy over s, y by GradientFlow(rate = 0.5) } }
  descend (energy in nudged - energy in free) / beta over W, V by SGD(rate = 0.1)
}
`;

const short = ['--batch', '10', '--json'];
const both = ['--data', 'x=npy:x.npy', '--data', 'label=idx:labels.idx?one_hot=2'];
let whole: Ended;
beforeAll(async () => {
  writeFileSync(file('small.nsm'), program);
  const values = Float32Array.from({ length: 3 * rows }, (_, n) => ((n * 37) % 101) / 100);
  writeFileSync(file('x.npy'), npy('<f4', [rows, 3], bytesOf(values)));
  const labels = Uint8Array.from({ length: rows }, (_, n) => (values[3 * n]! > 0.5 ? 1 : 0));
  writeFileSync(file('labels.idx'), idx(0x08, [rows], labels));
  whole = await nsm(['train', 'small.nsm', ...both, ...short, '--iterations', '30', '--out', 'whole'], {
    cwd,
  });
});

describe('the words after --data', () => {
  it('are one URI, or one for each variable', () => {
    expect(dataArgument('npy:a.npy')).toBe('npy:a.npy');
    // An equals sign after the scheme belongs to the URI.
    expect(dataArgument('idx:a?limit=10')).toBe('idx:a?limit=10');
    const names = dataArgument('label=idx:b?one_hot=10', dataArgument('x=npy:a=b.npy'));
    expect(names).toEqual({ x: 'npy:a=b.npy', label: 'idx:b?one_hot=10' });
    expect(dataWords(names)).toEqual(['x=npy:a=b.npy', 'label=idx:b?one_hot=10']);
    expect(dataText('npy:a.npy')).toBe('npy:a.npy');
  });

  it('are not given twice, nor both with and without a name', () => {
    expect(() => dataArgument('npy:b.npy', 'npy:a.npy')).toThrow(InvalidArgumentError);
    expect(() => dataArgument('x=npy:b.npy', 'npy:a.npy')).toThrow(InvalidArgumentError);
    expect(() => dataArgument('npy:b.npy', { x: 'npy:a.npy' })).toThrow(InvalidArgumentError);
    expect(() => dataArgument('x=npy:b.npy', { x: 'npy:a.npy' })).toThrow('"x" has data twice');
  });
});

describe('a run on several observed variables', () => {
  const parameters = (run: string): Buffer => readFileSync(file(run, 'params.safetensors'));

  it('trains, and takes the sizes of all of them from the data', () => {
    expect(whole).toMatchObject({ code: 0 });
    expect(jsonLines(whole.out).find(({ event }) => event === 'start')).toMatchObject({
      sizes: { pixels: 3, hidden: 4, classes: 2 },
    });
  });

  it('records the data by name, and the command that repeats it', async () => {
    const record = JSON.parse(readFileSync(file('whole', 'run.json'), 'utf8')) as Record<string, unknown>;
    expect(record['data']).toEqual({ x: 'npy:x.npy', label: 'idx:labels.idx?one_hot=2' });
    expect(record['command']).toContain("--data x=npy:x.npy --data 'label=idx:labels.idx?one_hot=2'");
    const again = await nsm(
      ['train', 'small.nsm', ...both, ...short, '--iterations', '30', '--out', 'again'],
      {
        cwd,
      },
    );
    expect(again.code).toBe(0);
    expect(parameters('again')).toEqual(parameters('whole'));
  });

  it('saves what is kept for each example, and resumes to the same bits', async () => {
    const { tensors } = readSafetensors(parameters('whole'));
    // Six rows are held out, and no batch of ten has the last four of 54 before the second epoch.
    expect(tensors['particles/s in free']!.shape).toEqual([54, 4]);
    expect(tensors['particles/free begun']!.shape).toEqual([54]);
    const long = ['train', 'small.nsm', ...both, '--batch', '10', '--iterations', '600', '--json', '--out'];
    const uninterrupted = await nsm([...long, 'long'], { cwd });
    expect(uninterrupted.code).toBe(0);
    const part = await nsm([...long, 'part'], {
      cwd,
      interrupt: { at: '"event":"iteration"', signal: 'SIGINT' },
    });
    expect(part.code).toBe(130);
    expect(Number(readSafetensors(parameters('part')).metadata['iteration'])).toBeLessThan(600);
    const resumed = await nsm(['train', '--resume', 'part', '--json'], { cwd });
    expect(resumed.code).toBe(0);
    expect(parameters('part')).toEqual(parameters('long'));
  });

  it.each([
    [['--data', 'x=npy:x.npy'], 'Contrast needs data of x and label, and there are none of label'],
    [['--data', 'npy:x.npy'], '--data x=npy:x.npy --data label=URI'],
    [
      [...both.slice(0, 2), '--data', 'label=idx:labels.idx?one_hot=2&limit=50'],
      '60 examples of x, but 50 of label',
    ],
    [[...both, '--data', 'lable=npy:x.npy'], 'did you mean "label"'],
    [
      ['--data', 'label=idx:labels.idx', '--data', 'x=npy:x.npy', '--set', 'classes=2'],
      'label holds 2 (classes 2)',
    ],
  ])('says what is wrong with %j', async (words, said) => {
    const { code, err } = await nsm(['train', 'small.nsm', ...words, '--batch', '10', '--out', 'wrong'], {
      cwd,
    });
    expect(code).toBe(1);
    expect(err).toContain(said);
  });

  it('infers without the variable that nothing is inferred from', async () => {
    const { code, out } = await nsm(['infer', 'whole', '--data', 'x=npy:x.npy', '--json'], { cwd });
    expect(code).toBe(0);
    expect(jsonLines(out).length).toBeGreaterThan(1);
    const unnamed = await nsm(['infer', 'whole', '--data', 'npy:x.npy', '--json'], { cwd });
    expect(unnamed.out).toBe(out);
  });
});
