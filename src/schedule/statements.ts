/** Lowers the statements of inferences and phases: each takes the variables from one point of a program to the next. */
import {
  add,
  apply,
  divide,
  multiply,
  negate,
  one,
  read,
  size,
  sqrt,
  square,
  subtract,
  sum,
  zero,
} from '../calculus/build.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import { axisOf } from '../calculus/expression.ts';
import type { Initialiser, InferenceStatement } from '../check/typed.ts';
import { derivative } from '../calculus/differentiate.ts';
import {
  energyGradient,
  energyOf,
  meanName,
  populationName,
  statisticIndices,
  unnormalisedAt,
} from '../derive/energy.ts';
import { fixedArguments, atNaturals } from '../derive/family/family.ts';
import { example, exampleNames, perExample, unitIndices, variableOf } from '../derive/free-energy.ts';
import { applyGuards, emitBeliefDescent } from './descend.ts';
import { boundsOf } from './bounds.ts';
import { emitMove, type Target, type Values } from './move.ts';
import { assign, makeBlock, readRegister, register, type Block } from './names.ts';
import { coordinatesOf, resolveAt, type Point, type Setting } from './point.ts';
import type { Carried, Register } from './program.ts';
import { activeName, helperStates, indicesOf, movedVariables, sampledLayers, turnsName } from './states.ts';

/** Where a statement stands. */
export interface Place {
  /** Turns made of the innermost repetition, from 0; null outside of one. */
  readonly counter: Expression | null;
  /** Whether that repetition is a fast one inside another: interneurons then average over its turns. */
  readonly isFast: boolean;
}

export const emitStatements = (
  block: Block,
  setting: Setting,
  entry: Point,
  statements: readonly InferenceStatement[],
  place: Place,
): Point =>
  statements.reduce((point, statement) => emitStatement(block, setting, point, statement, place), entry);

const emitStatement = (
  block: Block,
  setting: Setting,
  point: Point,
  statement: InferenceStatement,
  place: Place,
): Point => {
  switch (statement.kind) {
    case 'start':
      return emitStart(block, setting, point, statement);
    case 'repeat':
      return emitLoop(block, setting, point, {
        statement,
        label: `${setting.inference.name}_turns`,
        times: statement.times,
        first: zero,
        isFast: place.counter !== null,
      });
    case 'rolling':
      return {
        ...point,
        rolled: new Map(coordinatesOf(setting.inference).map(({ name }) => [name, point.values.get(name)!])),
      };
    case 'descend':
      return statement.objective.kind === 'energy'
        ? emitEnergyDescent(block, setting, point, statement, place)
        : emitBeliefDescent(block, setting, point, statement, place.counter ?? zero);
    case 'interneurons':
      return emitInterneurons(block, setting, point, statement, place);
    case 'set':
      return put(point, [[statement.name, resolveAt(setting, point)(statement.value)]]);
    case 'free':
      return point;
    case 'clamp':
      return without(point, statement.names);
    case 'sample':
    case 'draw':
      throw new Error(`${statement.kind} is not lowered yet`);
  }
};

const put = (point: Point, entries: readonly (readonly [string, Expression])[]): Point => ({
  ...point,
  values: new Map([...point.values, ...entries]),
});
const without = (point: Point, names: readonly string[]): Point => ({
  ...point,
  values: new Map([...point.values].filter(([name]) => !names.includes(name))),
});

/** Dynamics states and populations before anything has moved. */
export const emitHelpers = (
  block: Block,
  setting: Setting,
  point: Point,
  body: readonly InferenceStatement[],
): Point =>
  put(
    point,
    helperStates(setting, body)
      .filter(({ name }) => !point.values.has(name))
      .map(({ name, indices, initial }) => [
        name,
        assign(block, name, indices, resolveAt(setting, point)(initial ?? zero)),
      ]),
  );

const emitStart = (
  block: Block,
  setting: Setting,
  point: Point,
  { targets, value }: Extract<InferenceStatement, { kind: 'start' }>,
): Point =>
  targets.reduce((before, name) => {
    const indices = indicesOf(setting, name);
    switch (value.kind) {
      case 'value': {
        const resolved = resolveAt(setting, before)(value.value);
        return put(before, [[name, assign(block, name, indices, resolved, `start ${name}`)]]);
      }
      case 'random': {
        const drawn = emitRandom(block, name, indices, value.initialiser);
        return put(before, [
          [name, assign(block, name, indices, resolveAt(setting, before)(drawn), `start ${name}`)],
        ]);
      }
      case 'feedforward':
        throw new Error('a feed-forward start is not lowered yet');
    }
  }, point);

/** A random array of the initialiser's distribution. */
const emitRandom = (
  block: Block,
  wish: string,
  indices: readonly Index[],
  initialiser: Initialiser,
): Expression => {
  const noise = (distribution: 'standard_normal' | 'standard_uniform'): Expression => {
    const target = register(block.names, `${wish}_noise`, indices);
    block.statements.push({
      kind: 'draw',
      target,
      site: block.names.nextSite(),
      source: { kind: 'noise', distribution },
      surrogate: null,
    });
    return readRegister(target);
  };
  switch (initialiser.kind) {
    case 'normal':
      return add(initialiser.mean, multiply(initialiser.sd, noise('standard_normal')));
    case 'uniform':
      return add(
        initialiser.low,
        multiply(subtract(initialiser.high, initialiser.low), noise('standard_uniform')),
      );
    case 'constant':
      return initialiser.value;
    case 'glorot':
      throw new Error('a state has no rows and columns');
  }
};

