/**
 * Gibbs sampling as it is compiled, against exact enumeration. Every example is a chain of its own, so the states after the last turn are
 * independent draws: a chi-square test of all joint states, with a false alarm in 1e-4 for each right sampler.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate, type NamedArray } from '../../src/calculus/evaluate.ts';
import type { Expression } from '../../src/calculus/expression.ts';
import { renameIndices, replaceReads } from '../../src/calculus/substitute.ts';
import type { Model } from '../../src/check/typed.ts';
import { energyOf } from '../../src/derive/energy.ts';
import type { TensorFlow } from '../../src/runtime/plan.ts';
import { define } from '../../src/schedule/define.ts';
import type { Definition } from '../../src/schedule/definition.ts';
import type { Program, Repeat, Statement } from '../../src/schedule/program.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';
import { uniforms } from '../calculus/support.ts';
import { checked } from '../derive/support.ts';
import { memberOf } from '../../src/derive/family/member.ts';
import { cumulativeOf, standardFamily } from '../support/draws.ts';
import {
  chiSquareTail,
  chiSquareTest,
  falseAlarm,
  kolmogorovSmirnovTest,
  normalCumulative,
} from '../support/goodness.ts';
import { contextOf, expectAgreement } from '../targets/support.ts';

type Values = Record<string, NamedArray>;

const head = `
  import { Bernoulli, Normal, Poisson } from "std/families"
  import { Gibbs, FixedPoint } from "std/dynamics"
`;

interface Made {
  readonly model: Model;
  readonly definition: Definition;
}
const made = (text: string): Made => {
  const file = checked(`${head}${text}`);
  const { definition, diagnostics } = define(file);
  if (definition === null) expect.fail(diagnostics.map(({ message }) => message).join('\n'));
  return { model: file.models[0]!, definition };
};

/** Parameters uniform within ±0.8, data in the middle of their support, the same for all examples. */
const givenTo = ({ model, definition }: Made, chains: number, seed = 2): Values => {
  const next = uniforms(seed);
  const values: Values = {};
  const sizes: Readonly<Record<string, number>> = { ...definition.sizes, example: chains };
  const shapeOf = (indices: readonly string[]): readonly number[] =>
    indices.map((index) => sizes[index.replaceAll("'", '')]!);
  for (const { name, indices } of model.parameters) {
    const shape = shapeOf(indices);
    const length = shape.reduce((count, size) => count * size, 1);
    values[name] = { indices, shape, values: Float64Array.from({ length }, () => 1.6 * next() - 0.8) };
  }
  for (const { name, indices, role, support } of model.variables) {
    if (role !== 'observed') continue;
    const shape = shapeOf(['example', ...indices]);
    const one = Array.from({ length: shape.slice(1).reduce((count, size) => count * size, 1) }, () =>
      support.kind === 'binary' ? Math.round(next()) : 2 * next() - 1,
    );
    const all = Float64Array.from({ length: one.length * chains }, (_, n) => one[n % one.length]!);
    values[name] = { indices: ['example', ...indices], shape, values: all };
  }
  return values;
};

const chains = 3000;
/** The states of all chains after some turns. */
const run = ({ definition }: Made, given: Values, turns: number, seed: number, count = chains): Values => {
  const [inference] = definition.inferences;
  const context = contextOf({ ...definition.sizes, example: count }, seed);
  const numbers = { ...definition.settings, ...inference!.settings, iteration: 1, progress: 1 };
  const started = interpret(inference!.start, { ...numbers, ...given }, context);
  return interpret(
    inference!.advance,
    { ...numbers, ...given, ...started, first_step: 0, step_count: turns },
    context,
  );
};

