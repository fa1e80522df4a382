/** What the compiler derived, as text: families, models, inference updates, learning rules with certificates. */
import { read } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { replaceReads } from '../calculus/substitute.ts';
import type {
  Belief,
  Checked,
  Inference,
  InferenceStatement,
  Learning,
  Model,
  Variable,
} from '../check/typed.ts';
import { rolledName, samplerOfBelief, withBeliefArguments } from './belief.ts';
import { conditionalOf } from './conjugate.ts';
import { applyDynamics } from './dynamics.ts';
import {
  explainBranches,
  explainStarts,
  type BranchExplanation,
  type StartExplanation,
} from './explain-branches.ts';
import {
  explainDynamics,
  explainJudgements,
  type DynamicsExplanation,
  type JudgementExplanation,
} from './explain-dynamics.ts';
import { explainEnergies, shown, withMeans, type EnergyExplanation } from './explain-energy.ts';
import { drawsText, explainFamily, type FamilyExplanation } from './explain-family.ts';
import {
  beliefText,
  distributionText,
  explainFreeEnergies,
  type FreeEnergyExplanation,
  totalText,
} from './explain-free-energy.ts';
import { explainObjective, type ObjectiveExplanation } from './explain-objective.ts';
import {
  explainRelaxations,
  guardText,
  initialiserText,
  type RelaxationExplanation,
} from './explain-relaxation.ts';
import { explainLaws, type LawExplanation } from './explain-laws.ts';
import { example, surprise, type PriorKind } from './free-energy.ts';
import { beliefGradients } from './natural-gradient.ts';
import { rulesOf, throughOf, type Rule } from './rules.ts';
import { written } from './written.ts';

export interface ModelExplanation {
  readonly model: string;
  readonly doc: string | null;
  readonly parameters: readonly {
    readonly name: string;
    readonly shape: readonly string[];
    readonly support: string;
    readonly initial: string;
  }[];
  readonly variables: readonly {
    readonly name: string;
    readonly role: string;
    readonly shape: readonly string[];
    readonly distribution: string | null;
    /** The exact conditional of a latent given everything else, where it stays in the latent's family. */
    readonly conjugate_posterior: string | null;
  }[];
  readonly surprise: string;
  readonly energies: readonly EnergyExplanation[];
  readonly branches: readonly BranchExplanation[];
  readonly laws: readonly LawExplanation[];
}
export interface InferenceExplanation {
  readonly inference: string;
  readonly state: string;
  readonly belief: string;
  readonly start: string | null;
  readonly natural_gradient: string;
  readonly update: string;
  readonly guards: readonly string[];
  readonly estimator: string;
  /** How the latent is drawn. */
  readonly draws: string;
}
export interface RuleExplanation {
  readonly learning: string;
  readonly objective: ObjectiveExplanation;
  readonly parameter: string;
  readonly rule: string;
  readonly local: boolean;
  readonly local_in: { readonly space: boolean; readonly time: boolean; readonly phase: boolean };
  readonly reads: readonly string[];
  readonly why: string;
}
export interface Explanation {
  readonly families: readonly FamilyExplanation[];
  readonly models: readonly ModelExplanation[];
  readonly starts: readonly StartExplanation[];
  readonly inference: readonly InferenceExplanation[];
  readonly free_energies: readonly FreeEnergyExplanation[];
  readonly relaxations: readonly RelaxationExplanation[];
  readonly judgements: readonly JudgementExplanation[];
  readonly dynamics: readonly DynamicsExplanation[];
  readonly learning: readonly RuleExplanation[];
  /** Axes of the parameters and coordinates that inferences declare. */
  readonly shapes: Readonly<Record<string, readonly string[]>>;
}

export const explain = (file: Checked): Explanation => {
  const checked = withBeliefArguments(file);
  return {
    families: checked.families.map(explainFamily),
    models: checked.models.map((model) => explainModel(checked, model)),
    starts: explainStarts(checked),
    inference: checked.inferences.flatMap(explainInference),
    free_energies: checked.inferences.flatMap(explainFreeEnergies),
    relaxations: explainRelaxations(checked),
    judgements: explainJudgements(checked),
    dynamics: explainDynamics(checked),
    learning: checked.learnings.flatMap(explainLearning),
    shapes: Object.fromEntries(checked.inferences.flatMap(declaredBy)),
  };
};

const declaredBy = ({ parameters, beliefs }: Inference) =>
  [...parameters, ...beliefs.flatMap(({ coordinates }) => coordinates)].map(
    ({ name, indices }) => [name, indices] as const,
  );

const conjugateText = (model: Model, latent: Variable): string | null => {
  const conditional = conditionalOf(model, latent);
  if (conditional.kind === 'none') return null;
  const { family, arguments: given } = latent.distribution!;
  const fixed = family.parameters.filter((parameter) => parameter.fixed).map(({ name }) => name);
  const known = {
    ...conditional.parameters,
    ...Object.fromEntries(fixed.map((name) => [name, given[name]!])),
  };
  const complete = family.parameters.every(({ name }) => known[name] !== undefined);
  const named = complete
    ? family.parameters.map(({ name }) => [name, known[name]!] as const)
    : family.natural.map(({ name }, i) => [name, conditional.naturals[i]!] as const);
  return `${family.name}(${named.map(([name, value]) => `${name} = ${written(value)}`).join(', ')})`;
};

