/** The statements of inferences and phases: what starts, what repeats, what moves what. */
import { read } from '../calculus/build.ts';
import type { Index } from '../calculus/expression.ts';
import type { DynamicsDeclaration, CallExpression, DescendStatement, Name, RepeatStatement, StartStatement, Statement } from '../syntax/tree.ts';
import { within } from './axes.ts';
import { bindDynamics, usesNaturalGradient } from './dynamics.ts';
import { evaluate, type Environment } from './expressions.ts';
import { checkObjective } from './objectives.ts';
import { randomInitialiser } from './parameters.ts';
import { error, newScope, quoted, showAxes, spell } from './scope.ts';
import { findDeclaration, type Loaded } from './session.ts';
import { didYouMean } from './suggest.ts';
import { describe, domains, fits } from './supports.ts';
import type { Belief, BoundDynamics, Dynamics, InferenceStatement, Model, Objective, StartValue, Support } from './typed.ts';

export type DynamicsLookup = (found: { declaration: DynamicsDeclaration; home: Loaded }) => Dynamics | null;

/** Something that statements may start, guard and move. */
export interface Movable {
  readonly name: string;
  readonly kind: 'coordinate' | 'latent' | 'observed' | 'state';
  readonly indices: readonly Index[];
  readonly support: Support;
}

export interface StatementContext {
  readonly place: 'inference' | 'phase';
  readonly loaded: Loaded;
  readonly dynamicsOf: DynamicsLookup;
  readonly model: Model;
  readonly beliefs: readonly Belief[];
  readonly movables: readonly Movable[];
  /** Names of parameters, for messages. */
  readonly parameters: readonly string[];
  /** Reads everything. */
  readonly states: Environment;
  /** Reads settings and parameters. */
  readonly settings: Environment;
  readonly repeated: boolean;
  readonly started: Set<string>;
  readonly moved: Set<string>;
}

/** Checks statements in order; wrong ones are reported and left out. */
export const checkStatements = (statements: readonly Statement[], context: StatementContext): readonly InferenceStatement[] =>
  statements.flatMap((statement) => checkStatement(statement, context) ?? []);

const checkStatement = (statement: Statement, context: StatementContext): InferenceStatement | null => {
  const { report } = context.states;
  const { span } = statement;
  switch (statement.kind) {
    case 'start':
      return checkStart(statement, context);
    case 'repeat':
      return checkRepeat(statement, context);
    case 'descend':
      return checkDescend(statement, context);
    case 'rolling':
      return checkRolling(statement, context);
    case 'interneurons': {
      const by = checkDynamicsCall(statement.by, [], context);
      return by === null ? null : { kind: 'interneurons', by, span };
    }
    case 'free':
    case 'clamp':
    case 'sample': {
      const names = checkVariableNames(statement.names, context);
      return names === null ? null : { kind: statement.kind, names, span };
    }
    case 'draw': {
      const names = checkVariableNames(statement.names, context);
      const by = statement.by === null ? null : checkDynamicsCall(statement.by, [], context);
      const steps = statement.steps === null ? null : evaluate(statement.steps, context.settings);
      if (names === null || (statement.by !== null && by === null)) return null;
      return { kind: 'draw', names, by, steps: steps?.expression ?? null, span };
    }
    case 'param':
    case 'belief':
    case 'guard':
      // At the top of an inference they have been checked already.
      if (context.place === 'inference' && !context.repeated) return null;
      return error(report, 'NSM5010', span, `\`${statement.kind}\` stands at the top of an inference`, {
        hint: 'It holds for the whole inference. Move it out, to the lines before.',
      });
    case 'from':
    case 'persist':
      if (context.place === 'phase' && !context.repeated) return null;
      return error(report, 'NSM5010', span, `\`${statement.kind}\` stands at the top of a \`phase\``, {
        hint: 'It says where the phase begins: `phase model { from data; ... }`.',
      });
    case 'phase':
    case 'predict':
    case 'local':
      return error(report, 'NSM5010', span, `\`${statement.kind}\` belongs in a \`learning\``, {
        hint: context.place === 'phase' ? 'Move it out of the phase.' : 'An inference moves states; a learning moves parameters.',
      });
  }
};

/** The movable that a name means; reports what else the name may be. */
const findMovable = (name: Name, context: StatementContext): Movable | null => {
  const text = spell(name);
  const found = context.movables.find((movable) => movable.name === text);
  if (found !== undefined) return found;
  const { report } = context.states;
  const belief = context.beliefs.find((other) => other.latent === text);
  const coordinates = belief?.coordinates.map((coordinate) => coordinate.name) ?? [];
  if (belief !== undefined)
    return error(report, 'NSM5004', name.span, `\`${text}\` is drawn from its belief and cannot be moved itself`, {
      hint: `Move ${coordinates.length === 0 ? 'the parameters of its belief' : `its ${coordinates.length === 1 ? 'coordinate' : 'coordinates'} ${quoted(coordinates)}`}.`,
    });
  if (context.parameters.includes(text))
    return error(report, 'NSM5004', name.span, `\`${text}\` is a parameter, and an inference moves states`, {
      hint: 'Parameters descend in a `learning`.',
    });
  const variable = context.model.variables.find((other) => other.name === text);
  if (variable !== undefined)
    return error(report, 'NSM5004', name.span, `\`${text}\` is observed: its values are given`, {
      hint: `To let it move, write \`free ${text}\` first.`,
    });
  return error(report, 'NSM2001', name.span, `nothing is called \`${text}\` here`, {
    hint: didYouMean(text, context.movables.map((movable) => movable.name), 'Nothing can be moved here: declare a `belief` first.'),
  });
};

