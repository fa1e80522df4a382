import { describe, expect, it } from 'vitest';
import { exp } from '../../src/runtime/exponential.ts';
import { inversionSource, type InversionLaw } from '../../src/runtime/inversion-source.ts';
import {
  drawBySampler,
  drawInversion,
  type CountingSupport,
  type InversionSampler,
} from '../../src/runtime/inversion.ts';
import { keyOf, type Key } from '../../src/runtime/random.ts';
import { logGammaOfCounts, sigmoid, softplus } from '../../src/runtime/special.ts';
import { correlationTest, discreteTest, falseAlarm, meanTest } from '../support/goodness.ts';

const logFactorial = (x: number): number => logGammaOfCounts(x + 1);

// Statistical checks here: 41, each with the false alarm rate 1e-4 (together at most 4.1e-3).

interface Family {
  readonly name: string;
  readonly support: CountingSupport;
  readonly mean: (...parameters: number[]) => number;
  readonly logMass: (x: number, ...parameters: number[]) => number;
  readonly ratio: (x: number, ...parameters: number[]) => number;
  readonly variance: (...parameters: number[]) => number;
}

const counts = { low: 0, high: Infinity };

const poisson: Family = {
  name: 'Poisson',
  support: counts,
  mean: (logRate) => Math.exp(logRate),
  logMass: (x, logRate) => x * logRate - Math.exp(logRate) - logFactorial(x),
  ratio: (x, logRate) => Math.exp(logRate) / x,
  variance: (logRate) => Math.exp(logRate),
};
const bernoulli: Family = {
  name: 'Bernoulli',
  support: { low: 0, high: 1 },
  mean: (logit) => sigmoid(logit),
  logMass: (x, logit) => x * logit - softplus(logit),
  ratio: (_, logit) => Math.exp(logit),
  variance: (logit) => sigmoid(logit) * sigmoid(-logit),
};
const geometric: Family = {
  name: 'Geometric',
  support: counts,
  mean: (p) => (1 - p) / p,
  logMass: (x, p) => x * Math.log1p(-p) + Math.log(p),
  ratio: (_, p) => 1 - p,
  variance: (p) => (1 - p) / p ** 2,
};
const binomial: Family = {
  name: 'Binomial of 20 trials',
  support: { low: 0, high: 20 },
  mean: (logit) => 20 * sigmoid(logit),
  logMass: (x, logit) =>
    logFactorial(20) - logFactorial(x) - logFactorial(20 - x) + x * logit - 20 * softplus(logit),
  ratio: (x, logit) => ((21 - x) / x) * Math.exp(logit),
  variance: (logit) => 20 * sigmoid(logit) * sigmoid(-logit),
};
/** Two parameters: size r and probability p of another failure. */
const negativeBinomial: Family = {
  name: 'NegativeBinomial',
  support: counts,
  mean: (r, p) => (r * p) / (1 - p),
  logMass: (x, r, p) => {
    let sum = r * Math.log1p(-p) + x * Math.log(p);
    for (let k = 1; k <= x; k++) sum += Math.log((r + k - 1) / k);
    return sum;
  },
  ratio: (x, r, p) => (p * (r + x - 1)) / x,
  variance: (r, p) => (r * p) / (1 - p) ** 2,
};
/** The sum of two independent Poisson counts, with a third parameter that scales both. */
const threeParameters: Family = {
  name: 'Poisson of rate (a + b) c',
  support: counts,
  mean: (a, b, c) => (a + b) * c,
  logMass: (x, a, b, c) => poisson.logMass(x, Math.log((a + b) * c)),
  ratio: (x, a, b, c) => ((a + b) * c) / x,
  variance: (a, b, c) => (a + b) * c,
};

function draw(
  family: Family,
  key: Key,
  parameters: readonly number[],
  count: number,
  offset = 0,
): Float64Array {
  const target = new Float64Array(count);
  const arrays = parameters.map((value) => new Float64Array(count).fill(value));
  drawInversion(key, target, offset, family.support, arrays, family.mean, family.logMass, family.ratio);
  return target;
}

