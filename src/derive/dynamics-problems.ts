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
import { otherWords, replacement } from '../diagnostics/fixes.ts';
import { ratiosOf, type Proposal, type Ratio } from './acceptance.ts';
import { conditionalLaw } from './conditional.ts';
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
    ratio.kind === 'none' ? [ratioProblem(ratio, step)] : [],
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

const ratioProblem = (
  { why, at, mend }: Extract<Ratio, { kind: 'none' }>,
  { span }: Proposal,
): Diagnostic => {
  const hint = mend ?? forms;
  return at === null
    ? error('NSM5043', span, `no acceptance ratio can be derived for this proposal: ${why}`, { hint })
    : error('NSM5046', at.span, why, { secondary: [{ span, label: 'the proposal' }], hint });
};
const forms =
  "A proposal is `s' = mean + scale * noise`, `s' = s * exp(scale * noise)`, `s' = start + width * uniform`, `s' = where(uniform < chance, a, b)`, or `integrate` of a palindrome of parts from fresh momenta.";

const useProblems = (model: Model, body: readonly InferenceStatement[]): readonly Diagnostic[] =>
  allStatements(body).flatMap((statement) => {
    if (statement.kind === 'draw' && statement.by !== null) {
      const { by } = statement;
      return statement.names
        .map((name) => variableOf(model, name))
        .filter(({ distribution }) => distribution !== null && !drawsExactly(distribution.family))
        .flatMap((variable) => supportProblems(model, variable, by));
    }
    if (statement.kind !== 'descend' || statement.objective.kind !== 'energy') return [];
    const variables = statement.over.map((name) => variableOf(model, name));
    return [
      ...valueProblems(model, statement.by, statement.over),
      ...variables.flatMap((variable) => supportProblems(model, variable, statement.by)),
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
        fixes: dynamics.settings.some(({ name }) => name === 'dt')
          ? [otherWords(span, dynamics.name, 'Langevin')]
          : [],
      },
    ),
  ];
};

/** Moves that would leave the values that a variable can take. */
const supportProblems = (
  model: Model,
  variable: Variable,
  { dynamics, span }: BoundDynamics,
): readonly Diagnostic[] => {
  const { name, support } = variable;
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
          : conditionalLaw(model, variable).kind === 'law'
            ? 'Use `Gibbs` or `sample`, which draw it given all others.'
            : waysWithoutLaw(variable),
        fixes: [
          ...(isTwoValued || conditionalLaw(model, variable).kind === 'law' ? ['Gibbs()'] : []),
          ...(isTwoValued ? ['Flips()'] : []),
        ].map((other) => replacement(span, other)),
      },
    ),
  ];
};

/** What moves a variable that has no known law given all others. */
export const waysWithoutLaw = ({ name, support: { kind } }: Variable): string => {
  if (!unwalkable.has(kind))
    return `Move \`${name}\` by a dynamics that follows the gradient: \`descend energy over ${name} by Langevin(dt = 0.01)\`.`;
  return kind === 'count' || kind === 'integer'
    ? `Give \`${name}\` a family that makes its law known, or move it by a dynamics that proposes whole numbers: \`nsm explain NSM5045\` has one.`
    : `Give \`${name}\` a family that makes its law known, or a support that steps do not leave.`;
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
