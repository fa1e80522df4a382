/** Inference on models of energies, and draws by inference, as the driver runs compiled programs: figures against plain loops. */
import { beforeAll, describe, expect, it } from 'vitest';
import { defineModel, type Model } from '../../src/runtime/model.ts';
import type { NumberArray } from '../../src/runtime/state.ts';
import { fillNoise } from '../../src/runtime/noise.ts';
import { valueFault } from '../../src/runtime/observed-values.ts';
import { keyOf } from '../../src/runtime/random.ts';
import { define } from '../../src/schedule/define.ts';
import { loadBackend, type Backend } from '../../src/targets/tfjs/backend.ts';
import { planInProcess } from '../../src/targets/plan.ts';
import { checked } from '../derive/support.ts';

let backend: Backend;
beforeAll(async () => {
  backend = await loadBackend('cpu');
});

const modelOf = (text: string): Model => {
  const { definition, diagnostics } = define(checked(text));
  if (definition === null) expect.fail(diagnostics.map(({ message }) => message).join('\n'));
  return defineModel(planInProcess(definition, backend));
};

const noise = (rows: number, columns: number, seed = 5): Float32Array => {
  const values = new Float32Array(rows * columns);
  fillNoise('standard_normal', keyOf(seed), values, 0);
  return values;
};

/** Row n, column i of an array of two axes. */
const at = ({ shape, values }: NumberArray, n: number, i: number): number => values[n * shape[1]! + i]!;
const sum = (count: number, of: (i: number) => number): number =>
  Array.from({ length: count }, (_, i) => of(i)).reduce((total, value) => total + value, 0);

const network = `
  import { GradientFlow } from "std/dynamics"
  model Net(pixels: dim = 4, hidden: dim = 5, classes: dim = 3) {
    param W: real[pixels, hidden] = normal(0, 1)
    param V: real[hidden, classes] = normal(0, 1)
    observed x: real[pixels]
    observed label: one_hot over classes
    state h: unit[hidden]
    state y: unit[classes]
    energy pixels_leak = sum(x^2)
    energy leak = sum(h^2) / 2 + sum(y^2) / 2
    energy drive = -(x @ W @ h) - (h @ V @ y)
    measure test_error = 1 - match(y, label)
  }
  inference Settle of Net(steps: int = 400) {
    start h, y = 0
    repeat steps until change < 1e-4 { descend energy over h, y by GradientFlow(rate = 0.2) }
  }`;

