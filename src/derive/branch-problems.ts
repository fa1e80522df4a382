/** Feed-forward starts and dendritic rules that a model has no answer to. */
import type { Inference, InferenceStatement, Learning, Variable } from '../check/typed.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic, Fix } from '../diagnostics/diagnostic.ts';
import { otherWords } from '../diagnostics/fixes.ts';
import type { Span } from '../syntax/span.ts';
import { clampedBy, dendrites } from './dendrites.ts';
import { feedforward, feedforwardStarts, knownBefore } from './feedforward.ts';

export const startProblems = (inference: Inference): readonly Diagnostic[] =>
  feedforwardStarts(inference.body).flatMap((statement) =>
    startProblem(inference, statement, knownBefore(inference, statement)),
  );

/** Of the phases of a learning, each of which may go on from where the inference or a phase before it ended. */
export const phaseStartProblems = ({ inference, phases }: Learning): readonly Diagnostic[] =>
  phases.flatMap((phase, i) =>
    feedforwardStarts(phase.body).flatMap((statement) => {
      const before = [inference.body, ...phases.slice(0, i).map(({ body }) => body)].flatMap(startedIn);
      const known = knownBefore({ model: inference.model, body: phase.body }, statement);
      return startProblem(inference, statement, new Set([...known, ...before]));
    }),
  );

type Start = Extract<InferenceStatement, { kind: 'start' }>;

const starts = (body: readonly InferenceStatement[]): readonly Start[] =>
  body.flatMap((statement) => {
    if (statement.kind === 'repeat') return starts(statement.body);
    return statement.kind === 'start' ? [statement] : [];
  });
const startedIn = (body: readonly InferenceStatement[]): readonly string[] =>
  starts(body).flatMap(({ targets }) => targets);

const startProblem = (
  { model }: Inference,
  { targets, span }: Start,
  known: ReadonlySet<string>,
): readonly Diagnostic[] => {
  const plan = feedforward(model, targets, known);
  switch (plan.kind) {
    case 'steps':
      return [];
    case 'unsolvable':
      return [
        unsolvable(
          span,
          plan.variable,
          plan.why,
          `Start it yourself: \`start ${plan.variable.name} = ...\`.`,
          [otherWords(span, 'by feedforward', '= 0')],
        ),
      ];
    case 'unreachable': {
      const names = plan.variables.map(({ name }) => `\`${name}\``).join(', ');
      const [one] = plan.variables;
      return [
        error(
          'NSM5023',
          span,
          `nothing that has a value leads to ${names}: every branch of ${plan.variables.length === 1 ? 'it' : 'each'} reads a state that is not set before`,
          {
            hint: `Start it yourself: \`start ${one!.name} = ...\`, above the others.`,
            fixes: [otherWords(span, 'by feedforward', '= 0')],
          },
        ),
      ];
    }
  }
};

const unsolvable = (
  span: Span,
  { name, span: declared }: Variable,
  why: string,
  hint: string,
  fixes: readonly Fix[] = [],
): Diagnostic =>
  error('NSM5022', span, `the force on \`${name}\` cannot be solved for \`${name}\` itself: ${why}`, {
    secondary: [{ span: declared, label: 'declared here' }],
    hint,
    fixes,
  });

/** Of `predict soma by branch`: what a branch is to predict must be known. */
export const predictionProblems = ({ model, inference, steps }: Learning): readonly Diagnostic[] =>
  steps.flatMap((step) => {
    if (step.kind !== 'predict') return [];
    const found = dendrites(model, step.over, clampedBy(inference));
    return found.kind === 'predictions'
      ? []
      : [
          unsolvable(
            step.span,
            found.variable,
            found.why,
            'Its branches then have no soma to predict. Give it a leak of its own, or descend `energy`.',
          ),
        ];
  });
