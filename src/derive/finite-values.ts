/** Functions of units that have finitely many values: what choosing another value of one unit changes, the others as they are. */
import { add, constant, delta, multiply, power, read, subtract } from '../calculus/build.ts';
import { polynomialIn } from '../calculus/collect.ts';
import { apartAtDeltas, difference } from '../calculus/difference.ts';
import { dependsOn } from '../calculus/differentiate.ts';
import { distributeNested, expand } from '../calculus/expand.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import { freshIndex, mapChildren, renameIndices, replaceNames } from '../calculus/substitute.ts';

/** The units of one variable. */
export interface FiniteUnits {
  readonly name: string;
  /** Of a read of the variable: the example, where there is one, then its own indices. */
  readonly indices: readonly Index[];
  /** Those of them that the function has too: each example has its own units. */
  readonly shared: readonly Index[];
}

/** f(high) − f(low) in each unit, the others as they are. A polynomial in the change is subtracted power by power. */
export const twoPointDifference = (
  node: Expression,
  { name, indices, shared }: FiniteUnits,
  low: number,
  high: number,
): Expression => {
  const value = read(name, indices);
  const changeName = `@${name}_change`;
  const change = read(changeName, indices);
  const moved = distributeNested(apartAtDeltas(difference(node, name, indices, change, shared)));
  const at = (point: number) => subtract(constant(point), value);
  const parts = moved.kind === 'add' ? moved.terms : [moved];
  return add(
    ...parts.map((part) => {
      const powers = polynomialIn(part, change, (inner) => dependsOn(inner, changeName));
      if (powers === null)
        return subtract(
          replaceNames(part, { [changeName]: at(high) }),
          replaceNames(part, { [changeName]: at(low) }),
        );
      return add(
        ...powers.map((coefficient, n) =>
          multiply(coefficient, expand(subtract(power(at(high), n), power(at(low), n)))),
        ),
      );
    }),
  );
};

/** f(each one-hot vector) − f(as it is), in each unit and along the classes. */
export const classDifference = (
  node: Expression,
  { name, indices, shared }: FiniteUnits,
  classes: Index,
): Expression => {
  const chosen = freshIndex(classes);
  const change = subtract(delta(classes, chosen), read(name, indices));
  const moved = difference(node, name, indices, change, shared, [classes]);
  return withoutDeltas(renameIndices(moved, new Map([[chosen, classes]])));
};

/** Σ w (δ − z) as w − Σ w z, wherever it stands. */
const withoutDeltas = (node: Expression): Expression => {
  const inner = mapChildren(node, withoutDeltas);
  return inner.kind === 'sum' ? expand(inner) : inner;
};