describe('an inference on an energy', () => {
  const rows = 7;
  const x = noise(rows, 4);
  const label = Float32Array.from({ length: rows * 3 }, (_, n) => Number(n % 3 === Math.floor(n / 3) % 3));

  it('is measured by its energy, R² of what is clamped, zeros, force, convergence and the measures of the model', async () => {
    const model = modelOf(network);
    const state = model.create({ seed: 2 });
    const { steps, states, reconstruction } = await model.infer(state, { x, label }, { record: [1, 400] });
    const [h, y, W, V] = [states['h']!, states['y']!, state.parameters['W']!, state.parameters['V']!];
    const data = { shape: [rows, 4], values: x };
    const energy = sum(rows, (n) => {
      const squares = sum(4, (i) => at(data, n, i) ** 2) + (sum(5, (j) => at(h, n, j) ** 2) + sum(3, (k) => at(y, n, k) ** 2)) / 2; // prettier-ignore
      const lower = sum(4, (i) => sum(5, (j) => at(data, n, i) * at(W, i, j) * at(h, n, j)));
      return squares - lower - sum(5, (j) => sum(3, (k) => at(h, n, j) * at(V, j, k) * at(y, n, k)));
    });
    const last = steps.at(-1)!;
    expect(last.energy! / (energy / rows)).toBeCloseTo(1, 5);

    // ∂E/∂x = 2x − W h: the mean of x given h is W h / 2.
    let [error, total] = [0, 0];
    for (let n = 0; n < rows; n += 1) {
      const mean = sum(4, (i) => at(data, n, i)) / 4;
      for (let i = 0; i < 4; i += 1) {
        const told = sum(5, (j) => at(W, i, j) * at(h, n, j)) / 2;
        expect(at(reconstruction!, n, i)).toBeCloseTo(told, 5);
        error += (at(data, n, i) - told) ** 2;
        total += (at(data, n, i) - mean) ** 2;
      }
    }
    expect(last.r2).toBeCloseTo(1 - error / total, 4);
    const zeros = [...h.values, ...y.values].filter((value) => value === 0).length;
    expect(zeros).toBeGreaterThan(0);
    expect(last.zeros).toBeCloseTo(zeros / (rows * 8), 6);
    expect(last.converged).toBe(1);
    expect(last.turns).toBeCloseTo(sum(rows, (n) => states['turns']!.values[n]!) / rows, 4);
    expect(last.turns).toBeLessThan(400);
    expect(steps[0]!.converged).toBe(0);
    // A turn of rate 0.2 that changes the units by less than 1e-4 leaves a force under 5e-4, projections aside.
    expect(last.force).toBeLessThan(5e-4);
    expect(steps[0]!.force).toBeGreaterThan(0.05);
    const wrong = sum(rows, (n) => {
      const best = (values: (k: number) => number) =>
        [0, 1, 2].reduce((a, k) => (values(k) > values(a) ? k : a), 0);
      return Number(best((k) => at(y, n, k)) !== best((k) => label[3 * n + k]!));
    });
    expect(last.test_error).toBeCloseTo(wrong / rows, 6);
  });

  it('leaves out the figures that need data which are not given', async () => {
    const model = modelOf(network);
    const state = model.create({ seed: 2 });
    const [told, silent] = [
      await model.infer(state, { x, label }, { steps: 8 }),
      await model.infer(state, { x }, { steps: 8 }),
    ];
    const { test_error: _, ...others } = told.steps.at(-1)!;
    expect(silent.steps.at(-1)).toEqual(others);
  });

  it('gives the same figures however the data are cut', async () => {
    const model = modelOf(network);
    const state = model.create();
    const whole = await model.infer(state, { x, label }, { steps: 20 });
    const cut = await model.infer(state, { x, label }, { steps: 20, chunk: 3 });
    for (const [name, value] of Object.entries(whole.steps.at(-1)!))
      expect(cut.steps.at(-1)![name]).toBeCloseTo(value, 5);
    expect(cut.states).toEqual(whole.states);
  });

  it('counts the state of a free variable against its data, where others are clamped', async () => {
    const model = modelOf(`
      import { GradientFlow } from "std/dynamics"
      model Pair(units: dim = 3) {
        observed x: real[units]
        observed y: real[units]
        energy tie = sum((y - x)^2) / 2
      }
      inference Complete of Pair(steps: int = 10) {
        free y
        start y = 0
        repeat steps { descend energy over y by GradientFlow(rate = 0.5) }
      }`);
    const state = model.create();
    const { steps, reconstruction } = await model.infer(
      state,
      { x: noise(6, 3), y: noise(6, 3) },
      { record: [0, 10] },
    );
    // y halves its distance to x = y in every step.
    expect(steps[0]!['r2_y']).toBeLessThanOrEqual(0);
    expect(1 - steps[1]!['r2_y']!).toBeCloseTo((1 - steps[0]!['r2_y']!) * 4 ** -10, 5);
    expect(reconstruction).not.toBeNull();
    const alone = await model.infer(state, { x: noise(6, 3) }, { steps: 10 });
    expect(Object.keys(alone.steps[0]!)).toEqual(['step', 'energy', 'r2', 'force']);
  });

  it('says why there is no energy where a log-partition is intractable, and measures the rest', async () => {
    const model = modelOf(`
      import { Quartic, Normal } from "std/families"
      import { Langevin } from "std/dynamics"
      model Top(pixels: dim = 4, units: dim = 3) {
        param W: real[pixels, units] = normal(0, 1)
        latent z ~ Quartic(drive = sum(W over pixels))
        observed x ~ Normal(mean = W @ z, sd = 1)
      }
      inference Walk of Top(steps: int = 5) {
        start z = 0
        repeat steps { descend energy over z by Langevin(dt = 0.01) }
      }`);
    const [walk] = model.plan.inferences;
    expect(walk!.unmeasured.map(({ name }) => name)).toEqual(['energy']);
    expect(walk!.unmeasured[0]!.why).toContain('the log-partition of z is intractable');
    const { steps } = await model.infer(model.create(), noise(6, 4), {});
    expect(Object.keys(steps[0]!)).toEqual(['step', 'r2', 'force']);
    expect(steps.at(-1)!.r2).toBeGreaterThan(steps[0]!.r2!);
  });

  it('counts proposals and their probabilities: of a walk on a standard normal with steps of size 2, one half stay', async () => {
    const model = modelOf(`
      dynamics Walk(size: positive) of s {
        propose s' = s + size * noise
        accept by metropolis_hastings
      }
      model Bell(units: dim = 1) {
        observed x: real[units]
        state s: real[units]
        energy bell = sum(s^2) / 2 + sum(x^2)
      }
      inference Stroll of Bell(steps: int = 40) {
        start s = normal(0, 1)
        repeat steps { descend energy over s by Walk(size = 2) }
      }`);
    const chains = 2000;
    const { steps, states } = await model.infer(model.create({ seed: 4 }), new Float32Array(chains), {});
    expect([...states['s.proposals.sum']!.values]).toEqual(Array.from({ length: chains }, () => 40));
    // (2 / π) arctan(2 / size) = 1/2 (Gelman, Roberts and Gilks 1996). Means of chains are independent: five standard errors, 6e-7.
    const means = [...states['s.accepted.sum']!.values].map((value) => value / 40);
    const mean = means.reduce((total, value) => total + value, 0) / chains;
    const error = Math.sqrt(means.reduce((total, value) => total + (value - mean) ** 2, 0)) / chains;
    expect(steps.at(-1)!.acceptance).toBeCloseTo(mean, 5);
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * error);
    expect(error).toBeLessThan(0.005);
  });
});

