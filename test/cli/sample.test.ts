/** `nsm train`, `nsm infer` and `nsm sample` on a model of energies. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadData } from '../../src/data/load.ts';
import { jsonLines, nsm, temporary, writeRows } from './run.ts';

const program = `import { Normal, Bernoulli } from "std/families"
import { GradientFlow, Langevin, SGD } from "std/dynamics"

/// Two layers that agree.
model Tied(pixels: dim = 9, units: dim = 4) {
  param W: real[pixels, units] = normal(0, 0.1)
  observed x: real[pixels]
  state s: real[units]
  energy tie = sum((x - W @ s)^2) / 2
  energy leak = sum(s^2) / 2
  /// Mean square of the states.
  measure size_of_s = mean(s^2)
}

inference Settle of Tied(steps: int = 20) {
  start s = 0
  repeat steps until change < 1e-4 { descend energy over s by GradientFlow(rate = 0.2) }
}

inference Dream of Tied(steps: int = 40) {
  free x
  start x, s = normal(0, 1)
  repeat steps { descend energy over x, s by Langevin(dt = 0.05) }
}

learning Learn of Tied by Settle {
  local
  descend energy at end over W by SGD(rate = 0.01)
}

/// Drawn parents first.
model Causes(pixels: dim = 5) {
  param W: real[pixels] = normal(0, 1)
  latent   z ~ Bernoulli(logit = W)
  observed x ~ Normal(mean = z, sd = 1)
  observed y ~ Normal(mean = 2 * z, sd = 1)
}

inference Down of Causes {
  free x, y
  draw z, x, y
}

learning Count of Causes {
  phase data { sample z }
  phase model { sample z }
  descend energy in data - energy in model over W by SGD(rate = 0.01)
}
`;

const { path: cwd, remove } = temporary();
afterAll(remove);
const run = (...words: string[]) => nsm(words, { cwd });

let trained = '';
beforeAll(async () => {
  writeFileSync(join(cwd, 'tied.nsm'), program);
  writeRows(join(cwd, 'rows.npy'), 60, 9);
  writeRows(join(cwd, 'five.npy'), 60, 5);
  const words = ['tied.nsm', '--data', 'npy:rows.npy', '--iterations', '20', '--batch', '8', '--out', 'run'];
  trained = (await run('train', ...words)).out;
}, 60_000);

describe('nsm train on energies', () => {
  it('measures the energy, R², the force, convergence and the measures of the model', () => {
    expect(trained).toMatch(/step +energy +R² +residual force +converged +turns +size of s/);
    expect(trained).toMatch(/energy \d+\.\d nats per example, R² -?\d\.\d+, residual force \S+, converged [01]\.\d+, turns \d+\.\d, size of s \S+/); // prettier-ignore
  });

  it('shows them in the report, with the dictionary and the reconstructions', () => {
    const page = readFileSync(join(cwd, 'run/report.html'), 'utf8');
    for (const heading of ['Training', 'Inference', 'Dictionary', 'Reconstructions'])
      expect(page).toContain(`<h2>${heading}</h2>`);
    for (const part of ['energy (nats)', 'Mean square of the states.', '−∂E/∂s'])
      expect(page).toContain(part);
    expect(existsSync(join(cwd, 'run/dictionary.png'))).toBe(true);
  });

  it('compares runs by whatever they are measured by', async () => {
    const { out } = await run('compare', 'run');
    expect(out).toMatch(
      /^run +latents +learning +energy \(nats\) +R² +residual force +converged +turns +size of s/,
    );
  });
});

describe('nsm infer on energies', () => {
  it('gives every figure of each step in JSON, and keeps the steps of the inference, its start among them', async () => {
    const { out } = await run('infer', 'run', '--json');
    const lines = jsonLines(out);
    expect(lines.map(({ step }) => step)).toEqual([0, 1, 2, 4, 8, 16, 20]);
    for (const line of lines)
      expect(Object.keys(line)).toEqual(['step', 'energy', 'r2', 'force', 'converged', 'turns', 'size_of_s']);
    expect(Number(lines.at(-1)!['energy'])).toBeLessThan(Number(lines[0]!['energy']));
  });

  it('measures an inference that needs no data by what it has', async () => {
    const { out } = await run('infer', 'run', '--inference', 'Dream', '--steps', '2', '--json');
    expect(Object.keys(jsonLines(out)[0]!)).toEqual(['step', 'energy', 'force', 'size_of_s']);
  });
});

describe('nsm sample', () => {
  it('writes an npy file and a picture of what the inference draws', async () => {
    const { code, out, err } = await run('sample', 'run', '--inference', 'Dream', '--count', '30', '--out', 'new/draws.npy'); // prettier-ignore
    expect([code, err]).toEqual([0, '30 draws of Tied after 20 iterations by Dream, 40 steps\n']);
    expect(out).toMatch(/^new\/draws\.npy: x, 30 × 9, from -\S+ to \S+, mean \S+\nnew\/draws\.png\n$/);
    const { rows, columns, values } = await loadData(`npy:${join(cwd, 'new/draws.npy')}`);
    expect([rows, columns]).toEqual([30, 9]);
    expect(values.every((value) => Number.isFinite(value) && Math.abs(value) < 10)).toBe(true);
    expect(new Set(values).size).toBeGreaterThan(200);
    const { width, height } = decode(readFileSync(join(cwd, 'new/draws.png')));
    expect(Math.min(width, height)).toBeGreaterThan(50);
  });

  it('gives the same draws again, and others for another seed', async () => {
    const draws = async (name: string, ...more: string[]): Promise<Buffer> => {
      await run('sample', 'run', '--inference', 'Dream', '--count', '5', '--out', `${name}.npy`, ...more);
      return readFileSync(join(cwd, `${name}.npy`));
    };
    const first = await draws('a');
    expect(await draws('b')).toEqual(first);
    expect(await draws('c', '--seed', '77')).not.toEqual(first);
  });

  it('draws from the model itself, a file for each observed variable, in JSON', async () => {
    const words = ['tied.nsm', '--model', 'Causes', '--iterations', '2', '--batch', '8', '--out', 'causes'];
    const made = await run('train', ...words, '--data', 'x=npy:five.npy', '--data', 'y=npy:five.npy');
    expect(made.code).toBe(0);
    expect(made.out).toContain('nothing is measured: Causes has no inference from data');
    for (const [name, ...more] of [['itself'], ['down', '--inference', 'Down']] as const) {
      const { out } = await run(
        'sample',
        'causes',
        '--count',
        '4',
        '--out',
        `${name}.npy`,
        '--json',
        ...more,
      );
      expect(jsonLines(out)).toEqual([
        { event: 'draws', variable: 'x', path: `${name}-x.npy`, shape: [4, 5] },
        { event: 'draws', variable: 'y', path: `${name}-y.npy`, shape: [4, 5] },
      ]);
      expect((await loadData(`npy:${join(cwd, `${name}-y.npy`)}`)).rows).toBe(4);
    }
  }, 60_000);

  it.each([
    [['run', '--out', 'x.npy'], 'NSM6017', 'draw by an inference that frees x: Dream'],
    [['run', '--inference', 'Settle', '--out', 'x.npy'], 'NSM6017', 'Settle holds x at its data'],
    [['run', '--inference', 'Dreem', '--out', 'x.npy'], 'NSM6002', 'did you mean "Dream"'],
    [['causes', '--steps', '3', '--out', 'x.npy'], 'NSM6017', 'leave --steps out'],
    [['rows.npy', '--out', 'x.npy'], 'NSM6008', 'there is no directory'],
    [['run', '--inference', 'Dream', '--out', 'tied.nsm/x.npy'], 'NSM6007', 'cannot be written'],
    [['run', '--inference', 'Dream', '--out', 'x.d/draws.txt'], 'NSM6007', '--out x.d/draws.npy'],
    [['run', '--inference', 'Dream', '--out', 'rows.npy'], 'NSM6007', 'rows.npy exists already'],
  ])('refuses %j: %s', async (words, code, part) => {
    const { code: ended, err } = await run('sample', ...words);
    expect(ended).toBe(1);
    expect(err).toContain(`error ${code}`);
    expect(err).toContain(part);
    expect(existsSync(join(cwd, 'x.npy'))).toBe(false);
  });

  it('says which unit has no law where the parameters of a run leave it none', async () => {
    writeFileSync(
      join(cwd, 'bowl.nsm'),
      `import { SGD } from "std/dynamics"
      model Bowl(units: dim = 3) {
        param b: real[units] = 0
        param a: real[units] = uniform(-1.5, 1.5)
        observed x: real[units]
        energy bowl = sum(x^2) / 2 + sum(a * x^2) - sum(b * x)
      }
      inference Dream of Bowl { free x  start x = 0  repeat 3 { sample x } }
      learning Fit of Bowl {
        phase data { clamp x }
        descend energy in data over b by SGD(rate = 1e-6)
      }`,
    );
    writeRows(join(cwd, 'three.npy'), 20, 3);
    const begun = await run('train', 'bowl.nsm', '--data', 'npy:three.npy', '--iterations', '1', '--batch', '4', '--out', 'bowl'); // prettier-ignore
    expect(begun.out).toContain('trained 1 iteration in');
    const { code, err } = await run('sample', 'bowl', '--inference', 'Dream', '--out', 'bowl.npy');
    expect(code).toBe(1);
    expect(err).toMatch(
      /NSM6015: .* the precision of x given all others, 1 \+ 2 · a, is -\d\.\d+ at units \d/,
    );
    expect(err).toContain('energy hold = sum(x^2)');
  });

  it('stops at Ctrl-C and writes nothing', async () => {
    const { code } = await nsm(
      ['sample', 'run', '--inference', 'Dream', '--steps', '1000000', '--out', 'never.npy'],
      { cwd, interrupt: { at: '30 draws'.replace('30', '64'), signal: 'SIGINT' } },
    );
    expect(code).toBe(130);
    expect(existsSync(join(cwd, 'never.npy'))).toBe(false);
  });
});
