/** Variables that are drawn from a law, or put at its mean, where there is none. */
import type {
  BoundDynamics,
  Checked,
  Inference,
  InferenceStatement,
  Learning,
  Model,
  Variable,
} from '../check/typed.ts';
import { readNames } from '../calculus/substitute.ts';
import { startFixes } from '../check/value-fixes.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic, Fix } from '../diagnostics/diagnostic.ts';
import { replacement, withoutWords } from '../diagnostics/fixes.ts';
import type { Span } from '../syntax/span.ts';
import { conditionalLaw, conditionalMean, lawFormulas } from './conditional.ts';
import { unwalkable, waysWithoutLaw } from './dynamics-problems.ts';
import { energyOf } from './energy.ts';
import { variableOf } from './free-energy.ts';
import { withMean } from './marginal.ts';
import { samplerOf } from './family/sampler.ts';

export const conditionalProblems = ({ inferences, learnings }: Checked): readonly Diagnostic[] => [
  ...inferences.flatMap(inferenceProblems),
  ...learnings.flatMap(learningProblems),
];

const inferenceProblems = ({ model, body }: Inference): readonly Diagnostic[] => [
  ...lawProblems(model, body),
  ...orderProblems(model, body, given(model, body)).problems,
];

const learningProblems = ({ model, inference, phases, steps }: Learning): readonly Diagnostic[] => {
  const before = new Set([
    ...model.variables.filter(({ role }) => role === 'observed').map(({ name }) => name),
    ...inference.beliefs.map(({ latent }) => latent),
    ...orderProblems(model, inference.body, new Set()).known,
  ]);
  const ends = new Map<string, ReadonlySet<string>>();
  const ofPhases = phases.flatMap(({ name, from, body }) => {
    // What persists is there from the second iteration on; the first one needs values too.
    const begin = new Set([...before, ...(ends.get(from ?? '') ?? [])]);
    const { problems, known } = orderProblems(model, body, begin);
    ends.set(name, known);
    return [...lawProblems(model, body), ...problems];
  });
  return [
    ...ofPhases,
    ...steps.flatMap((step) => (step.kind === 'descend' ? meanProblems(model, step) : [])),
  ];
};

/** Observed variables that are not freed have values from the start. */
const given = (model: Model, body: readonly InferenceStatement[]): ReadonlySet<string> => {
  const free = new Set(flat(body).flatMap((one) => (one.kind === 'free' ? one.names : [])));
  const observed = model.variables.filter(({ role, name }) => role === 'observed' && !free.has(name));
  return new Set(observed.map(({ name }) => name));
};

const flat = (body: readonly InferenceStatement[]): readonly InferenceStatement[] =>
  body.flatMap((one) => (one.kind === 'repeat' ? flat(one.body) : [one]));

const movedIn = (body: readonly InferenceStatement[]): readonly string[] =>
  flat(body).flatMap((one) => {
    if (one.kind === 'sample' || one.kind === 'draw') return one.names;
    if (one.kind === 'start') return one.targets;
    return one.kind === 'descend' ? one.over : [];
  });

/** Variables that statements draw, or put at the mean, given all others. */
export const drawnIn = (body: readonly InferenceStatement[]): readonly string[] =>
  flat(body).flatMap((statement) => {
    if (statement.kind === 'sample') return statement.names;
    return statement.kind === 'descend' && asks(statement.by, '@conditional_draw', '@conditional_mean')
      ? statement.over
      : [];
  });

// What has no law.

const lawProblems = (model: Model, body: readonly InferenceStatement[]): readonly Diagnostic[] =>
  flat(body).flatMap((statement) => {
    switch (statement.kind) {
      case 'sample':
        return statement.names.flatMap((name) =>
          drawProblem(model, name, statement.span, walkFixes(variableOf(model, name), statement)),
        );
      case 'descend':
        return statement.objective.kind === 'energy'
          ? statement.over.flatMap((name) => askedProblem(model, name, statement.by))
          : asks(statement.by, '@conditional_draw', '@conditional_mean')
            ? [
                noLaw(
                  statement.by.span,
                  `${statement.by.dynamics.name} draws variables given all others, and \`free_energy\` is a function of beliefs`,
                  'Descend `energy` over the variables themselves.',
                ),
              ]
            : [];
      case 'interneurons':
        return servedProblems(model, statement.over, statement.by);
      default:
        return [];
    }
  });

const asks = ({ dynamics }: BoundDynamics, ...names: readonly string[]): boolean =>
  dynamics.steps.some(
    (step) => 'value' in step && [...readNames(step.value)].some((name) => names.includes(name)),
  );

const askedProblem = (model: Model, name: string, by: BoundDynamics): readonly Diagnostic[] => {
  if (!asks(by, '@conditional_draw', '@conditional_mean')) return [];
  const problems = drawProblem(model, name, by.span);
  if (problems.length > 0 || !asks(by, '@conditional_mean')) return problems;
  const variable = variableOf(model, name);
  const found = conditionalLaw(model, variable);
  if (found.kind === 'none' || conditionalMean(found.law) !== null) return [];
  return [
    noLaw(by.span, `the mean of \`${name}\` given all others has no formula`, waysWithoutLaw(variable)),
  ];
};

/** The order of two names of a `draw` the other way about. */
const drawnFirst = (first: string, second: string, span: Span): Fix => ({
  title: `Draw \`${first}\` before \`${second}\``,
  changes: [
    { kind: 'words', span, words: second, text: `${first}, ${second}` },
    { kind: 'words', span, words: first, text: '' },
  ],
});

