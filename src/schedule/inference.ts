/** Lowers an inference to statements: its start, and one turn of its main repetition. */
import { add, one, read, subtract } from '../calculus/build.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import { readNames, renameIndices, replaceReads } from '../calculus/substitute.ts';
import type {
  Belief,
  Estimator,
  Inference,
  InferenceStatement,
  Learning,
  Model,
  Param,
} from '../check/typed.ts';
import { rolledName } from '../derive/belief.ts';
import { applyDynamics, type Moves } from '../derive/dynamics.ts';
import {
  beliefOf,
  example,
  exampleNames,
  perExample,
  variableOf,
  type PriorKind,
} from '../derive/free-energy.ts';
import { noiseName } from '../derive/estimate.ts';
import { beliefGradients } from '../derive/natural-gradient.ts';
import { emitDraw } from './draw.ts';
import { assign, type Block } from './names.ts';
import { useEffective } from './parameters.ts';

/** What the variables of a model are at one point of a program. */
export interface Point {
  /** Current value of each coordinate and dynamics state, with the example index. */
  readonly values: ReadonlyMap<string, Expression>;
  /** Coordinates of the rolled prior, or null while the model's own prior holds. */
  readonly rolled: ReadonlyMap<string, Expression> | null;
}

export interface Setting {
  readonly model: Model;
  readonly inference: Inference;
  /** How derivatives pass through draws; null when none are taken. */
  readonly estimator: Estimator | null;
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

/** Puts current values in place of coordinates, rolled priors and dynamics states, and effective parameters. */
export const resolveAt = (
  setting: Setting,
  point: Point,
  extra: ReadonlyMap<string, Expression> = new Map(),
) => {
  const names = exampleNames(setting.model, setting.inference);
  return (node: Expression): Expression => {
    const lifted = perExample(useEffective(node, allParameters(setting)), names);
    return replaceReads(lifted, (found) => {
      const coordinate = [...(point.rolled?.keys() ?? [])].find((name) => rolledName(name) === found.name);
      const value =
        extra.get(found.name) ??
        point.values.get(found.name) ??
        (coordinate === undefined ? undefined : point.rolled!.get(coordinate)!);
      return value === undefined ? null : entryAt(value, found.subscripts);
    });
  };
};

/** An array, a register or what is detached of one, at the entry that is read. */
const entryAt = (value: Expression, subscripts: readonly Index[]): Expression => {
  const register = value.kind === 'apply' && value.operator === 'detach' ? value.arguments[0]! : value;
  return register.kind === 'read'
    ? renameIndices(value, new Map(register.subscripts.map((index, i) => [index, subscripts[i] ?? index])))
    : value;
};

/** The body of the main repetition and what comes before it. */
export const mainRepeat = (inference: Inference) => {
  const starts = inference.body.filter((statement) => statement.kind === 'start');
  const repeat = inference.body.find((statement) => statement.kind === 'repeat') ?? null;
  return { starts, repeat };
};

/** All coordinates that an inference moves, with their latents. */
export const coordinatesOf = (
  inference: Inference,
): readonly { readonly name: string; readonly indices: readonly Index[]; readonly belief: Belief }[] =>
  inference.beliefs.flatMap((belief) =>
    belief.coordinates.map(({ name, indices }) => ({ name, indices, belief })),
  );

/** States of the dynamics used inside an inference: `u.p`, with their initial values. */
export const dynamicsStates = (
  setting: Setting,
): readonly { readonly name: string; readonly indices: readonly Index[]; readonly initial: Expression }[] => {
  const { repeat } = mainRepeat(setting.inference);
  const found: { name: string; indices: readonly Index[]; initial: Expression }[] = [];
  for (const statement of repeat?.body ?? []) {
    if (statement.kind !== 'descend') continue;
    for (const name of statement.over) {
      const coordinate = coordinatesOf(setting.inference).find((candidate) => candidate.name === name)!;
      const moves = movesOf(statement, coordinate, read('@gradient'), read('@natural'), one);
      for (const state of moves.states)
        found.push({ name: state.name, indices: coordinate.indices, initial: state.initial });
    }
  }
  return found;
};

const movesOf = (
  statement: Extract<InferenceStatement, { kind: 'descend' }>,
  coordinate: { readonly name: string; readonly indices: readonly Index[] },
  gradient: Expression,
  naturalGradient: Expression,
  iteration: Expression,
): Moves =>
  applyDynamics(
    statement.by,
    { name: coordinate.name, indices: [example, ...coordinate.indices] },
    { gradient, naturalGradient, gradientNorm: one, iteration },
  );

/** Emits the start statements; returns the point they lead to. */
export const emitStart = (block: Block, setting: Setting): Point => {
  const values = new Map<string, Expression>();
  const { starts } = mainRepeat(setting.inference);
  for (const statement of starts) {
    if (statement.kind !== 'start' || statement.value.kind !== 'value') continue;
    for (const target of statement.targets) {
      const coordinate = coordinatesOf(setting.inference).find(({ name }) => name === target)!;
      const value = resolveAt(setting, { values, rolled: null })(statement.value.value);
      values.set(target, assign(block, target, [example, ...coordinate.indices], value, `start ${target}`));
    }
  }
  for (const state of dynamicsStates(setting))
    values.set(state.name, assign(block, state.name, [example, ...state.indices], state.initial));
  return { values, rolled: null };
};

/** Emits one turn of the main repetition; `counter` is the turn's number from 0. */
export const emitTurn = (block: Block, setting: Setting, entry: Point, counter: Expression): Point => {
  const { repeat } = mainRepeat(setting.inference);
  let point = entry;
  for (const statement of repeat?.body ?? []) {
    switch (statement.kind) {
      case 'rolling':
        point = {
          values: point.values,
          rolled: new Map(
            coordinatesOf(setting.inference).map(({ name }) => [name, point.values.get(name)!]),
          ),
        };
        break;
      case 'descend':
        point = emitDescend(block, setting, point, statement, counter);
        break;
      default:
        throw new Error(`${statement.kind} is not lowered inside a repetition`);
    }
  }
  return point;
};

const emitDescend = (
  block: Block,
  setting: Setting,
  point: Point,
  statement: Extract<InferenceStatement, { kind: 'descend' }>,
  counter: Expression,
): Point => {
  const { model, inference } = setting;
  if (statement.objective.kind !== 'free_energy')
    throw new Error('only the free energy is descended by an inference yet');
  const objective = statement.objective;
  const beliefs = [
    ...new Set(
      statement.over.map((name) => coordinatesOf(inference).find((one) => one.name === name)!.belief),
    ),
  ];
  const gradients = beliefs.flatMap(
    (belief) => beliefGradients(model, inference, belief, objective, priorKind(point)).gradients,
  );
  const drawn = emitDraws(
    block,
    setting,
    point,
    new Set(gradients.flatMap(({ natural }) => [...readNames(natural)])),
    setting.estimator,
  );
  const resolve = resolveAt(setting, point, drawn);

  const values = new Map(point.values);
  for (const name of statement.over) {
    const coordinate = coordinatesOf(inference).find((candidate) => candidate.name === name)!;
    const derived = gradients.find((gradient) => gradient.coordinate === name)!;
    const moves = movesOf(statement, coordinate, derived.plain, derived.natural, add(counter, one));
    for (const state of moves.states)
      values.set(
        state.name,
        assign(block, state.name, [example, ...coordinate.indices], resolve(state.next)),
      );
    const before = point.values.get(name)!;
    const after = guarded(setting, point, name, before, resolve(moves.value));
    values.set(
      name,
      assign(
        block,
        name,
        [example, ...coordinate.indices],
        after,
        `${name}: one step of ${statement.by.dynamics.name}`,
      ),
    );
  }
  return { values, rolled: point.rolled };
};

/** Applies the guards of a coordinate: to the step first, then to the value it leads to. */
const guarded = (
  setting: Setting,
  point: Point,
  name: string,
  before: Expression,
  after: Expression,
): Expression => {
  const { guards } = setting.inference;
  const resolve = resolveAt(setting, point);
  const through = (within: Expression, value: Expression): Expression =>
    replaceReads(resolve(within), (found) => (found.name === 'self' ? value : null));
  const stepped = guards
    .filter((guard) => guard.target === name && guard.step)
    .reduce((value, guard) => add(before, through(guard.within, subtract(value, before))), after);
  return guards
    .filter((guard) => guard.target === name && !guard.step)
    .reduce((value, guard) => through(guard.within, value), stepped);
};

/** Draws every latent that is named from its current belief; returns what to read in place of it. */
export const emitDraws = (
  block: Block,
  setting: Setting,
  point: Point,
  names: ReadonlySet<string>,
  estimator: Estimator | null,
): ReadonlyMap<string, Expression> => {
  const drawn = new Map<string, Expression>();
  for (const { latent } of setting.inference.beliefs) {
    const isOwnNoise = (name: string): boolean => name.startsWith(`@${latent}.`);
    if (!names.has(latent) && ![...names].some(isOwnNoise)) continue;
    const { indices } = variableOf(setting.model, latent);
    const result = emitDraw(block, beliefOf(setting.inference, latent).distribution, {
      wish: latent,
      indices: [example, ...indices],
      resolve: resolveAt(setting, point),
      estimator,
      slopes: [...names].some((name) => name.startsWith(noiseName(latent, 'implicit_'))),
      note: `a draw of ${latent} from its belief`,
    });
    drawn.set(latent, result.value);
    for (const [kind, noise] of result.noise) drawn.set(noiseName(latent, kind), noise);
  }
  return drawn;
};