const checkStart = (statement: StartStatement, context: StatementContext): InferenceStatement | null => {
  const { states } = context;
  const { report } = states;
  const targets = statement.targets.map((target) => findMovable(target, context));
  for (const target of targets) if (target !== null) context.started.add(target.name);
  // A target with an error counts as started: nothing more is said about it.
  for (const target of statement.targets) context.started.add(spell(target));
  const value = startValue(statement, context);
  if (value === null || targets.some((target) => target === null)) return null;
  if (value.kind === 'value') {
    const { checked } = value;
    for (const target of targets as Movable[]) {
      if (!within(checked.axes, target.indices))
        return error(report, 'NSM3012', checked.span, `\`${target.name}\` is ${showAxes(target.indices)}, and this is ${showAxes(checked.axes)}`, {
          hint: 'A start has the axes of what it starts, or fewer.',
        });
      if (!fits(checked.domain, target.support))
        return error(report, 'NSM3006', checked.span, `\`${target.name}\` is ${target.support.kind}, and this is ${describe(checked.domain)}`, {
          hint: target.support.kind === 'unit' ? 'Wrap it in `sigmoid(...)` or `hard_sigmoid(...)`.' : null,
        });
    }
  }
  const plain: StartValue = value.kind === 'value' ? { kind: 'value', value: value.checked.expression } : value;
  return { kind: 'start', targets: targets.map((target) => target!.name), value: plain, span: statement.span };
};

type CheckedStart =
  | { readonly kind: 'value'; readonly checked: NonNullable<ReturnType<typeof evaluate>> }
  | Exclude<StartValue, { readonly kind: 'value' }>;

const startValue = (statement: StartStatement, { states }: StatementContext): CheckedStart | null => {
  const { value } = statement;
  if (value.kind === 'by') {
    if (value.method.text === 'feedforward') return { kind: 'feedforward' };
    return error(states.report, 'NSM5020', value.method.span, `there is no start called \`${value.method.text}\``, {
      hint: 'Write `start ... by feedforward`, or `start ... = value`.',
    });
  }
  const random = randomInitialiser(value, states);
  if (random === null) return null;
  if (random !== undefined) return { kind: 'random', initialiser: random };
  const checked = evaluate(value, states);
  return checked === null ? null : { kind: 'value', checked };
};

const checkRepeat = (statement: RepeatStatement, context: StatementContext): InferenceStatement | null => {
  const { report } = context.states;
  const times = evaluate(statement.times, context.settings);
  if (times !== null && times.axes.length > 0)
    error(report, 'NSM3007', times.span, `\`repeat\` takes one number, and this is ${showAxes(times.axes)}`);
  else if (times !== null && !times.domain.integer)
    error(report, 'NSM3006', times.span, `\`repeat\` needs int, and this is ${describe(times.domain)}`, {
      hint: 'Declare it as `int`, or round it with `floor(...)`.',
    });
  const scope = newScope(context.settings.scope);
  scope.names.set('change', {
    kind: 'value',
    value: { expression: read('change'), axes: [], domain: domains.positive },
    span: null,
  });
  const until = statement.until === null ? null : evaluate(statement.until, { ...context.settings, scope });
  const body = checkStatements(statement.body, { ...context, repeated: true });
  if (times === null) return null;
  return { kind: 'repeat', times: times.expression, until: until?.expression ?? null, body, span: statement.span };
};

const checkDescend = (statement: DescendStatement, context: StatementContext): InferenceStatement | null => {
  const { report } = context.states;
  if (statement.through !== null)
    error(report, 'NSM5010', statement.through.span, '`through inference` belongs in a `learning`', {
      hint: 'Inside an inference every step takes the states as they are.',
    });
  if (statement.when !== null)
    error(report, 'NSM5010', statement.span, '`at end` and `at each step` belong in a `learning`', {
      hint: 'Inside an inference the place of the line says when it runs.',
    });
  const objective = checkObjective(statement.objective, statement.withMean, null, context.settings);
  const targets = statement.over.map((name) => ({ name, movable: findMovable(name, context) }));
  for (const { name } of targets) context.moved.add(spell(name));
  const known = targets.flatMap(({ movable }) => (movable === null ? [] : [movable]));
  const by = checkDynamicsCall(statement.by, known, context);
  if (objective === null || by === null || known.length < targets.length) return null;
  if (!objectiveReaches(objective, targets, context)) return null;
  if (usesNaturalGradient(by.dynamics)) {
    const wrong = targets.find(({ movable }) => movable?.kind !== 'coordinate');
    if (wrong !== undefined)
      return error(report, 'NSM5012', statement.by.span, `\`${by.dynamics.name}\` takes the natural gradient, and \`${spell(wrong.name)}\` is not a coordinate of a belief`, {
        secondary: [{ span: wrong.name.span, label: 'moved here' }],
        hint: 'The natural gradient is measured by the distribution that the coordinates describe. Use a dynamics with `grad`.',
      });
  }
  for (const { name, movable } of targets)
    if (context.place === 'inference' && movable !== null && !context.started.has(movable.name)) {
      error(report, 'NSM5006', name.span, `\`${movable.name}\` is moved before it has a value`, {
        hint: `Start it above: \`start ${movable.name} = ...\`.`,
      });
      context.started.add(movable.name);
    }
  return { kind: 'descend', objective, over: known.map((movable) => movable.name), by, span: statement.span };
};

