/**
 * Products of a loop that ends by examples. Rows of examples that stay as they are need not be computed: that is so where nothing reads
 * them once the mask, on which the loop goes on, is 0. And of the others only what has changed since the last turn is multiplied, where
 * the right operand stays the same: units that have settled, or rest at a bound, drop out.
 */
import { zero } from '../../../calculus/build.ts';
import type { Expression } from '../../../calculus/expression.ts';
import { mapChildren, readNames } from '../../../calculus/substitute.ts';
import type { Area, Kernels, Product, RowsAtWork, Step, Turns } from './kernels.ts';
import { readsOf, writesOf } from './uses.ts';

export const skipRows = (kernels: Kernels): Kernels => {
  const areaOf = (name: string): string => kernels.areaOf.get(name) ?? name;
  const stacked = new Set(kernels.areas.filter(({ stacks }) => stacks.length > 0).map(({ name }) => name));
  const outputs = kernels.outputs.map(({ register }) => areaOf(register.name));
  const areas: Area[] = [...kernels.areas];
  const body = kernels.body.flatMap((step): readonly Step[] => {
    if (step.kind !== 'turns' || step.whileAny === null) return [step];
    const others = kernels.body.filter((other) => other !== step);
    const names = others.flatMap((other) => [...readsOf(other), ...writesOf(other)]);
    const outside = new Set([...outputs, ...names.map(areaOf)]);
    const isInside = (name: string): boolean => !outside.has(areaOf(name)) && !stacked.has(areaOf(name));
    const loop = maskProducts(step, step.whileAny, areaOf, isInside);
    const forgotten = loop.body.flatMap((each) => {
      if (each.kind !== 'product' || each.rowsAtWork?.before == null) return [];
      areas.push({ name: each.rowsAtWork.before, indices: [...each.rows, ...each.inner], stacks: [] });
      return [each.rowsAtWork.before, each.target];
    });
    return forgotten.length === 0 ? [loop] : [{ kind: 'forget', targets: forgotten }, loop];
  });
  return { ...kernels, areas, body };
};

const maskProducts = (
  loop: Turns,
  mask: string,
  areaOf: (name: string) => string,
  isInside: (name: string) => boolean,
): Turns => {
  const written = loop.body.map((step) => new Set(writesOf(step).map(areaOf)));
  const renewed = written.findIndex((areas) => areas.has(areaOf(mask)));
  const canSkip = (product: Product, place: number): boolean =>
    product.rows.join() === 'example' &&
    product.layout !== 'transposed_left' &&
    (renewed < 0 || place < renewed) &&
    written.filter((areas) => areas.has(areaOf(product.target))).length === 1 &&
    isUnread(product.target, loop, mask, areaOf, isInside);
  const rowsAtWork = ({ target, right }: Product): RowsAtWork => {
    const isFixed = !written.some((areas) => areas.has(areaOf(right)));
    return { mask, before: isFixed ? `${target}°before` : null };
  };
  return {
    ...loop,
    body: loop.body.map((step, place) =>
      step.kind === 'product' && canSkip(step, place) ? { ...step, rowsAtWork: rowsAtWork(step) } : step,
    ),
  };
};

/** Whether rows of an array have no effect where the mask is 0. */
const isUnread = (
  name: string,
  loop: Turns,
  mask: string,
  areaOf: (name: string) => string,
  isInside: (name: string) => boolean,
): boolean => {
  const isSame = (other: string): boolean => areaOf(other) === areaOf(name);
  const follow = (next: string): boolean => isUnread(next, loop, mask, areaOf, isInside);
  if (!isInside(name)) return false;
  return loop.body.every((step) => {
    switch (step.kind) {
      case 'nest':
        return step.statements.every(
          ({ value, target, how }) =>
            ![...readNames(withoutMask(value, mask))].some(isSame) ||
            (!isSame(target) && how !== 'maximum' && step.order[0] === 'example' && follow(target)),
        );
      case 'product':
        return (
          !isSame(step.right) && (!isSame(step.left) || (step.rows[0] === 'example' && follow(step.target)))
        );
      case 'turned':
      case 'forget':
      case 'host':
      case 'turns':
      case 'reading':
        return !readsOf(step).some(isSame);
      case 'noise':
      case 'number':
        return true;
    }
  });
};

/** The value where the mask is 0. */
const withoutMask = (node: Expression, mask: string): Expression => {
  if (node.kind === 'read') return node.name === mask ? zero : node;
  if (node.kind === 'apply' && node.operator === 'where') {
    const [condition, , other] = node.arguments;
    const known = withoutMask(condition!, mask);
    if (known === zero) return withoutMask(other!, mask);
    return mapChildren(node, (child) => (child === condition ? known : withoutMask(child, mask)));
  }
  if (node.kind === 'multiply' && node.factors.some((factor) => withoutMask(factor, mask) === zero))
    return zero;
  return mapChildren(node, (child) => withoutMask(child, mask));
};
