/**
 * Lowers `draw`: each variable given its parents, by its family's sampler, or where that is no exact one by a fast chain on the
 * variable's own factor (marginal generation, papers.md 1.2).
 */
import { add, negate, one, read, sum, zero } from '../calculus/build.ts';
import { derivative } from '../calculus/differentiate.ts';
import type { Expression } from '../calculus/expression.ts';
import type { BoundDynamics, InferenceStatement, Variable } from '../check/typed.ts';
import { unnormalisedAt } from '../derive/energy.ts';
import { drawsExactly } from '../derive/family/sampler.ts';
import {
  example,
  exampleNames,
  perExample,
  unitIndices,
  variableOf,
  variableRead,
} from '../derive/free-energy.ts';
import { emitDraw } from './draw.ts';
import { targetOf } from './energy-moves.ts';
import { emitMove } from './move.ts';
import { assign, makeBlock, readRegister, register, type Block } from './names.ts';
import { put, resolveAt, type Point, type Setting } from './point.ts';
import { replicaAxis } from './replicas.ts';
import { insideOf, memoriesOf } from './states.ts';

type Draw = Extract<InferenceStatement, { kind: 'draw' }>;

export const emitGeneration = (
  block: Block,
  setting: Setting,
  point: Point,
  { names, by, steps }: Draw,
): Point =>
  names.reduce((before, name) => {
    const variable = variableOf(setting.model, name);
    const isExact = drawsExactly(variable.distribution!.family);
    const value =
      by === null || isExact || steps === null
        ? emitDraw(block, variable.distribution!, {
            wish: name,
            indices: [example, ...variable.indices],
            resolve: resolveAt(setting, before),
            estimator: null,
            note: `${name} given its parents`,
          }).value
        : emitChain(block, setting, before, variable, by, steps);
    return put(before, [[name, value]]);
  }, point);

/** The end of a chain on −log p(variable | parents), without its normaliser, from a value that the support has. */
const emitChain = (
  block: Block,
  setting: Setting,
  point: Point,
  variable: Variable,
  by: BoundDynamics,
  steps: Expression,
): Expression => {
  const { name } = variable;
  const indices = [example, ...variable.indices];
  const names = exampleNames(setting.model, setting.inference);
  const factor = sum(
    unitIndices(variable),
    perExample(unnormalisedAt(variable, variableRead(variable)), names),
  );
  const cost = negate(factor);
  const slope = derivative(cost, name, indices);
  const begun = memoriesOf(by, [{ name, indices }]).reduce(
    (before, { name: key, indices: own, initial }) =>
      put(before, [[key, assign(block, key, own, resolveAt(setting, before)(initial ?? zero))]]),
    put(point, [[name, assign(block, name, indices, insideOf(variable.support), `start ${name}`)]]),
  );
  const held = [...begun.values].filter(([key]) => !point.values.has(key) || key === name);
  const inner = makeBlock(block.names);
  const registers = held.map(([key, value]) => register(block.names, key, value.indices));
  const results = held.map(([key, value]) => register(block.names, key, value.indices));
  const inside = put(
    begun,
    held.map(([key], i) => [key, readRegister(registers[i]!)]),
  );
  const counter = register(block.names, 'turn', [], 'host');
  const at = (values: Point['values']) => resolveAt(setting, { ...inside, values });
  const moved = emitMove(inner, {
    by,
    targets: [targetOf(variable, name)],
    values: inside.values,
    plate: [example],
    replicas: by.dynamics.replicas === null ? null : replicaAxis([name]),
    iteration: add(read(counter.name), one),
    resolve: (node, values) => at(values)(node),
    objective: {
      gradient: (_, values) => at(values)(slope),
      value: (values) => at(values)(cost),
    },
  });
  block.statements.push({
    kind: 'repeat',
    label: register(block.names, `${name}_chain`, []).name,
    times: resolveAt(setting, point)(steps),
    first: zero,
    counter,
    direction: 'forward',
    carried: held.map(([key, value], i) => ({
      register: registers[i]!,
      initial: value,
      next: moved.get(key)!,
      result: results[i]!,
    })),
    body: inner.statements,
    saved: [],
    replays: null,
    whileAny: null,
  });
  return readRegister(results[held.findIndex(([key]) => key === name)]!);
};
