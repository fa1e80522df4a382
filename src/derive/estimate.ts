/** The natural gradient of an expected cost, estimated from draws as the family of the belief allows (`family/estimator.ts`). */
import {
  add,
  constant,
  half,
  isConstant,
  multiply,
  negate,
  power,
  read,
  size,
  subtract,
  sum,
  zero,
} from '../calculus/build.ts';
import { simplest } from '../calculus/collect.ts';
import { apartAtDeltas, difference } from '../calculus/difference.ts';
import { dependsOn, derivative } from '../calculus/differentiate.ts';
import { distributeNested, expand } from '../calculus/expand.ts';
import { axisOf, type Expression } from '../calculus/expression.ts';
import { children, replaceNames, replaceReads } from '../calculus/substitute.ts';
import { eventAxes } from '../check/family-names.ts';
import type { Belief, Inference, Model, Variable } from '../check/typed.ts';
import { classDifference, twoPointDifference, type FiniteUnits } from './finite-values.ts';
import type { Frame } from './frame.ts';
import { valueStatistic, type GradientEstimator } from './family/estimator.ts';
import { atNaturals, fixedArguments, score } from './family/family.ts';
import {
  beliefMean,
  beliefNaturals,
  example,
  exampleNames,
  hasFinitePower,
  perExample,
  unitIndices,
  variableOf,
  variableRead,
} from './free-energy.ts';
import { meanOfValue, varianceOfValue } from './family/moments.ts';
import { varianceSlope } from './family/recognise.ts';

/** A belief, and the cost of each example that its draws are charged for. */
export interface Charged {
  readonly model: Model;
  readonly inference: Inference;
  readonly belief: Belief;
  readonly cost: Expression;
}

/** G_u⁻¹ ∇_u E[cost], one entry per coordinate. */
export const estimate = (
  estimator: GradientEstimator,
  charged: Charged,
  frame: Frame,
): readonly Expression[] => {
  const { model, inference, belief, cost } = charged;
  const { family } = belief.distribution;
  const latent = variableOf(model, belief.latent);
  const indices = [example, ...latent.indices];
  const natural = beliefNaturals(model, inference, belief);
  const fixed = fixedArguments(belief.distribution);
  const names = exampleNames(model, inference);
  const atDraw = (node: Expression) =>
    perExample(atNaturals(node, family, natural, { ...fixed, x: variableRead(latent) }), names);
  switch (estimator.kind) {
    case 'two_point': {
      const change = twoPointDifference(cost, unitsOf(latent), estimator.low, estimator.high);
      return frame.fromMean([multiply(estimator.scale, change)]).map(distributeNested);
    }
    case 'each_class': {
      const [classes] = eventAxes(latent.support) as readonly [string];
      return frame.fromMean([classDifference(cost, unitsOf(latent), classes)]).map(distributeNested);
    }
    case 'next_count': {
      const change = difference(cost, latent.name, indices, constant(1), [example]);
      return frame
        .fromMean([multiply(atDraw(estimator.weight), distributeNested(change))])
        .map(distributeNested);
    }
    case 'pathwise':
      return frame.fromCoordinates(pathwiseGradient(charged, estimator.curvature)).map(distributeNested);
    case 'implicit': {
      const slope = derivative(sum([example], cost), latent.name, indices);
      return frame.fromNatural(
        family.natural.map((_, k) => multiply(slope, read(noiseName(latent.name, `implicit_${k}`), indices))),
      );
    }
    case 'marginal':
      return marginalGradient(charged, frame, atDraw);
    case 'score': {
      const centred = estimator.centred ? aboveReference(charged) : cost;
      return frame.fromNatural(score(family).map((part) => multiply(atDraw(part), centred)));
    }
  }
};

const unitsOf = ({ name, indices }: Variable): FiniteUnits => ({
  name,
  indices: [example, ...indices],
  shared: [example],
});

/** Name under which a rule reads the noise that the draw of a latent used; no name of a model has an `@`. */
export const noiseName = (latent: string, noise: string): string =>
  noise === 'standard_normal' ? `@${latent}.noise` : `@${latent}.${noise}`;

/** The degree, 0 to 2, of a cost that is a polynomial in each unit of a latent, the others as they are; else null. */
export const degreeInEach = (cost: Expression, latent: Variable): 0 | 1 | 2 | null => {
  if (!isPolynomial(cost, latent.name)) return null;
  const indices = [example, ...latent.indices];
  const slope = derivative(sum([example], cost), latent.name, indices);
  if (expand(slope) === zero) return 0;
  const curvature = derivative(slope, latent.name, indices);
  if (expand(curvature) === zero) return 1;
  return expand(derivative(curvature, latent.name, indices)) === zero ? 2 : null;
};

