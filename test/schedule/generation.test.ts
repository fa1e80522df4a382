/**
 * `draw`: each variable given its parents. Exact samplers and chains are compared with the law itself: a Kolmogorov-Smirnov test of
 * each, with a false alarm in 1e-4 for each right sampler.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { defineModel, type Model } from '../../src/runtime/model.ts';
import { define } from '../../src/schedule/define.ts';
import type { Statement } from '../../src/schedule/program.ts';
import { loadBackend, type Backend } from '../../src/targets/tfjs/backend.ts';
import { planInProcess } from '../../src/targets/plan.ts';
import { checked } from '../derive/support.ts';
import { falseAlarm, kolmogorovSmirnovTest, normalCumulative } from '../support/goodness.ts';

let backend: Backend;
beforeAll(async () => {
  backend = await loadBackend('cpu');
});

const definitionOf = (text: string) => {
  const { definition, diagnostics } = define(checked(text));
  if (definition === null) expect.fail(diagnostics.map(({ message }) => message).join('\n'));
  return definition;
};
const modelOf = (text: string): Model => defineModel(planInProcess(definitionOf(text), backend));

/** ∫ of an unnormalised density up to each value, by the midpoint rule; over the whole range 1. */
const cumulativeOf = (density: (x: number) => number, low: number, high: number): ((x: number) => number) => {
  const cells = 20_000;
  const width = (high - low) / cells;
  const sums = new Float64Array(cells + 1);
  for (let cell = 0; cell < cells; cell += 1)
    sums[cell + 1] = sums[cell]! + density(low + (cell + 0.5) * width);
  return (x) => {
    const place = Math.min(cells, Math.max(0, (x - low) / width));
    const cell = Math.min(cells - 1, Math.floor(place));
    return (sums[cell]! + (place - cell) * (sums[cell + 1]! - sums[cell]!)) / sums[cells]!;
  };
};

/** Two wells: no exact sampler, as the log density is not concave. */
const wells = `
  import { MALA } from "std/dynamics"
  import { Normal, Quartic } from "std/families"
  family Wells(drive: real) {
    support       real
    statistic     x
    natural       eta = drive
    log_partition intractable
    log_base      x^2 - x^4 / 2
  }
  model Chain {
    latent   top ~ Quartic(drive = 0.7)
    latent   middle ~ Wells(drive = 0.5 * tanh(top))
    observed x ~ Normal(mean = 2 * middle, sd = 0.5)
  }
  inference Down of Chain(burn: int = 300) {
    free x
    draw top, middle, x by MALA(dt = 0.1) for burn
  }`;

describe('a draw top down', () => {
  const count = 4000;

  it('has the law of each layer given the one above, by its sampler or by a chain', async () => {
    const model = modelOf(wells);
    const drawn = await model.sample(model.create({ seed: 11 }), { inference: 'Down', count });
    const [top, middle, x] = [drawn['top']!.values, drawn['middle']!.values, drawn['x']!.values];
    const quartic = cumulativeOf((t) => Math.exp(0.7 * t - t ** 4 / 4), -5, 5);
    expect(kolmogorovSmirnovTest(top, quartic)).toBeGreaterThan(falseAlarm);
    // Each draw has a law of its own: its probability integral is uniform.
    const conditional = new Map<number, (m: number) => number>();
    const grid = (t: number): number => Math.round(Math.tanh(t) * 200) / 200;
    const uniform = Float64Array.from(middle, (value, n) => {
      const eta = 0.5 * grid(top[n]!);
      if (!conditional.has(eta))
        conditional.set(
          eta,
          cumulativeOf((m) => Math.exp(eta * m + m ** 2 - m ** 4 / 2), -4, 4),
        );
      return conditional.get(eta)!(value);
    });
    expect(kolmogorovSmirnovTest(uniform, (u) => Math.min(1, Math.max(0, u)))).toBeGreaterThan(falseAlarm);
    const residual = Float64Array.from(x, (value, n) => (value - 2 * middle[n]!) / 0.5);
    expect(kolmogorovSmirnovTest(residual, normalCumulative)).toBeGreaterThan(falseAlarm);
  });

  it('by a chain that is too short is told from the law: the test above can fail', async () => {
    const model = modelOf(wells);
    const { middle } = await model.sample(model.create({ seed: 11 }), {
      inference: 'Down',
      count,
      settings: { burn: 3 },
    });
    // All drives are within 0.5 of 0, and after three steps from 0 few chains have reached a well.
    const law = cumulativeOf((m) => Math.exp(m ** 2 - m ** 4 / 2), -4, 4);
    expect(kolmogorovSmirnovTest(middle!.values, law)).toBeLessThan(1e-20);
  });

  it('runs a chain only where the family has no exact sampler', () => {
    const { start } = definitionOf(wells).inferences[0]!;
    const loops = start.body.filter(({ kind }) => kind === 'repeat') as Extract<
      Statement,
      { kind: 'repeat' }
    >[];
    expect(loops.map(({ label }) => label)).toEqual(['middle_chain']);
    const draws = start.body.flatMap((statement) =>
      statement.kind === 'draw' ? [statement.source.kind] : [],
    );
    expect(draws).toEqual(['density', 'noise']);
  });

  it('is what the model itself draws, parents first, where every layer has a sampler', async () => {
    const text = `
      import { Normal, Bernoulli } from "std/families"
      model Two(units: dim = 2) {
        param W: real[units] = normal(0, 1)
        latent   z ~ Bernoulli(logit = W)
        observed x ~ Normal(mean = 2 * z, sd = 1)
      }
      inference Down of Two { free x
        draw z, x }`;
    const model = modelOf(text);
    const state = model.create({ seed: 2 });
    const [ancestral, drawn] = [
      await model.sample(state, { count: 3000, seed: 5 }),
      await model.sample(state, { count: 3000, seed: 6, inference: 'Down' }),
    ];
    const share = ({ values }: { readonly values: Float32Array }, unit: number): number =>
      values.filter((_, n) => n % 2 === unit).reduce((total, value) => total + value, 0) / 3000;
    for (const unit of [0, 1]) {
      const p = 1 / (1 + Math.exp(-state.parameters['W']!.values[unit]!));
      // Four standard errors of a share of 3000: a false alarm in 6e-5 for each of four.
      const error = 4 * Math.sqrt((p * (1 - p)) / 3000);
      expect(Math.abs(share(ancestral['z']!, unit) - p)).toBeLessThan(error);
      expect(Math.abs(share(drawn['z']!, unit) - p)).toBeLessThan(error);
    }
  });
});
