/** What the compiler understands but cannot run yet: one clear error each, before anything is lowered. */
import { readNames } from '../calculus/substitute.ts';
import type { Belief, Dynamics, Inference, InferenceStatement, Learning, Model } from '../check/typed.ts';
import { keepsDrawn } from '../derive/belief.ts';
import { divergenceKind } from '../derive/free-energy.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Span } from '../syntax/span.ts';
import { mainRepeat } from './inference.ts';

const notYet = (span: Span, what: string, hint: string | null = null): Diagnostic =>
  error('NSM5090', span, `${what} is understood but cannot be compiled yet`, hint === null ? {} : { hint });

export const lowerable = (model: Model): readonly Diagnostic[] => [
  ...model.energies.map(({ span, name }) => notYet(span, `the energy term \`${name}\``)),
  ...model.variables
    .filter(({ role }) => role === 'state')
    .map(({ span, name }) => notYet(span, `the state \`${name}\``)),
  ...model.variables
    .filter(({ distribution }) => distribution !== null && distribution.family.logPartition === null)
    .map(({ span, distribution }) =>
      notYet(span, `a layer of the family ${distribution!.family.name}, whose log-partition is intractable,`),
    ),
];

export const inferenceProblems = (inference: Inference): readonly Diagnostic[] => {
  const { repeat } = mainRepeat(inference);
  const first = inference.body.findIndex(({ kind }) => kind === 'repeat');
  return [
    ...inference.body.flatMap((statement, i) => outerProblem(statement, first >= 0 && i > first)),
    ...(repeat?.kind === 'repeat' ? repeat.body.flatMap(turnProblem) : []),
    ...(repeat?.kind === 'repeat' && repeat.until !== null
      ? [notYet(repeat.span, 'a repetition with `until`')]
      : []),
    ...inference.beliefs.flatMap((belief) => beliefProblem(inference, belief)),
  ];
};

const outerProblem = (statement: InferenceStatement, afterLoop: boolean): readonly Diagnostic[] => {
  if (statement.kind === 'repeat') return afterLoop ? [notYet(statement.span, 'a second repetition')] : [];
  if (statement.kind === 'start')
    return statement.value.kind === 'value' ? [] : [notYet(statement.span, 'this start')];
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
            'Make it the first statement of the repetition.',
          ),
        ];
  if (statement.kind !== 'descend')
    return [notYet(statement.span, `\`${statement.kind}\` inside a repetition`)];
  const { dynamics } = statement.by;
  const objective =
    statement.objective.kind === 'free_energy'
      ? []
      : [notYet(statement.objective.span, 'descent of an energy')];
  return [...objective, ...ruleProblem(dynamics, statement.by.span)];
};

const ruleProblem = (dynamics: Dynamics, span: Span): readonly Diagnostic[] => {
  if (dynamics.steps.length === 0)
    return [notYet(span, `the dynamics ${dynamics.name}, which has no \`<-\` line,`)];
  const noisy = dynamics.steps.some(({ value }) => readNames(value).has('@noise'));
  return noisy ? [notYet(span, `the dynamics ${dynamics.name}, which reads \`noise\`,`)] : [];
};

const beliefProblem = (inference: Inference, belief: Belief): readonly Diagnostic[] => {
  const { distribution, span } = belief;
  if (keepsDrawn(belief, inference.model))
    return [
      notYet(
        span,
        `a belief that keeps natural parameters of ${distribution.family.name} from a prior that depends on other latents`,
        'Give one coordinate for each natural parameter.',
      ),
    ];
  const drawn = divergenceKind(inference.model, belief, 'model') === 'drawn';
  return drawn && usesPosteriorRate(inference)
    ? [notYet(span, '`kl = posterior_rate` of a belief of another family than its prior')]
    : [];
};

const usesPosteriorRate = ({ body }: Pick<Inference, 'body'>): boolean =>
  body.some(
    (statement) =>
      (statement.kind === 'repeat' && usesPosteriorRate(statement)) ||
      (statement.kind === 'descend' &&
        statement.objective.kind === 'free_energy' &&
        statement.objective.kl === 'posterior_rate'),
  );

export const learningProblems = (learning: Learning): readonly Diagnostic[] => [
  ...learning.phases.map(({ span }) => notYet(span, 'a phase')),
  ...learning.steps.flatMap((step) => {
    if (step.kind === 'predict') return [notYet(step.span, '`predict`')];
    const objective =
      step.objective.kind === 'free_energy' ? [] : [notYet(step.objective.span, 'learning by an energy')];
    return [...objective, ...ruleProblem(step.by.dynamics, step.by.span)];
  }),
];
