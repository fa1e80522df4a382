/** Learning rules per parameter, with their certificates, and the compile error where `local` is asked and not met. */
import { add, apply, negate, read, zero } from '../calculus/build.ts';
import { dependsOn, derivative } from '../calculus/differentiate.ts';
import { distributeNested } from '../calculus/expand.ts';
import { simplest } from '../calculus/collect.ts';
import type { Expression, Index, Read } from '../calculus/expression.ts';
import { mapChildren, renameIndices, replaceReads } from '../calculus/substitute.ts';
import type {
  Inference,
  InferenceStatement,
  Learning,
  LearningStep,
  Model,
  Param,
  Variable,
} from '../check/typed.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { removal } from '../diagnostics/fixes.ts';
import { contrastTerms } from './contrast.ts';
import { branchErrors, clampedBy, dendrites } from './dendrites.ts';
import { usesGradientNorm } from './dynamics.ts';
import { energyOf, intractableLayers, servedLayers } from './energy.ts';
import { example, freeEnergy } from './free-energy.ts';
import { readsOf, spaceFinding, type Certificate } from './locality.ts';

export interface Rule {
  readonly parameter: Param;
  readonly step: LearningStep;
  /** −∂objective/∂parameter of one example, states and draws held fixed. Somas are read by name. */
  readonly direction: Expression;
  readonly certificate: Certificate;
}

/** Rules of every step. */
export const rulesOf = (learning: Learning): readonly Rule[] =>
  learning.steps.flatMap((step) => {
    const objective = objectiveOf(learning, step);
    if (objective === null) return [];
    const params = [...learning.model.parameters, ...learning.inference.parameters];
    return step.over.flatMap((name) => {
      const parameter = params.find((param) => param.name === name);
      if (parameter === undefined) return [];
      const slope = derivative(objective.value, name, parameter.indices);
      const direction = distributeNested(simplestOf(negate(known(slope))));
      const whole = replaceReads(direction, (found) => unfolded(found, objective.somas));
      const phases = objective.phases
        .filter(({ value }) => derivative(value, name, parameter.indices) !== zero)
        .map(({ phase }) => phase);
      return [{ parameter, step, direction, certificate: certify(learning, step, parameter, whole, phases) }];
    });
  });

/** What a step descends, of one example. */
interface PerExample {
  readonly value: Expression;
  /** Detached totals of branches, by the names under which they are read. */
  readonly somas: ReadonlyMap<string, { readonly soma: Expression; readonly indices: readonly Index[] }>;
  /** Its terms by the phases at whose ends they are found. */
  readonly phases: readonly { readonly phase: string; readonly value: Expression }[];
}

const objectiveOf = (learning: Learning, step: LearningStep): PerExample | null => {
  const { model, inference } = learning;
  const plain = (value: Expression): PerExample => ({ value, somas: new Map(), phases: [] });
  if (step.kind === 'predict') return dendriticObjective(model, inference, step.over);
  switch (step.objective.kind) {
    case 'free_energy':
      return plain(
        freeEnergy(model, inference, step.objective, endsRolled(inference.body) ? 'rolled' : 'model'),
      );
    case 'energy':
      return plain(energyOf(model, layersOfInterneurons(model, inference.body, step.over)));
    case 'contrast': {
      const phases = contrastTerms(learning, step.objective, (body) =>
        layersOfInterneurons(model, body, step.over),
      );
      return phases === null ? null : { ...plain(add(...phases.map(({ value }) => value))), phases };
    }
  }
};

/** A derivative as the number that it is: nothing is taken of it any more. */
const known = (node: Expression): Expression =>
  node.kind === 'apply' && node.operator === 'detach' ? known(node.arguments[0]!) : mapChildren(node, known);

/** Name under which a rule reads the soma of a variable. */
export const somaName = ({ name }: Variable): string => `soma(${name})`;

const dendriticObjective = (
  model: Model,
  inference: Inference,
  over: readonly string[],
): PerExample | null => {
  const somas = new Map<string, { readonly soma: Expression; readonly indices: readonly Index[] }>();
  const found = dendrites(model, over, clampedBy(inference), (variable, soma) => {
    const indices = [example, ...variable.indices];
    // The soma of a clamped unit is read as it is.
    if (!readsParameters(soma, model)) return soma;
    somas.set(somaName(variable), { soma, indices });
    return read(somaName(variable), indices);
  });
  return found.kind === 'unsolvable' ? null : { value: branchErrors(found.predictions), somas, phases: [] };
};

