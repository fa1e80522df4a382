/** What follows from the one family with a matrix among its natural parameters, against its moments by hand. */
import { describe, expect, it } from 'vitest';
import { evaluate, type NamedArray } from '../../../src/calculus/evaluate.ts';
import { read, sum, multiply } from '../../../src/calculus/build.ts';
import { renameIndices } from '../../../src/calculus/substitute.ts';
import {
  fisherOf,
  logDensityOf,
  logPartitionOf,
  meanOf,
  memberAt,
  memberOf,
  naturalVector,
} from '../../../src/derive/family/member.ts';
import { centralDifferences, relativeError } from '../../calculus/support.ts';
import { checkedFile } from '../support.ts';

const family = checkedFile('stdlib/families/MultivariateNormal.nsm').families[0]!;
const size = 3;
const sizes = { dims: size };
const vector = (...values: readonly number[]): NamedArray => ({
  indices: ['dims'],
  shape: [size],
  values: Float64Array.from(values),
});
const matrix = (values: ArrayLike<number>): NamedArray => ({
  indices: ['dims', "dims'"],
  shape: [size, size],
  values: Float64Array.from(values),
});
const mean = vector(0.4, -1.1, 0.7);
const precision = matrix([2, 0.3, -0.5, 0.3, 1, 0.2, -0.5, 0.2, 1.5]);
const member = memberOf(family, { mean, precision });
const P = read('precision', ['dims', "dims'"]);
const environment = (name: string): NamedArray => (name === 'precision' ? precision : mean);
const covariance = evaluate(family.also[0]!.value, () => precision, sizes).values;
const m = mean.values;
const S = (i: number, j: number): number => covariance[i * size + j]!;
const units = [0, 1, 2];
const pairs = units.flatMap((i) => units.map((j) => [i, j] as const));
/** Condition numbers below 10, and a few dozen roundings. */
const rounding = 1e-13;

describe('the multivariate normal family', () => {
  it('has the mean m and S + m mᵀ of its statistics', () => {
    const wanted = [...m, ...pairs.map(([i, j]) => S(i, j) + m[i]! * m[j]!)];
    expect(relativeError(meanOf(member), wanted)).toBeLessThan(rounding);
  });

  it("has the Fisher information that Isserlis' theorem gives for x and x xᵀ", () => {
    const first = units.map((i) => [
      ...units.map((j) => S(i, j)),
      ...pairs.map(([j, k]) => m[j]! * S(i, k) + m[k]! * S(i, j)),
    ]);
    const second = pairs.map(([i, j]) => [
      ...units.map((k) => m[i]! * S(k, j) + m[j]! * S(k, i)),
      ...pairs.map(
        ([k, l]) =>
          S(i, k) * S(j, l) +
          S(i, l) * S(j, k) +
          m[i]! * m[k]! * S(j, l) +
          m[i]! * m[l]! * S(j, k) +
          m[j]! * m[k]! * S(i, l) +
          m[j]! * m[l]! * S(i, k),
      ),
    ]);
    const found = fisherOf(member);
    [...first, ...second].forEach((row, i) => expect(relativeError(found[i]!, row)).toBeLessThan(rounding));
  });

  it('has a mean that is the slope of its log-partition', () => {
    const naturals = member.naturals;
    const at = (values: Float64Array): number =>
      logPartitionOf(
        memberAt(
          family,
          [
            { ...naturals[0]!, values: values.subarray(0, size) },
            { ...naturals[1]!, values: values.subarray(size) },
          ],
          {},
        ),
      );
    const flat: NamedArray = { indices: ['n'], shape: [12], values: naturalVector(member) };
    // Fourth-order differences with a step of 1e-3.
    expect(
      relativeError(
        meanOf(member),
        centralDifferences(({ values }) => at(values), flat),
      ),
    ).toBeLessThan(1e-9);
  });

  it('gets its parameters back from its natural parameters', () => {
    const values = Object.fromEntries(family.natural.map(({ name }, i) => [name, member.naturals[i]!]));
    const [back, backP] = family.standard!.map(
      ({ value }) => evaluate(value, (name) => values[name]!, sizes).values,
    );
    expect(relativeError(back!, m)).toBeLessThan(rounding);
    expect(relativeError(backP!, precision.values)).toBeLessThan(rounding);
  });

  it('has draws of its mean and covariance along their path', () => {
    // The path is mean + M ε for independent ε of variance 1: its covariance is M Mᵀ.
    const columns = units.map((k) => {
      const noise = vector(...units.map((i) => Number(i === k)));
      const draw = evaluate(
        family.pathwise!,
        (name) => (name === 'standard_normal' ? noise : environment(name)),
        sizes,
      );
      return draw.values.map((value, i) => value - m[i]!);
    });
    const found = pairs.map(([i, j]) =>
      columns.reduce((total, column) => total + column[i]! * column[j]!, 0),
    );
    expect(relativeError(found, covariance)).toBeLessThan(rounding);
  });

  it('is given by a covariance as by its inverse', () => {
    const identity = evaluate(
      sum(
        ["dims''"],
        multiply(renameIndices(P, new Map([["dims'", "dims''"]])), read('S', ["dims''", "dims'"])),
      ),
      (name) => (name === 'S' ? matrix(covariance) : precision),
      sizes,
    );
    expect(relativeError(identity.values, [1, 0, 0, 0, 1, 0, 0, 0, 1])).toBeLessThan(rounding);
  });

  it('is a product of normal densities where the precision is diagonal', () => {
    const rates = [2, 0.5, 1.25];
    const diagonal = memberOf(family, {
      mean,
      precision: matrix(pairs.map(([i, j]) => (i === j ? rates[i]! : 0))),
    });
    const x = [0.3, -0.2, 1.4];
    const wanted = rates.reduce(
      (total, rate, i) => total + Math.log(rate / (2 * Math.PI)) / 2 - (rate * (x[i]! - m[i]!) ** 2) / 2,
      0,
    );
    expect(logDensityOf(diagonal, vector(...x))).toBeCloseTo(wanted, 12);
  });
});
