/** What the variables of a model are at one point of a program, and what formulas mean there. */
import { one } from '../calculus/build.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import { renameIndices, replaceReads } from '../calculus/substitute.ts';
import type { Belief, Estimator, Inference, Learning, Model, Param } from '../check/typed.ts';
import { rolledName } from '../derive/belief.ts';
import { exampleNames, perExample, type PriorKind } from '../derive/free-energy.ts';
import { useEffective } from './parameters.ts';
import { isReplicaIndex } from './replicas.ts';

export interface Point {
  /**
   * Current value of each coordinate, variable that moves, dynamics state and population of interneurons, with the example
   * index; of a setting that a phase has set.
   */
  readonly values: ReadonlyMap<string, Expression>;
  /** Coordinates of the rolled prior, or null while the model's own prior holds. */
  readonly rolled: ReadonlyMap<string, Expression> | null;
  /** How much of the innermost repetition is done, from 0 to 1; outside of one all is. */
  readonly elapsed?: Expression;
}

export interface Setting {
  readonly model: Model;
  readonly inference: Inference;
  /** How derivatives pass through draws; null when none are taken. */
  readonly estimator: Estimator | null;
  /** Parameters whose gradient is taken at the end: what they reach must be known there. */
  readonly learned: ReadonlySet<string>;
}

export const allParameters = ({
  model,
  inference,
}: Pick<Setting, 'model' | 'inference'>): readonly Param[] => [...model.parameters, ...inference.parameters];

/** Names that inputs of a program may have, which no register of its own may take. */
export const inputNames = (model: Model, inference?: Inference, learning?: Learning): readonly string[] => [
  ...['iteration', 'progress', 'first_step', 'step_count'],
  ...model.variables.flatMap(({ role, name }) => (role === 'observed' ? [name] : [])),
  ...[...model.parameters, ...(inference?.parameters ?? [])].map(({ name }) => name),
  ...[...model.settings, ...(inference?.settings ?? []), ...(learning?.settings ?? [])].map(
    ({ name }) => name,
  ),
];

export const priorKind = (point: Point): PriorKind => (point.rolled === null ? 'model' : 'rolled');

/** The point with these values in place of its own. */
export const put = (point: Point, entries: readonly (readonly [string, Expression])[]): Point => ({
  ...point,
  values: new Map([...point.values, ...entries]),
});

/** Puts current values in place of coordinates, variables, rolled priors and dynamics states, and effective parameters. */
export const resolveAt = (
  setting: Setting,
  point: Point,
  extra: ReadonlyMap<string, Expression> = new Map(),
) => {
  const names = exampleNames(setting.model, setting.inference);
  return (node: Expression): Expression => {
    const lifted = perExample(useEffective(node, allParameters(setting)), names);
    return replaceReads(lifted, (found) => {
      if (found.name === 'elapsed') return point.elapsed ?? one;
      const coordinate = [...(point.rolled?.keys() ?? [])].find((name) => rolledName(name) === found.name);
      const value =
        extra.get(found.name) ??
        point.values.get(found.name) ??
        (coordinate === undefined ? undefined : point.rolled!.get(coordinate)!);
      return value === undefined ? null : entryAt(value, found.subscripts);
    });
  };
};

/** An array, a register or what is detached of one, at the entry that is read: of every replica, where there are some. */
const entryAt = (value: Expression, subscripts: readonly Index[]): Expression => {
  const register = value.kind === 'apply' && value.operator === 'detach' ? value.arguments[0]! : value;
  if (register.kind !== 'read') return value;
  const own = register.subscripts.filter((index) => !isReplicaIndex(index));
  return renameIndices(value, new Map(own.map((index, i) => [index, subscripts[i] ?? index])));
};

/** All coordinates that an inference moves, with their latents. */
export const coordinatesOf = (
  inference: Inference,
): readonly { readonly name: string; readonly indices: readonly Index[]; readonly belief: Belief }[] =>
  inference.beliefs.flatMap((belief) =>
    belief.coordinates.map(({ name, indices }) => ({ name, indices, belief })),
  );
