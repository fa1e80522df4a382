/**
 * The families of the standard library that the reference does not have, against sums of densities written by hand here,
 * normalised numerically: nothing is read from the families' own formulas.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { entropyOf, logPartitionOf, memberOf } from '../../../src/derive/family/member.ts';
import type { TensorFlow } from '../../../src/runtime/plan.ts';
import { loadBackend } from '../../../src/targets/tfjs/backend.ts';
import { expectCase, familyNamed, inNumbers, words, type ReferenceCase } from './reference.ts';
import { runCase } from './reference-programs.ts';

/** The values of a member with their measure, and the log density up to a constant. */
interface Law {
  readonly points: readonly number[];
  readonly measure: readonly number[];
  readonly log: (x: number) => number;
}
type Params = Readonly<Record<string, number>>;

/** Simpson's rule; with 2 · 10⁴ cells its error is below 1e-11 for densities as wide as a hundredth of the interval. */
const interval = (low: number, high: number): Pick<Law, 'points' | 'measure'> => {
  const cells = 20000;
  const width = (high - low) / cells;
  const places = Array.from({ length: cells + 1 }, (_, n) => n);
  const weight = (n: number): number => (n === 0 || n === cells ? 1 : n % 2 === 1 ? 4 : 2);
  return {
    points: places.map((n) => low + n * width),
    measure: places.map((n) => (width / 3) * weight(n)),
  };
};
/** Where exp(drive x − x²/(2 sd²)) has fallen by more than exp(−70) on the way up from 0. */
const farEnd = (mean: number, sd: number): number => mean + Math.sqrt(Math.min(mean, 0) ** 2 + 140 * sd ** 2);

const gaussian =
  ({ mean, sd }: Params): Law['log'] =>
  (x) =>
    -((x - mean!) ** 2) / (2 * sd! ** 2);
/** exp(η x − x²/(2 s²)), which is 1 at x = 0. */
const tilted =
  ({ mean, sd }: Params): Law['log'] =>
  (x) =>
    (mean! * x - x ** 2 / 2) / sd! ** 2;

const laws: Readonly<Record<string, (params: Params) => Law>> = {
  Spin: ({ bias }) => ({ points: [-1, 1], measure: [1, 1], log: (x) => bias! * x }),
  NormalKnownVariance: (params) => ({
    ...interval(params['mean']! - 12 * params['sd']!, params['mean']! + 12 * params['sd']!),
    log: gaussian(params),
  }),
  TruncatedNormal: (params) => ({
    ...interval(0, farEnd(params['mean']!, params['sd']!)),
    log: tilted(params),
  }),
  RectifiedNormal: (params) => {
    const { points, measure } = interval(0, farEnd(params['mean']!, params['sd']!));
    return { points: [0, ...points], measure: [1, ...measure], log: tilted(params) };
  },
  Quartic: ({ drive }) => {
    const centre = Math.cbrt(drive!);
    return { ...interval(centre - 7, centre + 7), log: (x) => drive! * x - x ** 4 / 4 };
  },
};

interface Normalised {
  readonly density: (x: number) => number;
  readonly mean: (f: (x: number) => number) => number;
  readonly total: number;
}
const normalised = (law: Law): Normalised => {
  const top = Math.max(...law.points.map(law.log));
  const weights = law.points.map((x, n) => law.measure[n]! * Math.exp(law.log(x) - top));
  const total = top + Math.log(weights.reduce((sum, weight) => sum + weight, 0));
  const masses = law.points.map((x, n) => law.measure[n]! * Math.exp(law.log(x) - total));
  return {
    density: (x) => law.log(x) - total,
    mean: (f) => law.points.reduce((sum, x, n) => sum + masses[n]! * f(x), 0),
    total,
  };
};

/** What the reference would say. All five families have the statistic x. */
const caseOf = (family: string, params: Params, against: Params, x: readonly number[]): ReferenceCase => {
  const own = normalised(laws[family]!(params));
  const other = normalised(laws[family]!(against));
  const mean = own.mean((value) => value);
  return {
    family,
    params,
    x,
    logp: x.map(own.density),
    mean_statistics: [mean],
    cov_statistics: [[own.mean((value) => (value - mean) ** 2)]],
    entropy: -own.mean(own.density),
    kl_to: { params: against, value: own.mean((value) => own.density(value) - other.density(value)) },
  };
};

const line = [-3, -1, 0, 0.5, 2];
const half = [0.01, 0.3, 1, 2, 4];
const tractable: readonly ReferenceCase[] = [
  caseOf('Spin', { bias: 0 }, { bias: 1.3 }, [-1, 1]),
  caseOf('Spin', { bias: -0.7 }, { bias: 0.4 }, [-1, 1]),
  caseOf('Spin', { bias: 4 }, { bias: -3 }, [-1, 1]),
  caseOf('NormalKnownVariance', { mean: 0, sd: 1 }, { mean: -2.5, sd: 1 }, line),
  caseOf('NormalKnownVariance', { mean: -1.5, sd: 0.3 }, { mean: 1, sd: 0.3 }, line),
  caseOf('NormalKnownVariance', { mean: 4, sd: 7 }, { mean: 0, sd: 7 }, line),
  caseOf('TruncatedNormal', { mean: 0, sd: 1 }, { mean: 1, sd: 1 }, half),
  caseOf('TruncatedNormal', { mean: 2, sd: 0.5 }, { mean: -1, sd: 0.5 }, half),
  caseOf('TruncatedNormal', { mean: -8, sd: 1 }, { mean: 0, sd: 1 }, half),
  caseOf('TruncatedNormal', { mean: -30, sd: 3 }, { mean: -20, sd: 3 }, half),
  caseOf('RectifiedNormal', { mean: 0, sd: 1 }, { mean: 1, sd: 1 }, [0, ...half]),
  caseOf('RectifiedNormal', { mean: 2, sd: 0.5 }, { mean: -1, sd: 0.5 }, [0, ...half]),
  caseOf('RectifiedNormal', { mean: -3, sd: 1 }, { mean: 1, sd: 1 }, [0, ...half]),
  caseOf('RectifiedNormal', { mean: -5, sd: 4 }, { mean: 3, sd: 4 }, [0, ...half]),
];
const intractable: readonly ReferenceCase[] = [
  caseOf('Quartic', { drive: 0 }, { drive: 1 }, line),
  caseOf('Quartic', { drive: 2.5 }, { drive: -1 }, line),
  caseOf('Quartic', { drive: -40 }, { drive: -30 }, line),
];

describe('in float64, to 1e-7', () => {
  it.each([...tractable, ...intractable].map((one) => [words(one), one] as const))('%s', (_, one) => {
    expectCase(one, inNumbers(one), () => 1e-7);
  });

  it('the quartic family is normalised by quadrature', () => {
    const member = memberOf(familyNamed('Quartic'), { drive: 1.5 });
    const wanted = normalised(laws['Quartic']!({ drive: 1.5 }));
    expect(logPartitionOf(member)).toBeCloseTo(wanted.total, 10);
    expect(entropyOf(member)).toBeCloseTo(-wanted.mean(wanted.density), 9);
    expect(familyNamed('Quartic').logPartition).toBeNull();
  });
});

describe('in float32 on TensorFlow.js, to 2e-4', () => {
  let tf: TensorFlow;
  beforeAll(async () => {
    ({ tf } = await loadBackend('cpu'));
  });
  it.each(tractable.map((one) => [words(one), one] as const))('%s', (_, one) => {
    expectCase(one, runCase(tf, one), () => 2e-4);
  });
});