const readsParameters = (node: Expression, model: Model): boolean =>
  model.parameters.some(({ name }) => dependsOn(node, name));

const unfolded = ({ name, subscripts }: Read, somas: PerExample['somas']): Expression | null => {
  const known = somas.get(name);
  return known === undefined
    ? null
    : apply(
        'detach',
        renameIndices(known.soma, new Map(known.indices.map((index, i) => [index, subscripts[i]!]))),
      );
};

/** Layers that interneurons serve in these statements: their normaliser has a gradient only. */
const layersOfInterneurons = (
  model: Model,
  body: readonly InferenceStatement[],
  learned: readonly string[],
): ReadonlySet<string> => {
  const moved = new Set([...model.variables.map(({ name }) => name), ...learned]);
  const served = body.flatMap((statement): readonly string[] => {
    if (statement.kind === 'repeat') return [...layersOfInterneurons(model, statement.body, learned)];
    return statement.kind === 'interneurons'
      ? servedLayers(model, statement.over, moved).map(({ name }) => name)
      : [];
  });
  return new Set([...intractableLayers(model), ...served]);
};

/** How a step goes through the draws of inference, or null where it takes the states as they are. */
export const throughOf = (step: LearningStep): Extract<LearningStep, { kind: 'descend' }>['through'] =>
  step.kind === 'descend' ? step.through : null;

const simplestOf = (node: Expression): Expression =>
  node.kind === 'add' && node.terms.length > 12 ? node : simplest(node);

/** Whether the prior at the end of a turn is a rolled one. */
export const endsRolled = (body: readonly InferenceStatement[]): boolean =>
  body.some(
    (statement) =>
      statement.kind === 'rolling' || (statement.kind === 'repeat' && endsRolled(statement.body)),
  );

const certify = (
  learning: Learning,
  step: Rule['step'],
  parameter: Param,
  direction: Expression,
  phases: readonly string[],
): Certificate => {
  const finding = spaceFinding(direction, parameter, {
    parameters: [...learning.model.parameters, ...learning.inference.parameters],
  });
  const compared = learning.phases.map(({ name }) => name).filter((name) => phases.includes(name));
  const clipped = usesGradientNorm(step.by);
  const space = finding.ok && !clipped;
  const time = throughOf(step) === null;
  const reasons = [
    finding.ok ? null : `not local in space: ${finding.why}`,
    clipped
      ? `not local in space: ${step.by.dynamics.name} divides by the norm of all gradients together`
      : null,
    time
      ? null
      : 'not local in time: the gradient goes back through the steps of inference and needs the states of all of them',
    compared.length < 2
      ? null
      : `not single-phase: it compares the ends of ${compared.join(' and ')}, so the earlier must be remembered until the later`,
  ].filter((reason) => reason !== null);
  const words =
    parameter.indices.length === 2
      ? `local: a sum of products of what is known at ${parameter.indices[0]!}, at ${parameter.indices[1]!} and the weight itself, at one time, in one phase`
      : 'local: a sum of products of what is known at the unit itself, at one time, in one phase';
  return {
    local: space && time && compared.length < 2,
    space,
    time,
    phase: compared.length < 2,
    why: reasons.length === 0 ? words : reasons.join('; '),
    reads: readsOf(direction),
  };
};

/** Errors of learnings declared `local` whose rules are not. */
export const localityProblems = (learning: Learning): readonly Diagnostic[] => {
  const { local } = learning;
  if (local === null) return [];
  return rulesOf(learning)
    .filter(({ certificate, step }) => !certificate.local && throughOf(step) === null)
    .map(({ parameter, certificate, step }) =>
      error('NSM5095', step.span, `the rule for \`${parameter.name}\` is ${certificate.why}`, {
        secondary: [{ span: local, label: 'declared local here' }],
        hint: 'Leave out `local`, or change the objective or the dynamics so that every term is known at the synapse.',
        fixes: [removal(local, '`local`')],
      }),
    );
};
