/** Lowers the statements of inferences and phases: each takes the variables from one point of a program to the next. */
import {
  add,
  apply,
  constant,
  divide,
  multiply,
  one,
  read,
  size,
  sqrt,
  square,
  subtract,
  sum,
  zero,
} from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { axisOf } from '../calculus/expression.ts';
import type { InferenceStatement } from '../check/typed.ts';
import { example, variableOf, variableRead } from '../derive/free-energy.ts';
import { emitBeliefDescent } from './descend.ts';
import { emitEnergyDescent, emitInterneurons } from './energy-moves.ts';
import { emitConditionalDraw, lawOf } from './conditional.ts';
import { emitGeneration } from './generation.ts';
import type { Values } from './move.ts';
import { assign, from, makeBlock, readRegister, register, type Block } from './names.ts';
import { coordinatesOf, put, resolveAt, type Point, type Setting } from './point.ts';
import type { Carried, Register } from './program.ts';
import { emitStart } from './starts.ts';
import { activeName, helperStates, movedVariables, turnsName } from './states.ts';

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
  statements.reduce(
    (point, statement) =>
      from(block, statement.span, () => emitStatement(block, setting, point, statement, place)),
    entry,
  );

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
    case 'repeat': {
      // What an `until` knows belongs to its own repetition.
      const own = [activeName, turnsName];
      const outer = [...point.values].filter(([name]) => own.includes(name));
      const after = emitLoop(block, setting, without(point, own), {
        statement,
        label: `${setting.inference.name}_turns`,
        times: statement.times,
        first: zero,
        isFast: place.counter !== null,
      });
      return put(without(after, own), outer);
    }
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
      return without(
        point,
        // An observed variable goes back to the data; any other stays where it is.
        statement.names.filter((name) => variableOf(setting.model, name).role === 'observed'),
      );
    case 'sample':
      return emitSample(block, setting, point, statement.names);
    case 'draw':
      return emitGeneration(block, setting, point, statement);
  }
};

const without = (point: Point, names: readonly string[]): Point => ({
  ...point,
  values: new Map([...point.values].filter(([name]) => !names.includes(name))),
});

/** Each variable in turn is drawn from its law given all others. */
const emitSample = (block: Block, setting: Setting, point: Point, names: readonly string[]): Point =>
  names.reduce((before, name) => {
    const at = (values: Values) => resolveAt(setting, { ...before, values });
    const variable = variableOf(setting.model, name);
    return put(before, [
      [name, emitConditionalDraw(block, lawOf(setting.model, variable), variable, before.values, at)],
    ]);
  }, point);

/** Variables that are drawn before they have a value: room for one, so that repetitions carry it. Observed ones begin at the data. */
export const withSampled = (
  block: Block,
  setting: Setting,
  point: Point,
  body: readonly InferenceStatement[],
): Point =>
  put(
    point,
    movedVariables(setting, body)
      .filter(({ name }) => !point.values.has(name))
      .map((variable) => [
        variable.name,
        variable.role === 'observed'
          ? variableRead(variable)
          : assign(block, variable.name, [example, ...variable.indices], zero, 'not drawn yet'),
      ]),
  );

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
export const emitLoop = (block: Block, setting: Setting, entry: Point, request: LoopRequest): Point =>
  from(block, request.statement.span, () => emitTurnsOf(block, setting, entry, request));

const emitTurnsOf = (block: Block, setting: Setting, entry: Point, request: LoopRequest): Point => {
  const { statement, label, times, first, isFast } = request;
  const { body, until } = statement;
  const complete = withSampled(block, setting, entry, body);
  const started = withUntil(block, emitHelpers(block, setting, complete, body), until);
  const held = [...started.values].filter(([name]) => !isScalarSetting(setting, name));
  const counter: Register = register(block.names, 'turn', [], 'host');
  const unique = register(block.names, label, []).name;
  const inner = makeBlock(block.names);
  const registers = held.map(([name, value]) => register(block.names, name, value.indices));
  const inside: Point = put(
    {
      ...started,
      rolled: null,
      elapsed: elapsedAt(read(counter.name), resolveAt(setting, entry)(statement.times)),
    },
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

/** From 0 at the first turn to 1 at the last one that is asked for, and 1 from then on. */
const elapsedAt = (turn: Expression, times: Expression): Expression =>
  apply('min', one, divide(turn, apply('max', one, subtract(times, constant(1)))));

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
