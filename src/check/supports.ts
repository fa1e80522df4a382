/**
 * Supports as types. While an expression is checked it carries a *domain*: a range of values that follows from
 * interval arithmetic, so that `exp(a)` is known to be positive and `1 - p` of a probability to be one. A domain
 * fits a support or does not; a bound that is only touched (a `relu` may be 0) counts as fitting.
 */
import type { Index } from '../calculus/expression.ts';
import { numberText } from '../diagnostics/number.ts';
import type { Support } from './typed.ts';

export interface Domain {
  readonly low: number;
  readonly high: number;
  readonly integer: boolean;
  /**
   * Set while the value is exactly a variable or parameter of a support that a range cannot express, or made of spins by signs,
   * products and choices, which are spins again.
   */
  readonly special: 'spin' | 'angle' | 'one_hot' | 'simplex' | 'positive_definite' | null;
  readonly over: readonly Index[];
}

const range = (low: number, high: number, integer = false): Domain => ({
  low: Number.isNaN(low) ? -Infinity : low,
  high: Number.isNaN(high) ? Infinity : high,
  integer,
  special: null,
  over: [],
});

export const domains = {
  real: range(-Infinity, Infinity),
  positive: range(0, Infinity),
  unit: range(0, 1),
  symmetric: range(-1, 1),
  count: range(0, Infinity, true),
  integer: range(-Infinity, Infinity, true),
  binary: range(0, 1, true),
} as const;

export const point = (value: number): Domain => range(value, value, Number.isInteger(value));

export const domainOf = (support: Support): Domain => {
  switch (support.kind) {
    case 'real':
    case 'vector':
      return domains.real;
    case 'integer':
      return domains.integer;
    case 'positive':
      return domains.positive;
    case 'unit':
      return domains.unit;
    case 'binary':
      return domains.binary;
    case 'count':
      return domains.count;
    case 'spin':
      return { ...range(-1, 1, true), special: 'spin' };
    case 'angle':
      return { ...domains.real, special: 'angle' };
    case 'one_hot':
      return { ...domains.binary, special: 'one_hot', over: support.over };
    case 'simplex':
      return { ...domains.unit, special: 'simplex', over: support.over };
    case 'positive_definite':
      return { ...domains.real, special: 'positive_definite', over: support.over };
  }
};

/** Whether every value of the domain lies in the support (touching an open bound is allowed). */
export const fits = (domain: Domain, support: Support): boolean => {
  const { low, high, integer, special } = domain;
  switch (support.kind) {
    case 'real':
    case 'angle':
    case 'vector':
      return true;
    case 'positive_definite':
      // Which matrices are positive definite cannot be told from the range of their entries.
      return true;
    case 'integer':
      return integer;
    case 'positive':
      return low >= 0 && high > 0;
    case 'unit':
      return low >= 0 && high <= 1;
    case 'binary':
      return integer && low >= 0 && high <= 1;
    case 'count':
      return integer && low >= 0;
    case 'spin':
      return special === 'spin' || (low === high && Math.abs(low) === 1);
    case 'one_hot':
      return special === 'one_hot';
    case 'simplex':
      return special === 'simplex' || special === 'one_hot';
  }
};

/** The domain in the user's words. */
export const describe = (domain: Domain): string => {
  if (domain.low === domain.high) return numberText(domain.low, 6);
  if (domain.special !== null) return domain.special;
  if (domain.integer && domain.low >= 0) return domain.high <= 1 ? 'binary' : 'count';
  if (domain.low >= 0 && domain.high <= 1) return 'unit';
  if (Number.isFinite(domain.low) && Number.isFinite(domain.high))
    return `between ${domain.low} and ${domain.high}`;
  if (domain.low >= 0) return 'positive';
  return domain.integer ? 'int' : 'real';
};

// Interval arithmetic.

