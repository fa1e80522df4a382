import { describe, expect, it } from 'vitest';
import { describe as inWords, domainOf, domains, fits, point } from '../../src/check/supports.ts';
import { builtins } from '../../src/check/builtins.ts';
import { log1mExp, logBessel, logExprel, logMills, normalLogCdf } from '../../src/runtime/special.ts';
import { formulaProblems } from './support.ts';
import {
  addDomains,
  multiplyDomains,
  negateDomain,
  powerDomain,
  reciprocalDomain,
  squareDomain,
  uniteDomains,
  type Domain,
} from '../../src/check/supports.ts';

const takes = (kind: 'positive' | 'unit' | 'count') => `function take(x: ${kind}): real = x`;
const accepts = (kind: 'positive' | 'unit' | 'count', argument: string): boolean => {
  const found = formulaProblems(`sum(take(${argument}))`, takes(kind));
  expect(found.filter((problem) => !problem.startsWith('NSM3006'))).toEqual([]);
  return found.length === 0;
};

describe('the support of a formula', () => {
  it.each([
    ['positive', 'exp(va)'],
    ['positive', 'softplus(va)'],
    ['positive', '1 + va^2'],
    ['positive', 'va * va'],
    ['positive', 'abs(va) + 0.1'],
    ['positive', 'rate * exp(s) / 2'],
    ['positive', 'rate^(-1/2)'],
    ['positive', 'sqrt(rate)'],
    ['positive', 'max(va, 0.1)'],
    ['positive', '1 / (1 + exp(-va))'],
    ['positive', 'sum(rate)'],
    ['positive', 'where(va < 0, rate, 2)'],
    ['positive', '-min(va, -1)'],
    ['positive', 'infinity'],
    ['unit', 'sigmoid(va)'],
    ['unit', '1 - p'],
    ['unit', 'p * p'],
    ['unit', 'p^2'],
    ['unit', '(1 + tanh(va)) / 2'],
    ['unit', 'va < 1'],
    ['unit', 'softmax(va)'],
    ['unit', 'mean(p)'],
    ['unit', 'hard_sigmoid(va)'],
    ['count', '3'],
    ['count', 'floor(rate)'],
    ['count', 'step(va) + 2'],
    ['count', 'iteration'],
  ] as const)('fits %s: %s', (kind, argument) => {
    expect(accepts(kind, argument)).toBe(true);
  });
  it.each([
    ['positive', 'va'],
    ['positive', '0'],
    ['positive', '-rate'],
    ['positive', 'rate - 1'],
    ['positive', 'log(rate)'],
    ['positive', 'tanh(va)'],
    ['unit', 'exp(va)'],
    ['unit', '1.5'],
    ['unit', 'sum(p)'],
    ['unit', 'p + p'],
    ['count', '0.5'],
    ['count', 'rate'],
    ['count', '-1'],
    ['count', 'floor(va)'],
  ] as const)('does not fit %s: %s', (kind, argument) => {
    expect(accepts(kind, argument)).toBe(false);
  });
});