const isPolynomial = (node: Expression, name: string): boolean => {
  if (!dependsOn(node, name) || node.kind === 'read') return true;
  switch (node.kind) {
    case 'add':
    case 'multiply':
    case 'sum':
      return children(node).every((child) => isPolynomial(child, name));
    case 'power': {
      const { base, exponent } = node;
      const whole = exponent.kind === 'constant' && Number.isInteger(exponent.value) && exponent.value > 0;
      return whole && isPolynomial(base, name);
    }
    default:
      return false;
  }
};

/**
 * For a cost c₀ + c₁ z + c₂ z² in each unit, ∇E[cost] = (c₁ + 2 c₂ E[z]) ∇E[z] + c₂ ∇Var[z], with c₂ = f''/2 and
 * c₁ = f'(z) − 2 c₂ z, the other units as drawn.
 */
const marginalGradient = (
  { model, belief, cost }: Charged,
  frame: Frame,
  atDraw: (node: Expression) => Expression,
): readonly Expression[] => {
  const { family } = belief.distribution;
  const latent = variableOf(model, belief.latent);
  const indices = [example, ...latent.indices];
  const slope = derivative(sum([example], cost), latent.name, indices);
  const curvature = derivative(slope, latent.name, indices);
  const mean = meanOfValue(family)!;
  const variance = varianceOfValue(family)!;
  const off = subtract(atDraw(mean), variableRead(latent));
  const own = valueStatistic(family);
  const along = (node: Expression): readonly Expression[] =>
    family.natural.map(({ name }) => simplest(derivative(node, name, [])));
  // In the mean of z itself the slope of E[z] is 1, and that of Var[z], if that is all there is, A'''/A''.
  if (own !== null && family.natural.length === 1) {
    const skewness = atDraw(varianceSlope(family));
    return frame.fromMean([
      add(distributeNested(slope), multiply(curvature, add(off, multiply(half, skewness)))),
    ]);
  }
  const level = add(distributeNested(slope), multiply(curvature, off));
  const linear =
    own === null
      ? frame.fromNatural(along(mean).map((part) => multiply(level, atDraw(part))))
      : frame.fromMean(family.natural.map((_, k) => (k === own ? level : zero)));
  if (isConstant(curvature, 0)) return linear;
  const spread = frame.fromNatural(along(variance).map((part) => multiply(half, curvature, atDraw(part))));
  return linear.map((part, i) => add(part, spread[i]!));
};

/**
 * The cost less what it is with each unit at a value that no draw chooses: as E[T − μ] = 0, that changes no expectation, and
 * the noise of the other units and of all that does not depend on this one goes.
 */
const aboveReference = (charged: Charged): Expression => {
  const { model, belief, cost } = charged;
  const latent = variableOf(model, belief.latent);
  const reference = referenceOf(charged);
  if (reference === null) return cost;
  const event = eventAxes(latent.support);
  const change = subtract(reference, variableRead(latent));
  // A function of each unit alone is compared unit by unit, not every unit with every other.
  return negate(
    apartAtDeltas(difference(cost, latent.name, [example, ...latent.indices], change, [example], event)),
  );
};

const referenceOf = ({ model, inference, belief }: Charged): Expression | null => {
  const { support } = variableOf(model, belief.latent);
  switch (support.kind) {
    case 'real':
    case 'integer':
    case 'angle':
      return zero;
    case 'simplex':
      return power(size(axisOf(support.over[0]!)), -1);
    case 'positive':
    case 'unit':
    case 'count':
      return meanOfValue(belief.distribution.family) !== null && hasFinitePower(model, inference, belief, 1)
        ? beliefMean(model, inference, belief)
        : null;
    default:
      return null;
  }
};

/** ∇_u E[f(g(u, ε))] = E[f'(z) ∂g/∂u]; the part of ∂g/∂u linear in standard normal ε becomes curvature (Price). */
const pathwiseGradient = (
  { model, inference, belief, cost }: Charged,
  withCurvature: boolean,
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
          ? read(noiseName(latent.name, found.name), [example, ...unitIndices(latent)])
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
    if (!affine || !withCurvature) return multiply(slope, lift(path));
    const level = replaceNames(path, { standard_normal: zero });
    return add(multiply(slope, lift(level)), multiply(curvature, lift(multiply(linear, spread))));
  });
};