export interface LoopRequest {
  readonly statement: Extract<InferenceStatement, { kind: 'repeat' }>;
  readonly label: string;
  readonly times: Expression;
  readonly first: Expression;
  readonly isFast: boolean;
  /** Adds statements and carried values to each turn. */
  readonly extend?: (block: Block, point: Point) => readonly Carried[];
}

/** A repetition: everything that the point holds is carried from turn to turn. */
export const emitLoop = (block: Block, setting: Setting, entry: Point, request: LoopRequest): Point => {
  const { statement, label, times, first, isFast } = request;
  const { body, until } = statement;
  const started = withUntil(block, emitHelpers(block, setting, entry, body), until);
  const held = [...started.values].filter(([name]) => !isScalarSetting(setting, name));
  const counter: Register = register(block.names, 'turn', [], 'host');
  const unique = register(block.names, label, []).name;
  const inner = makeBlock(block.names);
  const registers = held.map(([name, value]) => register(block.names, name, value.indices));
  const inside: Point = put(
    { ...started, rolled: null },
    held.map(([name], i) => [name, readRegister(registers[i]!)]),
  );
  const turned = emitStatements(inner, setting, inside, body, { counter: read(counter.name), isFast });
  const after = until === null ? turned : emitUntil(inner, setting, inside, turned, statement);
  const more = request.extend?.(inner, after) ?? [];
  const results = held.map(([name, value]) => register(block.names, name, value.indices));
  const active = until === null ? null : registers[held.findIndex(([name]) => name === activeName)]!;
  block.statements.push({
    kind: 'repeat',
    label: unique,
    times: resolveAt(setting, entry)(times),
    first,
    counter,
    direction: 'forward',
    carried: [
      ...held.map(([name, value], i) => ({
        register: registers[i]!,
        initial: value,
        next: after.values.get(name)!,
        result: results[i]!,
      })),
      ...more,
    ],
    body: inner.statements,
    saved: [],
    replays: null,
    whileAny: active,
  });
  return put(
    { ...started, rolled: null },
    held.map(([name], i) => [name, readRegister(results[i]!)]),
  );
};

const isScalarSetting = ({ model }: Setting, name: string): boolean =>
  model.settings.some((setting) => setting.name === name);

/** The condition's own states, where the point does not hold them already. */
const withUntil = (block: Block, point: Point, until: Expression | null): Point =>
  until === null || point.values.has(activeName)
    ? point
    : put(point, [
        [activeName, assign(block, activeName, [example], one)],
        [turnsName, assign(block, turnsName, [example], zero)],
      ]);

/**
 * `until`: an example that met the condition stays as it is. `change` is the root mean square of what the turn did to the
 * example's moved values.
 */
const emitUntil = (
  block: Block,
  setting: Setting,
  before: Point,
  after: Point,
  { body, until }: Extract<InferenceStatement, { kind: 'repeat' }>,
): Point => {
  const moved = [
    ...movedVariables(setting, body),
    ...coordinatesOf(setting.inference).filter(
      ({ name }) => after.values.get(name) !== before.values.get(name),
    ),
  ];
  const squares = moved.map(({ name, indices }) =>
    sum(indices, square(subtract(after.values.get(name)!, before.values.get(name)!))),
  );
  const counts = moved.map(({ indices }) => multiply(one, ...indices.map((index) => size(axisOf(index)))));
  const change = assign(
    block,
    'change',
    [example],
    sqrt(divide(add(...squares), add(...counts))),
    'root mean square of what this turn changed',
  );
  const condition = resolveAt(setting, after, new Map([['change', change]]))(until!);
  const active = before.values.get(activeName)!;
  const still = assign(block, activeName, [example], multiply(active, subtract(one, condition)));
  const kept = [...after.values].map(([name, value]): readonly [string, Expression] => {
    const old = before.values.get(name);
    return old === undefined || old === value || value.indices[0] !== example
      ? [name, value]
      : [name, assign(block, name, value.indices, apply('where', active, value, old))];
  });
  return put({ ...after, values: new Map(kept) }, [
    [activeName, still],
    [turnsName, add(before.values.get(turnsName)!, active)],
  ]);
};

/** One step of any dynamics on the energy. */
const emitEnergyDescent = (
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
  const targets: readonly Target[] = statement.over.map((name) => ({
    name,
    indices: indicesOf(setting, name),
    bounds: boundsOf(variableOf(model, name)),
  }));
  const moved = emitMove(block, {
    by: statement.by,
    targets,
    values: point.values,
    plate: [example],
    iteration: add(counter ?? zero, one),
    resolve: (node, values) => at(values)(node),
    objective: {
      gradient: (name, values) => at(values)(gradients.get(name)!),
      curvature: (name, values) => {
        const { indices } = variableOf(model, name);
        return at(values)(ownSlope(gradients.get(name)!, name, indices));
      },
      ...(model.variables.some(({ name }) => sampled.has(name))
        ? {}
        : { value: (values: Values) => at(values)(energy) }),
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

/** How the force on a unit changes with the unit itself: the diagonal of the Hessian. */
const ownSlope = (gradient: Expression, name: string, indices: readonly Index[]): Expression =>
  derivative(gradient, name, [example, ...indices]);

/**
 * One step of the fast populations: each samples its layer's p(· | η) at the present η, and the mean of its statistics stands for
 * ∇A(η) (papers.md 1.2). Inside a fast repetition the mean runs over its turns.
 */
const emitInterneurons = (
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
      targets: [{ name: population, indices, bounds: boundsOf(layer) }],
      values: before.values,
      plate: [example],
      iteration: add(counter ?? zero, one),
      resolve: (node, values) => at(values)(node),
      objective: {
        gradient: (_, values) => at(values)(slope),
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