interface Case {
  readonly family: Family;
  readonly parameters: readonly number[];
  readonly label: string;
  /** Factor on the first parameter (or on the rate) that the test must find out. */
  readonly planted: readonly number[];
  readonly count: number;
}

const poissonCase = (rate: number, factor: number, count: number): Case => ({
  family: poisson,
  parameters: [Math.log(rate)],
  label: `rate ${rate}`,
  planted: [Math.log(rate * factor)],
  count,
});

const cases: readonly Case[] = [
  poissonCase(0.01, 1.2, 200_000),
  poissonCase(0.7, 1.02, 400_000),
  poissonCase(9, 1.02, 200_000),
  poissonCase(60, 1.02, 100_000),
  poissonCase(5000, 1.02, 20_000),
  poissonCase(22_000, 1.02, 10_000),
  { family: bernoulli, parameters: [-1.2], label: 'logit -1.2', planted: [-1.15], count: 200_000 },
  { family: bernoulli, parameters: [4], label: 'logit 4', planted: [4.2], count: 200_000 },
  { family: geometric, parameters: [0.3], label: 'p 0.3', planted: [0.306], count: 200_000 },
  { family: binomial, parameters: [0.4], label: 'logit 0.4', planted: [0.43], count: 200_000 },
  {
    family: negativeBinomial,
    parameters: [2.5, 0.6],
    label: 'r 2.5, p 0.6',
    planted: [2.5, 0.61],
    count: 200_000,
  },
  {
    family: threeParameters,
    parameters: [1, 2, 1.5],
    label: '1, 2, 1.5',
    planted: [1, 2, 1.53],
    count: 100_000,
  },
];

describe.each(cases)('$family.name, $label', ({ family, parameters, planted, count }) => {
  const { low, high } = family.support;
  const draws = draw(family, keyOf(41), parameters, count);
  const fits = (values: ArrayLike<number>) =>
    discreteTest(values, (x) => family.logMass(x, ...parameters), low, high);

  it('follows its distribution', () => {
    expect(fits(draws)).toBeGreaterThan(falseAlarm);
  });

  it('has its mean and its variance', () => {
    const mean = family.mean(...parameters);
    const variance = family.variance(...parameters);
    expect(meanTest(draws, mean, variance)).toBeGreaterThan(falseAlarm);
    const squares = draws.map((x) => (x - mean) ** 2);
    const average = squares.reduce((sum, square) => sum + square, 0) / count;
    const spread = squares.reduce((sum, square) => sum + (square - average) ** 2, 0) / count;
    expect(meanTest(squares, variance, spread)).toBeGreaterThan(falseAlarm);
  });

  it('would be found out with its parameter a little off', () => {
    expect(fits(draw(family, keyOf(41), planted, count))).toBeLessThan(falseAlarm);
  });
});

describe('planted mistakes', () => {
  const fits = (wrong: Family, rate: number, count: number) =>
    discreteTest(
      draw(wrong, keyOf(42), [Math.log(rate)], count),
      (x) => poisson.logMass(x, Math.log(rate)),
      0,
    );

  it('are found out: masses of the next value', () => {
    const shifted: Family = { ...poisson, ratio: (x, logRate) => Math.exp(logRate) / (x + 1) };
    for (const rate of [0.7, 9, 60]) expect(fits(shifted, rate, 200_000)).toBeLessThan(falseAlarm);
  });

  it('are found out: the mass of the start taken one value off', () => {
    const shifted: Family = { ...poisson, logMass: (x, logRate) => poisson.logMass(x + 1, logRate) };
    for (const rate of [0.7, 9]) expect(fits(shifted, rate, 200_000)).toBeLessThan(falseAlarm);
  });

  it('are found out: a search that only goes up', () => {
    const upward: Family = { ...poisson, support: { low: 9, high: Infinity } };
    expect(fits(upward, 9, 10_000)).toBeLessThan(falseAlarm);
  });
});