/** All joint states of variables of finite support, with their probabilities. */
const enumerate = (
  { model, definition }: Made,
  given: Values,
  values: Readonly<Record<string, readonly number[]>>,
): {
  readonly states: readonly Readonly<Record<string, readonly number[]>>[];
  readonly mass: readonly number[];
} => {
  const energy = energyOf(model);
  const sizes: Readonly<Record<string, number>> = { ...definition.sizes, example: 1 };
  const units = Object.keys(values).flatMap((name) => {
    const variable = model.variables.find((one) => one.name === name)!;
    const axes = variable.support.kind === 'one_hot' ? variable.indices.slice(0, -1) : variable.indices;
    const count = axes.reduce((product, index) => product * sizes[index]!, 1);
    return Array.from({ length: count }, () => name);
  });
  const states: Record<string, number[]>[] = [];
  const visit = (n: number, state: Readonly<Record<string, readonly number[]>>): void => {
    const name = units[n];
    if (name === undefined) return void states.push(state as Record<string, number[]>);
    for (const x of values[name]!) visit(n + 1, { ...state, [name]: [...(state[name] ?? []), x] });
  };
  visit(0, {});
  const single: Values = Object.fromEntries(
    Object.entries(given).map(([name, array]) => {
      const isData = array.indices[0] === 'example';
      const length = array.values.length / chains;
      return [
        name,
        isData
          ? { ...array, shape: [1, ...array.shape.slice(1)], values: array.values.slice(0, length) }
          : array,
      ];
    }),
  );
  const weights = states.map((state) => {
    const at: Values = { ...single };
    for (const [name, entries] of Object.entries(state)) {
      const variable = model.variables.find((one) => one.name === name)!;
      const shape = [1, ...variable.indices.map((index) => sizes[index]!)];
      const isChoice = variable.support.kind === 'one_hot';
      const flat = isChoice
        ? entries.flatMap((chosen) => Array.from({ length: shape.at(-1)! }, (_, k) => Number(k === chosen)))
        : entries;
      at[name] = { indices: ['example', ...variable.indices], shape, values: Float64Array.from(flat) };
    }
    return Math.exp(-evaluate(energy, (name) => at[name]!, sizes).values[0]!);
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { states, mass: weights.map((weight) => weight / total) };
};

const p = (
  one: Made,
  given: Values,
  values: Readonly<Record<string, readonly number[]>>,
  turns: number,
  seed: number,
): number => {
  const found = run(one, given, turns, seed);
  const { states, mass } = enumerate(one, given, values);
  const places = new Map(states.map((state, n) => [Object.values(state).flat().join(), n]));
  const counts = new Float64Array(states.length);
  for (let chain = 0; chain < chains; chain++) {
    const state = Object.keys(values).flatMap((name) => {
      const array = found[name]!;
      const length = array.values.length / chains;
      const own = [...array.values.slice(chain * length, (chain + 1) * length)];
      const isChoice = one.model.variables.find((each) => each.name === name)!.support.kind === 'one_hot';
      if (!isChoice) return own;
      const classes = array.shape.at(-1)!;
      return Array.from({ length: length / classes }, (_, n) =>
        own.slice(n * classes, (n + 1) * classes).indexOf(1),
      );
    });
    const place = places.get(state.join());
    if (place === undefined) return 0;
    counts[place]! += 1;
  }
  // Rare states first to last: neighbours are pooled, so that each cell expects enough.
  const order = states.map((_, n) => n).sort((a, b) => mass[a]! - mass[b]!);
  return chiSquareTest(
    order.map((n) => counts[n]!),
    order.map((n) => mass[n]! * chains),
  );
};

/** The same program, but in a loop over units every formula reads the values that entered the loop. */
const withStaleSweeps = (program: Program): Program => {
  const stale = (loop: Repeat): Repeat => {
    const [own] = loop.carried;
    const before = (node: Expression): Expression =>
      replaceReads(node, ({ name, subscripts }) =>
        name === own!.register.name
          ? renameIndices(
              own!.initial,
              new Map(own!.register.indices.map((index, n) => [index, subscripts[n]!])),
            )
          : null,
      );
    // The last line puts the drawn entry among the others, which stay.
    const last = 'the other units stay as they are';
    const body = loop.body.map((statement): Statement =>
      statement.kind === 'assign' && statement.note !== last
        ? { ...statement, value: before(statement.value) }
        : statement,
    );
    return { ...loop, body };
  };
  const visit = (statement: Statement): Statement => {
    if (statement.kind !== 'repeat') return statement;
    const inner = { ...statement, body: statement.body.map(visit) };
    return statement.label.includes('unit_by_unit') ? stale(inner) : inner;
  };
  return { ...program, body: program.body.map(visit) };
};

const rbm = `
  model M(visible: dim = 3, hidden: dim = 3) {
    param W: real[visible, hidden] = 0
    param a: real[visible] = 0
    param b: real[hidden] = 0
    state v: binary[visible]
    state h: binary[hidden]
    energy all = -2 * (v @ W @ h) - sum(a * v) - sum(b * h)
  }`;
const finite: readonly {
  readonly words: string;
  readonly text: string;
  readonly values: Readonly<Record<string, readonly number[]>>;
}[] = [
  {
    words: 'blocks of a restricted Boltzmann machine, by `sample`',
    text: `${rbm}
      inference I of M(steps: int = 20) { start v = 0  repeat steps { sample h; sample v } }`,
    values: { v: [0, 1], h: [0, 1] },
  },
  {
    words: 'blocks of a restricted Boltzmann machine, by a dynamics of two variables',
    text: `${rbm}
      inference I of M(steps: int = 20) {
        start v, h = 0
        repeat steps { descend energy over v, h by Gibbs() }
      }`,
    values: { v: [0, 1], h: [0, 1] },
  },
  {
    words: 'spins one by one, with couplings of a spin to itself',
    text: `
      model M(units: dim = 5) {
        param W: real[units, units'] = 0
        param b: real[units] = 0
        state s: spin[units]
        energy all = -(s @ W @ s) / 2 - sum(b * s)
      }
      inference I of M(steps: int = 20) { start s = 1  repeat steps { sample s } }`,
    values: { s: [-1, 1] },
  },
  {
    words: 'spins of a grid that is coupled along both of its axes',
    text: `
      model M(rows: dim = 2, columns: dim = 3) {
        param R: real[rows, rows'] = 0
        param C: real[columns, columns'] = 0
        state s: spin[rows, columns]
        energy down = -sum(s * (R @ s))
        energy across = -sum(s * (C @ s))
      }
      inference I of M(steps: int = 20) { start s = 1  repeat steps { sample s } }`,
    values: { s: [-1, 1] },
  },
  {
    words: 'causes that explain data together',
    text: `
      model M(pixels: dim = 3, hidden: dim = 3) {
        param W: real[pixels, hidden] = 0
        param b: real[hidden] = 0
        latent h ~ Bernoulli(logit = b)
        observed x ~ Bernoulli(logit = 3 * (W @ h))
      }
      inference I of M(steps: int = 20) { start h = 0  repeat steps { sample h } }`,
    values: { h: [0, 1] },
  },
  {
    words: 'choices that are coupled',
    text: `
      model M(units: dim = 3, classes: dim = 3) {
        param W: real[units, units'] = 0
        param U: real[units, classes] = 0
        state y: one_hot[units] over classes
        state s: spin[units]
        energy all = -sum(y * (W @ y)) - sum(U * y) - sum(s * sum(y * U over classes))
      }
      inference I of M(steps: int = 20) { start s = 1  start y = position(classes) == 0  repeat steps { sample y, s } }`,
    values: { y: [0, 1, 2], s: [-1, 1] },
  },
  {
    words: 'counts of a family and binary units',
    text: `
      model M(units: dim = 2, hidden: dim = 2) {
        param W: real[units, hidden] = 0
        param a: real[units] = 0
        param b: real[hidden] = 0
        latent n ~ Poisson(log_rate = a)
        state h: binary[hidden]
        energy coupling = -(n @ W @ h) - sum(b * h)
      }
      inference I of M(steps: int = 20) { start h = 0  repeat steps { sample n; sample h } }`,
    values: { n: Array.from({ length: 20 }, (_, k) => k), h: [0, 1] },
  },
];

describe('draws given all others leave exp(−E)', () => {
  finite.forEach(({ words, text, values }, n) =>
    it(words, () => {
      const one = made(text);
      expect(p(one, givenTo(one, chains), values, 20, 100 + n)).toBeGreaterThan(falseAlarm);
    }),
  );

  it('and this test rejects coupled units that are all drawn given what was before the sweep', () => {
    const { text, values } = finite[2]!;
    const one = made(text);
    const [inference] = one.definition.inferences;
    const stale = { ...inference!, advance: withStaleSweeps(inference!.advance) };
    const wrong = { ...one, definition: { ...one.definition, inferences: [stale] } };
    expect(p(wrong, givenTo(one, chains), values, 20, 102)).toBeLessThan(falseAlarm);
  });
});

describe('coupled Gaussian units', () => {
  const text = `
    model M(units: dim = 3) {
      param K: real[units, units'] = 0
      param c: real[units] = 0
      state x: real[units]
      energy own = 2 * sum(x^2)
      energy pairs = (x @ K @ x) / 2
      energy drive = -sum(c * x)
    }
    inference I of M(steps: int = 20) { start x = 3  repeat steps { sample x } }`;
  it('get the covariance that inverts the precision', () => {
    const one = made(text);
    const given = givenTo(one, chains);
    const { values: x } = run(one, given, 30, 11)['x']!;
    const [K, c] = [given['K']!.values, given['c']!.values];
    const precision = (i: number, j: number): number =>
      (i === j ? 4 : 0) + (K[3 * i + j]! + K[3 * j + i]!) / 2;
    const mean = solve3(precision, c);
    // The quadratic form of a Gaussian of three dimensions is a chi-square of three degrees.
    const forms = Float64Array.from({ length: chains }, (_, n) => {
      let total = 0;
      for (let i = 0; i < 3; i++)
        for (let j = 0; j < 3; j++)
          total += (x[3 * n + i]! - mean[i]!) * precision(i, j) * (x[3 * n + j]! - mean[j]!);
      return total;
    });
    expect(kolmogorovSmirnovTest(forms, (q) => 1 - chiSquareTail(q, 3))).toBeGreaterThan(falseAlarm);
    const variance = [0, 1, 2].map(
      (i) =>
        solve3(
          precision,
          [0, 1, 2].map((j) => Number(i === j)),
        )[i]!,
    );
    for (let i = 0; i < 3; i++) {
      const draws = Float64Array.from({ length: chains }, (_, n) => x[3 * n + i]!);
      const cumulative = (at: number): number => normalCumulative((at - mean[i]!) / Math.sqrt(variance[i]!));
      expect(kolmogorovSmirnovTest(draws, cumulative)).toBeGreaterThan(falseAlarm);
    }
  });
});

/** Cramer's rule. */
const solve3 = (a: (i: number, j: number) => number, b: ArrayLike<number>): readonly number[] => {
  const det = (m: (i: number, j: number) => number): number =>
    m(0, 0) * (m(1, 1) * m(2, 2) - m(1, 2) * m(2, 1)) -
    m(0, 1) * (m(1, 0) * m(2, 2) - m(1, 2) * m(2, 0)) +
    m(0, 2) * (m(1, 0) * m(2, 1) - m(1, 1) * m(2, 0));
  return [0, 1, 2].map((k) => det((i, j) => (j === k ? b[i]! : a(i, j))) / det(a));
};

it('interneurons that are drawn, not moved, follow their layer at once', () => {
  const one = made(`
    import { Quartic } from "std/families"
    import { GradientFlow } from "std/dynamics"
    model M(units: dim = 2) {
      param c: real[units] = 0
      latent y ~ Quartic(drive = c)
      latent q ~ Quartic(drive = 2 * y)
      observed x ~ Normal(mean = q, sd = 1)
    }
    inference I of M(steps: int = 1) {
      start y = 0.7
      start q = 0
      repeat steps {
        interneurons by Gibbs()
        descend energy over y by GradientFlow(rate = 1e-9)
      }
    }`);
  const given = givenTo(one, chains);
  const found = run(one, given, 1, 21)['q.interneurons']!.values;
  const law = memberOf(standardFamily('Quartic'), { drive: 1.4 });
  expect(kolmogorovSmirnovTest(found, cumulativeOf(law, found))).toBeGreaterThan(falseAlarm);
});

it('mean-field sweeps end where every unit is at its mean given the others', () => {
  const one = made(`
    ${rbm}
    inference I of M(steps: int = 200) {
      start v, h = 0
      repeat steps { descend energy over v, h by FixedPoint() }
    }`);
  const given = givenTo(one, 1);
  const { v, h } = run(one, given, 200, 1, 1);
  const [W, a, b] = ['W', 'a', 'b'].map((name) => given[name]!.values) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  for (let i = 0; i < 3; i++) {
    const [drive, other] = [0, 1, 2].reduce(
      ([up, down], j) => [up + 2 * W[3 * i + j]! * h!.values[j]!, down + 2 * W[3 * j + i]! * v!.values[j]!],
      [a[i]!, b[i]!],
    );
    // A contraction by at least a half in each of 200 turns: to the last digits.
    expect(v!.values[i]).toBeCloseTo(sigmoid(drive), 12);
    expect(h!.values[i]).toBeCloseTo(sigmoid(other), 12);
  }
});

describe.each(['cpu', 'wasm'] as const)(
  'on the %s backend the same uniform numbers give the same states:',
  (name) => {
    let tf: TensorFlow;
    beforeAll(async () => {
      tf = (await loadBackend(name)).tf;
    });
    it.each(finite.map(({ words, text }) => [words, text] as const))('%s', (_, text) => {
      const one = made(text);
      const [inference] = one.definition.inferences;
      const few = givenTo(one, 6);
      const context = contextOf({ ...one.definition.sizes, example: 6 }, 4);
      const numbers = { ...one.definition.settings, ...inference!.settings, iteration: 1, progress: 1 };
      const started = interpret(inference!.start, { ...numbers, ...few }, context);
      const inputs = { ...numbers, ...few, ...started, first_step: 0, step_count: 4 };
      const needed = new Set(inference!.advance.inputs.map((input) => input.name));
      const own = Object.fromEntries(Object.entries(inputs).filter(([key]) => needed.has(key)));
      expectAgreement(tf, inference!.advance, own, context);
    });
  },
);
