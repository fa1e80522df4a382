/**
 * The natural gradient of the free energy in the coordinates u of one belief: G_u⁻¹ ∇_u F = (∂η/∂u)⁻¹ ∇_μ F (I6). Its KL part
 * is (∂η/∂u)⁻¹ (η − η_prior), by I4; the rest is estimated from draws as the family allows (`estimator.ts`).
 */
import {
  add,
  constant,
  divide,
  isConstant,
  multiply,
  negate,
  power,
  read,
  subtract,
  sum,
  zero,
} from '../calculus/build.ts';
import { polynomialIn, simplest } from '../calculus/collect.ts';
import { difference } from '../calculus/difference.ts';
import { dependsOn, derivative } from '../calculus/differentiate.ts';
import { distributeNested, expand } from '../calculus/expand.ts';
import type { Expression } from '../calculus/expression.ts';
import { replaceNames, replaceReads } from '../calculus/substitute.ts';
import type { Belief, Inference, Model, Objective, Variable } from '../check/typed.ts';
import { estimatorOf, type GradientEstimator } from './estimator.ts';
import { atNaturals, fisherInformation, fixedArguments, naturals, score } from './family.ts';
import {
  beliefDivergence,
  beliefMean,
  beliefNaturals,
  example,
  exampleNames,
  perExample,
  priorNaturals,
  replaceLatent,
  surprise,
  variableOf,
  variableRead,
  type PriorKind,
} from './free-energy.ts';

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
  /** False when `belief exact` was asked and the expectation has no closed form here. */
  readonly exact: boolean;
}

export const beliefGradients = (
  model: Model,
  inference: Inference,
  belief: Belief,
  objective: Extract<Objective, { kind: 'free_energy' }>,
  prior: PriorKind,
): BeliefGradients => {
  const estimator = estimatorOf(belief.distribution.family);
  const frame = coordinateFrame(belief);
  const posterior = beliefNaturals(model, inference, belief);
  const against = priorNaturals(model, inference, belief, prior);
  const cost = downstreamCost(model, inference, belief, objective, prior);
  const divergenceGradient = (): readonly Expression[] => {
    if (objective.kl === 'exact')
      return frame.applyInverseJacobian(
        posterior.map((eta, i) => multiply(objective.klWeight, subtract(eta, against[i]!))),
      );
    // The published variant is no Bregman divergence: its slope is taken as it stands.
    const charged = beliefDivergence(model, inference, belief, prior, objective.kl);
    return frame.applyInverseFisher(
      belief.coordinates.map(({ name, indices }) =>
        multiply(objective.klWeight, derivative(sum([example], charged), name, [example, ...indices])),
      ),
    );
  };

  // Both parts in the metric of η: J⁻¹ (leak + ∇_μ E[f]), or G_u⁻¹ ∇_u for pathwise estimates.
  const fromLeak = divergenceGradient().map(simplest);
  const estimated = estimate(estimator, cost, model, inference, belief, frame);
  const drawn = estimated.map((part) => distributeNested(part));
  const centred = belief.exact ? drawn.map((part) => atMean(part, model, inference, belief)) : drawn;
  const natural = fromLeak.map((part, i) => add(part, centred[i] ?? zero));
  return {
    estimator,
    exact: centred.every((part) => part !== null),
    gradients: belief.coordinates.map(({ name }, i) => ({
      coordinate: name,
      natural: natural[i]!,
      plain: add(...frame.fisher[i]!.map((entry, j) => multiply(entry, natural[j]!))),
    })),
  };
};

/** What a latent's draws are charged for: the surprise of the observed and the divergence of latents that depend on it. */
const downstreamCost = (
  model: Model,
  inference: Inference,
  belief: Belief,
  objective: Extract<Objective, { kind: 'free_energy' }>,
  prior: PriorKind,
): Expression => {
  const children = inference.beliefs
    .filter((other) => other !== belief)
    .map((other) => beliefDivergence(model, inference, other, prior, objective.kl))
    .filter((value) => dependsOn(value, belief.latent));
  return add(surprise(model, inference), multiply(objective.klWeight, add(zero, ...children)));
};