describe('draws by inversion', () => {
  it('are exact wherever the search starts', () => {
    const law = (x: number) => poisson.logMass(x, Math.log(6));
    for (const start of [0, 3, 12]) {
      const draws = draw({ ...poisson, mean: () => start }, keyOf(43), [Math.log(6)], 50_000);
      expect(discreteTest(draws, law, 0)).toBeGreaterThan(falseAlarm / 3);
    }
  });

  it('at a rate of 1e-4 are mostly silent, and at the right rate', () => {
    const draws = draw(poisson, keyOf(44), [Math.log(1e-4)], 1_000_000);
    expect(meanTest(draws, 1e-4, 1e-4)).toBeGreaterThan(falseAlarm);
  });

  it('of neighbouring elements and neighbouring keys are uncorrelated', () => {
    const draws = draw(poisson, keyOf(45), [0], 100_000);
    expect(correlationTest(draws.subarray(1), draws.subarray(0, -1))).toBeGreaterThan(falseAlarm);
    expect(correlationTest(draws, draw(poisson, keyOf(46), [0], 100_000))).toBeGreaterThan(falseAlarm);
  });

  it('are the same in pieces, in float32 and with the parameters of the whole', () => {
    const size = 5000;
    const logRates = Float32Array.from({ length: size }, (_, position) => Math.log(0.01 + position / 100));
    const pieces = new Float32Array(size);
    const whole = new Float64Array(size);
    const { mean, logMass, ratio } = poisson;
    drawInversion(keyOf(47), whole, 0, counts, [logRates], mean, logMass, ratio);
    for (const [from, to] of [
      [0, 3],
      [3, 1027],
      [1027, 4000],
      [4000, 5000],
    ] as const) {
      const target = pieces.subarray(from, to);
      drawInversion(keyOf(47), target, from, counts, [logRates.subarray(from, to)], mean, logMass, ratio);
    }
    expect(pieces).toEqual(Float32Array.from(whole));
  });

  it('stay in the support at extreme parameters', () => {
    expect(new Set(draw(bernoulli, keyOf(48), [800], 1000))).toEqual(new Set([1]));
    expect(new Set(draw(bernoulli, keyOf(48), [-800], 1000))).toEqual(new Set([0]));
    expect(new Set(draw(bernoulli, keyOf(48), [36.5], 1000))).toEqual(new Set([1]));
    expect(new Set(draw(poisson, keyOf(48), [-800], 1000))).toEqual(new Set([0]));
    expect(new Set(draw(binomial, keyOf(48), [60], 1000))).toEqual(new Set([20]));
  });

  it.each([NaN, Infinity, -Infinity])('are NaN for the parameter %d', (value) => {
    expect(draw(poisson, keyOf(49), [value], 3)).toEqual(new Float64Array(3).fill(NaN));
    expect(draw(bernoulli, keyOf(49), [value], 3)).toEqual(new Float64Array(3).fill(NaN));
    expect(draw(negativeBinomial, keyOf(49), [2, value], 3)).toEqual(new Float64Array(3).fill(NaN));
    expect(draw(threeParameters, keyOf(49), [1, 1, value], 3)).toEqual(new Float64Array(3).fill(NaN));
  });

  it('are NaN, and soon, when the mean has run away', () => {
    for (const logRate of [60, 200, 700, 709.9]) {
      expect(draw(poisson, keyOf(50), [logRate], 1)).toEqual(Float64Array.of(NaN));
    }
    expect(draw(geometric, keyOf(50), [1e-12], 1)).toEqual(Float64Array.of(NaN));
  });

  it('are NaN for masses that are no distribution', () => {
    expect(draw({ ...poisson, logMass: () => NaN }, keyOf(51), [0], 1)).toEqual(Float64Array.of(NaN));
    expect(draw({ ...poisson, ratio: () => NaN, mean: () => 50 }, keyOf(51), [0], 1)).toEqual(
      Float64Array.of(NaN),
    );
    expect(
      draw({ ...poisson, logMass: () => -30, ratio: () => 0, mean: () => 0 }, keyOf(51), [0], 1),
    ).toEqual(Float64Array.of(NaN));
  });

  it('need parameters as long as the target', () => {
    const { mean, logMass, ratio } = poisson;
    expect(() =>
      drawInversion(keyOf(1), new Float64Array(3), 0, counts, [new Float64Array(2)], mean, logMass, ratio),
    ).toThrow(/parameter 1 .* 2 elements, but 3 draws/);
  });
});

