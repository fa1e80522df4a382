/** The statements of inferences and phases: what starts, what repeats, what moves what. */
import { read } from '../calculus/build.ts';
import { addition, hoisting, removal, replacement } from '../diagnostics/fixes.ts';
import { didYouMean } from './suggest.ts';
import type { RepeatStatement, Statement } from '../syntax/tree.ts';
import { acceptsSetting } from './bound-dynamics.ts';
import { isCount } from './counts.ts';
import { checkDescend } from './descents.ts';
import { evaluate } from './expressions.ts';
import { checkDynamicsCall, checkVariableNames, findMovable, type StatementContext } from './movables.ts';
import { error, newScope, showAxes, spell, type Report, type Value } from './scope.ts';
import { checkStart } from './starts.ts';
import { describe, domains, fits } from './supports.ts';
import type { InferenceStatement } from './typed.ts';

/** Checks statements in order; wrong ones are reported and left out. */
export const checkStatements = (
  statements: readonly Statement[],
  context: StatementContext,
): readonly InferenceStatement[] =>
  statements.flatMap((statement) => checkStatement(statement, context) ?? []);

const checkStatement = (
  statement: Statement,
  context: StatementContext,
): InferenceStatement | readonly InferenceStatement[] | null => {
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
      if (steps !== null) isCount(steps, '`for`', 0, report);
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
        fixes: context.place === 'inference' ? [hoisting(span)] : [],
      });
    case 'from':
    case 'persist':
      if (context.place === 'phase' && !context.repeated) return null;
      return error(report, 'NSM5010', span, `\`${statement.kind}\` stands at the top of a \`phase\``, {
        hint: 'It says where the phase begins: `phase model { from data; ... }`.',
        fixes: context.place === 'phase' ? [hoisting(span)] : [],
      });
    case 'phase':
    case 'predict':
    case 'local':
      return error(report, 'NSM5010', span, `\`${statement.kind}\` belongs in a \`learning\``, {
        hint:
          context.place === 'phase'
            ? 'Move it out of the phase.'
            : 'An inference moves states; a learning moves parameters.',
        fixes: statement.kind === 'local' ? [removal(span, '`local`')] : [],
      });
  }
};

const checkRepeat = (statement: RepeatStatement, context: StatementContext): InferenceStatement | null => {
  const { report } = context.states;
  const times = evaluate(statement.times, context.settings);
  if (times !== null) isCount(times, '`repeat`', 0, report);
  const scope = newScope(context.settings.scope);
  scope.names.set('change', {
    kind: 'value',
    value: { expression: read('change'), axes: [], domain: domains.positive },
    span: null,
  });
  const until = statement.until === null ? null : evaluate(statement.until, { ...context.settings, scope });
  if (until !== null) checkCondition(until, statement.until?.kind === 'name', report);
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

/** What is read after `until`: true or false for each example. */
const checkCondition = ({ axes, domain, span }: Value, isChange: boolean, report: Report): void => {
  const hint = 'Compare `change` with a number: `until change < 1e-3`.';
  if (axes.length > 0)
    error(report, 'NSM3007', span, `\`until\` takes one condition, and this is ${showAxes(axes)}`, { hint });
  else if (!fits(domain, { kind: 'binary' }))
    error(report, 'NSM3006', span, `\`until\` needs a condition, and this is ${describe(domain)}`, {
      hint,
      fixes: isChange ? [addition(span, ' < 1e-3')] : [],
    });
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
      fixes: [replacement(what.span, 'prior')],
    });
  if (context.beliefs.length === 0)
    return error(report, 'NSM5005', span, 'there is no belief that could become the prior', {
      hint: 'Declare one: `belief z natural u`.',
    });
  if (!context.repeated)
    return error(report, 'NSM5010', span, '`rolling prior` stands inside a `repeat`', {
      hint: 'Outside of one the belief has not moved yet.',
      fixes: [removal(span, '`rolling prior`')],
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
  if (!acceptsSetting(value, found, [], settings.report)) return null;
  return { kind: 'set', name, value: value.expression, span: statement.span };
};
