/** What cannot be derived from a checked file: beliefs that cannot be computed or drawn, rules that are not local. */
import { one } from '../calculus/build.ts';
import type { Belief, Checked, Inference, Learning } from '../check/typed.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { isComplete, withBeliefArguments } from './belief.ts';
import { beliefOrderProblems } from './belief-order.ts';
import { phaseStartProblems, predictionProblems, startProblems } from './branch-problems.ts';
import { conditionalProblems } from './conditional-problems.ts';
import { drawProblems } from './draw-problems.ts';
import { dynamicsProblems } from './dynamics-problems.ts';
import { frameProblem } from './frame.ts';
import { meanOfValue } from './family/moments.ts';
import { phaseProblems } from './phase-problems.ts';
import { beliefGradients } from './natural-gradient.ts';
import { localityProblems } from './rules.ts';
import { isDiscrete, samplerFromNaturals, samplerOf } from './family/sampler.ts';

/** Errors of derivation, for a file without errors of checking. */
export const derivationProblems = (file: Checked): readonly Diagnostic[] => {
  const checked = withBeliefArguments(file);
  const ofOrder = checked.inferences.flatMap(beliefOrderProblems);
  if (ofOrder.length > 0) return ofOrder;
  const ofBeliefs = checked.inferences.flatMap((inference) =>
    inference.beliefs.flatMap((belief) => beliefProblem(inference, belief)),
  );
  // A rule cannot be derived from a belief that could not be.
  if (ofBeliefs.length > 0) return ofBeliefs;
  const ofLaws = [
    ...conditionalProblems(checked),
    ...drawProblems(checked),
    ...dynamicsProblems(checked),
  ];
  if (ofLaws.length > 0) return ofLaws;
  const ofStarts = checked.inferences.flatMap(startProblems);
  const ofLearnings = checked.learnings.flatMap((learning) => [
    ...phaseProblems(learning),
    ...phaseStartProblems(learning),
    ...predictionProblems(learning),
  ]);
  // Nor can a dendritic rule without branches.
  if (ofStarts.length + ofLearnings.length > 0) return [...ofStarts, ...ofLearnings];
  return checked.learnings.flatMap((learning) => [
    ...estimatorProblems(learning),
    ...localityProblems(learning),
  ]);
};

const beliefProblem = (inference: Inference, belief: Belief): readonly Diagnostic[] => {
  const { family } = belief.distribution;
  if (family.logPartition === null)
    return [
      error(
        'NSM5090',
        belief.span,
        `a belief of the family ${family.name}, whose log-partition is intractable, is understood but cannot be compiled yet`,
      ),
    ];
  const problem = frameProblem(belief);
  if (problem !== null)
    return [error('NSM5090', belief.span, `${problem} is understood but cannot be compiled yet`)];
  const sampler = isComplete(belief) ? samplerOf(family) : samplerFromNaturals(family);
  if (sampler.kind === 'none' && samplerOf(family).kind !== 'none')
    return [
      error(
        'NSM5091',
        belief.span,
        `the parameters of ${family.name} cannot be computed from its natural parameters here`,
        {
          hint: `Give the coordinates yourself, as in \`belief ${belief.latent} ~ ${family.name}(${family.parameters.map(({ name }) => `${name} = ${name[0]}`).join(', ')})\`.`,
        },
      ),
    ];
  if (sampler.kind === 'none')
    return [
      error('NSM5092', belief.span, `there is no way to draw from ${family.name}: ${sampler.why}`, {
        hint: 'Add `pathwise EXPRESSION` to the family: a draw as a function of its parameters and standard noise.',
      }),
    ];
  if (!belief.exact) return [];
  const { drawnBecause } = beliefGradients(
    inference.model,
    inference,
    belief,
    { kind: 'free_energy', klWeight: one, kl: 'exact', span: belief.span },
    'model',
  );
  return drawnBecause === null
    ? []
    : [
        error(
          'NSM5093',
          belief.span,
          `the expectation over ${belief.latent} has no closed form here: ${drawnBecause}`,
          { hint: 'Leave out `exact`: the belief is then drawn.' },
        ),
      ];
};

const estimatorProblems = (learning: Learning): readonly Diagnostic[] =>
  learning.steps.flatMap((step) => {
    if (step.kind !== 'descend' || step.through === null) return [];
    const { estimator, span } = step.through;
    const blocked = learning.inference.beliefs.filter(({ distribution: { family } }) => {
      switch (estimator.kind) {
        case 'straight_through':
          return meanOfValue(family) === null && samplerOf(family).kind !== 'pathwise';
        case 'score':
          return true;
        case 'pathwise':
          return isDiscrete(family);
        case 'relaxed':
          return family.pathwise === null;
      }
    });
    return blocked.map(({ distribution: { family }, latent }) =>
      error(
        'NSM5094',
        span,
        `\`${estimator.kind}\` cannot differentiate through draws of ${latent}: ${reason(estimator.kind, family.name)}`,
        {
          hint:
            estimator.kind === 'straight_through'
              ? 'Use `pathwise`: draws move smoothly with the parameters.'
              : 'Use `straight_through`, or `relaxed(temperature)` where the family has a `pathwise` line.',
        },
      ),
    );
  });

const reason = (kind: string, family: string): string => {
  if (kind === 'straight_through') return `the mean of ${family} has no closed form`;
  if (kind === 'pathwise') return `${family} is discrete, so a draw does not move smoothly`;
  if (kind === 'relaxed') return `${family} has no \`pathwise\` line to relax`;
  return 'the score of a whole inference is not derived yet';
};
