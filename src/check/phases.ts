/** `phase` statements of a learning: what is clamped and sampled, and from where it goes on. */
import { removal, replacement } from '../diagnostics/fixes.ts';
import type { Span } from '../syntax/span.ts';
import type { PhaseStatement } from '../syntax/tree.ts';
import type { Environment } from './expressions.ts';
import type { CheckedModel, Lookups } from './models.ts';
import type { StatementContext } from './movables.ts';
import { error, spell } from './scope.ts';
import type { Loaded } from './session.ts';
import { checkStatements } from './statements.ts';
import { didYouMean } from './suggest.ts';
import type { Inference, Param, Phase } from './typed.ts';

export interface LearningContext {
  readonly loaded: Loaded;
  readonly lookups: Lookups;
  readonly model: CheckedModel;
  readonly inference: Inference;
  readonly params: readonly Param[];
  readonly settings: Environment;
  readonly states: Environment;
  readonly phases: readonly string[];
  readonly local: Span | null;
  readonly moved: Set<string>;
}

export const checkPhase = (
  phase: PhaseStatement,
  earlier: readonly PhaseStatement[],
  context: LearningContext,
): Phase => {
  const { report } = context.states;
  const { model } = context.model;
  const twice = earlier.find((other) => spell(other.name) === spell(phase.name));
  if (twice !== undefined)
    error(report, 'NSM2006', phase.name.span, `there are two phases \`${spell(phase.name)}\``, {
      secondary: [{ span: twice.name.span, label: 'the first one' }],
      hint: 'Rename one of the two.',
    });
  let from: string | null = null;
  let persist: Phase['persist'] = null;
  const begins = phase.body.filter((statement) => statement.kind === 'from' || statement.kind === 'persist');
  for (const statement of begins) {
    const first = begins.find(({ kind }) => kind === statement.kind)!;
    if (statement !== first)
      error(report, 'NSM5059', statement.span, `a phase has one \`${statement.kind}\``, {
        secondary: [{ span: first.span, label: 'the first one' }],
        hint:
          statement.kind === 'from'
            ? 'It begins where one phase ended: leave one of the two out.'
            : 'Leave one out: `persist per chain` keeps a state for each place in the batch, `persist per example` one for each row of the data.',
        fixes: [removal(statement.span, 'this one'), removal(first.span, 'the first one')],
      });
    else if (statement.kind === 'from') {
      const names = earlier.map((other) => spell(other.name));
      from = spell(statement.phase);
      if (!names.includes(from))
        error(report, 'NSM5018', statement.phase.span, `there is no phase \`${from}\` before this one`, {
          hint: didYouMean(from, names, 'A phase begins where an earlier one ended.'),
        });
    } else {
      const { text, span } = statement.per;
      if (text === 'chain' || text === 'example') persist = text;
      else
        error(report, 'NSM5020', span, `states cannot persist per \`${text}\``, {
          hint: 'Write `persist per chain`, or `persist per example`.',
          fixes: ['chain', 'example'].map((known) => replacement(span, known)),
        });
    }
  }
  const statements: StatementContext = {
    place: 'phase',
    loaded: context.loaded,
    dynamicsOf: context.lookups.dynamicsOf,
    model,
    beliefs: [],
    movables: model.variables.map(({ name, role, indices, support }) => ({
      name,
      kind: role,
      indices,
      support,
    })),
    parameters: context.params.map((param) => param.name),
    states: context.states,
    settings: context.settings,
    repeated: false,
    started: new Set(),
    moved: new Set(),
  };
  const body = checkStatements(phase.body, statements);
  return { name: spell(phase.name), from, persist, body, span: phase.span };
};
