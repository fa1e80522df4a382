/** Elementwise operators on float64 numbers: constant folding and the interpreter use these. */
import type { Operator } from './expression.ts';
import { digamma, logGamma, trigamma } from '../runtime/special.ts';

export const scalarFunctions: Readonly<Record<Operator, (...x: number[]) => number>> = {
  exp: (x) => Math.exp(x),
  log: (x) => Math.log(x),
  log1p: (x) => Math.log1p(x),
  expm1: (x) => Math.expm1(x),
  tanh: (x) => Math.tanh(x),
  sigmoid: (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  sin: (x) => Math.sin(x),
  cos: (x) => Math.cos(x),
  abs: (x) => Math.abs(x),
  sign: (x) => Math.sign(x),
  floor: (x) => Math.floor(x),
  step: (x) => (x > 0 ? 1 : 0),
  detach: (x) => x,
  log_gamma: (x) => logGamma(x),
  digamma: (x) => digamma(x),
  trigamma: (x) => trigamma(x),
  max: (a, b) => Math.max(a, b),
  min: (a, b) => Math.min(a, b),
  less: (a, b) => (a < b ? 1 : 0),
  less_equal: (a, b) => (a <= b ? 1 : 0),
  equal: (a, b) => (a === b ? 1 : 0),
  where: (c, a, b) => (c !== 0 ? a : b),
};
