/** `nsm evaluate`: log-likelihoods of a run's data, by enumeration and by annealing, stopped and refused. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLines, nsm, temporary, writeRows } from './run.ts';

const place = temporary();
const run = (...words: string[]) => nsm(words, { cwd: place.path });

const machine = `import { SGD } from "std/dynamics"

model Machine(visible: dim = 6, hidden: dim = 4) {
  param W: real[visible, hidden] = normal(0, 0.5)
  observed v: binary[visible]
  state    h: binary[hidden]
  energy coupling = -(v @ W @ h)
}

learning Contrast of Machine {
  phase data  { clamp v; sample h }
  phase model { from data; repeat 1 { sample v; sample h } }
  descend energy in data - energy in model over W by SGD(rate = 0.1)
}
`;
/** With a unit that has no law given the others. */
const hopeless = `import { SGD, GradientFlow } from "std/dynamics"

model Hopeless(visible: dim = 6, hidden: dim = 4) {
  param W: real[visible, hidden] = normal(0, 0.5)
  observed v: binary[visible]
  state    h: real[hidden]
  energy misfit = sum((tanh(v @ W) - h)^4)
}

inference Relax of Hopeless {
  start h = 0
  repeat 2 { descend energy over h by GradientFlow(rate = 0.01) }
}

learning Learn of Hopeless by Relax {
  descend energy at end over W by SGD(rate = 0.01)
}
`;

describe('nsm evaluate', () => {
  beforeAll(async () => {
    writeRows(join(place.path, 'data.npy'), 200, 6);
    for (const [name, text] of [
      ['machine', machine],
      ['hopeless', hopeless],
    ] as const) {
      writeFileSync(join(place.path, `${name}.nsm`), text);
      const options = ['--data', 'npy:data.npy?threshold=0', '--iterations', '3', '--out', name];
      const ended = await run('train', `${name}.nsm`, ...options);
      expect(ended.code, ended.err).toBe(0);
    }
  });
  afterAll(() => place.remove());

  it('enumerates what is small, and agrees with annealing within 0.1 nat', async () => {
    const exact = await run('evaluate', 'machine', '--log-likelihood', '--json');
    const annealed = await run(
      ...['evaluate', 'machine', '--log-likelihood', '--annealed', '--json'],
      ...['--chains', '100', '--temperatures', '100'],
    );
    expect([exact.code, annealed.code]).toEqual([0, 0]);
    const [first] = jsonLines(exact.out);
    const [second] = jsonLines(annealed.out);
    expect(first).toMatchObject({ log_z_method: 'exact', log_z_error: null, complete: true });
    expect(second).toMatchObject({ log_z_method: 'annealed', log_z_upper_is: 'bound', complete: true });
    // Weak couplings: weights differ by a few hundredths of a nat.
    expect(Math.abs(Number(first!['log_z']) - Number(second!['log_z']))).toBeLessThan(0.1);
    expect(Number(first!['mean'])).toBeLessThan(0);
  });

  it('says in words how each sum was made', async () => {
    const { code, out, err } = await run('evaluate', 'machine', '--log-likelihood');
    expect(code).toBe(0);
    expect(err).toContain('examples: by formula, h summed out');
    expect(err).toContain('log Z: all 16 states of h, v summed out');
    expect(out).toMatch(/^log Z \d+\.\d+, exact\nlog-likelihood -\d+\.\d+ nats an example \(\d+ examples, /);
  });

  it('tells what it knows when it is stopped', async () => {
    const words = ['evaluate', 'machine', '--log-likelihood', '--annealed', '--temperatures', '1000000'];
    const stopped = await nsm(words, {
      cwd: place.path,
      interrupt: { at: 'log Z: annealed', signal: 'SIGINT' },
    });
    expect(stopped.code).toBe(130);
    expect(stopped.err).toContain('stopping soon');
    expect(stopped.out).toContain('nothing is known of log Z yet');
  });

  it('refuses a model that can neither be summed nor drawn', async () => {
    const { code, err } = await run('evaluate', 'hopeless', '--log-likelihood');
    expect(code).toBe(1);
    expect(err).toMatch(/NSM6018: .*h cannot be drawn given the others/);
    expect(err).toContain('`--inference NAME`');
  });

  it('asks for rows as they were trained on, not for another --set', async () => {
    writeRows(join(place.path, 'narrow.npy'), 20, 3);
    const { code, err } = await run(
      'evaluate',
      'machine',
      '--log-likelihood',
      '--data',
      'npy:narrow.npy?threshold=0',
    );
    expect(code).toBe(1);
    expect(err).toContain('NSM6006');
    expect(err).toContain('give data with 6 numbers in a row');
    expect(err).not.toContain('--set');
  });

  it('asks for more temperatures where the walks are far apart', async () => {
    const file = join(place.path, 'steep.nsm');
    writeFileSync(file, machine.replace('normal(0, 0.5)', 'normal(0, 30)').replaceAll('Machine', 'Steep'));
    const words = ['--data', 'npy:data.npy?threshold=0', '--iterations', '1', '--out', 'steep'];
    expect((await run('train', 'steep.nsm', ...words)).code).toBe(0);
    const options = ['--annealed', '--chains', '20', '--temperatures', '2'];
    const { code, err } = await run('evaluate', 'steep', '--log-likelihood', ...options);
    expect(code).toBe(0);
    expect(err).toMatch(/warning NSM6024: .*the walks differ by \d+\.\d nats/);
    expect(err).toContain('--temperatures');
  });
});
