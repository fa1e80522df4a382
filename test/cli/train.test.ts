import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLines, nsm, temporary, tinyProgram, writeRows, type Ended } from './run.ts';

const { path: cwd, remove } = temporary();
afterAll(remove);

const iterations = 40;
const short = ['--data', 'npy:rows.npy', '--batch', '8', '--iterations', String(iterations)];
const file = (...names: readonly string[]): string => join(cwd, ...names);
const parameters = (run: string): Buffer => readFileSync(file(run, 'params.safetensors'));
const metrics = (run: string): Record<string, unknown>[] =>
  jsonLines(readFileSync(file(run, 'metrics.jsonl'), 'utf8'));
const curve = (run: string): unknown[][] =>
  metrics(run)
    .filter(({ event }) => event === 'iteration')
    .map(({ iteration, objective }) => [iteration, objective]);

let whole: Ended;
beforeAll(async () => {
  writeFileSync(file('tiny.nsm'), tinyProgram);
  writeRows(file('rows.npy'), 100, 6);
  whole = await nsm(['train', 'tiny.nsm', ...short, '--out', 'whole', '--json'], { cwd });
});

/** Trains, and interrupts when the event stream says that the given iteration is done. */
const interruptedRun = (out: string, signal: NodeJS.Signals): Promise<Ended> =>
  nsm(['train', 'tiny.nsm', ...short.slice(0, 4), '--iterations', '20000', '--out', out, '--json'], {
    cwd,
    interrupt: { at: '"event":"iteration"', signal },
  });

