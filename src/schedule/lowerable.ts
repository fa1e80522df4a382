/** What the compiler understands but cannot run yet, or cannot derive: one clear error each, before anything is lowered. */
import type { Belief, Inference, InferenceStatement, Learning, Model } from '../check/typed.ts';
import { isComplete } from '../derive/belief.ts';
import { beliefGradients } from '../derive/natural-gradient.ts';
import { one } from '../calculus/build.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Span } from '../syntax/span.ts';
import { canDraw, isDiscrete } from './draw.ts';
import { mainRepeat } from './inference.ts';

const notYet = (span: Span, what: string, hint: string | null = null): Diagnostic =>
  error('NSM5090', span, `${what} is understood but cannot be compiled yet.`, hint === null ? {} : { hint });

export const lowerable = (model: Model): readonly Diagnostic[] => [
  ...model.energies.map(({ span, name }) => notYet(span, `The energy term \`${name}\``)),
  ...model.variables
    .filter(({ role }) => role === 'state')
    .map(({ span, name }) => notYet(span, `The state \`${name}\``)),
  ...model.variables
    .filter(({ distribution }) => distribution !== null && distribution.family.logPartition === null)
    .map(({ span, distribution }) =>
      notYet(span, `A layer of the family ${distribution!.family.name}, whose log-partition is intractable,`),
    ),
];

export const inferenceProblems = (inference: Inference): readonly Diagnostic[] => {
  const { repeat } = mainRepeat(inference);
  const first = inference.body.findIndex(({ kind }) => kind === 'repeat');
  return [
    ...inference.body.flatMap((statement, i) => outerProblem(statement, first >= 0 && i > first)),
    ...(repeat?.kind === 'repeat' ? repeat.body.flatMap(turnProblem) : []),
    ...(repeat?.kind === 'repeat' && repeat.until !== null
      ? [notYet(repeat.span, 'A repetition with `until`')]
      : []),
    ...inference.beliefs.flatMap((belief) => beliefProblem(inference, belief)),
  ];
};

const outerProblem = (statement: InferenceStatement, afterLoop: boolean): readonly Diagnostic[] => {
  if (statement.kind === 'repeat') return afterLoop ? [notYet(statement.span, 'A second repetition')] : [];
  if (statement.kind === 'start')
    return statement.value.kind === 'value' ? [] : [notYet(statement.span, 'This start')];
  return [notYet(statement.span, `\`${statement.kind}\` outside of a repetition`)];
};

const turnProblem = (statement: InferenceStatement, i: number): readonly Diagnostic[] => {
  if (statement.kind === 'rolling')
    return i === 0
      ? []
      : [
          notYet(
            statement.span,
            '`rolling prior` after another statement',
            'make it the first statement of the repetition',
          ),
        ];
  if (statement.kind !== 'descend')
    return [notYet(statement.span, `\`${statement.kind}\` inside a repetition`)];
  const { dynamics } = statement.by;
  const objective =
    statement.objective.kind === 'free_energy'
      ? []
      : [notYet(statement.objective.span, 'Descent of an energy')];
  const rule =
    dynamics.steps.length > 0
      ? []
      : [notYet(statement.by.span, `The dynamics ${dynamics.name}, which has no \`<-\` line,`)];
  return [...objective, ...rule];
};

const beliefProblem = (inference: Inference, belief: Belief): readonly Diagnostic[] => {
  const { family } = belief.distribution;
  if (!isComplete(belief))
    return [
      error(
        'NSM5091',
        belief.span,
        `The parameters of ${family.name} cannot be computed from its natural parameters here.`,
        {
          hint: `give the coordinates yourself, as in \`belief ${belief.latent} ~ ${family.name}(${family.parameters.map(({ name }) => `${name} = ${name[0]}`).join(', ')})\``,
        },
      ),
    ];
  if (!canDraw(belief.distribution))
    return [
      error(
        'NSM5092',
        belief.span,
        `There is no way to draw from ${family.name}: its support is continuous and it has no \`pathwise\` line.`,
        {
          hint: 'add `pathwise EXPRESSION` to the family: a draw as a function of its parameters and standard noise',
        },
      ),
    ];
  if (!belief.exact) return [];
  const exact = beliefGradients(
    inference.model,
    inference,
    belief,
    { kind: 'free_energy', klWeight: one, kl: 'exact', span: belief.span },
    'model',
  ).exact;
  return exact
    ? []
    : [
        error(
          'NSM5093',
          belief.span,
          `The expectation over ${belief.latent} has no closed form here: the free energy is not quadratic in it.`,
          { hint: 'leave out `exact`: the belief is then drawn' },
        ),
      ];
};

export const learningProblems = (learning: Learning): readonly Diagnostic[] => [
  ...learning.phases.map(({ span }) => notYet(span, 'A phase')),
  ...learning.steps.flatMap((step) => {
    if (step.kind === 'predict') return [notYet(step.span, '`predict`')];
    const objective =
      step.objective.kind === 'free_energy' ? [] : [notYet(step.objective.span, 'Learning by an energy')];
    const rule =
      step.by.dynamics.steps.length > 0
        ? []
        : [notYet(step.by.span, `The dynamics ${step.by.dynamics.name}, which has no \`<-\` line,`)];
    const { through } = step;
    if (through === null) return [...objective, ...rule];
    const { estimator } = through;
    const blocked = learning.inference.beliefs.filter(({ distribution }) => {
      if (estimator.kind === 'straight_through') return false;
      if (estimator.kind === 'score') return true;
      if (estimator.kind === 'pathwise') return isDiscrete(distribution);
      return distribution.family.pathwise === null;
    });
    return [
      ...objective,
      ...rule,
      ...blocked.map(({ distribution, latent }) =>
        error(
          'NSM5094',
          through.span,
          `\`${estimator.kind}\` cannot differentiate through draws of ${latent}: ${reason(estimator.kind, distribution.family.name)}.`,
          {
            hint: 'use `straight_through`, or `relaxed(temperature)` where the family has a `pathwise` line',
          },
        ),
      ),
    ];
  }),
];

const reason = (kind: string, family: string): string => {
  if (kind === 'pathwise') return `${family} is discrete, so a draw does not move smoothly`;
  if (kind === 'relaxed') return `${family} has no \`pathwise\` line to relax`;
  return 'the score of a whole inference is not derived yet';
};
