/**
 * Every learning of every model in the library trains on small generated data: all numbers stay finite, every parameter that it
 * moves has moved, and what it descends falls where that is one quantity. Nothing here says that a model is any good: the figures
 * in the documentation do.
 */
import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { fileSources } from '../../src/check/sources.ts';
import { explanationText } from '../../src/cli/explanation-text.ts';
import { analyse } from '../../src/derive/analyse.ts';
import { explain } from '../../src/derive/explain.ts';
import type { Data } from '../../src/runtime/examples.ts';
import { defineModel } from '../../src/runtime/model.ts';
import { fillNoise } from '../../src/runtime/noise.ts';
import { keyOf } from '../../src/runtime/random.ts';
import { define } from '../../src/schedule/define.ts';
import { loadBackend, type Backend } from '../../src/targets/tfjs/backend.ts';
import { planInProcess } from '../../src/targets/plan.ts';
import { checkedFile } from '../derive/support.ts';

const [rows, columns] = [60, 16];

/** Six patterns of `columns` entries. */
const patterns = (): Float32Array => {
  const noise = new Float32Array(6 * columns);
  fillNoise('standard_normal', keyOf(11), noise, 0);
  return noise;
};
const uniform = (key: number, count: number): Float32Array => {
  const values = new Float32Array(count);
  fillNoise('standard_uniform', keyOf(key), values, 0);
  return values;
};

/** Every row is a pattern, or where it is below 0 the opposite, with some noise. */
const images = (): Float32Array => {
  const [basis, choices, noise] = [patterns(), uniform(12, 2 * rows), uniform(13, rows * columns)];
  return new Float32Array(rows * columns).map((_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    const sign = choices[rows + row]! < 0.5 ? -1 : 1;
    return sign * basis[Math.floor(choices[row]! * 6) * columns + column]! + 0.4 * (noise[at]! - 0.5);
  });
};
/** Every row is on where one of the patterns is above 0. */
const bits = (): Float32Array => {
  const [basis, choices] = [patterns(), uniform(14, rows)];
  return new Float32Array(rows * columns).map((_, at) =>
    basis[Math.floor(choices[Math.floor(at / columns)]! * 6) * columns + (at % columns)]! > 0 ? 1 : 0,
  );
};
/** Which of the first two patterns, or of the others. */
const labelled = (): Data => {
  const choices = uniform(14, rows);
  const label = new Float32Array(rows * 3).map((_, at) =>
    Math.min(Math.floor(choices[Math.floor(at / 3)]! * 6), 2) === at % 3 ? 1 : 0,
  );
  return { x: bits(), label };
};

interface Trial {
  readonly file: string;
  readonly learning: string;
  readonly data: () => Data;
  readonly set: Readonly<Record<string, number>>;
  readonly iterations?: number;
  /**
   * By how much the objective falls from the first fifth of the iterations to the last, as a part of what it was; null where it
   * is no quantity that should fall: differences of energies, and free energies whose weights rise on the way. About half of what
   * was seen, so that another order of sums does not matter.
   */
  readonly falls: number | null;
  /** What its rule cannot move: what all branches of a unit share adds nothing to the difference between them. */
  readonly still?: readonly string[];
}

const trials: readonly Trial[] = [
  {
    file: 'attractor',
    learning: 'DendriticPrediction',
    data: bits,
    set: { pixels: 16, hidden: 8 },
    falls: 0.25,
    still: ['b'],
  },
  {
    file: 'dbm',
    learning: 'Persistent',
    data: bits,
    set: { visible: 16, hidden1: 8, hidden2: 4 },
    falls: null,
  },
  {
    file: 'deep_attractor',
    learning: 'DendriticPrediction',
    data: bits,
    set: { pixels: 16, hidden1: 8, hidden2: 8 },
    falls: 0.25,
    still: ['b2'],
  },
  {
    file: 'equilibrium_propagation',
    learning: 'Nudging',
    data: labelled,
    set: { pixels: 16, hidden: 8, classes: 3 },
    falls: null,
  },
  {
    file: 'equilibrium_propagation',
    learning: 'Symmetric',
    data: labelled,
    set: { pixels: 16, hidden: 8, classes: 3 },
    falls: null,
  },
  {
    file: 'gaussian_vae',
    learning: 'Pathwise',
    data: images,
    set: { pixels: 16, codes: 6, learning_rate: 0.02 },
    iterations: 100,
    falls: 0.14,
  },
  {
    file: 'hee',
    learning: 'Online',
    data: images,
    set: { pixels: 16, v1: 8, v2: 4, steps: 10, fast_steps: 3 },
    iterations: 60,
    falls: null,
  },
  { file: 'hopfield', learning: 'Hebb', data: bits, set: { units: 16 }, falls: 4 },
  { file: 'hopfield', learning: 'Storage', data: bits, set: { units: 16, memories: 8 }, falls: 1 },
  {
    file: 'igrelu_vae',
    learning: 'ThroughTime',
    data: images,
    set: { pixels: 16, neurons: 12, steps: 4, learning_rate: 0.02 },
    falls: null,
  },
  {
    file: 'igvae',
    learning: 'ThroughTime',
    data: images,
    set: { pixels: 16, neurons: 12, steps: 4, learning_rate: 0.02 },
    falls: null,
  },
  {
    file: 'ipvae',
    learning: 'Local',
    data: images,
    set: { pixels: 16, neurons: 12, steps: 10 },
    falls: 0.005,
  },
  {
    file: 'ipvae',
    learning: 'ThroughTime',
    data: images,
    set: { pixels: 16, neurons: 12, steps: 4, learning_rate: 0.02 },
    falls: null,
  },
  { file: 'lca', learning: 'Dictionary', data: images, set: { pixels: 16, units: 12 }, falls: 0.035 },
  { file: 'neural_sampling', learning: 'Coincidences', data: bits, set: { units: 16 }, falls: null },
  {
    file: 'poisson_vae',
    learning: 'Relaxed',
    data: images,
    set: { pixels: 16, neurons: 12, learning_rate: 0.02 },
    falls: null,
  },
  {
    file: 'poisson_vae',
    learning: 'StraightThrough',
    data: images,
    set: { pixels: 16, neurons: 12, learning_rate: 0.02 },
    falls: null,
  },
  {
    file: 'predictive_coding',
    learning: 'Errors',
    data: images,
    set: { pixels: 16, level1: 8, level2: 4 },
    falls: 0.27,
  },
  {
    file: 'rbm',
    learning: 'ContrastiveDivergence',
    data: bits,
    set: { visible: 16, hidden: 8 },
    falls: null,
  },
  { file: 'rbm', learning: 'GaussianDivergence', data: images, set: { visible: 16, hidden: 8 }, falls: null },
  { file: 'rbm', learning: 'Persistent', data: bits, set: { visible: 16, hidden: 8 }, falls: null },
  {
    file: 'sigmoid_belief',
    learning: 'WakeSleep',
    data: bits,
    set: { pixels: 16, hidden: 8, top: 4 },
    falls: 0.04,
  },
  {
    file: 'sparse_coding',
    learning: 'Dictionary',
    data: images,
    set: { pixels: 16, features: 12 },
    falls: 0.18,
  },
  {
    file: 'tied_autoencoder',
    learning: 'Reconstruction',
    data: bits,
    set: { pixels: 16, hidden: 8, learning_rate: 0.02 },
    falls: 0.045,
  },
];