describe('nsm train', () => {
  it('ends with a done event that holds the metrics', () => {
    expect(whole).toMatchObject({ code: 0, err: '' });
    const events = jsonLines(whole.out);
    expect(events[0]).toMatchObject({
      event: 'start',
      model: 'Tiny',
      learning: 'Learn',
      iterations,
      batch: 8,
      seed: 1,
    });
    expect(events.map(({ event }) => event)).toContain('saved');
    expect(events.map(({ event }) => event)).toContain('evaluate');
    expect(events.at(-1)).toEqual({
      event: 'done',
      iterations,
      seconds: expect.any(Number),
      metrics: { r2: expect.any(Number), zeros: expect.any(Number), free_energy: expect.any(Number) },
    });
  });

  it('warns once of each latent whose relaxed draws are cut off, and goes on', async () => {
    writeFileSync(
      file('busy.nsm'),
      `import { Poisson, Normal } from "std/families"
import { NaturalGradient, SGD } from "std/dynamics"
model Busy(pixels: dim = 6, units: dim = 3) {
  param W: real[pixels, units] = normal(0, 0.001)
  param prior: real[units] = 4
  latent   z ~ Poisson(log_rate = prior)
  observed x ~ Normal(mean = W @ z, sd = 1)
}
inference Settle of Busy {
  belief z natural u
  start u = prior
  repeat 2 { descend free_energy over u by NaturalGradient(rate = 0.01) }
}
learning Relaxed of Busy by Settle {
  descend free_energy at each step over W, prior by SGD(rate = 1e-9) through inference by relaxed(0.1)
}
`,
    );
    const ended = await nsm(['train', 'busy.nsm', ...short, '--out', 'busy'], { cwd });
    expect(ended.code).toBe(0);
    expect(ended.err.match(/warning NSM6016: in iteration \d+/g)).toEqual([
      'warning NSM6016: in iteration 1',
    ]);
    expect(ended.err).toContain('of the relaxed draws of z reach 32');
    const told = await nsm(['train', 'busy.nsm', ...short, '--out', 'busy-json', '--json'], { cwd });
    expect(told.err).toBe('');
    const warnings = jsonLines(told.out).filter(({ event }) => event === 'warning');
    expect(warnings).toMatchObject([{ diagnostics: [{ code: 'NSM6016', severity: 'warning' }] }]);
  });

  it('leaves parameters, metrics, sources, settings, report and picture', () => {
    expect(readdirSync(file('whole')).sort()).toEqual(
      expect.arrayContaining(['metrics.jsonl', 'params.safetensors', 'report.html', 'run.json', 'source']),
    );
    expect(readdirSync(file('whole', 'source'))).toEqual(
      expect.arrayContaining(['tiny.nsm', 'Poisson.nsm', 'Adam.nsm']),
    );
    expect(curve('whole').map(([iteration]) => iteration)).toEqual(
      Array.from({ length: iterations }, (_, position) => position + 1),
    );
    const record = JSON.parse(readFileSync(file('whole', 'run.json'), 'utf8')) as Record<string, unknown>;
    expect(record).toMatchObject({
      model: 'Tiny',
      learning: 'Learn',
      iterations,
      batch: 8,
      seed: 1,
      data: 'npy:rows.npy',
    });
    expect(record['sizes']).toEqual({ pixels: 6, neurons: 5 });
    expect(readdirSync(file('whole')).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  it('speaks in words without --json: what, the table, the metrics and the path of the report', async () => {
    const { code, out } = await nsm(['train', 'tiny.nsm', ...short, '--out', 'words'], { cwd });
    expect(code).toBe(0);
    expect(out).toContain('Tiny by Learn: pixels 6, neurons 5');
    expect(out).toContain('the last 10 examples of the data, which are not trained on');
    expect(out).toMatch(/step +R² +zeros +free energy/);
    expect(out).toMatch(/R² -?\d\.\d+, zeros \d\.\d+, free energy -?\d+\.\d nats per example/);
    expect(out.trimEnd()).toMatch(/report: words\/report\.html$/);
  });

  it('takes the size of the observed variable from the data, and numbers its runs', async () => {
    writeRows(file('wide.npy'), 40, 9);
    const words = [
      'train',
      'tiny.nsm',
      '--data',
      'npy:wide.npy',
      '--iterations',
      '2',
      '--batch',
      '4',
      '--json',
    ];
    for (const number of [1, 2]) {
      const { out } = await nsm(words, { cwd });
      expect(jsonLines(out)[0]).toMatchObject({
        out: join('runs', `Tiny-Learn-${number}`),
        sizes: { pixels: 9 },
      });
      expect(existsSync(file('runs', `Tiny-Learn-${number}`, 'dictionary.png'))).toBe(true);
    }
  });

  it('counts epochs in whole batches of what it trains on', async () => {
    const words = [
      'train',
      'tiny.nsm',
      '--data',
      'npy:rows.npy',
      '--batch',
      '20',
      '--epochs',
      '3',
      '--out',
      'epochs',
      '--json',
    ];
    expect(jsonLines((await nsm(words, { cwd })).out)[0]).toMatchObject({ examples: 90, iterations: 12 });
  });

  it('measures on the test data when they are given', async () => {
    writeRows(file('test.npy'), 30, 6);
    const words = ['train', 'tiny.nsm', ...short, '--test', 'npy:test.npy', '--out', 'tested'];
    const { out } = await nsm(words, { cwd });
    expect(out).toContain('on 30 examples of the test data');
  });

  it('gives other parameters for another seed', async () => {
    await nsm(['train', 'tiny.nsm', ...short, '--seed', '2', '--out', 'seed2'], { cwd });
    expect(parameters('seed2').equals(parameters('whole'))).toBe(false);
  });
});

describe('nsm train --fast', () => {
  const words = ['train', 'tiny.nsm', ...short.slice(0, 4), '--iterations', '3', '--fast'];
  const onWasm = { cwd, environment: { NSM_BACKEND: 'wasm' } };
  const note = '--fast changes nothing';

  it('trains with fused multiply-adds, and the run remembers it', async () => {
    const { code, err } = await nsm([...words, '--out', 'fast'], onWasm);
    expect(code).toBe(0);
    expect(err).not.toContain(note);
    const record = JSON.parse(readFileSync(file('fast', 'run.json'), 'utf8')) as Record<string, unknown>;
    expect(record).toMatchObject({ fast: true, command: expect.stringMatching(/ --fast$/) });
    const plain = await nsm([...words.slice(0, -1), '--out', 'plain'], onWasm);
    expect(plain.code).toBe(0);
    expect(parameters('fast').equals(parameters('plain'))).toBe(false);
    expect((await nsm(['train', '--resume', 'fast', '--fast'], onWasm)).code).toBe(0);
  });

  it('says once that there is none where kernels do not run, and trains', async () => {
    const { code, err } = await nsm([...words, '--out', 'slow'], { cwd });
    expect(code).toBe(0);
    expect(err.split(note)).toHaveLength(2);
    expect((await nsm(['infer', 'slow', '--fast'], { cwd })).err.split(note)).toHaveLength(2);
  });
});

describe('nsm train --resume', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('continues after %s, and Ctrl-C says how', async (signal) => {
    const ended = await interruptedRun(`stopped-${signal}`, signal);
    expect(ended).toMatchObject({ code: 130, err: '' });
    const last = jsonLines(ended.out).at(-1)!;
    expect(last).toMatchObject({ event: 'interrupted', out: `stopped-${signal}` });
    expect(curve(`stopped-${signal}`)).toHaveLength(last['iterations'] as number);
    expect(existsSync(file(`stopped-${signal}`, 'params.safetensors'))).toBe(true);
  });

  it('gives the bits of an uninterrupted run, and metrics without duplicates', async () => {
    const long = [
      'train',
      'tiny.nsm',
      '--data',
      'npy:rows.npy',
      '--batch',
      '8',
      '--iterations',
      '1500',
      '--json',
    ];
    await nsm([...long, '--out', 'long'], { cwd });
    const ended = await nsm([...long, '--out', 'part'], {
      cwd,
      interrupt: { at: '"event":"iteration"', signal: 'SIGINT' },
    });
    expect(ended.code).toBe(130);
    expect(curve('part').length).toBeLessThan(1500);
    // What a crash after the checkpoint leaves behind.
    writeFileSync(
      file('part', 'metrics.jsonl'),
      `${readFileSync(file('part', 'metrics.jsonl'), 'utf8')}{"event":"iteration","iteration":99999,"objec`,
    );
    const resumed = await nsm(['train', '--resume', 'part', '--json'], { cwd });
    expect(resumed.code).toBe(0);
    expect(jsonLines(resumed.out).at(-1)).toMatchObject({ event: 'done', iterations: 1500 });
    expect(parameters('part').equals(parameters('long'))).toBe(true);
    expect(curve('part')).toEqual(curve('long'));
    expect(metrics('part').filter(({ event }) => event === 'evaluate')).toEqual(
      metrics('long').filter(({ event }) => event === 'evaluate'),
    );
  });

  it('does not need the program any more, and measures a finished run again', async () => {
    mkdirSync(file('elsewhere'));
    cpSync(file('whole'), file('elsewhere', 'run'), { recursive: true });
    writeRows(file('elsewhere', 'rows.npy'), 100, 6);
    const { code, out } = await nsm(['train', '--resume', 'run', '--json'], { cwd: file('elsewhere') });
    expect(code).toBe(0);
    expect(jsonLines(out).at(-1)!['metrics']).toEqual(jsonLines(whole.out).at(-1)!['metrics']);
  });

  it.each([
    [['--iterations', '80'], '--iterations is 80 and the run has 40'],
    [['--seed', '4'], '--seed is 4'],
    [['--epochs', '2'], '--epochs is given'],
    [['--out', 'other'], '--out is given'],
    [['--fast'], '--fast is given'],
  ])('refuses %j, which would make another run', async (words, message) => {
    const { code, err } = await nsm(['train', '--resume', 'whole', ...words], { cwd });
    expect(code).toBe(1);
    expect(err).toContain('NSM6009');
    expect(err).toContain(message);
  });
});

describe('nsm infer', () => {
  it('prints one line per recorded step with --json', async () => {
    const words = ['infer', 'whole', '--data', 'npy:rows.npy?limit=50', '--steps', '20', '--json'];
    const { code, out, err } = await nsm(words, { cwd });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = jsonLines(out);
    expect(lines.map(({ step }) => step)).toEqual([1, 2, 4, 8, 16, 20]);
    for (const line of lines) expect(Object.keys(line)).toEqual(['step', 'r2', 'zeros', 'free_energy']);
  });

  it('measures what training measured', async () => {
    const lines = jsonLines((await nsm(['infer', 'whole', '--json'], { cwd })).out);
    const { r2, zeros, free_energy } = lines.at(-1)!;
    expect({ r2, zeros, free_energy }).toEqual(jsonLines(whole.out).at(-1)!['metrics']);
  });

  it('names the inferences there are', async () => {
    const { code, err } = await nsm(['infer', 'whole', '--inference', 'Setle'], { cwd });
    expect(code).toBe(1);
    expect(err).toContain('did you mean "Settle"');
  });
});
