/** The constructors of the calculus that derivation uses, and substitution of family-level names. */
import { replaceReads } from '../calculus/substitute.ts';
import type { Expression } from '../calculus/expression.ts';

export * from '../calculus/build.ts';

/** Replaces scalar names by expressions (family arguments are elementwise, so indices come with the values). */
export const replaceWithin = (node: Expression, values: Readonly<Record<string, Expression>>): Expression =>
  replaceReads(node, (found) => (Object.hasOwn(values, found.name) ? values[found.name]! : null));
