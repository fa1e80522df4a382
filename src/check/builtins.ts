/** Constants and elementwise functions that every expression may use. */
import { apply, constant, read, sqrt } from '../calculus/build.ts';
import type { Expression, Operator } from '../calculus/expression.ts';
import { newScope, type Scope } from './scope.ts';
import { specialBuiltins } from './special-builtins.ts';
import { domains, increasing, maxDomain, minDomain, point, uniteDomains, type Domain } from './supports.ts';

export interface Builtin {
  readonly operands: readonly string[];
  readonly build: (...operands: readonly Expression[]) => Expression;
  readonly domain: (...operands: readonly Domain[]) => Domain;
  /** The operand that the function has no derivative in: a whole number, or a constant. */
  readonly unmoved?: string;
}

const elementwise = (
  operator: Operator,
  operands: readonly string[],
  domain: Builtin['domain'],
): Builtin => ({
  operands,
  build: (...values) => apply(operator, ...values),
  domain,
});
const softplus = (x: number): number => (x > 30 ? x : Math.log1p(Math.exp(x)));
const always =
  (domain: Domain): Builtin['domain'] =>
  () =>
    domain;
const monotone =
  (of: (x: number) => number): Builtin['domain'] =>
  (x) =>
    increasing(x, of);

export const builtins: Readonly<Record<string, Builtin>> = {
  exp: elementwise('exp', ['x'], monotone(Math.exp)),
  log: elementwise(
    'log',
    ['x'],
    monotone((x) => (x <= 0 ? -Infinity : Math.log(x))),
  ),
  log1p: elementwise(
    'log1p',
    ['x'],
    monotone((x) => (x <= -1 ? -Infinity : Math.log1p(x))),
  ),
  expm1: elementwise('expm1', ['x'], monotone(Math.expm1)),
  sqrt: {
    operands: ['x'],
    build: (x) => sqrt(x),
    domain: (x) => increasing(x, (value) => Math.sqrt(Math.max(value, 0))),
  },
  tanh: elementwise('tanh', ['x'], monotone(Math.tanh)),
  sigmoid: elementwise(
    'sigmoid',
    ['x'],
    monotone((x) => 1 / (1 + Math.exp(-x))),
  ),
  softplus: elementwise('softplus', ['x'], monotone(softplus)),
  sin: elementwise('sin', ['x'], always(domains.symmetric)),
  cos: elementwise('cos', ['x'], always(domains.symmetric)),
  abs: elementwise('abs', ['x'], (x) => {
    const ends = [Math.abs(x.low), Math.abs(x.high)];
    const low = x.low <= 0 && x.high >= 0 ? 0 : Math.min(...ends);
    return { ...domains.positive, low, high: Math.max(...ends), integer: x.integer };
  }),
  sign: elementwise('sign', ['x'], always({ ...domains.symmetric, integer: true })),
  floor: elementwise('floor', ['x'], (x) => ({ ...increasing(x, Math.floor), integer: true })),
  step: elementwise('step', ['x'], always(domains.binary)),
  detach: elementwise('detach', ['x'], (x) => x),
  log_gamma: elementwise('log_gamma', ['x'], always(domains.real)),
  digamma: elementwise('digamma', ['x'], always(domains.real)),
  trigamma: elementwise('trigamma', ['x'], always(domains.positive)),
  ...specialBuiltins,
  max: elementwise('max', ['a', 'b'], (a, b) => maxDomain(a, b)),
  min: elementwise('min', ['a', 'b'], (a, b) => minDomain(a, b)),
  where: elementwise('where', ['condition', 'a', 'b'], (_, a, b) => uniteDomains(a, b)),
};

/** Functions that reduce or normalise over axes; they take one value and `over`. */
export const reductions = ['sum', 'mean', 'largest', 'log_sum_exp', 'softmax'] as const;
export type Reduction = (typeof reductions)[number];
export const isReduction = (name: string): name is Reduction =>
  (reductions as readonly string[]).includes(name);

/** Functions of square matrices; they take one value, and `over` two axes. */
export const matrixFunctions = ['inverse', 'log_determinant', 'cholesky'] as const;
export type MatrixFunction = (typeof matrixFunctions)[number];
export const isMatrixFunction = (name: string): name is MatrixFunction =>
  (matrixFunctions as readonly string[]).includes(name);

/** Every function that is there without an import or a declaration. */
export const builtinNames: readonly string[] = [
  ...Object.keys(builtins),
  ...reductions,
  ...matrixFunctions,
  'outer',
  'diagonal',
  'position',
  'size',
];

export const onlyBuiltins = `Only ${[...reductions, ...matrixFunctions].map((name) => `\`${name}\``).join(', ')} run over axes.`;

const scalar = (expression: Expression, domain: Domain) =>
  ({ kind: 'value', value: { expression, axes: [], domain }, span: null }) as const;

export const constants = ['pi', 'e', 'infinity', 'progress', 'iteration', 'elapsed'] as const;

/** The outermost scope: constants, the two scalars that run with training, and the one that runs with a repetition. */
export const constantScope = (): Scope => {
  const scope = newScope(null);
  scope.names.set('pi', scalar(constant(Math.PI), point(Math.PI)));
  scope.names.set('e', scalar(constant(Math.E), point(Math.E)));
  scope.names.set('infinity', scalar(constant(Infinity), point(Infinity)));
  scope.names.set('progress', scalar(read('progress'), domains.unit));
  scope.names.set('elapsed', scalar(read('elapsed'), domains.unit));
  scope.names.set('iteration', scalar(read('iteration'), { ...domains.count, low: 1 }));
  return scope;
};

/** Names that nothing may be called: they mean something everywhere. */
export const reservedNames: ReadonlySet<string> = new Set([...constants, 'example', 'self']);

/** `a < b` as 1 or 0. */
export const compareBy = (
  operator: '<' | '>' | '<=' | '>=' | '==',
  left: Expression,
  right: Expression,
): Expression => {
  switch (operator) {
    case '<':
      return apply('less', left, right);
    case '>':
      return apply('less', right, left);
    case '<=':
      return apply('less_equal', left, right);
    case '>=':
      return apply('less_equal', right, left);
    case '==':
      return apply('equal', left, right);
  }
};

/** What an inference is measured by, whatever its model (`src/schedule/metrics.ts`). */
export const metricNames: ReadonlySet<string> = new Set([
  'step',
  'r2',
  'zeros',
  'free_energy',
  'energy',
  'force',
  'disagreement',
  'acceptance',
  'converged',
  'turns',
]);

/** What every compiled model reports or is given, under these names: nothing in a model may share them. */
export const programNames: ReadonlySet<string> = new Set([
  'objective',
  'free_energy',
  'zeros',
  'squared_error',
  'squared_total',
  'reconstruction',
  'first_step',
  'step_count',
]);