const explainModel = (checked: Checked, model: Model): ModelExplanation => ({
  model: model.name,
  doc: model.doc,
  parameters: model.parameters.map(({ name, indices, support, initial }) => ({
    name,
    shape: indices,
    support: support.kind,
    initial: initialiserText(initial),
  })),
  variables: model.variables.map((variable) => ({
    name: variable.name,
    role: variable.role,
    shape: variable.indices,
    distribution: variable.distribution === null ? null : distributionText(variable.distribution),
    conjugate_posterior: variable.role === 'latent' ? conjugateText(model, variable) : null,
  })),
  surprise: hasSurprise(model) ? totalText(surprise(model, null)) : '',
  energies: explainEnergies(checked, model),
  branches: explainBranches(model),
  laws: explainLaws(checked, model),
});

/** Whether −log p of what is observed can be written. */
const hasSurprise = ({ variables }: Model): boolean => {
  const drawn = variables.flatMap(({ role, distribution }) =>
    role === 'observed' && distribution !== null ? [distribution] : [],
  );
  return drawn.length > 0 && drawn.every(({ family }) => family.logPartition !== null);
};

const explainInference = (inference: Inference): readonly InferenceExplanation[] => {
  const found: InferenceExplanation[] = [];
  const starts = new Map<string, string>();
  const visit = (statements: readonly InferenceStatement[], entry: PriorKind): void => {
    let prior = entry;
    let justRolled = false;
    for (const statement of statements) {
      if (statement.kind === 'start' && statement.value.kind === 'value')
        for (const target of statement.targets) starts.set(target, shown(statement.value.value));
      if (statement.kind === 'rolling') [prior, justRolled] = ['rolled', true];
      if (statement.kind === 'repeat') visit(statement.body, prior);
      if (statement.kind === 'descend') {
        found.push(...explainDescend(inference, statement, prior, justRolled, starts));
        justRolled = false;
      }
    }
  };
  visit(inference.body, 'model');
  return found;
};

const explainDescend = (
  inference: Inference,
  statement: Extract<InferenceStatement, { kind: 'descend' }>,
  prior: PriorKind,
  justRolled: boolean,
  starts: ReadonlyMap<string, string>,
): readonly InferenceExplanation[] => {
  const { objective } = statement;
  if (objective.kind !== 'free_energy') return [];
  return inference.beliefs.flatMap((belief) => {
    if (!belief.coordinates.some(({ name }) => statement.over.includes(name))) return [];
    const found = beliefGradients(inference.model, inference, belief, objective, prior);
    const drawn = belief.exact && found.drawnBecause === null ? null : found.estimator;
    return found.gradients
      .filter(({ coordinate }) => statement.over.includes(coordinate))
      .map(({ coordinate, natural: general, plain }) => {
        const natural = justRolled ? atRolledPrior(general, belief) : general;
        const { indices } = belief.coordinates.find(({ name }) => name === coordinate)!;
        const variable = { name: coordinate, indices: [example, ...indices] };
        const moves = applyDynamics(statement.by, variable, {
          gradient: plain,
          naturalGradient: natural,
          gradientNorm: read('gradient_norm'),
          iteration: read('iteration'),
        });
        const guards = inference.guards.filter(({ target }) => target === coordinate);
        return {
          inference: inference.name,
          state: coordinate,
          belief: beliefText(belief),
          start: starts.get(coordinate) ?? null,
          natural_gradient: shown(natural),
          update: `${coordinate} ← ${shown(moves.value)}`,
          guards: guards.map((guard) => guardText(guard)),
          estimator:
            drawn === null
              ? 'none: the expectation is exact, without a draw'
              : `${drawn.kind.replaceAll('_', ' ')}: ${drawn.why}`,
          draws: drawsText(samplerOfBelief(belief)),
        };
      });
  });
};

/** Right after `rolling prior` the prior is the belief itself: the leak is zero. */
const atRolledPrior = (node: Expression, belief: Belief): Expression =>
  replaceReads(node, ({ name, subscripts }) => {
    const coordinate = belief.coordinates.find((one) => rolledName(one.name) === name);
    return coordinate === undefined ? null : read(coordinate.name, subscripts);
  });

const ruleText = (name: string, step: Rule['step'], direct: string): string => {
  const by = step.by.dynamics.name;
  const when = step.when === 'each_step' ? 'examples and steps' : 'examples';
  const through = throughOf(step);
  if (through === null) return `Δ${name} = ${by}(mean over ${when} of ${direct})`;
  const own = direct === '0' ? 'none' : direct;
  return `Δ${name} = ${by}(−dF/d${name} through all steps by ${through.estimator.kind}; direct part: ${own})`;
};

const explainLearning = (learning: Learning): readonly RuleExplanation[] =>
  rulesOf(learning).map(({ parameter, step, direction, certificate }) => ({
    learning: learning.name,
    objective: explainObjective(learning, step),
    parameter: parameter.name,
    rule: withMeans(learning.model, ruleText(parameter.name, step, shown(direction))),
    local: certificate.local,
    local_in: { space: certificate.space, time: certificate.time, phase: certificate.phase },
    reads: certificate.reads.map((text) => withMeans(learning.model, text)),
    why: certificate.why,
  }));