/** ∂η/∂u and G_u of one belief, with the example index in place. */
interface Frame {
  readonly applyInverseJacobian: (vector: readonly Expression[]) => readonly Expression[];
  readonly applyInverseFisher: (vector: readonly Expression[]) => readonly Expression[];
  readonly fisher: readonly (readonly Expression[])[];
}

const coordinateFrame = (belief: Belief): Frame => {
  const { family } = belief.distribution;
  const scalars = new Set(belief.coordinates.map(({ name }) => name));
  const bare = (node: Expression) =>
    replaceReads(node, (found) => (scalars.has(found.name) ? read(found.name) : null));
  const lifted = (node: Expression) =>
    replaceReads(node, (found) => {
      const coordinate = belief.coordinates.find(({ name }) => name === found.name);
      return coordinate === undefined ? null : variableRead(coordinate);
    });
  const natural = naturals(belief.distribution).map(bare);
  const jacobian = natural.map((eta) => belief.coordinates.map(({ name }) => derivative(eta, name, [])));
  const information = fisherInformation(family).map((row) =>
    row.map((entry) => bare(atNaturals(entry, family, natural, fixedArguments(belief.distribution)))),
  );
  // G_u = Jᵀ (∇²A) J.
  const count = belief.coordinates.map((_, i) => i);
  const fisher = count.map((i) =>
    count.map((j) =>
      expand(
        add(
          zero,
          ...information.flatMap((row, k) =>
            row.map((entry, l) => multiply(jacobian[k]![i]!, entry, jacobian[l]![j]!)),
          ),
        ),
      ),
    ),
  );
  const inverse = (matrix: readonly (readonly Expression[])[]) =>
    invert(matrix).map((row) => row.map(lifted));
  const times = (matrix: readonly (readonly Expression[])[]) => (vector: readonly Expression[]) =>
    matrix.map((row) => add(...row.map((entry, j) => multiply(entry, vector[j]!))));
  return {
    applyInverseJacobian: times(inverse(jacobian)),
    applyInverseFisher: times(inverse(fisher)),
    fisher: fisher.map((row) => row.map(lifted)),
  };
};

/** Inverse of a 1×1 or 2×2 matrix of expressions, or of a diagonal one. */
const invert = (matrix: readonly (readonly Expression[])[]): readonly (readonly Expression[])[] => {
  const diagonal = matrix.every((row, i) => row.every((entry, j) => i === j || isConstant(entry, 0)));
  if (diagonal)
    return matrix.map((row, i) => row.map((entry, j) => (i === j ? divide(constant(1), entry) : zero)));
  if (matrix.length !== 2)
    throw new Error('coordinates of more than two coupled natural parameters are not inverted');
  const [[a, b], [c, d]] = matrix as [[Expression, Expression], [Expression, Expression]];
  const determinant = expand(subtract(multiply(a, d), multiply(b, c)));
  const over = (entry: Expression) => expand(divide(entry, determinant));
  return [
    [over(d), over(negate(b))],
    [over(negate(c)), over(a)],
  ];
};

const estimate = (
  estimator: GradientEstimator,
  cost: Expression,
  model: Model,
  inference: Inference,
  belief: Belief,
  frame: Frame,
): readonly Expression[] => {
  const { family } = belief.distribution;
  const latent = variableOf(model, belief.latent);
  const value = variableRead(latent);
  const indices = [example, ...latent.indices];
  const natural = beliefNaturals(model, inference, belief);
  const fixed = fixedArguments(belief.distribution);
  const atDraw = (node: Expression) => atNaturals(node, family, natural, { ...fixed, x: value });
  switch (estimator.kind) {
    case 'two_point': {
      const change = twoPointDifference(cost, latent, estimator.low, estimator.high);
      return frame.applyInverseJacobian([multiply(estimator.scale, change)]);
    }
    case 'next_count': {
      const change = difference(cost, latent.name, indices, constant(1), [example]);
      return frame.applyInverseJacobian([multiply(atDraw(estimator.weight), change)]);
    }
    case 'pathwise':
      return frame.applyInverseFisher(pathwiseGradient(cost, model, inference, belief));
    case 'score': {
      const weights = score(family).map((part) => multiply(atDraw(part), cost));
      // ∇_u = Jᵀ ∇_η; J⁻¹ G⁻¹ ∇_η is the same natural gradient.
      const information = fisherInformation(family).map((row) =>
        row.map((entry) => atNaturals(entry, family, natural, fixed)),
      );
      const inverse = invert(information);
      return frame.applyInverseJacobian(
        inverse.map((row) => add(...row.map((entry, j) => multiply(entry, weights[j]!)))),
      );
    }
  }
};

