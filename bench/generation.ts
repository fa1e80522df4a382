/**
 * Joint against marginal generation of a hierarchical exponential-family energy model, on a stack so small that its law is known:
 * two pixels, two units of the first layer and one of the second, integrated over the three latents on a grid.
 *
 *     npm run generation [-- --json]
 *
 * For three sets of weights and several numbers of steps it tells the total variation between what is drawn and the model's law, over
 * 10 by 10 cells; `exact draws` is what so many independent draws of the law itself differ from it.
 */
import { check } from '../src/check/check.ts';
import { fileSources } from '../src/check/sources.ts';
import { defineModel } from '../src/runtime/model.ts';
import { keyOf } from '../src/runtime/random.ts';
import { fillNoise } from '../src/runtime/noise.ts';
import type { ModelState } from '../src/runtime/state.ts';
import { define } from '../src/schedule/define.ts';
import { loadBackend } from '../src/targets/tfjs/backend.ts';
import { planInProcess } from '../src/targets/plan.ts';

const count = 4000;
const allSteps = [10, 30, 100, 300];
const seeds = [1, 2, 3];
const sd = 0.5;

/** Edges of the cells along each pixel; the outer cells have no outer edge. */
const edges = Array.from({ length: 9 }, (_, i) => -2 + 0.5 * i);
const cells = edges.length + 1;
const cellOf = (x: number): number => edges.filter((edge) => x > edge).length;

const phi = (x: number): number => {
  // Abramowitz and Stegun 7.1.26: errors under 1.5e-7.
  const t = 1 / (1 + 0.3275911 * (Math.abs(x) / Math.SQRT2));
  const poly =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - poly * Math.exp(-(x * x) / 2);
  return x < 0 ? (1 - erf) / 2 : (1 + erf) / 2;
};
/** Probabilities of the cells of one pixel around its mean. */
const cellMasses = (mean: number): readonly number[] => {
  const below = [0, ...edges.map((edge) => phi((edge - mean) / sd)), 1];
  return Array.from({ length: cells }, (_, i) => below[i + 1]! - below[i]!);
};

const relu = (x: number): number => Math.max(x, 0);
const grid = Array.from({ length: 49 }, (_, i) => -3.6 + 0.15 * i);
/** exp(drive x − x⁴/4) on the grid, normalised there. */
const quartic = (drive: number): readonly number[] => {
  const weights = grid.map((x) => Math.exp(drive * x - x ** 4 / 4));
  const total = weights.reduce((sum, value) => sum + value, 0);
  return weights.map((value) => value / total);
};

type Values = Readonly<Record<string, readonly number[]>>;
/** The law of two pixels: probabilities of the cells. */
const law = ({ W0, W1, b0, b1, b2 }: Values): Float64Array => {
  const masses = new Float64Array(cells * cells);
  const top = quartic(b2![0]!);
  // Units of the first layer are independent given the top one alone, so their joint law is a sum over it.
  const joint = new Float64Array(grid.length ** 2);
  grid.forEach((x2, k) => {
    const [first, second] = [0, 1].map((j) => quartic(b1![j]! + W1![j]! * relu(x2)));
    first!.forEach((p, i) =>
      second!.forEach((q, l) => {
        joint[i * grid.length + l]! += top[k]! * p * q;
      }),
    );
  });
  grid.forEach((xa, i) =>
    grid.forEach((xb, l) => {
      const weight = joint[i * grid.length + l]!;
      if (weight < 1e-12) return;
      const [rows, columns] = [0, 1].map((pixel) =>
        cellMasses(b0![pixel]! + W0![2 * pixel]! * relu(xa) + W0![2 * pixel + 1]! * relu(xb)),
      );
      rows!.forEach((p, r) =>
        columns!.forEach((q, c) => {
          masses[r * cells + c]! += weight * p * q;
        }),
      );
    }),
  );
  return masses;
};

const frequencies = (x: ArrayLike<number>): Float64Array => {
  const masses = new Float64Array(cells * cells);
  for (let n = 0; n < x.length / 2; n += 1)
    masses[cellOf(x[2 * n]!) * cells + cellOf(x[2 * n + 1]!)]! += 2 / x.length;
  return masses;
};
const totalVariation = (left: Float64Array, right: Float64Array): number =>
  left.reduce((sum, value, i) => sum + Math.abs(value - right[i]!), 0) / 2;

/** Draws of the cells themselves. */
const drawnCells = (masses: Float64Array, seed: number): Float64Array => {
  const uniform = new Float32Array(count);
  fillNoise('standard_uniform', keyOf(seed, 99), uniform, 0);
  const found = new Float64Array(masses.length);
  for (const u of uniform) {
    let left: number = u;
    let cell = 0;
    while (cell < masses.length - 1 && left > masses[cell]!) left -= masses[cell++]!;
    found[cell]! += 1 / count;
  }
  return found;
};

const normals = (seed: number, many: number, scale: number): readonly number[] => {
  const values = new Float32Array(many);
  fillNoise('standard_normal', keyOf(seed, many), values, 0);
  return [...values].map((value) => scale * value);
};

const { checked } = check('stdlib/models/hee.nsm', fileSources());
const { definition } = define(checked, { set: { pixels: 2, v1: 2, v2: 1, sd } });
const model = defineModel(planInProcess(definition!, await loadBackend('cpu')));

const rows = [];
for (const seed of seeds) {
  const values: Values = {
    W0: normals(seed, 4, 1.5),
    W1: normals(seed, 2, 1.5),
    b0: [0, 0],
    b1: [0, 0],
    b2: [0.5],
  };
  const created = model.create({ seed });
  const state: ModelState = {
    ...created,
    parameters: Object.fromEntries(
      Object.entries(created.parameters).map(([name, array]) => [
        name,
        { ...array, values: Float32Array.from(values[name]!) },
      ]),
    ),
  };
  const exact = law(values);
  const distanceOf = async (inference: string, steps?: number): Promise<number> => {
    const drawn = await model.sample(state, { count, inference, ...(steps === undefined ? {} : { steps }) });
    return totalVariation(frequencies(drawn['x0']!.values), exact);
  };
  const marginal = await distanceOf('MarginalGeneration');
  const floor = totalVariation(drawnCells(exact, seed), exact);
  for (const steps of allSteps)
    rows.push({
      seed,
      steps,
      joint: await distanceOf('JointGeneration', steps),
      marginal,
      exact_draws: floor,
    });
}

const table = [
  'total variation to the law of the model',
  '',
  '  seed   steps   joint   marginal   exact draws',
  ...rows.map(
    ({ seed, steps, joint, marginal, exact_draws }) =>
      `  ${String(seed).padStart(4)} ${String(steps).padStart(7)} ${joint.toFixed(4).padStart(7)} ${marginal.toFixed(4).padStart(10)} ${exact_draws.toFixed(4).padStart(13)}`,
  ),
];
const lines = process.argv.includes('--json') ? rows.map((row) => JSON.stringify(row)) : table;
process.stdout.write(`${lines.join('\n')}\n`);
