/** Keeping a value inside the bounds of its support. Bounds are formulas of parameters and numbers. */
import { add, apply, constant, divide, multiply, one, subtract } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { replaceReads } from '../calculus/substitute.ts';
import type { Variable } from '../check/typed.ts';

export interface Bounds {
  readonly low: Expression | null;
  readonly high: Expression | null;
}
type Put = (node: Expression) => Expression;

/** The bounds of a variable with continuous values, or null where it may take any. */
export const boundsOf = ({ support, distribution }: Variable): Bounds | null => {
  if (distribution !== null) {
    const { low, high } = distribution.family.range;
    const isWhole = support.kind === 'angle' || (low === null && high === null);
    return isWhole
      ? null
      : { low: put(low, distribution.arguments), high: put(high, distribution.arguments) };
  }
  switch (support.kind) {
    case 'unit':
      return { low: constant(0), high: one };
    case 'positive':
      return { low: constant(0), high: null };
    default:
      return null;
  }
};

/** The values of a two-valued variable. */
export const endsOf = ({ support }: Variable): readonly [low: number, high: number] | null => {
  switch (support.kind) {
    case 'binary':
      return [0, 1];
    case 'spin':
      return [-1, 1];
    default:
      return null;
  }
};

const put = (node: Expression | null, given: Readonly<Record<string, Expression>>): Expression | null =>
  node === null ? null : replaceReads(node, ({ name }) => given[name] ?? null);

/** The nearest value inside. Its derivative at the boundary is 1 (papers.md 2.2). */
export const projected = (value: Expression, { low, high }: Bounds, at: Put): Expression => {
  const above = low === null ? value : apply('max', value, at(low));
  return high === null ? above : apply('min', above, at(high));
};

/** The value mirrored at the ends as often as it takes, and −1 where that turned its direction round. */
export const folded = (
  value: Expression,
  { low, high }: Bounds,
  at: Put,
): { readonly inside: Expression; readonly direction: Expression } => {
  if (low !== null && high !== null) {
    const width = subtract(at(high), at(low));
    const distance = divide(subtract(value, at(low)), width);
    const phase = subtract(distance, multiply(constant(2), apply('floor', divide(distance, constant(2)))));
    const turned = apply('less', one, phase);
    return {
      inside: add(at(low), multiply(width, apply('min', phase, subtract(constant(2), phase)))),
      direction: subtract(one, multiply(constant(2), turned)),
    };
  }
  const [end, sign] = low !== null ? [at(low), one] : [at(high!), constant(-1)];
  const distance = multiply(sign, subtract(value, end));
  return {
    inside: add(end, multiply(sign, apply('abs', distance))),
    direction: subtract(one, multiply(constant(2), apply('less', distance, constant(0)))),
  };
};

/** 1 where the value is inside, else 0. */
export const inside = (value: Expression, { low, high }: Bounds, at: Put): Expression =>
  multiply(
    low === null ? one : apply('less_equal', at(low), value),
    high === null ? one : apply('less_equal', value, at(high)),
  );
