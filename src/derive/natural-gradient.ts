/**
 * The natural gradient of the free energy in the coordinates u of one belief, all of them jointly: G_u⁻¹ ∇_u F. Its KL part
 * follows from ∇_μ KL = η − η_prior (I4); the rest is estimated from draws as the family allows (`family/estimator.ts`).
 */
import { add, multiply, subtract, sum, zero } from '../calculus/build.ts';
import { simplest } from '../calculus/collect.ts';
import { dependsOn, derivative } from '../calculus/differentiate.ts';
import { expand } from '../calculus/expand.ts';
import type { Expression } from '../calculus/expression.ts';
import { smoothnessIn } from '../calculus/smoothness.ts';
import { readNames } from '../calculus/substitute.ts';
import type { Belief, Inference, Model, Objective } from '../check/typed.ts';
import { isComplete } from './belief.ts';
import { coordinateFrame, type Frame } from './frame.ts';
import { degreeInEach, estimate, noiseName, type Charged } from './estimate.ts';
import { estimatorFor, type GradientEstimator } from './family/estimator.ts';
import { exactExpectation, type Obstacle } from './family/expectation.ts';
import {
  beliefDivergence,
  beliefMean,
  beliefNaturals,
  divergenceKind,
  example,
  hasFinitePower,
  priorNaturals,
  replaceLatent,
  surprise,
  unitsOf,
  variableOf,
  type PriorKind,
} from './free-energy.ts';
import { meanOfValue } from './family/moments.ts';
import { rangesOf, simplified } from './known.ts';

export interface BeliefGradient {
  readonly coordinate: string;
  /** G_u⁻¹ ∇_u F, over the example and the latent's indices; reads draws, coordinates, priors, noise. */
  readonly natural: Expression;
  /** ∇_u F. */
  readonly plain: Expression;
}
export interface BeliefGradients {
  readonly estimator: GradientEstimator;
  readonly gradients: readonly BeliefGradient[];
  /** Why the expectation has no closed form here, when `belief exact` was asked; else null. */
  readonly drawnBecause: Obstacle | null;
}

type FreeEnergy = Extract<Objective, { kind: 'free_energy' }>;

export const beliefGradients = (
  model: Model,
  inference: Inference,
  belief: Belief,
  objective: FreeEnergy,
  prior: PriorKind,
): BeliefGradients => {
  const frame = coordinateFrame(model, inference, belief);
  const latent = variableOf(model, belief.latent);
  const ranges = rangesOf(model, inference);
  const cost = simplified(chargedCost(model, inference, belief, objective, prior), latent.name, ranges);
  const charged: Charged = { model, inference, belief, cost };
  const degree = degreeInEach(cost, latent);
  const estimator = estimatorFor(belief.distribution.family, {
    quadratic: degree !== null,
    smoothness: smoothnessIn(cost, [latent.name], ranges),
    moments: degree === null || hasFinitePower(model, inference, belief, degree),
    parameters: isComplete(belief),
  });
  const fromLeak = divergenceGradient(model, inference, belief, objective, prior, frame).map(simplest);
  const drawn = estimate(estimator, charged, frame);
  const exact = belief.exact ? withoutDraws(charged, drawn, frame) : null;
  const natural = fromLeak.map((part, i) => add(part, (exact?.parts ?? drawn)[i]!));
  const plain = frame.plain(natural);
  return {
    estimator,
    drawnBecause: exact?.obstacle ?? null,
    gradients: belief.coordinates.map(({ name }, i) => ({
      coordinate: name,
      natural: natural[i]!,
      plain: plain[i]!,
    })),
  };
};

/**
 * The natural gradient of a cost whose expectation is exact: where the estimate is affine in the draws, its value at the mean; else
 * the slope of the expectation itself.
 */
const withoutDraws = (
  { model, inference, belief, cost }: Charged,
  drawn: readonly Expression[],
  frame: Frame,
): { readonly parts: readonly Expression[]; readonly obstacle: Obstacle | null } => {
  const centred = drawn.map((part) => atMean(part, model, inference, belief));
  if (centred.every((part) => part !== null)) return { parts: centred, obstacle: null };
  const expected = exactExpectation(cost, unitsOf(model, inference, belief));
  if (expected.kind === 'open') return { parts: drawn, obstacle: expected.obstacle };
  const slopes = belief.coordinates.map(({ name, indices }) =>
    derivative(sum([example], expected.value), name, [example, ...indices]),
  );
  return { parts: frame.fromCoordinates(slopes).map(simplest), obstacle: null };
};

/** The part of the natural gradient that needs no draws: of the KL between members of one family. */
const divergenceGradient = (
  model: Model,
  inference: Inference,
  belief: Belief,
  objective: FreeEnergy,
  prior: PriorKind,
  frame: Frame,
): readonly Expression[] => {
  if (divergenceKind(model, inference, belief, prior) === 'drawn') return belief.coordinates.map(() => zero);
  if (objective.kl === 'exact') {
    const against = priorNaturals(model, inference, belief, prior);
    return frame.fromMean(
      beliefNaturals(model, inference, belief).map((eta, i) =>
        multiply(objective.klWeight, subtract(eta, against[i]!)),
      ),
    );
  }
  // The published variant is no Bregman divergence: its slope is taken as it stands.
  const charged = beliefDivergence(model, inference, belief, prior, objective.kl);
  return frame.fromCoordinates(
    belief.coordinates.map(({ name, indices }) =>
      multiply(objective.klWeight, derivative(sum([example], charged), name, [example, ...indices])),
    ),
  );
};

/**
 * What a latent's draws are charged for: the surprise of the observed, the divergence of latents that depend on it, and its own
 * log q(z) − log p(z) where that is drawn (of which only the slope in z counts: the mean of ∂ log q/∂u is 0).
 */
const chargedCost = (
  model: Model,
  inference: Inference,
  belief: Belief,
  objective: FreeEnergy,
  prior: PriorKind,
): Expression => {
  const children = inference.beliefs
    .filter((other) => other !== belief || divergenceKind(model, inference, belief, prior) === 'drawn')
    .map((other) => beliefDivergence(model, inference, other, prior, objective.kl))
    .filter((value) => dependsOn(value, belief.latent));
  return add(surprise(model, inference), multiply(objective.klWeight, add(zero, ...children)));
};

/** The expectation of an expression affine in the draws: its value at the mean. Null when it is not affine. */
const atMean = (node: Expression, model: Model, inference: Inference, belief: Belief): Expression | null => {
  const latent = variableOf(model, belief.latent);
  // Slopes of draws and the noise that made them are no functions of the draw alone.
  if ([...readNames(node)].some((name) => name.startsWith(noiseName(latent.name, '')))) return null;
  if (!dependsOn(node, latent.name)) return node;
  const slope = derivative(
    node,
    latent.name,
    [example, ...latent.indices].map((index) => `${index}'''''`),
  );
  if (
    dependsOn(expand(slope), latent.name) ||
    smoothnessIn(node, [latent.name], rangesOf(model, inference)) !== 'smooth' ||
    meanOfValue(belief.distribution.family) === null ||
    !hasFinitePower(model, inference, belief, 1)
  )
    return null;
  return replaceLatent(node, latent, beliefMean(model, inference, belief));
};
