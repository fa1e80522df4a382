/**
 * Every quantity derived from a family declaration, against sums and integrals of the declared density, and every estimator
 * in exact expectation against central differences of E[f] in the mean parameter.
 */
import { describe, expect, it } from 'vitest';
import { scalarValue } from '../../../src/calculus/scalar-value.ts';
import type { Expression } from '../../../src/calculus/expression.ts';
import { read } from '../../../src/calculus/build.ts';
import type { Family } from '../../../src/check/typed.ts';
import { estimatorOf } from '../../../src/derive/family/estimator.ts';
import { massRatio } from '../../../src/derive/family/stein.ts';
import {
  divergence,
  entropy,
  fisherInformation,
  logDensity,
  meanParameters,
  score,
} from '../../../src/derive/family/family.ts';
import { derivative } from '../../../src/calculus/differentiate.ts';
import { relativeError, slopeOf, uniforms } from '../../calculus/support.ts';
import { expectationOf, gridOf, moreFamilies, standardFamilies, type Numbers } from '../support.ts';

const tolerance = 1e-6;

/** Natural parameters inside each family's domain, at random, and the fixed arguments. */
const members = (family: Family): readonly Numbers[] => {
  const next = uniforms(7);
  const fixed: Numbers = { failures: 2.5, trials: 6 };
  const between = (low: number, high: number) => low + (high - low) * next();
  const own = Object.fromEntries(
    family.parameters.filter((one) => one.fixed).map(({ name }) => [name, fixed[name]!]),
  );
  return Array.from({ length: 4 }, (): Numbers => {
    switch (family.name) {
      case 'Poisson':
      case 'Bernoulli':
      case 'Binomial':
        return { ...own, eta: between(-2, 1.5) };
      case 'Geometric':
      case 'NegativeBinomial':
        return { ...own, eta: between(-2.5, -0.35) };
      case 'Exponential':
        return { ...own, eta: -between(0.4, 2) };
      default: {
        const [mean, sd] = [between(-1.5, 1.5), between(0.5, 1.5)];
        return { ...own, a: mean / sd ** 2, b: -1 / (2 * sd ** 2) };
      }
    }
  });
};

const functions: readonly [string, (x: number) => number][] = [
  ['a quadratic', (x) => (x - 1.3) ** 2 + 0.4 * x],
  ['an exponential', (x) => Math.exp(-0.3 * x)],
  ['a bounded function', (x) => 1 / (1 + x * x)],
  ['a wave', (x) => Math.sin(1.7 * x + 0.4)],
];

/** The derivative of a function of the natural parameters in the i-th, by central differences. */
const slopes = (family: Family, at: Numbers, f: (at: Numbers) => number): readonly number[] =>
  family.natural.map(({ name }) =>
    slopeOf((value) => f({ ...at, [name]: value }), at[name]!, 2e-3 * Math.abs(at[name]!) + 1e-4),
  );

const valuesOf = (nodes: readonly Expression[], at: Numbers): readonly number[] =>
  nodes.map((node) => scalarValue(node, at));