/** `free_energy` is a function of beliefs, `energy` of the variables themselves. */
const objectiveReaches = (
  objective: Objective,
  targets: readonly { readonly name: Name; readonly movable: Movable | null }[],
  context: StatementContext,
): boolean => {
  const { report } = context.states;
  if (objective.kind === 'free_energy' && !everyLatentHasBelief(objective, context)) return false;
  for (const { name, movable } of targets) {
    const coordinate = movable?.kind === 'coordinate';
    if (objective.kind === 'free_energy' && !coordinate) {
      error(report, 'NSM5004', name.span, `\`${spell(name)}\` has no belief, and \`free_energy\` is a function of beliefs`, {
        secondary: [{ span: objective.span, label: 'descends this' }],
        hint: 'Descend `energy` over variables themselves.',
      });
      return false;
    }
    if (objective.kind === 'energy' && coordinate) {
      error(report, 'NSM5004', name.span, `\`${spell(name)}\` describes a belief, and \`energy\` is a function of the variables themselves`, {
        secondary: [{ span: objective.span, label: 'descends this' }],
        hint: 'Descend `free_energy` over beliefs.',
      });
      return false;
    }
  }
  return true;
};

export const everyLatentHasBelief = (
  objective: Objective,
  context: Pick<StatementContext, 'model' | 'beliefs' | 'states'>,
): boolean => {
  const { model, beliefs, states } = context;
  const lacking = model.variables.filter(
    (variable) => variable.role === 'latent' && !beliefs.some((belief) => belief.latent === variable.name),
  );
  if (lacking.length === 0 && beliefs.length > 0) return true;
  const names = lacking.map((variable) => variable.name);
  error(
    states.report,
    'NSM5005',
    objective.span,
    names.length === 0
      ? `\`${model.name}\` has no latent variable to hold a belief about`
      : `${quoted(names)} of \`${model.name}\` ${names.length === 1 ? 'has' : 'have'} no belief`,
    { hint: names.length === 0 ? 'Descend `energy`.' : `The free energy is an average over beliefs. Add \`belief ${names[0]} natural u\`.` },
  );
  return false;
};

const checkRolling = (statement: Extract<Statement, { kind: 'rolling' }>, context: StatementContext): InferenceStatement | null => {
  const { report } = context.states;
  const { what, span } = statement;
  if (what.text !== 'prior')
    return error(report, 'NSM5020', what.span, `only the prior can roll, not \`${what.text}\``, {
      hint: 'Write `rolling prior`: from there on the prior is the belief just reached.',
    });
  if (context.beliefs.length === 0)
    return error(report, 'NSM5005', span, 'there is no belief that could become the prior', {
      hint: 'Declare one: `belief z natural u`.',
    });
  if (!context.repeated)
    return error(report, 'NSM5010', span, '`rolling prior` stands inside a `repeat`', {
      hint: 'Outside of one the belief has not moved yet.',
    });
  return { kind: 'rolling', span };
};

const checkVariableNames = (names: readonly Name[], context: StatementContext): readonly string[] | null => {
  const variables = context.model.variables.map((variable) => variable.name);
  let sound = true;
  for (const name of names) {
    if (variables.includes(spell(name))) continue;
    error(context.states.report, 'NSM2001', name.span, `\`${context.model.name}\` has no variable \`${spell(name)}\``, {
      hint: didYouMean(spell(name), variables),
    });
    sound = false;
  }
  return sound ? names.map(spell) : null;
};

/** `by Dynamics(...)` for what it moves. */
const checkDynamicsCall = (
  call: CallExpression,
  moved: readonly Movable[],
  context: StatementContext,
): BoundDynamics | null => {
  const { loaded, dynamicsOf, settings } = context;
  const found = findDeclaration(loaded, spell(call.callee), call.callee.span, 'dynamics', settings.report);
  const dynamics = found === null ? null : dynamicsOf(found);
  if (dynamics === null) return null;
  return bindDynamics(call, dynamics, sharedAxes(moved), settings);
};

export const sharedAxes = (moved: readonly { readonly indices: readonly Index[] }[]): readonly Index[] =>
  (moved[0]?.indices ?? []).filter((index) => moved.every((other) => other.indices.includes(index)));
