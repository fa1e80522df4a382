/** Learning rules per parameter, with their certificates, and the compile error where `local` is asked and not met. */
import { negate } from '../calculus/build.ts';
import { derivative } from '../calculus/differentiate.ts';
import { distributeNested } from '../calculus/expand.ts';
import { simplest } from '../calculus/collect.ts';
import type { Expression } from '../calculus/expression.ts';
import type { InferenceStatement, Learning, LearningStep, Param } from '../check/typed.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { usesGradientNorm } from './dynamics.ts';
import { freeEnergy } from './free-energy.ts';
import { readsOf, spaceFinding, type Certificate } from './locality.ts';

export interface Rule {
  readonly parameter: Param;
  readonly step: Extract<LearningStep, { kind: 'descend' }>;
  /** −∂F/∂parameter of one example, states and draws held fixed. */
  readonly direction: Expression;
  readonly certificate: Certificate;
}

/** Rules of every `descend` on a free energy. Other steps have none yet. */
export const rulesOf = (learning: Learning): readonly Rule[] =>
  learning.steps.flatMap((step) => {
    if (step.kind !== 'descend' || step.objective.kind !== 'free_energy') return [];
    const objective = step.objective;
    const params = [...learning.model.parameters, ...learning.inference.parameters];
    const energy = freeEnergy(
      learning.model,
      learning.inference,
      objective,
      endsRolled(learning.inference.body) ? 'rolled' : 'model',
    );
    return step.over.flatMap((name) => {
      const parameter = params.find((param) => param.name === name);
      if (parameter === undefined) return [];
      const slope = derivative(energy, name, parameter.indices);
      const direction = distributeNested(simplestOf(negate(slope)));
      return [{ parameter, step, direction, certificate: certify(learning, step, parameter, direction) }];
    });
  });

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
): Certificate => {
  const finding = spaceFinding(direction, parameter, learning.model);
  const clipped = usesGradientNorm(step.by);
  const space = finding.ok && !clipped;
  const time = step.through === null;
  const reasons = [
    finding.ok ? null : `not local in space: ${finding.why}`,
    clipped
      ? `not local in space: ${step.by.dynamics.name} divides by the norm of all gradients together`
      : null,
    time
      ? null
      : 'not local in time: the gradient goes back through the steps of inference and needs the states of all of them',
  ].filter((reason) => reason !== null);
  const words =
    parameter.indices.length === 2
      ? `local: a sum of products of what is known at ${parameter.indices[0]!}, at ${parameter.indices[1]!} and the weight itself, at one time, in one phase`
      : 'local: a sum of products of what is known at the unit itself, at one time, in one phase';
  return {
    local: space && time,
    space,
    time,
    phase: true,
    why: reasons.length === 0 ? words : reasons.join('; '),
    reads: readsOf(direction),
  };
};

/** Errors of learnings declared `local` whose rules are not. */
export const localityProblems = (learning: Learning): readonly Diagnostic[] => {
  const { local } = learning;
  if (local === null) return [];
  return rulesOf(learning)
    .filter(({ certificate, step }) => !certificate.local && step.through === null)
    .map(({ parameter, certificate, step }) =>
      error('NSM5095', step.span, `the rule for \`${parameter.name}\` is ${certificate.why}`, {
        secondary: [{ span: local, label: 'declared local here' }],
        hint: 'Leave out `local`, or change the objective or the dynamics so that every term is known at the synapse.',
      }),
    );
};
