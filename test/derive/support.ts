/** Models written in the language, exact expectations by enumeration, and small numeric helpers for the tests of derivations. */
import { expect } from 'vitest';
import type { NamedArray } from '../../src/calculus/evaluate.ts';
import type { Expression } from '../../src/calculus/expression.ts';
import { scalarValue } from '../../src/calculus/scalar-value.ts';
import { check } from '../../src/check/check.ts';
import { fileSources } from '../../src/check/sources.ts';
import type { Checked, Family, Inference, Objective } from '../../src/check/typed.ts';
import { withBeliefArguments } from '../../src/derive/belief.ts';
import { logDensity } from '../../src/derive/family/family.ts';
import { render } from '../../src/diagnostics/render.ts';

/** The checked form of a source text; fails with its diagnostics when it has errors. */
export const checked = (source: string): Checked => {
  const result = check('test.nsm', fileSources(new Map([['test.nsm', source]])));
  const errors = result.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) expect.fail(render(errors, () => source));
  return withBeliefArguments(result.checked);
};

/** A checked file of the repository, by its path from the root. */
export const checkedFile = (path: string): Checked => {
  const result = check(path, fileSources());
  expect(result.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return withBeliefArguments(result.checked);
};

/** Families of the standard library. */
export const standardFamilies = (): readonly Family[] =>
  ['Poisson', 'Normal', 'Bernoulli'].flatMap((name) => checkedFile(`stdlib/families/${name}.nsm`).families);

/** Families that the standard library does not have, as source text. */
export const moreFamiliesText = `
    /// Events before the first failure.
    family Geometric(log_odds_of_more: real) {
      support       count
      statistic     x
      natural       eta = log_odds_of_more
      log_partition -log(1 - exp(eta))
      log_base      0
    }
    /// Successes before the failure number \`failures\`.
    family NegativeBinomial(log_p: real, fixed failures: positive) {
      support       count
      statistic     x
      natural       eta = log_p
      log_partition -failures * log(1 - exp(eta))
      log_base      log_gamma(x + failures) - log_gamma(x + 1) - log_gamma(failures)
    }
    /// Successes in a fixed number of trials.
    family Binomial(logit: real, fixed trials: count) {
      support       count up to trials
      statistic     x
      natural       eta = logit
      log_partition trials * softplus(eta)
      log_base      log_choose(trials, x)
    }
    /// Waiting times.
    family Exponential(rate: positive) {
      support       positive
      statistic     x
      natural       eta = -rate
      log_partition -log(-eta)
      log_base      0
      pathwise      standard_exponential / rate
    }
`;
export const moreFamilies = (): readonly Family[] => checked(moreFamiliesText).families;

export type Numbers = Readonly<Record<string, number>>;

/** Points and weights such that Σ weight p(x) f(x) is the expectation of f, for members whose mass lies well inside. */
export interface Grid {
  readonly points: readonly number[];
  readonly weights: readonly number[];
}

const counts = (to: number): Grid => ({
  points: Array.from({ length: to + 1 }, (_, x) => x),
  weights: new Array<number>(to + 1).fill(1),
});
/** The trapezoidal rule, which is exact to rounding for analytic functions that vanish at both ends. */
const line = (
  low: number,
  high: number,
  steps: number,
  at: (t: number) => number,
  slope: (t: number) => number,
): Grid => {
  const width = (high - low) / steps;
  const places = Array.from({ length: steps + 1 }, (_, n) => low + n * width);
  return { points: places.map(at), weights: places.map((t) => width * slope(t)) };
};

export const gridOf = (family: Family, fixed: Numbers): Grid => {
  switch (family.support.kind) {
    case 'binary':
      return counts(1);
    case 'count':
      return counts(family.support.upTo === null ? 400 : scalarValue(family.support.upTo, fixed));
    case 'positive':
      return line(-36, 6, 1400, Math.exp, Math.exp);
    case 'real':
      return line(
        -40,
        40,
        8000,
        (t) => t,
        () => 1,
      );
    default:
      throw new Error(`no grid over ${family.support.kind}`);
  }
};

/** E[f(x)] under the member with the given natural parameters. */
export const expectationOf = (family: Family, values: Numbers, f: (x: number) => number): number => {
  const grid = gridOf(family, values);
  const density = logDensity(family);
  return grid.points.reduce((total, x, n) => {
    const mass = grid.weights[n]! * Math.exp(scalarValue(density, { ...values, x }));
    return mass === 0 ? total : total + mass * f(x);
  }, 0);
};

/** Gauss–Hermite points and weights for a standard normal, by Newton's method on the orthonormal polynomials. */
export const gaussHermite = (count: number): Grid => {
  const points: number[] = [];
  const weights: number[] = [];
  // Roots of He_n by bisection between sign changes on a fine grid; weight n!/(n² He_{n−1}²), in orthonormal form.
  const polynomials = (x: number): readonly [number, number] => {
    let [before, now] = [0, 1];
    for (let n = 0; n < count; n++)
      [before, now] = [now, (x * now - Math.sqrt(n) * before) / Math.sqrt(n + 1)];
    return [now, before];
  };
  const reach = 2 * Math.sqrt(count) + 1;
  const cells = 400 * count;
  for (let cell = 0; cell < cells; cell++) {
    let low = -reach + (2 * reach * (cell + 0.0001)) / cells;
    let high = -reach + (2 * reach * (cell + 1.0001)) / cells;
    const sign = Math.sign(polynomials(low)[0]);
    if (sign === Math.sign(polynomials(high)[0])) continue;
    for (let turn = 0; turn < 80; turn++) {
      const middle = (low + high) / 2;
      if (Math.sign(polynomials(middle)[0]) === sign) low = middle;
      else high = middle;
    }
    const root = (low + high) / 2;
    points.push(root);
    weights.push(1 / (count * polynomials(root)[1] ** 2));
  }
  return { points, weights };
};

/** All ways to choose one point for each of `units` units, with the product of their weights. */
export const product = (
  grid: Grid,
  units: number,
): readonly { readonly at: readonly number[]; readonly weight: number }[] => {
  let rows: readonly { readonly at: readonly number[]; readonly weight: number }[] = [{ at: [], weight: 1 }];
  for (let unit = 0; unit < units; unit++)
    rows = rows.flatMap(({ at, weight }) =>
      grid.points.map((x, n) => ({ at: [...at, x], weight: weight * grid.weights[n]! })),
    );
  return rows;
};

export const vector = (index: string, values: readonly number[]): NamedArray => ({
  indices: [index],
  shape: [values.length],
  values: Float64Array.from(values),
});
/** A matrix from rows. */
export const matrix = (
  indices: readonly [string, string],
  rows: readonly (readonly number[])[],
): NamedArray => ({
  indices,
  shape: [rows.length, rows[0]!.length],
  values: Float64Array.from(rows.flat()),
});

export const freeEnergyOf = (
  klWeight: Expression,
  kl: 'exact' | 'posterior_rate' = 'exact',
): Extract<Objective, { kind: 'free_energy' }> => ({
  kind: 'free_energy',
  klWeight,
  kl,
  span: { file: 'test.nsm', start: 0, end: 0 },
});

export const inferenceNamed = (file: Checked, name: string): Inference =>
  file.inferences.find((inference) => inference.name === name)!;

export const logFactorial = (n: number): number => {
  let total = 0;
  for (let k = 2; k <= n; k++) total += Math.log(k);
  return total;
};
