/** Dynamics that cannot do what they say: no acceptance ratio, no value to decide about, values that they would leave. */
import { readNames } from '../calculus/substitute.ts';
import { formulasOf } from '../check/bound-dynamics.ts';
import type {
  BoundDynamics,
  Checked,
  Dynamics,
  InferenceStatement,
  Model,
  Variable,
} from '../check/typed.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { ratiosOf } from './acceptance.ts';
import { changingEnergy } from './energy.ts';
import { drawsExactly } from './family/sampler.ts';
import { variableOf } from './free-energy.ts';
import { allStatements } from './moved.ts';

export const dynamicsProblems = ({ dynamics, inferences, learnings }: Checked): readonly Diagnostic[] => [
  ...dynamics.flatMap(ratioProblems),
  ...inferences.flatMap(({ model, body }) => useProblems(model, body)),
  ...learnings.flatMap(({ model, phases }) => phases.flatMap(({ body }) => useProblems(model, body))),
];

/** Whether a dynamics asks for something in one of its formulas. */
export const asksFor = (dynamics: Dynamics, ...names: readonly string[]): boolean =>
  formulasOf(dynamics).some((formula) => names.some((name) => readNames(formula).has(name)));

const ratioProblems = (dynamics: Dynamics): readonly Diagnostic[] => [
  ...ratiosOf(dynamics).flatMap(({ ratio, step }) =>
    ratio.kind === 'none'
      ? [
          error('NSM5043', step.span, `no acceptance ratio can be derived for this proposal: ${ratio.why}`, {
            hint: "A proposal is `s' = mean + scale * noise`, `s' = where(uniform < chance, a, b)`, or `integrate` of a palindrome of parts from fresh momenta.",
          }),
        ]
      : [],
  ),
  ...(dynamics.replicas !== null && asksFor(dynamics, '@conditional_draw', '@conditional_mean')
    ? [
        error(
          'NSM5045',
          dynamics.span,
          `the replicas of \`${dynamics.name}\` have temperatures of their own, and a law given all others has that of the model`,
          { hint: 'Move replicas by proposals: `propose ...` and `accept by metropolis_hastings at ...`.' },
        ),
      ]
    : []),
];

const useProblems = (model: Model, body: readonly InferenceStatement[]): readonly Diagnostic[] =>
  allStatements(body).flatMap((statement) => {
    if (statement.kind === 'draw' && statement.by !== null) {
      const { by } = statement;
      return statement.names
        .map((name) => variableOf(model, name))
        .filter(({ distribution }) => distribution !== null && !drawsExactly(distribution.family))
        .flatMap((variable) => supportProblems(variable, by));
    }
    if (statement.kind !== 'descend' || statement.objective.kind !== 'energy') return [];
    const variables = statement.over.map((name) => variableOf(model, name));
    return [
      ...valueProblems(model, statement.by, statement.over),
      ...variables.flatMap((variable) => supportProblems(variable, statement.by)),
    ];
  });

/** A decision compares energies. */
const valueProblems = (
  model: Model,
  { dynamics, span }: BoundDynamics,
  over: readonly string[],
): readonly Diagnostic[] => {
  const decides = dynamics.steps.some(({ kind }) => kind === 'accept' || kind === 'swap');
  const found = decides ? changingEnergy(model, new Set(over)) : null;
  if (found?.kind !== 'none') return [];
  const { layer } = found;
  return [
    error(
      'NSM5044',
      span,
      `\`${dynamics.name}\` compares energies, and this one has no value: the log-partition of \`${layer.name}\` is intractable`,
      {
        secondary: [{ span: layer.span, label: 'its log-partition changes with what is moved' }],
        hint: 'Use a dynamics that needs the gradient alone, such as `Langevin` or `Adaptation`.',
      },
    ),
  ];
};

/** Moves that would leave the values that a variable can take. */
const supportProblems = (
  { name, support }: Variable,
  { dynamics, span }: BoundDynamics,
): readonly Diagnostic[] => {
  const isTwoValued = support.kind === 'binary' || support.kind === 'spin';
  if (asksFor(dynamics, '@flipped') && !isTwoValued)
    return [
      error(
        'NSM5045',
        span,
        `\`${dynamics.name}\` flips units, and \`${name}\` is ${support.kind}: its values have no other side`,
        { hint: 'Flips are for binary units and spins. `Metropolis` walks on numbers.' },
      ),
    ];
  const walks = asksFor(dynamics, '@noise') || dynamics.differentials.length > 0;
  if (!walks || !unwalkable.has(support.kind)) return [];
  return [
    error(
      'NSM5045',
      span,
      `\`${dynamics.name}\` moves by steps of any size, and \`${name}\` is ${support.kind}: that would leave its values`,
      {
        hint: isTwoValued
          ? 'Use `Gibbs`, `Flips`, or `sample`.'
          : 'Use `Gibbs` or `sample`, which draw it given all others.',
      },
    ),
  ];
};

/** Supports whose values are no interval. */
export const unwalkable: ReadonlySet<Variable['support']['kind']> = new Set([
  'binary',
  'spin',
  'count',
  'integer',
  'one_hot',
  'simplex',
]);
