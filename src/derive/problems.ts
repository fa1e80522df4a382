/** What cannot be derived from a checked file: beliefs that cannot be computed or drawn, rules that are not local. */
import { constant, one } from '../calculus/build.ts';
import { scalarValue } from '../calculus/scalar-value.ts';
import { quoted } from '../check/scope.ts';
import type { Belief, Checked, Inference, Learning, Variable } from '../check/typed.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { replacement, withoutWords } from '../diagnostics/fixes.ts';
import { samplerOfBelief, withBeliefArguments } from './belief.ts';
import { beliefOrderProblems } from './belief-order.ts';
import { phaseStartProblems, predictionProblems, startProblems } from './branch-problems.ts';
import { conditionalProblems } from './conditional-problems.ts';
import { drawProblems } from './draw-problems.ts';
import { clampProblems } from './clamp-problems.ts';
import { dynamicsProblems } from './dynamics-problems.ts';
import { frameProblem } from './frame.ts';
import { interneuronProblems } from './interneuron-problems.ts';
import { phaseProblems } from './phase-problems.ts';
import { beliefGradients } from './natural-gradient.ts';
import { localityProblems } from './rules.ts';
import type { Obstacle } from './family/expectation.ts';
import { naturalChart } from './family/maps.ts';
import { samplerOf } from './family/sampler.ts';
import { estimatorsThrough, throughProblem } from './family/through.ts';

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
    ...interneuronProblems(checked),
    ...clampProblems(checked),
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
  const layer = inference.model.variables.find(
    ({ distribution }) => distribution !== null && distribution.family.logPartition === null,
  );
  // Told once: the other beliefs share it.
  if (layer !== undefined) return belief === inference.beliefs[0] ? [valueProblem(belief, layer)] : [];
  const problem = frameProblem(belief);
  if (problem !== null)
    return [error('NSM5090', belief.span, `${problem} is understood but cannot be compiled yet`)];
  const sampler = samplerOfBelief(belief);
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
          `the expectation over ${belief.latent} has no closed form here: ${drawnBecause.why}`,
          { hint: exactHint(belief, drawnBecause), fixes: [withoutWords(belief.span, 'exact')] },
        ),
      ];
};

const valueProblem = (
  { latent, span }: Belief,
  { name, distribution, span: declared }: Variable,
): Diagnostic =>
  error(
    'NSM5050',
    span,
    `a free energy is a number, and −log p of \`${name}\` has none: the log-partition of ${distribution!.family.name} is intractable`,
    {
      secondary: [{ span: declared, label: 'declared here' }],
      hint: `Let the family say \`log_partition intractable by quadrature\`, or leave out the belief: \`descend energy over ${latent}\`, with interneurons, needs slopes alone.`,
    },
  );

const exactHint = (belief: Belief, { narrower }: Obstacle): string => {
  const draw = 'Leave out `exact`: the belief is then drawn.';
  if (narrower === null) return draw;
  const { family } = belief.distribution;
  const { name, domain } = family.natural[narrower.natural]!;
  const coordinate = belief.coordinates[narrower.natural];
  const keep = `keep \`${name}\` there`;
  if (!belief.natural || coordinate === undefined)
    return `Choose parameters of ${family.name} that ${keep} whatever their coordinates are, or leave out \`exact\`.`;
  const chart = naturalChart(domain);
  const at = (eta: number): number => scalarValue(chart.inverse(constant(eta)), {});
  // A whole number well inside.
  const [low, high] = [
    narrower.low > domain.low ? String(Math.floor(at(narrower.low)) + 1) : '-infinity',
    narrower.high < domain.high ? String(Math.ceil(at(narrower.high)) - 1) : 'infinity',
  ];
  return `Start inside and ${keep}, with \`guard ${coordinate.name} within (${low}, ${high})\`, or leave out \`exact\`: the belief is then drawn.`;
};

const estimatorProblems = (learning: Learning): readonly Diagnostic[] =>
  learning.steps.flatMap((step) => {
    if (step.kind !== 'descend' || step.through === null) return [];
    const { estimator, span } = step.through;
    return learning.inference.beliefs.flatMap(({ distribution: { family }, latent }) => {
      const problem = throughProblem(estimator.kind, family);
      if (problem === null) return [];
      const others = estimatorsThrough(family);
      return [
        error(
          'NSM5094',
          span,
          `\`${estimator.kind}\` cannot differentiate through draws of ${latent}: ${problem}`,
          {
            hint:
              others.length > 0
                ? `Use ${quoted(others, 'or')}.`
                : `Give ${family.name} a \`pathwise\` line, which writes a draw as a function of the parameters and of noise.`,
            fixes: others.map((other) => {
              const known = other === 'relaxed(temperature)' ? 'relaxed(0.1)' : other;
              return { ...replacement(span, `through inference by ${known}`), title: `Use \`${known}\`` };
            }),
          },
        ),
      ];
    });
  });