/** Moves of any size in the place of a draw from a law. */
const walkFixes = (
  { name, support }: Variable,
  { names, span }: { readonly names: readonly string[]; readonly span: Span },
): readonly Fix[] =>
  unwalkable.has(support.kind) || names.length > 1
    ? []
    : [replacement(span, `descend energy over ${name} by Langevin(dt = 0.01)`)];

const drawProblem = (
  model: Model,
  name: string,
  span: Span,
  fixes: readonly Fix[] = [],
): readonly Diagnostic[] => {
  const variable = variableOf(model, name);
  const found = conditionalLaw(model, variable);
  const hint = waysWithoutLaw(variable);
  if (found.kind === 'none')
    return [noLaw(span, `\`${name}\` given all others has no known law: ${found.why}`, hint, fixes)];
  if (found.law.kind !== 'member') return [];
  const sampler = samplerOf(found.law.member.family);
  return sampler.kind === 'none'
    ? [noLaw(span, `\`${name}\` given all others cannot be drawn: ${sampler.why}`, hint)]
    : [];
};

const servedProblems = (
  model: Model,
  over: readonly string[] | null,
  by: BoundDynamics,
): readonly Diagnostic[] => {
  if (asks(by, '@conditional_mean'))
    return [noLaw(by.span, 'interneurons sample their layer: they are not put at a mean', 'Use a sampler.')];
  if (!asks(by, '@conditional_draw')) return [];
  const served = (variable: Variable): boolean =>
    variable.distribution !== null &&
    (over === null ? variable.distribution.family.logPartition === null : over.includes(variable.name));
  return model.variables.filter(served).flatMap((variable) => {
    const sampler = samplerOf(variable.distribution!.family);
    return sampler.kind === 'none'
      ? [noLaw(by.span, `\`${variable.name}\` cannot be drawn: ${sampler.why}`, waysWithoutLaw(variable))]
      : [];
  });
};

const noLaw = (span: Span, message: string, hint: string, fixes: readonly Fix[] = []): Diagnostic =>
  error('NSM5030', span, message, { hint, fixes });

// What is drawn given something that has no value yet.

const orderProblems = (
  model: Model,
  body: readonly InferenceStatement[],
  before: ReadonlySet<string>,
): { readonly problems: readonly Diagnostic[]; readonly known: ReadonlySet<string> } => {
  const known = new Set(before);
  const problems: Diagnostic[] = [];
  for (const statement of flat(body)) {
    if (statement.kind === 'sample' || statement.kind === 'draw')
      for (const name of statement.names) {
        const missing =
          statement.kind === 'sample' ? lackedBy(model, name, known) : lackedParent(model, name, known);
        known.add(name);
        if (missing === null) continue;
        known.add(missing);
        problems.push(
          error(
            'NSM5006',
            statement.span,
            missing === name
              ? `units of \`${name}\` are drawn given each other, and it has no value yet`
              : `\`${name}\` is drawn given \`${missing}\`, which has no value yet`,
            {
              hint:
                statement.kind === 'draw'
                  ? `Draw \`${missing}\` before \`${name}\`, or start it above: \`start ${missing} = ...\`.`
                  : `Start it above: \`start ${missing} = ...\`.`,
              fixes: [
                ...(statement.kind === 'draw' && statement.names.includes(missing) && missing !== name
                  ? [drawnFirst(missing, name, statement.span)]
                  : []),
                ...startFixes(variableOf(model, missing), statement.span),
              ],
            },
          ),
        );
      }
    else movedIn([statement]).forEach((name) => known.add(name));
  }
  return { problems, known };
};

/** A variable without a value that the law of another one reads. */
const lackedBy = (model: Model, name: string, known: ReadonlySet<string>): string | null => {
  const found = conditionalLaw(model, variableOf(model, name));
  if (found.kind === 'none') return null;
  const read = new Set(lawFormulas(found.law).flatMap((formula) => [...readNames(formula)]));
  const lacked = model.variables.find((variable) => read.has(variable.name) && !known.has(variable.name));
  return lacked?.name ?? null;
};

/** A parent of a variable without a value. */
const lackedParent = (model: Model, name: string, known: ReadonlySet<string>): string | null => {
  const given = Object.values(variableOf(model, name).distribution?.arguments ?? {});
  const read = new Set(given.flatMap((argument) => [...readNames(argument)]));
  return model.variables.find((other) => read.has(other.name) && !known.has(other.name))?.name ?? null;
};

// What stands at its mean in a contrast.

const meanProblems = (
  model: Model,
  { objective, span }: Extract<Learning['steps'][number], { kind: 'descend' }>,
): readonly Diagnostic[] => {
  if (objective.kind !== 'contrast' || objective.withMean.length === 0) return [];
  const reduced = withMean(model, energyOf(model), objective.withMean);
  if (reduced.kind === 'energy') return [];
  const names = objective.withMean.map((name) => `\`${name}\``).join(', ');
  return [
    error('NSM5031', objective.span, `${names} cannot stand at the mean: ${reduced.why}`, {
      hint: 'Leave it out after `with mean`: the gradient is then taken at the value that it has at the end of each phase.',
      fixes: [withoutWords(span, `with mean ${objective.withMean.join(', ')}`)],
    }),
  ];
};
