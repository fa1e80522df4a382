/** The statements of inferences and phases: what starts, what repeats, what moves what. */
import { read } from '../calculus/build.ts';
import { didYouMean } from './suggest.ts';
import type { RepeatStatement, StartStatement, Statement } from '../syntax/tree.ts';
import { within } from './axes.ts';
import { checkDescend } from './descents.ts';
import { evaluate } from './expressions.ts';
import {
  checkDynamicsCall,
  checkVariableNames,
  findMovable,
  type Movable,
  type StatementContext,
} from './movables.ts';
import { randomInitialiser } from './parameters.ts';
import { error, newScope, showAxes, spell } from './scope.ts';
import { describe, domains, fits } from './supports.ts';
import type { InferenceStatement, StartValue } from './typed.ts';
/** Checks statements in order; wrong ones are reported and left out. */
export const checkStatements = (
  statements: readonly Statement[],
  context: StatementContext,
): readonly InferenceStatement[] =>
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
      const over = statement.over === null ? null : checkVariableNames(statement.over, context);
      const by = checkDynamicsCall(statement.by, [], context);
      if (by === null || (statement.over !== null && over === null)) return null;
      return { kind: 'interneurons', over, by, span };
    }
    case 'set':
      return checkSet(statement, context);
    case 'free':
    case 'clamp':
    case 'sample': {
      const names = checkVariableNames(statement.names, context);
      return names === null ? null : { kind: statement.kind, names, span };
    }
    case 'draw': {
      const names = checkVariableNames(statement.names, context);
      // In a phase observed variables are as free as others.
      const movable =
        context.place === 'phase' ||
        (names !== null && statement.names.every((name) => findMovable(name, context) !== null));
      const by = statement.by === null ? null : checkDynamicsCall(statement.by, [], context);
      const steps = statement.steps === null ? null : evaluate(statement.steps, context.settings);
      for (const name of statement.names) context.started.add(spell(name));
      if (names === null || !movable || (statement.by !== null && by === null)) return null;
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
        hint:
          context.place === 'phase'
            ? 'Move it out of the phase.'
            : 'An inference moves states; a learning moves parameters.',
      });
  }
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
  const coordinate = targets.find((target) => target?.kind === 'coordinate');
  if (value.kind === 'feedforward' && coordinate)
    return error(
      report,
      'NSM5004',
      statement.span,
      `\`${coordinate.name}\` describes a belief, and only a variable itself has a force that a feed-forward start could solve`,
      { hint: `Start it yourself: \`start ${coordinate.name} = ...\`.` },
    );
  if (value.kind === 'value') {
    const { checked } = value;
    for (const target of targets as Movable[]) {
      if (!within(checked.axes, target.indices))
        return error(
          report,
          'NSM3012',
          checked.span,
          `\`${target.name}\` is ${showAxes(target.indices)}, and this is ${showAxes(checked.axes)}`,
          {
            hint: 'A start has the axes of what it starts, or fewer.',
          },
        );
      if (!fits(checked.domain, target.support))
        return error(
          report,
          'NSM3006',
          checked.span,
          `\`${target.name}\` is ${target.support.kind}, and this is ${describe(checked.domain)}`,
          {
            hint: target.support.kind === 'unit' ? 'Wrap it in `sigmoid(...)` or `hard_sigmoid(...)`.' : null,
          },
        );
    }
  }
  const plain: StartValue =
    value.kind === 'value' ? { kind: 'value', value: value.checked.expression } : value;
  return {
    kind: 'start',
    targets: targets.map((target) => target!.name),
    value: plain,
    span: statement.span,
  };
};

type CheckedStart =
  | { readonly kind: 'value'; readonly checked: NonNullable<ReturnType<typeof evaluate>> }
  | Exclude<StartValue, { readonly kind: 'value' }>;

const startValue = (statement: StartStatement, { states }: StatementContext): CheckedStart | null => {
  const { value } = statement;
  if (value.kind === 'by') {
    if (value.method.text === 'feedforward') return { kind: 'feedforward' };
    return error(
      states.report,
      'NSM5020',
      value.method.span,
      `there is no start called \`${value.method.text}\``,
      {
        hint: 'Write `start ... by feedforward`, or `start ... = value`.',
      },
    );
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
  return {
    kind: 'repeat',
    times: times.expression,
    until: until?.expression ?? null,
    body,
    span: statement.span,
  };
};

const checkRolling = (
  statement: Extract<Statement, { kind: 'rolling' }>,
  context: StatementContext,
): InferenceStatement | null => {
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

/** `set nudge = beta`: a setting of the model that is a plain number. */
const checkSet = (
  statement: Extract<Statement, { kind: 'set' }>,
  context: StatementContext,
): InferenceStatement | null => {
  const { settings } = context;
  const name = spell(statement.target);
  const known = context.model.settings.filter(({ kind }) => kind !== 'dim');
  const found = known.find((setting) => setting.name === name);
  const value = evaluate(statement.value, settings);
  if (found === undefined)
    return error(
      settings.report,
      'NSM2001',
      statement.target.span,
      `\`${context.model.name}\` has no setting \`${name}\``,
      {
        hint: didYouMean(
          name,
          known.map((setting) => setting.name),
          `\`set\` gives a setting of the model another value from here on: declare it, as in \`model ${context.model.name}(${name}: real = 0)\`.`,
        ),
      },
    );
  if (value === null) return null;
  if (value.axes.length > 0)
    return error(
      settings.report,
      'NSM3007',
      value.span,
      `\`${name}\` is a single number, and this is ${showAxes(value.axes)}`,
    );
  return { kind: 'set', name, value: value.expression, span: statement.span };
};
