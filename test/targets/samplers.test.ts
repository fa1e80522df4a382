/** The samplers that compiled programs hold, against `drawInversion` with the same formulas as functions: the same bits. */
import { describe, expect, it } from 'vitest';
import {
  add,
  apply,
  constant,
  divide,
  exp,
  log,
  multiply,
  negate,
  power,
  read,
  subtract,
} from '../../src/calculus/build.ts';
import type { Expression } from '../../src/calculus/expression.ts';
import { scalarFunction } from '../../src/calculus/javascript.ts';
import { exp as exponential } from '../../src/runtime/exponential.ts';
import { inversionSource } from '../../src/runtime/inversion-source.ts';
import { drawBySampler, drawInversion, type InversionSampler } from '../../src/runtime/inversion.ts';
import { keyOf } from '../../src/runtime/random.ts';
import * as special from '../../src/runtime/special.ts';
import { inversionLaw, type Inversion } from '../../src/targets/laws.ts';

const x = read('x');
const one = constant(1);
const logFactorial = (of: Expression): Expression => apply('log_gamma', add(of, one));
const [eta, p, size, trials] = [read('eta'), read('p'), read('size'), read('trials')];

interface Family {
  readonly law: Omit<Inversion, 'kind' | 'low' | 'high' | 'parameters'>;
  readonly high: number;
  /** Least and largest value of each parameter. */
  readonly ranges: Readonly<Record<string, readonly [number, number]>>;
}

const families: readonly Family[] = [
  {
    law: {
      family: 'Poisson',
      mean: exp(eta),
      logMass: subtract(subtract(multiply(eta, x), exp(eta)), logFactorial(x)),
      ratio: divide(exp(eta), x),
    },
    high: Infinity,
    ranges: { eta: [-9, 6] },
  },
  {
    law: {
      family: 'Bernoulli',
      mean: apply('sigmoid', eta),
      logMass: subtract(multiply(eta, x), apply('softplus', eta)),
      ratio: exp(eta),
    },
    high: 1,
    ranges: { eta: [-8, 8] },
  },
  {
    law: {
      family: 'Geometric',
      mean: divide(subtract(one, p), p),
      logMass: add(log(p), multiply(x, log(subtract(one, p)))),
      ratio: subtract(one, p),
    },
    high: Infinity,
    ranges: { p: [0.01, 0.99] },
  },
  {
    law: {
      family: 'Binomial',
      mean: multiply(trials, apply('sigmoid', eta)),
      logMass: add(
        multiply(eta, x),
        negate(multiply(trials, apply('softplus', eta))),
        logFactorial(trials),
        negate(logFactorial(x)),
        negate(logFactorial(subtract(trials, x))),
      ),
      ratio: multiply(exp(eta), divide(add(subtract(trials, x), one), x)),
    },
    high: 20,
    ranges: { eta: [-6, 6], trials: [20, 20] },
  },
  {
    law: {
      family: 'NegativeBinomial',
      mean: divide(multiply(size, p), subtract(one, p)),
      logMass: add(
        apply('log_gamma', add(x, size)),
        negate(apply('log_gamma', size)),
        negate(logFactorial(x)),
        multiply(size, log(subtract(one, p))),
        multiply(x, log(p)),
      ),
      ratio: multiply(p, power(x, -1), add(x, size, constant(-1))),
    },
    high: Infinity,
    ranges: { size: [0.5, 30], p: [0.05, 0.95] },
  },
];

describe('an emitted sampler', () => {
  it.each(families.map((family) => [family.law.family, family] as const))(
    'of %s draws what drawInversion draws',
    (_, { law, high, ranges }) => {
      const names = Object.keys(ranges);
      const parameters = names.map((name) => ({ name, value: read(name) }));
      const source: Inversion = {
        ...law,
        kind: 'inversion',
        low: constant(0),
        high: constant(high),
        parameters,
      };
      const nsm = { ...special, exp: exponential };
      const made = (text: string): unknown => new Function('nsm', text)(nsm);
      const sampler = made(
        `${inversionSource('draw', inversionLaw(source))}\nreturn draw;`,
      ) as InversionSampler;
      const plain = (expression: Expression, of: readonly string[]) =>
        made(`return ${scalarFunction(expression, of)}`) as (...values: number[]) => number;
      const columns = Object.values(ranges).map(([low, top], i) =>
        Float32Array.from(
          { length: 5000 },
          (_, at) => low + ((top - low) * ((at * (i + 7919)) % 5000)) / 5000,
        ),
      );
      columns[0]![17] = NaN;
      columns[0]![1234] = Infinity;
      const [target, expected] = [new Float32Array(5000), new Float32Array(5000)];
      const support = { low: 0, high };
      drawBySampler(keyOf(61), target, 3, columns, sampler);
      const [mean, logMass, ratio] = [
        plain(law.mean, names),
        plain(law.logMass, ['x', ...names]),
        plain(law.ratio, ['x', ...names]),
      ];
      drawInversion(keyOf(61), expected, 3, support, columns, mean, logMass, ratio);
      expect(target).toEqual(expected);
      expect(new Set(target).size).toBeGreaterThan(high === 1 ? 2 : 8);
    },
  );

  it('computes functions of its parameters once per draw', () => {
    const { law } = families[0]!;
    const parameters = [{ name: 'eta', value: eta }];
    const text = inversionSource(
      'drawPoisson',
      inversionLaw({ ...law, kind: 'inversion', low: null, high: null, parameters }),
    );
    expect(text.match(/nsm\.exp\(eta\)/g)).toHaveLength(1);
    expect(text).toContain('const ratioOf = (x, eta, exp_eta) => exp_eta / x;');
  });
});
