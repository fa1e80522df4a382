/** Which units of a variable a formula about one unit reads: the cross terms of an energy. */
import { delta, zero } from '../calculus/build.ts';
import { dependsOn, derivative } from '../calculus/differentiate.ts';
import { expand } from '../calculus/expand.ts';
import type { Expression, Index, Operator } from '../calculus/expression.ts';
import { children, freshIndex } from '../calculus/substitute.ts';
import type { Variable } from '../check/typed.ts';
import { example, unitIndices } from './free-energy.ts';

/** Whose derivatives of some order vanish although the value changes. */
const kinked: ReadonlySet<Operator> = new Set([
  'abs',
  'sign',
  'floor',
  'step',
  'max',
  'min',
  'less',
  'less_equal',
  'equal',
]);

/** Whether derivatives in a variable tell all there is to tell about how a formula changes with it. */
export const isSmoothIn = (node: Expression, name: string): boolean => {
  if (!dependsOn(node, name)) return true;
  if (node.kind === 'maximum') return false;
  if (node.kind === 'apply') {
    const { operator } = node;
    if (kinked.has(operator)) return false;
    // A largest entry that is only subtracted for safety, and added again, makes no difference.
    if (operator === 'detach') return node.arguments[0]!.kind === 'maximum';
    if (operator === 'where' && dependsOn(node.arguments[0]!, name)) return false;
  }
  return children(node).every((child) => isSmoothIn(child, name));
};

/**
 * Axes of the variable along which a formula about one unit (over the variable's own indices) reads other units. For smooth formulas
 * by second derivatives: a term without the delta of the two units couples them.
 */
export const coupledAxes = (node: Expression, variable: Variable, smooth: boolean): readonly Index[] => {
  const { name } = variable;
  const units = unitIndices(variable);
  if (!dependsOn(node, name)) return [];
  if (!smooth) return readElsewhere(node, variable);
  const twins = new Map(variable.indices.map((index) => [index, freshIndex(index)]));
  const slope = expand(
    derivative(node, name, [example, ...variable.indices.map((index) => twins.get(index)!)]),
  );
  const terms = slope === zero ? [] : slope.kind === 'add' ? slope.terms : [slope];
  return units.filter((unit) =>
    terms.some((term) => {
      const factors = term.kind === 'multiply' ? term.factors : [term];
      return !factors.includes(delta(unit, twins.get(unit)!));
    }),
  );
};

/** Axes along which the variable is read at another place than the unit's own. */
const readElsewhere = (node: Expression, variable: Variable): readonly Index[] => {
  const found = new Set<Index>();
  const visit = (current: Expression, bound: ReadonlySet<Index>): void => {
    if (!dependsOn(current, variable.name)) return;
    if (current.kind === 'read') {
      current.subscripts.slice(1).forEach((index, n) => {
        const own = variable.indices[n]!;
        if (index !== own || bound.has(index)) found.add(own);
      });
      return;
    }
    const inner = 'over' in current ? new Set([...bound, ...current.over]) : bound;
    children(current).forEach((child) => visit(child, inner));
  };
  visit(node, new Set());
  return unitIndices(variable).filter((unit) => found.has(unit));
};