/** f(high) − f(low) in each unit, the others as drawn. A polynomial in the change is subtracted power by power. */
const twoPointDifference = (cost: Expression, latent: Variable, low: number, high: number): Expression => {
  const indices = [example, ...latent.indices];
  const value = variableRead(latent);
  const name = `@${latent.name}_change`;
  const change = read(name, indices);
  const moved = distributeNested(difference(cost, latent.name, indices, change, [example]));
  const at = (point: number) => subtract(constant(point), value);
  const parts = moved.kind === 'add' ? moved.terms : [moved];
  return add(
    ...parts.map((part) => {
      const powers = polynomialIn(part, change, (inner) => dependsOn(inner, name));
      if (powers === null)
        return subtract(replaceNames(part, { [name]: at(high) }), replaceNames(part, { [name]: at(low) }));
      return add(
        ...powers.map((coefficient, n) =>
          multiply(coefficient, expand(subtract(power(at(high), n), power(at(low), n)))),
        ),
      );
    }),
  );
};

/** ∇_u E[f(g(u, ε))] = E[f'(z) ∂g/∂u]; the part of ∂g/∂u linear in standard normal ε becomes curvature (Price). */
const pathwiseGradient = (
  cost: Expression,
  model: Model,
  inference: Inference,
  belief: Belief,
): readonly Expression[] => {
  const { family } = belief.distribution;
  const latent = variableOf(model, belief.latent);
  const indices = [example, ...latent.indices];
  const names = exampleNames(model, inference);
  const draw = replaceNames(family.pathwise!, belief.distribution.arguments);
  const bare = replaceReads(draw, (found) =>
    belief.coordinates.some(({ name }) => name === found.name) ? read(found.name) : null,
  );
  const lift = (node: Expression) =>
    perExample(
      replaceReads(node, (found) => {
        const coordinate = belief.coordinates.find(({ name }) => name === found.name);
        if (coordinate !== undefined) return read(found.name, coordinate.indices);
        return found.name.startsWith('standard_')
          ? read(noiseName(latent.name, found.name), [example, ...latent.indices])
          : null;
      }),
      names,
    );
  const slope = derivative(sum([example], cost), latent.name, indices);
  const curvature = derivative(slope, latent.name, indices);
  const spread = derivative(bare, 'standard_normal', []);
  return belief.coordinates.map(({ name }) => {
    const path = derivative(bare, name, []);
    const linear = derivative(path, 'standard_normal', []);
    const affine = !dependsOn(linear, 'standard_normal') && !dependsOn(spread, 'standard_normal');
    if (!affine) return multiply(slope, lift(path));
    const level = replaceNames(path, { standard_normal: zero });
    return add(multiply(slope, lift(level)), multiply(curvature, lift(multiply(linear, spread))));
  });
};

/** Name under which a rule reads the noise that the draw of a latent used; no name of a model has an `@`. */
export const noiseName = (latent: string, noise: string): string =>
  noise === 'standard_normal' ? `@${latent}.noise` : `@${latent}.${noise}`;

/** The expectation of an expression affine in the draws: its value at the mean. Null when it is not affine. */
const atMean = (node: Expression, model: Model, inference: Inference, belief: Belief): Expression | null => {
  const latent = variableOf(model, belief.latent);
  const slope = derivative(
    node,
    latent.name,
    [example, ...latent.indices].map((index) => `${index}'''''`),
  );
  if (dependsOn(expand(slope), latent.name)) return null;
  return replaceLatent(node, latent, beliefMean(model, inference, belief));
};
