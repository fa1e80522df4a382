/** What the compiler understands but cannot run yet: one clear error each, before anything is lowered. */
import type { Belief, Dynamics, Inference, InferenceStatement, Learning } from '../check/typed.ts';
import { keepsDrawn } from '../derive/belief.ts';
import { isPlainRule } from '../derive/dynamics.ts';
import { divergenceKind } from '../derive/free-energy.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Span } from '../syntax/span.ts';
import { mainRepeat } from './states.ts';

const notYet = (span: Span, what: string, hint: string | null = null): Diagnostic =>
  error('NSM5090', span, `${what} is understood but cannot be compiled yet`, hint === null ? {} : { hint });

export const inferenceProblems = (inference: Inference): readonly Diagnostic[] => {
  const { repeat } = mainRepeat(inference);
  const after = repeat === null ? [] : inference.body.slice(inference.body.indexOf(repeat) + 1);
  return [
    ...after.map(({ span, kind }) => notYet(span, `\`${kind}\` after the last repetition`)),
    ...inference.body.flatMap((statement, i) => statementProblem(statement, i, false)),
    ...inference.beliefs.flatMap((belief) => beliefProblem(inference, belief)),
  ];
};

const statementProblem = (
  statement: InferenceStatement,
  i: number,
  isRepeated: boolean,
): readonly Diagnostic[] => {
  const { span } = statement;
  switch (statement.kind) {
    case 'repeat':
      return statement.body.flatMap((inner, n) => statementProblem(inner, n, true));
    case 'rolling':
      return isRepeated && i === 0
        ? []
        : [
            notYet(
              span,
              '`rolling prior` after another statement',
              'Make it the first statement of the repetition.',
            ),
          ];
    case 'descend':
      return statement.objective.kind === 'free_energy'
        ? ruleProblem(statement.by.dynamics, statement.by.span)
        : [];
    case 'draw':
    case 'sample':
    case 'start':
    case 'interneurons':
    case 'set':
    case 'free':
    case 'clamp':
      return [];
  }
};

const ruleProblem = (dynamics: Dynamics, span: Span): readonly Diagnostic[] =>
  isPlainRule(dynamics)
    ? []
    : [notYet(span, `the dynamics ${dynamics.name}, which is more than a rule of \`<-\` lines,`)];

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
  const drawn = divergenceKind(inference.model, inference, belief, 'model') === 'drawn';
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
  ...learning.phases.flatMap(({ body }) =>
    body.flatMap((statement, i) => statementProblem(statement, i, false)),
  ),
  ...learning.steps.flatMap((step) => ruleProblem(step.by.dynamics, step.by.span)),
];
