/** `descend` in inferences: which objective reaches which states. */
import type { Fix } from '../diagnostics/diagnostic.ts';
import { removal, replacement, statementMore, withoutWords } from '../diagnostics/fixes.ts';
import type { Span } from '../syntax/span.ts';
import type { DescendStatement, Name } from '../syntax/tree.ts';
import { usesNaturalGradient } from './bound-dynamics.ts';
import { checkDynamicsCall, findMovable, type Movable, type StatementContext } from './movables.ts';
import { checkObjective } from './objectives.ts';
import { error, quoted, spell } from './scope.ts';
import type { InferenceStatement, Model, Objective, Variable } from './typed.ts';
import { startFixes } from './value-fixes.ts';

export const checkDescend = (
  statement: DescendStatement,
  context: StatementContext,
): InferenceStatement | null => {
  const { report } = context.states;
  if (statement.through !== null)
    error(report, 'NSM5010', statement.through.span, '`through inference` belongs in a `learning`', {
      hint: 'Inside an inference every step takes the states as they are.',
      fixes: [removal(statement.through.span, '`through inference`')],
    });
  if (statement.when !== null)
    error(report, 'NSM5010', statement.span, '`at end` and `at each step` belong in a `learning`', {
      hint: 'Inside an inference the place of the line says when it runs.',
      fixes: [withoutWords(statement.span, statement.when === 'end' ? 'at end' : 'at each step')],
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
      return error(
        report,
        'NSM5012',
        statement.by.span,
        `\`${by.dynamics.name}\` takes the natural gradient, and \`${spell(wrong.name)}\` is not a coordinate of a belief`,
        {
          secondary: [{ span: wrong.name.span, label: 'moved here' }],
          hint: 'The natural gradient is measured by the distribution that the coordinates describe. Use a dynamics with `grad`.',
          fixes: [replacement(statement.by.callee.span, 'SGD')],
        },
      );
  }
  for (const { name, movable } of targets)
    if (context.place === 'inference' && movable !== null && !context.started.has(movable.name)) {
      error(report, 'NSM5006', name.span, `\`${movable.name}\` is moved before it has a value`, {
        hint: `Start it above: \`start ${movable.name} = ...\`.`,
        fixes: startFixes(movable, name.span),
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
      error(
        report,
        'NSM5004',
        name.span,
        `\`${spell(name)}\` has no belief, and \`free_energy\` is a function of beliefs`,
        {
          secondary: [{ span: objective.span, label: 'descends this' }],
          hint: 'Descend `energy` over variables themselves.',
          fixes: [replacement(objective.span, 'energy')],
        },
      );
      return false;
    }
    if (objective.kind === 'energy' && coordinate) {
      error(
        report,
        'NSM5004',
        name.span,
        `\`${spell(name)}\` describes a belief, and \`energy\` is a function of the variables themselves`,
        {
          secondary: [{ span: objective.span, label: 'descends this' }],
          hint: 'Descend `free_energy` over beliefs.',
          fixes: [replacement(objective.span, 'free_energy')],
        },
      );
      return false;
    }
  }
  return true;
};

/** A belief in the latent's own family, in coordinates named after it and after the natural parameters. */
const beliefFixes = (
  { settings, parameters, variables }: Model,
  { name, distribution }: Variable,
  at: Span,
): readonly Fix[] => {
  const taken = [...settings, ...parameters, ...variables].map((other) => other.name);
  const coordinates = distribution?.family.natural.map((natural) => `${name}_${natural.name}`) ?? [];
  if (coordinates.length === 0 || coordinates.some((coordinate) => taken.includes(coordinate))) return [];
  return [statementMore('top', at, `belief ${name} natural ${coordinates.join(', ')}`)];
};

export const everyLatentHasBelief = (
  objective: Objective,
  context: Pick<StatementContext, 'model' | 'beliefs' | 'states' | 'place'>,
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
    {
      hint:
        names.length === 0
          ? 'Descend `energy`.'
          : `The free energy is an average over beliefs. Add \`belief ${names[0]} natural u\`.`,
      fixes:
        names.length === 0
          ? [replacement(objective.span, 'energy')]
          : context.place === 'inference'
            ? beliefFixes(model, lacking[0]!, objective.span)
            : [],
    },
  );
  return false;
};