describe('the source of a family', () => {
  const compile = (law: InversionLaw): InversionSampler =>
    new Function('nsm', `${inversionSource('drawFamily', law)}\nreturn drawFamily;`)({ exp, logFactorial });

  it('draws the same bits as the functions of the family', () => {
    const sampler = compile({
      family: 'Poisson',
      parameters: ['log_rate'],
      derived: [{ name: 'rate', value: 'Math.exp(log_rate)' }],
      mean: 'rate',
      logMass: 'x * log_rate - rate - nsm.logFactorial(x)',
      ratio: 'rate / x',
      low: '0',
      high: 'Infinity',
    });
    const logRates = Float64Array.from({ length: 4000 }, (_, position) => -9 + position / 200);
    for (const [position, value] of [NaN, Infinity, -Infinity, 60, 700].entries())
      logRates[position * 700] = value;
    const expected = new Float64Array(4000);
    const { mean, logMass, ratio } = poisson;
    drawInversion(keyOf(52), expected, 9, counts, [logRates], mean, logMass, ratio);
    const target = new Float64Array(4000);
    drawBySampler(keyOf(52), target, 9, [logRates], sampler);
    expect(target).toEqual(expected);
    expect(target.filter(Number.isNaN).length).toBe(5);
  });

  it('draws the same bits in a bounded support with parameters that have names of its own', () => {
    const sampler = compile({
      family: 'Family',
      parameters: ['low', 'search'],
      derived: [],
      mean: '4 + 0 * low * search',
      logMass: '-Math.log(8) + 0 * x',
      ratio: 'low / search',
      low: '2',
      high: '8 + search',
    });
    const support = { low: 2, high: 9 };
    const [target, expected] = [new Float64Array(3000), new Float64Array(3000)];
    const ones = [new Float64Array(3000).fill(1), new Float64Array(3000).fill(1)];
    drawBySampler(keyOf(53), target, 0, ones, sampler);
    const logMass = () => -Math.log(8);
    const [mean, ratio] = [() => 4, () => 1];
    drawInversion(keyOf(53), expected, 0, support, ones, mean, logMass, ratio);
    expect(target).toEqual(expected);
    expect(discreteTest(target, logMass, 2, 9)).toBeGreaterThan(falseAlarm);
  });

  it('draws the same bits for three parameters', () => {
    const sampler = compile({
      family: 'Family',
      parameters: ['a', 'b', 'c'],
      derived: [{ name: 'rate', value: 'Math.exp(a + b + c)' }],
      mean: 'rate',
      logMass: 'x * (a + b + c) - rate - nsm.logFactorial(x)',
      ratio: 'rate / x',
      low: '0',
      high: 'Infinity',
    });
    const columns = [1, 2, 3].map((seed) =>
      Float32Array.from({ length: 2000 }, (_, i) => (i % 97 === 0 ? NaN : Math.sin(seed * i))),
    );
    const [target, expected] = [new Float32Array(2000), new Float32Array(2000)];
    drawBySampler(keyOf(54), target, 5, columns, sampler);
    drawInversion(
      keyOf(54),
      expected,
      5,
      counts,
      columns,
      (a, b, c) => Math.exp(a + b + c),
      (x, a, b, c) => x * (a + b + c) - Math.exp(a + b + c) - logFactorial(x),
      (x, a, b, c) => Math.exp(a + b + c) / x,
    );
    expect(target).toEqual(expected);
  });
});

describe('the exponential', () => {
  it('is right to one unit in the last place', () => {
    for (let i = 0; i < 20_000; i++) {
      const x = -690 + (i * 1380) / 20_000 + Math.sin(i);
      expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(4.5e-16);
    }
  });
  it('has the limits of the exponential', () => {
    expect([-0, 0, Infinity, -Infinity, NaN, 800, -800].map(exp)).toEqual([
      1,
      1,
      Infinity,
      0,
      NaN,
      Infinity,
      0,
    ]);
    expect(exp(-740)).toBe(Math.exp(-740));
  });
});
