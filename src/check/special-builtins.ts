/** Special functions of formulas, and the ranges of their values. */
import { add, apply, constant, exp, multiply, negate, one, subtract, zero } from '../calculus/build.ts';
import { scalarFunctions } from '../calculus/scalar.ts';
import type { Builtin } from './builtins.ts';
import { domains, increasing, type Domain } from './supports.ts';

const { log_bessel: logBessel, log_mills: logMills, log_exprel: logExprel } = scalarFunctions;
const { normal_log_cdf: normalLogCdf, log1m_exp: log1mExp, softplus } = scalarFunctions;

const decreasing = (x: Domain, of: (x: number) => number): Domain =>
  increasing({ ...x, low: x.high, high: x.low }, of);
/** Under an even function that grows with |x|. */
const even = (x: Domain, of: (x: number) => number): Domain => {
  const ends = [Math.abs(x.low), Math.abs(x.high)];
  const low = x.low <= 0 && x.high >= 0 ? 0 : Math.min(...ends);
  return increasing({ ...x, low, high: Math.max(...ends) }, of);
};

const besselRatioOf = (x: number): number => (Number.isFinite(x) ? x * logBessel(1, x) : Math.sign(x));
const logCoshOf = (x: number): number => (x === Infinity ? Infinity : softplus(2 * x) - x - Math.LN2);

export const specialBuiltins: Readonly<Record<string, Builtin>> = {
  log_bessel_i0: {
    operands: ['x'],
    build: (x) => apply('log_bessel', zero, x),
    domain: (x) => even(x, (value) => logBessel(0, value)),
  },
  bessel_ratio: {
    operands: ['x'],
    build: (x) => multiply(x, apply('log_bessel', one, x)),
    domain: (x) => increasing(x, besselRatioOf),
  },
  log_bessel_i: {
    operands: ['order', 'x'],
    unmoved: 'order',
    build: (order, x) => apply('log_bessel_i', order, x),
    domain: () => domains.real,
  },
  log_mills_ratio: {
    operands: ['x'],
    build: (x) => apply('log_mills', zero, x),
    domain: (x) => decreasing(x, (value) => logMills(0, value)),
  },
  mills_ratio: {
    operands: ['x'],
    build: (x) => exp(apply('log_mills', zero, x)),
    domain: (x) => decreasing(x, (value) => Math.exp(logMills(0, value))),
  },
  log_exprel: {
    operands: ['x'],
    build: (x) => apply('log_exprel', zero, x),
    domain: (x) => increasing(x, (value) => logExprel(0, value)),
  },
  log1m_exp: {
    operands: ['x'],
    build: (x) => apply('log1m_exp', x),
    domain: (x) => decreasing(x, (value) => (value >= 0 ? -Infinity : log1mExp(value))),
  },
  log_diff_exp: {
    operands: ['a', 'b'],
    build: (a, b) => add(a, apply('log1m_exp', subtract(b, a))),
    domain: (a) => ({ ...domains.real, high: a.high }),
  },
  normal_log_cdf: {
    operands: ['x'],
    build: (x) => apply('normal_log_cdf', x),
    domain: (x) => increasing(x, (value) => normalLogCdf(value)),
  },
  atan2: {
    operands: ['y', 'x'],
    build: (y, x) => apply('atan2', y, x),
    domain: () => ({ ...domains.real, low: -Math.PI, high: Math.PI }),
  },
  log_cosh: {
    operands: ['x'],
    // Its derivatives tanh and 1 - tanh² follow in stable form.
    build: (x) => add(apply('softplus', multiply(constant(2), x)), negate(x), constant(-Math.LN2)),
    domain: (x) => even(x, logCoshOf),
  },
};