for (const family of [...standardFamilies(), ...moreFamilies()])
  describe(family.name, () => {
    const statistics = family.statistic.map(
      ({ value }) =>
        (x: number) =>
          scalarValue(value, { x }),
    );

    it('has a density of total 1', () => {
      for (const at of members(family)) expect(expectationOf(family, at, () => 1)).toBeCloseTo(1, 9);
    });

    it('has the mean of its statistics as ∇A', () => {
      for (const at of members(family)) {
        const found = valuesOf(meanParameters(family), at);
        expect(
          relativeError(
            found,
            statistics.map((T) => expectationOf(family, at, T)),
          ),
        ).toBeLessThan(tolerance);
      }
    });

    it('has the covariance of its statistics, and the slope of its mean, as Fisher information', () => {
      for (const at of members(family)) {
        const found = fisherInformation(family).flatMap((row) => valuesOf(row, at));
        const means = valuesOf(meanParameters(family), at);
        const covariance = statistics.flatMap((T, i) =>
          statistics.map((S, j) => expectationOf(family, at, (x) => (T(x) - means[i]!) * (S(x) - means[j]!))),
        );
        const slope = meanParameters(family).flatMap((mean) =>
          slopes(family, at, (moved) => scalarValue(mean, moved)),
        );
        expect(relativeError(found, covariance)).toBeLessThan(tolerance);
        expect(relativeError(found, slope)).toBeLessThan(tolerance);
      }
    });

    it('has a score of mean 0 that is the slope of the log density', () => {
      for (const at of members(family)) {
        const nodes = score(family);
        for (const node of nodes)
          expect(Math.abs(expectationOf(family, at, (x) => scalarValue(node, { ...at, x })))).toBeLessThan(
            1e-8,
          );
        const x = gridOf(family, at).points.at(1)!;
        const wanted = slopes(family, at, (moved) => scalarValue(logDensity(family), { ...moved, x }));
        expect(relativeError(valuesOf(nodes, { ...at, x }), wanted)).toBeLessThan(tolerance);
      }
    });

    it('has the divergence Σ q log(q/p)', () => {
      const all = members(family);
      const natural = family.natural.map(({ name }) => read(name));
      const against = family.natural.map(({ name }) => read(`${name}_prior`));
      const fixed = Object.fromEntries(
        family.parameters.filter((one) => one.fixed).map(({ name }) => [name, read(name)]),
      );
      const node = divergence(family, natural, against, fixed);
      all.forEach((posterior, i) => {
        const prior = all[(i + 1) % all.length]!;
        const density = logDensity(family);
        const wanted = expectationOf(
          family,
          posterior,
          (x) => scalarValue(density, { ...posterior, x }) - scalarValue(density, { ...prior, x }),
        );
        const given = {
          ...posterior,
          ...Object.fromEntries(family.natural.map(({ name }) => [`${name}_prior`, prior[name]!])),
        };
        expect(relativeError([scalarValue(node, given)], [wanted])).toBeLessThan(tolerance);
        expect(
          Math.abs(
            scalarValue(node, {
              ...given,
              ...Object.fromEntries(family.natural.map(({ name }) => [`${name}_prior`, posterior[name]!])),
            }),
          ),
        ).toBeLessThan(1e-12);
      });
    });

    it('has the entropy −E[log p]', () => {
      const { closed, open } = entropy(family);
      for (const at of members(family)) {
        const found =
          scalarValue(closed, at) - expectationOf(family, at, (x) => scalarValue(open, { ...at, x }));
        const wanted = -expectationOf(family, at, (x) => scalarValue(logDensity(family), { ...at, x }));
        expect(relativeError([found], [wanted])).toBeLessThan(tolerance);
      }
    });

    if (family.support.kind === 'count')
      it('has p(x) / p(x − 1) as its mass ratio', () => {
        const ratio = massRatio(family);
        const density = logDensity(family);
        for (const at of members(family))
          for (const x of [1, 2, 5]) {
            const wanted = Math.exp(
              scalarValue(density, { ...at, x }) - scalarValue(density, { ...at, x: x - 1 }),
            );
            expect(scalarValue(ratio, { ...at, x }) / wanted).toBeCloseTo(1, 10);
          }
      });

    for (const [words, f] of functions)
      it(`has an estimator whose expectation is ∇_μ E[f] for ${words}`, () => {
        const estimator = estimatorOf(family);
        for (const at of members(family)) {
          const inEta = slopes(family, at, (moved) => expectationOf(family, moved, f));
          const information = meanParameters(family).map((mean) =>
            slopes(family, at, (moved) => scalarValue(mean, moved)),
          );
          switch (estimator.kind) {
            case 'two_point':
            case 'next_count': {
              // ∇_μ = (dμ/dη)⁻¹ d/dη, both by central differences.
              const wanted = inEta[0]! / information[0]![0]!;
              const found =
                estimator.kind === 'two_point'
                  ? scalarValue(estimator.scale, at) * (f(estimator.high) - f(estimator.low))
                  : expectationOf(
                      family,
                      at,
                      (x) => scalarValue(estimator.weight, { ...at, x }) * (f(x + 1) - f(x)),
                    );
              expect(Math.abs(found - wanted)).toBeLessThan(tolerance * Math.max(Math.abs(wanted), 1e-2));
              break;
            }
            // Statements about coordinates, slopes of draws and classes: `estimators.test.ts` and `many-families.test.ts`.
            case 'pathwise':
            case 'implicit':
            case 'marginal':
            case 'each_class':
              break;
            case 'score': {
              const nodes = score(family);
              const found = nodes.map((node) =>
                expectationOf(family, at, (x) => scalarValue(node, { ...at, x }) * f(x)),
              );
              expect(relativeError(found, inEta)).toBeLessThan(tolerance);
            }
          }
        }
      });
  });

describe('estimators follow from the declaration', () => {
  const kinds = Object.fromEntries(
    [...standardFamilies(), ...moreFamilies()].map((family) => [family.name, estimatorOf(family).kind]),
  );

  it('without a name of any family', () => {
    expect(kinds).toEqual({
      Poisson: 'next_count',
      Normal: 'pathwise',
      Bernoulli: 'two_point',
      Geometric: 'next_count',
      NegativeBinomial: 'next_count',
      Binomial: 'next_count',
      Exponential: 'pathwise',
    });
  });

  it('and a draw of the exponential family moves along its path: E[f′(x) ∂x/∂rate] is the slope of E[f]', () => {
    const family = moreFamilies().find(({ name }) => name === 'Exponential')!;
    const path = derivative(family.pathwise!, 'rate', []);
    for (const rate of [0.5, 1.3])
      for (const [, f] of functions) {
        const wanted = slopeOf((moved) => expectationOf(family, { eta: -moved }, f), rate);
        const found = expectationOf(
          family,
          { eta: -rate },
          (x) => slopeOf(f, x, 1e-3 * x) * scalarValue(path, { rate, standard_exponential: x * rate }),
        );
        expect(relativeError([found], [wanted])).toBeLessThan(tolerance);
      }
  });
});
