/** Moves by dynamics: of the variables of an energy, and of the interneurons of its layers. */
import { add, divide, negate, one, read, subtract, sum, zero } from '../calculus/build.ts';
import { derivative } from '../calculus/differentiate.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import type { InferenceStatement, Variable } from '../check/typed.ts';
import { conditionalMean } from '../derive/conditional.ts';
import {
  changingEnergy,
  energyGradient,
  energyOf,
  meanName,
  populationName,
  statisticIndices,
  unnormalisedAt,
} from '../derive/energy.ts';
import { atNaturals, fixedArguments } from '../derive/family/family.ts';
import { example, exampleNames, perExample, unitIndices, variableOf } from '../derive/free-energy.ts';
import { boundsOf, endsOf } from './bounds.ts';
import { emitConditionalDraw, lawOf } from './conditional.ts';
import { applyGuards } from './descend.ts';
import { emitDraw } from './draw.ts';
import { emitMove, type Target, type Values } from './move.ts';
import { assign, type Block } from './names.ts';
import { put, resolveAt, type Point, type Setting } from './point.ts';
import { replicaAxis } from './replicas.ts';
import type { Place } from './statements.ts';
import { sampledLayers } from './states.ts';

/** One step of any dynamics on the energy. */
export const emitEnergyDescent = (
  block: Block,
  setting: Setting,
  point: Point,
  statement: Extract<InferenceStatement, { kind: 'descend' }>,
  { counter }: Place,
): Point => {
  const { model } = setting;
  const sampled = new Set(sampledLayers(setting).map(({ name }) => name));
  const energy = energyOf(model, sampled);
  const at = (values: Values) => resolveAt(setting, { ...point, values });
  const gradients = new Map(
    statement.over.map((name) => [name, energyGradient(energy, variableOf(model, name))]),
  );
  const value = changingEnergy(model, new Set(statement.over));
  const moved = emitMove(block, {
    by: statement.by,
    targets: statement.over.map((name) => targetOf(variableOf(model, name), name)),
    values: point.values,
    plate: [example],
    replicas: statement.by.dynamics.replicas === null ? null : replicaAxis(statement.over),
    iteration: add(counter ?? zero, one),
    resolve: (node, values) => at(values)(node),
    objective: {
      gradient: (name, values) => at(values)(gradients.get(name)!),
      curvature: (name, values) => {
        const { indices } = variableOf(model, name);
        return at(values)(ownSlope(gradients.get(name)!, name, indices));
      },
      conditionalMean: (name, values) =>
        at(values)(conditionalMean(lawOf(model, variableOf(model, name)).law)!),
      conditionalDraw: (name, values) => {
        const variable = variableOf(model, name);
        return emitConditionalDraw(block, lawOf(model, variable), variable, values, at);
      },
      ...(value.kind === 'none' ? {} : { value: (values: Values) => at(values)(value.energy) }),
    },
  });
  const after = { ...point, values: moved };
  return put(
    after,
    statement.over.map((name) => [
      name,
      applyGuards(setting, point, name, point.values.get(name)!, moved.get(name)!),
    ]),
  );
};

export const targetOf = (variable: Variable, name: string): Target => ({
  name,
  indices: [example, ...variable.indices],
  bounds: boundsOf(variable),
  ends: endsOf(variable),
});

/** How the force on a unit changes with the unit itself: the diagonal of the Hessian. */
const ownSlope = (gradient: Expression, name: string, indices: readonly Index[]): Expression =>
  derivative(gradient, name, [example, ...indices]);

/**
 * One step of the fast populations: each samples its layer's p(· | η) at the present η, and the mean of its statistics stands for
 * ∇A(η) (papers.md 1.2). Inside a fast repetition the mean runs over its turns.
 */
export const emitInterneurons = (
  block: Block,
  setting: Setting,
  point: Point,
  statement: Extract<InferenceStatement, { kind: 'interneurons' }>,
  { counter, isFast }: Place,
): Point => {
  const names = exampleNames(setting.model, setting.inference);
  const layers = sampledLayers({
    ...setting,
    inference: { ...setting.inference, body: [statement, ...setting.inference.body] },
  }).filter((layer) => statement.over === null || statement.over.includes(layer.name));
  return layers.reduce((before, layer) => {
    const population = populationName(layer.name);
    const indices = [example, ...layer.indices];
    const own = read(population, indices);
    const cost = negate(sum(unitIndices(layer), perExample(unnormalisedAt(layer, own), names)));
    const slope = derivative(cost, population, indices);
    const at = (values: Values) => resolveAt(setting, { ...before, values });
    const moved = emitMove(block, {
      by: statement.by,
      targets: [targetOf(layer, population)],
      values: before.values,
      plate: [example],
      replicas: statement.by.dynamics.replicas === null ? null : replicaAxis([population]),
      iteration: add(counter ?? zero, one),
      resolve: (node, values) => at(values)(node),
      objective: {
        gradient: (_, values) => at(values)(slope),
        conditionalDraw: (_, values) =>
          emitDraw(block, layer.distribution!, {
            wish: population,
            indices,
            resolve: at(values),
            estimator: null,
            note: `${layer.name} given its parents`,
          }).value,
        value: (values) => at(values)(cost),
      },
    });
    const { family } = layer.distribution!;
    const fixed = fixedArguments(layer.distribution!);
    const means = family.statistic.map(({ value }, i): readonly [string, Expression] => {
      const name = meanName(layer.name, i);
      const now = at(moved)(perExample(atNaturals(value, family, [], { ...fixed, x: own }), names));
      const old = before.values.get(name)!;
      const mean = isFast ? add(old, divide(subtract(now, old), add(counter!, one))) : now;
      return [name, assign(block, name, statisticIndices(layer, i), mean)];
    });
    return put({ ...before, values: moved }, means);
  }, point);
};
