/**
 * How near the states of an energy are to a fixed point (papers.md 2.3): the force that is left, and how far the branches of a unit
 * are from telling the same. Besides, what the branches of a clamped variable make of it.
 */
import {
  add,
  apply,
  constant,
  divide,
  multiply,
  negate,
  one,
  size,
  square,
  subtract,
  sum,
  zero,
} from '../calculus/build.ts';
import { axisOf, type Expression, type Index } from '../calculus/expression.ts';
import type { Model, Variable } from '../check/typed.ts';
import { branchesOf, discreteValues, equalShare, restingState } from '../derive/branches.ts';
import { energyGradient, energyOf } from '../derive/energy.ts';
import { example, variableRead } from '../derive/free-energy.ts';
import { allStatements } from '../derive/moved.ts';
import { boundsOf, projected } from './bounds.ts';
import { assign, type Block } from './names.ts';
import { resolveAt, type Point, type Setting } from './point.ts';
import { sampledLayers } from './states.ts';

export interface Measure {
  readonly name: string;
  readonly value: Expression;
  readonly indices: readonly Index[];
}

const isContinuous = ({ support }: Variable): boolean => discreteValues(support) === null;
const unitsOf = ({ indices }: Variable): Expression =>
  multiply(one, ...indices.map((index) => size(axisOf(index))));
const total = (variable: Variable, value: Expression): Expression =>
  sum([example, ...variable.indices], value);

/**
 * `squared_force` and `squared_disagreement`: sums over the examples of the mean square over units (and branches); their square
 * roots per example are root mean squares.
 */
export const fixedPointMeasures = (block: Block, setting: Setting, point: Point): readonly Measure[] => {
  // What is drawn, or given by a formula, follows no force; a feed-forward start solves for where there is none.
  const following = new Set(
    allStatements(setting.inference.body).flatMap((one): readonly string[] => {
      if (one.kind === 'descend') return one.over;
      return one.kind === 'start' && one.value.kind === 'feedforward' ? one.targets : [];
    }),
  );
  const moved = setting.model.variables.filter(
    (variable) => following.has(variable.name) && isContinuous(variable),
  );
  if (moved.length === 0) return [];
  const at = resolveAt(setting, point);
  const energy = energyOf(setting.model, new Set(sampledLayers(setting).map(({ name }) => name)));
  const forces = moved.map((variable) => {
    const force = negate(energyGradient(energy, variable));
    const kept = insideForce(
      variable,
      assign(block, `${variable.name}_force`, [example, ...variable.indices], at(force)),
      at,
    );
    return total(variable, square(kept));
  });
  const measures: Measure[] = [
    {
      name: 'squared_force',
      value: divide(add(...forces), add(...moved.map(unitsOf))),
      indices: [],
    },
  ];
  const grouped = moved.flatMap((variable) => {
    const found = branchesOf(setting.model, variable);
    return found.kind === 'branches' && found.branches.length > 1 ? [{ variable, found }] : [];
  });
  if (grouped.length === 0) return measures;
  const misses = grouped.flatMap(({ variable, found }) =>
    found.branches.map(({ input }) =>
      total(variable, square(at(subtract(input, equalShare(found.total, found.branches))))),
    ),
  );
  const count = add(
    ...grouped.map(({ variable, found }) => multiply(constant(found.branches.length), unitsOf(variable))),
  );
  return [...measures, { name: 'squared_disagreement', value: divide(add(...misses), count), indices: [] }];
};

/** The force without what pushes a unit against a bound that it has reached. */
const insideForce = (
  variable: Variable,
  force: Expression,
  at: (node: Expression) => Expression,
): Expression => {
  const bounds = boundsOf(variable);
  if (bounds?.kind !== 'interval') return force;
  const value = at(variableRead(variable));
  const stopped = [
    bounds.low === null
      ? zero
      : multiply(apply('less_equal', value, at(bounds.low)), apply('less', force, zero)),
    bounds.high === null
      ? zero
      : multiply(apply('less_equal', at(bounds.high), value), apply('less', zero, force)),
  ];
  return multiply(force, subtract(one, add(...stopped)));
};

/** Where the force on a variable would vanish if it were free; null where it cannot be solved. */
export const restingMean = (model: Model, variable: Variable): Expression | null => {
  const found = branchesOf(model, variable);
  if (found.kind === 'none' || found.branches.length === 0) return null;
  const bounds = boundsOf(variable);
  const free = restingState(found, found.branches);
  return bounds === null ? free : projected(free, bounds, (node) => node);
};