const corners = (left: Domain, right: Domain, operation: (a: number, b: number) => number): number[] =>
  [left.low, left.high].flatMap((a) => [right.low, right.high].map((b) => operation(a, b)));
/** 0 times infinity is 0 here: a bound of infinity is never reached. */
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);

const isSpin = (domain: Domain): boolean => fits(domain, { kind: 'spin' });
const asSpin = (domain: Domain): Domain => ({ ...domain, special: 'spin' });

export const negateDomain = (a: Domain): Domain => {
  const negated = range(-a.high, -a.low, a.integer);
  return isSpin(a) ? asSpin(negated) : negated;
};
export const addDomains = (a: Domain, b: Domain): Domain =>
  range(a.low + b.low, a.high + b.high, a.integer && b.integer);
export const multiplyDomains = (a: Domain, b: Domain): Domain => {
  const bounds = corners(a, b, times);
  const product = range(Math.min(...bounds), Math.max(...bounds), a.integer && b.integer);
  return isSpin(a) && isSpin(b) ? asSpin(product) : product;
};
export const reciprocalDomain = (a: Domain): Domain => {
  if (a.low >= 0) return range(1 / a.high, a.low === 0 ? Infinity : 1 / a.low);
  if (a.high <= 0) return range(a.high === 0 ? -Infinity : 1 / a.high, 1 / a.low);
  return domains.real;
};
export const squareDomain = (a: Domain): Domain => {
  const ends = [a.low ** 2, a.high ** 2];
  return range(a.low <= 0 && a.high >= 0 ? 0 : Math.min(...ends), Math.max(...ends), a.integer);
};
export const powerDomain = (a: Domain, b: Domain): Domain => {
  if (b.low !== b.high) return a.low >= 0 ? domains.positive : domains.real;
  const exponent = b.low;
  if (exponent === 1) return { ...a, special: null, over: [] };
  if (exponent === -1) return reciprocalDomain(a);
  const integer = a.integer && Number.isInteger(exponent) && exponent >= 0;
  if (Number.isInteger(exponent) && exponent % 2 === 0 && a.low < 0) {
    const magnitude = range(a.high > 0 ? 0 : -a.high, Math.max(-a.low, a.high));
    return { ...powerDomain(magnitude, b), integer };
  }
  if (a.low < 0) return domains.real;
  return exponent >= 0
    ? range(a.low ** exponent, a.high ** exponent, integer)
    : range(a.high === Infinity ? 0 : a.high ** exponent, a.low === 0 ? Infinity : a.low ** exponent);
};
/** Under an increasing function. */
export const increasing = (a: Domain, of: (x: number) => number): Domain => range(of(a.low), of(a.high));
export const uniteDomains = (a: Domain, b: Domain): Domain => {
  const united = range(Math.min(a.low, b.low), Math.max(a.high, b.high), a.integer && b.integer);
  return isSpin(a) && isSpin(b) ? asSpin(united) : united;
};
export const intersectDomains = (a: Domain, b: Domain): Domain => ({
  ...range(Math.max(a.low, b.low), Math.min(a.high, b.high), a.integer || b.integer),
  special: a.special ?? b.special,
  over: a.special === null ? b.over : a.over,
});
export const maxDomain = (a: Domain, b: Domain): Domain =>
  range(Math.max(a.low, b.low), Math.max(a.high, b.high), a.integer && b.integer);
export const minDomain = (a: Domain, b: Domain): Domain =>
  range(Math.min(a.low, b.low), Math.min(a.high, b.high), a.integer && b.integer);
/** Under a sum of so many entries; of at least one where their number is not known. */
export const sumDomain = (a: Domain, count: number | null = null): Domain =>
  count === null
    ? range(a.low < 0 ? -Infinity : a.low, a.high > 0 ? Infinity : a.high, a.integer)
    : range(a.low * count, a.high * count, a.integer);
export const meanDomain = (a: Domain): Domain => range(a.low, a.high);