const folder = new URL('../../stdlib/models/', import.meta.url);
const files = readdirSync(folder).map((name) => name.replace('.nsm', ''));
const pathOf = (file: string): string => `stdlib/models/${file}.nsm`;
const learningsOf = (file: string): readonly string[] =>
  checkedFile(pathOf(file))
    .learnings.filter(({ span }) => span.file.endsWith(pathOf(file)))
    .map(({ name }) => name);

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

let backend: Backend;
beforeAll(async () => {
  backend = await loadBackend('cpu');
});

describe('a learning of the library', () => {
  it.each(trials)(
    'trains: $file, $learning',
    async ({ file, learning, data, set, iterations = 40, falls, still = [] }) => {
      const { checked } = check(pathOf(file), fileSources());
      const { over, model: name } = moved(checked.learnings.find((one) => one.name === learning)!);
      const { definition, diagnostics } = define(checked, { model: name, set });
      expect(diagnostics).toEqual([]);
      const model = defineModel(planInProcess(definition!, backend));
      const before = model.create({ seed: 3 });
      const objectives: number[] = [];
      const own = definition!.learnings.find((one) => one.name === learning)!.settings;
      const after = await model.train(before, data(), {
        learning,
        iterations,
        batch: 20,
        settings: Object.fromEntries(Object.entries(set).filter(([key]) => key in own)),
        onIteration: ({ objective }) => void (objective === null ? null : objectives.push(objective)),
      });

      const part = Math.floor(iterations / 5);
      const [first, last] = [mean(objectives.slice(0, part)), mean(objectives.slice(-part))];
      expect(objectives.every(Number.isFinite)).toBe(true);
      for (const parameter of over) {
        const [old, now] = [before.parameters[parameter]!.values, after.parameters[parameter]!.values];
        expect(now.every(Number.isFinite), parameter).toBe(true);
        if (!still.includes(parameter)) expect(now, parameter).not.toEqual(old);
      }
      if (falls !== null) expect((first - last) / Math.abs(first)).toBeGreaterThan(falls);
    },
  );

  it.each(files)('is tried here: all of %s', (file) => {
    const tried = trials.filter((trial) => trial.file === file).map(({ learning }) => learning);
    expect(tried.toSorted()).toEqual(learningsOf(file).toSorted());
  });
});

const moved = ({ steps, model }: ReturnType<typeof checkedFile>['learnings'][number]) => ({
  over: steps.flatMap((step) => step.over),
  model: model.name,
});

describe('a model of the library', () => {
  it.each(files)('has no problems and no warnings: %s', (file) => {
    expect(analyse(pathOf(file), fileSources()).diagnostics).toEqual([]);
  });

  it.each(files)('is explained without a word that is no mathematics: %s', (file) => {
    const text = explanationText(explain(checkedFile(pathOf(file))));
    for (const learning of learningsOf(file)) expect(text).toContain(`learning ${learning}\n`);
    expect(text).not.toMatch(/NaN|undefined|null|\[object|°|@draw|@gradient/);
  });

  it.each(files)('names its paper and a command: %s', (file) => {
    const { doc } = checkedFile(pathOf(file));
    expect(doc ?? '').toMatch(/\b(19|20)\d\d\b/);
    expect(doc ?? '').toMatch(/nsm train std(lib)?\/models\//);
  });
});
