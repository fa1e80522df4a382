/** What stays of a model's numbers when its source is changed: parameters whose name and shape survive, and what was learned with them. */
import type { ModelPlan } from './plan.ts';
import { shapeOf, type ModelState, type NumberArray, type NumberArrays } from './state.ts';

/** A state, with the plan of the model that it is of. */
export interface Version {
  readonly plan: Pick<ModelPlan, 'parameters' | 'learnings'>;
  readonly state: ModelState;
}

/**
 * The state `after`, which the changed model was created with, with the numbers of `before` where their name, shape and stored
 * coordinates are the same. The seed and the count of iterations go on; so do the optimiser's memory and the particles of the
 * learning, where it is still there.
 */
export function keepParameters(before: Version, after: Version): ModelState {
  const kept = keptParameters(before, after);
  const parameters = Object.fromEntries(
    Object.entries(after.state.parameters).map(([name, array]) => [
      name,
      kept.includes(name) ? before.state.parameters[name]! : array,
    ]),
  );
  const { seed, iteration, iterations } = before.state;
  const going = { ...after.state, seed, parameters, iteration };
  const learning = after.plan.learnings.find(({ name }) => name === before.state.learning);
  if (learning === undefined) return going;
  const anew = Object.keys(parameters).filter((name) => !kept.includes(name));
  // Memory is named after its parameter: `Phi.mean`.
  const isOfKept = (name: string): boolean => !anew.some((parameter) => name.startsWith(`${parameter}.`));
  const shapesOf = (entries: typeof learning.memory | typeof learning.particles): Shapes =>
    new Map(entries.map(({ name, axes }) => [name, shapeOf(axes, after.state.sizes)]));
  const memory = surviving(before.state.memory, shapesOf(learning.memory), (array) => array.shape);
  return {
    ...going,
    memory: Object.fromEntries(Object.entries(memory).filter(([name]) => isOfKept(name))),
    particles: surviving(before.state.particles, shapesOf(learning.particles), ({ shape }) => shape.slice(1)),
    learning: learning.name,
    iterations,
  };
}

/** The parameters that keep their numbers, in the order of the changed model. */
export const keptParameters = (before: Version, after: Version): readonly string[] =>
  after.plan.parameters.flatMap(({ name, coordinates }) => {
    const old = before.plan.parameters.find((parameter) => parameter.name === name);
    const values = before.state.parameters[name];
    const isKept =
      old?.coordinates === coordinates &&
      values !== undefined &&
      isSame(values.shape, after.state.parameters[name]!.shape);
    return isKept ? [name] : [];
  });

type Shapes = ReadonlyMap<string, readonly number[]>;

const surviving = (
  arrays: NumberArrays,
  shapes: Shapes,
  shapeIn: (array: NumberArray) => readonly number[],
): NumberArrays =>
  Object.fromEntries(
    Object.entries(arrays).filter(([name, array]) => {
      const shape = shapes.get(name);
      return shape !== undefined && isSame(shape, shapeIn(array));
    }),
  );

const isSame = (left: readonly number[], right: readonly number[]): boolean =>
  left.length === right.length && left.every((size, axis) => size === right[axis]);
