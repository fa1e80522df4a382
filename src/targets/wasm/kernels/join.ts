/** Steps one after the other, elementwise ones of equal indices in one nest. */
import type { Expression, Index } from '../../../calculus/expression.ts';
import { readNames, walk } from '../../../calculus/substitute.ts';
import type { Nest, NestStatement, Step } from './kernels.ts';
import type { Context } from './step-of-value.ts';
import { readsOf, writesOf } from './uses.ts';

/**
 * Adds steps to a list; a nest joins the last nest of its order that it may follow at once. Numbers are computed as early as may be:
 * they would part nests that could be one.
 */
export const join = (steps: readonly Step[], added: readonly Step[], context: Context): readonly Step[] =>
  added.reduce<readonly Step[]>((all, step) => {
    const dependsOn = dependence(step, context);
    if (step.kind === 'number') return all.toSpliced(all.findLastIndex(dependsOn) + 1, 0, step);
    if (step.kind !== 'nest') return [...all, step];
    for (let at = all.length - 1; at >= 0; at--) {
      const earlier = all[at]!;
      if (earlier.kind === 'nest' && mayFuse(earlier, step, context))
        return all.with(at, { ...earlier, statements: [...earlier.statements, ...step.statements] });
      if (dependsOn(earlier)) break;
    }
    return [...all, step];
  }, steps);

/** Whether a step must stay behind an earlier one: it reads what that one writes, or writes what that one reads. */
const dependence = (step: Step, { areaOf }: Context): ((earlier: Step) => boolean) => {
  const placeOf = (name: string): string => areaOf.get(name) ?? name;
  const read = new Set(readsOf(step).map(placeOf));
  const written = new Set(writesOf(step).map(placeOf));
  return (earlier) =>
    writesOf(earlier).some((name) => read.has(placeOf(name)) || written.has(placeOf(name))) ||
    readsOf(earlier).some((name) => written.has(placeOf(name)));
};

const mayFuse = (earlier: Nest, later: Nest, { areaOf }: Context): boolean => {
  if (earlier.order.join() !== later.order.join()) return false;
  const elements = new Set(
    earlier.statements.filter(({ how }) => how === 'element').map(({ target }) => target),
  );
  const reduced = new Set(
    earlier.statements.filter(({ how }) => how !== 'element').map(({ target }) => target),
  );
  const placeOf = (name: string): string => areaOf.get(name) ?? name;
  const reads = new Set(earlier.statements.flatMap(({ value }) => [...readNames(value)].map(placeOf)));
  const written = new Set(earlier.statements.map(({ target }) => placeOf(target)));
  /** Under another name the area holds what was there before, or what comes after. */
  const isStale = (name: string): boolean =>
    reduced.has(name) || (!elements.has(name) && written.has(placeOf(name)));
  /** Whether each element is read before it is written. */
  const isInTime = ({ target, how }: NestStatement): boolean =>
    !reads.has(placeOf(target)) ||
    (how === 'element' &&
      earlier.statements.every(({ value }) =>
        readsAlike(value, (name) => placeOf(name) === placeOf(target), earlier.order),
      ));
  return later.statements.every(
    (statement) =>
      isInTime(statement) &&
      !written.has(placeOf(statement.target)) &&
      ![...readNames(statement.value)].some(isStale) &&
      readsAlike(statement.value, (name) => elements.has(name), earlier.order),
  );
};

/** Elements that are read in their own nest alone are not stored. */
export const settleStores = (steps: readonly Step[], context: Context): readonly Step[] =>
  steps.map((step) => {
    if (step.kind !== 'nest') return step;
    const statements = step.statements.map((statement): NestStatement => {
      if (statement.how !== 'element') return statement;
      const inside = step.statements.filter(({ value }) => readNames(value).has(statement.target)).length;
      const isStored = inside < (context.readers.get(statement.target) ?? Infinity);
      return { ...statement, isStored };
    });
    return { ...step, statements };
  });

/** Whether arrays are read at the very element that the nest computes. */
export const readsAlike = (
  value: Expression,
  isMeant: (name: string) => boolean,
  order: readonly Index[],
): boolean => {
  let alike = true;
  walk(value, (node) => {
    if (node.kind === 'read' && isMeant(node.name) && node.subscripts.join() !== order.join()) alike = false;
  });
  return alike;
};