describe('draws by an inference', () => {
  const dreaming = `
    import { GradientFlow } from "std/dynamics"
    model Dream(pixels: dim = 3) {
      param b: real[pixels] = normal(0, 1)
      observed x: real[pixels]
      state s: real[pixels]
      energy tie = sum((x - s - b)^2) / 2 + sum(s^2) / 2
    }
    inference Wake of Dream(steps: int = 5) {
      start s = x
      repeat steps { descend energy over s by GradientFlow(rate = 0.1) }
    }
    inference Sleep of Dream(steps: int = 30) {
      free x
      start x, s = normal(0, 1)
      repeat steps { descend energy over x, s by GradientFlow(rate = 0.4) }
    }`;

  it('are what its steps lead to: here the least energy, s = 0 and x = b', async () => {
    const model = modelOf(dreaming);
    const state = model.create({ seed: 3 });
    const drawn = await model.sample(state, { inference: 'Sleep', count: 6, steps: 400 });
    expect(Object.keys(drawn).sort()).toEqual(['s', 'x']);
    expect(drawn['x']!.shape).toEqual([6, 3]);
    for (let n = 0; n < 6; n += 1)
      for (let i = 0; i < 3; i += 1)
        expect(at(drawn['x']!, n, i)).toBeCloseTo(state.parameters['b']!.values[i]!, 4);
  });

  it('do not depend on how they are cut, and follow from the seed', async () => {
    const model = modelOf(dreaming);
    const state = model.create({ seed: 3 });
    const options = { inference: 'Sleep', count: 6, seed: 9 };
    const whole = await model.sample(state, options);
    expect(await model.sample(state, { ...options, chunk: 4 })).toEqual(whole);
    expect(await model.sample(state, { ...options, seed: 10 })).not.toEqual(whole);
    const more = await model.sample(state, { ...options, count: 8 });
    expect([...more['x']!.values.subarray(0, 18)]).toEqual([...whole['x']!.values]);
  });

  it('are refused where the inference keeps what is observed, or where the model has no order to draw in', async () => {
    const model = modelOf(dreaming);
    const state = model.create();
    await expect(model.sample(state, { inference: 'Wake' })).rejects.toThrow(
      'Wake holds x at its data, and draws are made without data',
    );
    await expect(model.sample(state, {})).rejects.toThrow(
      /energy terms.*draw by an inference that frees x: Sleep/s,
    );
    await expect(model.sample(state, { inference: 'Sleeping' })).rejects.toThrow('no inference "Sleeping"');
  });

  it('are refused for what is read at its data, not for what is freed', async () => {
    const model = modelOf(`
      model Pair(n: dim = 2) {
        observed x: real[n]
        observed y: real[n]
        state s: real[n]
        energy pull = sum((x - y)^2) / 2 + sum(x^2) / 2 + sum(s^2)
      }
      inference Given of Pair { free y  repeat 3 { sample y } }
      inference Then of Pair { free x, y  start x, y = 3  repeat 3 { sample x, y }  clamp x  repeat 3 { sample y } }
      inference Aside of Pair { free y  start y = 0  repeat 3 { sample s } }`);
    const state = model.create();
    const drawn = (inference: string) => model.sample(state, { inference });
    await expect(drawn('Given')).rejects.toThrow('Given holds x at its data');
    await expect(drawn('Then')).rejects.toThrow(/Then reads the data of x.*clamp it nowhere/s);
    await expect(drawn('Aside')).rejects.toThrow('Aside does not move x, so there is nothing of it to draw');
  });

  it('begin at random numbers inside of formulas, one for each unit of each variable', async () => {
    const model = modelOf(`
      model Coins(n: dim = 3, m: dim = 2) {
        observed x: spin[n]
        observed y: positive[m]
        observed z: real[n]
        energy all = sum(x) + sum(y) + sum(z^2)
      }
      inference Throw of Coins {
        free x, y, z
        start x = where(uniform(0, 1) < 0.25, 1, -1)
        start y, z = 2 + uniform(0, 1) + 3 * uniform(0, 1)
      }`);
    const count = 4000;
    const drawn = await model.sample(model.create({ seed: 2 }), { inference: 'Throw', count });
    const mean = (name: string, of: (values: readonly number[]) => number): number =>
      sum(count, (n) => {
        const { shape, values } = drawn[name]!;
        return of([...values.subarray(n * shape[1]!, (n + 1) * shape[1]!)]);
      }) / count;
    expect(new Set(drawn['x']!.values)).toEqual(new Set([-1, 1]));
    // Five standard errors: of a coin 0.87 / sqrt(4000), of a product 1 / sqrt(4000), of the others less.
    for (const i of [0, 1, 2]) expect(Math.abs(mean('x', (x) => x[i]!) + 0.5)).toBeLessThan(0.07);
    expect(Math.abs(mean('x', (x) => x[0]! * x[1]!) - 0.25)).toBeLessThan(0.08);
    for (const name of ['y', 'z']) {
      expect(Math.abs(mean(name, (y) => y[1]!) - 4)).toBeLessThan(0.08);
      // (1 + 9) / 12 of each, nothing in common.
      expect(Math.abs(mean(name, (y) => (y[1]! - 4) ** 2) - 10 / 12)).toBeLessThan(0.08);
      expect(Math.abs(mean(name, (y) => (y[0]! - 4) * (y[1]! - 4)))).toBeLessThan(0.08);
    }
  });

  it('are refused where the inference begins at data, and its states are measured against them', async () => {
    const model = modelOf(`
      import { GradientFlow } from "std/dynamics"
      model Recall(pixels: dim = 3) {
        observed x: real[pixels]
        energy well = sum((x - 1)^2) / 2
      }
      inference Clean of Recall(steps: int = 4) {
        free x
        start x = x
        repeat steps { descend energy over x by GradientFlow(rate = 0.5) }
      }`);
    const state = model.create();
    await expect(model.sample(state, { inference: 'Clean' })).rejects.toThrow('Clean reads the data of x');
    const { steps } = await model.infer(state, noise(5, 3), { record: [0, 4] });
    expect(steps[0]!['r2_x']).toBe(1);
    expect(steps[1]!['r2_x']).toBeLessThan(1);
  });

  it.each([
    'real[units]',
    'positive[units]',
    'unit[units]',
    'binary[units]',
    'spin[units]',
    'count[units]',
    'integer[units]',
    'angle[units]',
    'one_hot[units] over classes',
    'simplex over classes',
  ])('are told a start that %s can have', async (type) => {
    const recall = (start: string): string => `
      model Recall(units: dim = 4, classes: dim = 3) {
        observed x: ${type}
        energy all = sum(x)
      }
      inference Keep of Recall { free x  start x = ${start} }`;
    const before = modelOf(recall('x'));
    const refused: unknown = await before.sample(before.create(), { inference: 'Keep' }).catch((e) => e);
    const [, start] = /`start x = ([^`]+)`/.exec((refused as { hint: string }).hint)!;
    const model = modelOf(recall(start!));
    const drawn = (await model.sample(model.create(), { inference: 'Keep', count: 5 }))['x']!;
    const [observed] = model.plan.observed;
    expect(valueFault(observed!, drawn.shape.slice(1), drawn.values, {}, {})).toBeNull();
  });

  it('stop when they are told to', async () => {
    const model = modelOf(dreaming);
    const controller = new AbortController();
    const before = backend.tf.memory().numTensors;
    const seen: number[] = [];
    const drawing = model.sample(model.create(), {
      inference: 'Sleep',
      count: 2,
      steps: 1000,
      signal: controller.signal,
      onProgress: ({ done, of }) => {
        seen.push(done / of);
        if (seen.length === 2) controller.abort(new Error('enough'));
      },
    });
    await expect(drawing).rejects.toThrow('enough');
    expect(seen).toHaveLength(2);
    expect(backend.tf.memory().numTensors).toBe(before);
  });
});