describe('domains', () => {
  it('are named in the words of the language', () => {
    expect(
      [domains.real, domains.positive, domains.unit, domains.count, domains.binary, point(0.5)].map(inWords),
    ).toEqual(['real', 'positive', 'unit', 'count', 'binary', '0.5']);
  });
  it('keep supports that a range cannot express', () => {
    const simplex = { kind: 'simplex', over: ['classes'] } as const;
    expect(fits(domainOf(simplex), simplex)).toBe(true);
    expect(fits(domains.unit, simplex)).toBe(false);
    expect(fits(domainOf({ kind: 'one_hot', over: ['classes'] }), simplex)).toBe(true);
    expect(fits(domainOf({ kind: 'spin' }), { kind: 'spin' })).toBe(true);
  });

  const samples: readonly Domain[] = [
    domains.real,
    domains.positive,
    domains.unit,
    domains.symmetric,
    domains.count,
    point(0),
    point(2),
    point(-1.5),
    { ...domains.real, low: -2, high: 3 },
  ];
  const inside = ({ low, high, integer }: Domain): readonly number[] =>
    [low, high, (low + high) / 2, 0, 1, -1, 0.3, 2.5, -7, 40]
      .filter((x) => Number.isFinite(x) && x >= low && x <= high)
      .filter((x) => !integer || Number.isInteger(x));
  const holds = (domain: Domain, value: number): boolean =>
    Number.isNaN(value) ||
    (value >= domain.low - 1e-12 * Math.abs(value) && value <= domain.high + 1e-12 * Math.abs(value));

  it('hold every value that their parts can give', () => {
    for (const a of samples)
      for (const b of samples)
        for (const x of inside(a))
          for (const y of inside(b)) {
            expect(holds(addDomains(a, b), x + y)).toBe(true);
            expect(holds(addDomains(a, negateDomain(b)), x - y)).toBe(true);
            expect(holds(multiplyDomains(a, b), x * y)).toBe(true);
            expect(holds(squareDomain(a), x * x)).toBe(true);
            if (y !== 0)
              expect(
                holds(multiplyDomains(a, reciprocalDomain(b)), x / y),
                `${x} / ${y} in ${inWords(a)} / ${inWords(b)}`,
              ).toBe(true);
            if (x !== 0 || y >= 0) expect(holds(powerDomain(a, b), x ** y), `${x} ^ ${y}`).toBe(true);
            expect(holds(builtins['max']!.domain(a, b), Math.max(x, y))).toBe(true);
            expect(holds(builtins['min']!.domain(a, b), Math.min(x, y))).toBe(true);
          }
  });
  it('hold every value of the elementwise functions', () => {
    const functions: Readonly<Record<string, (x: number) => number>> = {
      exp: Math.exp,
      log: Math.log,
      log1p: Math.log1p,
      expm1: Math.expm1,
      sqrt: Math.sqrt,
      tanh: Math.tanh,
      sigmoid: (x) => 1 / (1 + Math.exp(-x)),
      softplus: (x) => Math.log1p(Math.exp(x)),
      sin: Math.sin,
      cos: Math.cos,
      abs: Math.abs,
      sign: Math.sign,
      floor: Math.floor,
      step: (x) => (x > 0 ? 1 : 0),
      log_bessel_i0: (x) => logBessel(0, x),
      bessel_ratio: (x) => x * logBessel(1, x),
      log_mills_ratio: (x) => logMills(0, x),
      mills_ratio: (x) => Math.exp(logMills(0, x)),
      log_exprel: (x) => logExprel(0, x),
      log1m_exp: log1mExp,
      normal_log_cdf: normalLogCdf,
      log_cosh: (x) => Math.log(Math.cosh(x)),
    };
    for (const [name, of] of Object.entries(functions))
      for (const a of samples)
        for (const x of inside(a))
          if (!(['log', 'log1m_exp'].includes(name) && x === 0))
            expect(holds(builtins[name]!.domain(a), of(x)), `${name}(${x}) of ${inWords(a)}`).toBe(true);
  });
});

describe('spins', () => {
  const spin = domainOf({ kind: 'spin' });
  const isSpin = (domain: Domain): boolean => fits(domain, { kind: 'spin' });
  it('are what signs, products and choices make of spins', () => {
    for (const domain of [
      negateDomain(spin),
      multiplyDomains(spin, spin),
      multiplyDomains(spin, point(-1)),
      uniteDomains(point(1), point(-1)),
      uniteDomains(spin, point(1)),
    ])
      expect(isSpin(domain)).toBe(true);
  });
  it('are not what else lies between -1 and 1', () => {
    for (const domain of [
      addDomains(spin, spin),
      multiplyDomains(spin, point(0)),
      uniteDomains(spin, point(0)),
      uniteDomains(domains.binary, point(-1)),
      multiplyDomains(domains.symmetric, spin),
    ])
      expect(isSpin(domain)).toBe(false);
  });
});
