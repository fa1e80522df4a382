/** The natural gradient of an expected cost, estimated from draws as the family of the belief allows (`family/estimator.ts`). */
import {
  add,
  constant,
  delta,
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
import { polynomialIn, simplest } from '../calculus/collect.ts';
import { difference } from '../calculus/difference.ts';
import { dependsOn, derivative } from '../calculus/differentiate.ts';
import { distributeNested, expand } from '../calculus/expand.ts';
import { axisOf, type Expression } from '../calculus/expression.ts';
import {
  children,
  freshIndex,
  mapChildren,
  renameIndices,
  replaceNames,
  replaceReads,
} from '../calculus/substitute.ts';
import { eventAxes } from '../check/family-names.ts';
import type { Belief, Inference, Model, Variable } from '../check/typed.ts';
import type { Frame } from './frame.ts';
import { valueStatistic, type GradientEstimator } from './family/estimator.ts';
import { atNaturals, fixedArguments, score } from './family/family.ts';
import {
  beliefMean,
  beliefNaturals,
  example,
  exampleNames,
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
      const change = twoPointDifference(cost, latent, estimator.low, estimator.high);
      return frame.fromMean([multiply(estimator.scale, change)]).map(distributeNested);
    }
    case 'each_class':
      return frame.fromMean([classDifference(cost, latent)]).map(distributeNested);
    case 'next_count': {
      const change = difference(cost, latent.name, indices, constant(1), [example]);
      return frame
        .fromMean([multiply(atDraw(estimator.weight), distributeNested(change))])
        .map(distributeNested);
    }
    case 'pathwise':
      return frame.fromCoordinates(pathwiseGradient(charged)).map(distributeNested);
    case 'implicit': {
      const slope = derivative(sum([example], cost), latent.name, indices);
      return frame.fromNatural(
        family.natural.map((_, k) => multiply(slope, read(noiseName(latent.name, `implicit_${k}`), indices))),
      );
    }
    case 'marginal':
      return marginalGradient(charged, frame, atDraw);
    case 'score': {
      const centred = aboveReference(charged);
      return frame.fromNatural(score(family).map((part) => multiply(atDraw(part), centred)));
    }
  }
};

/** Name under which a rule reads the noise that the draw of a latent used; no name of a model has an `@`. */
export const noiseName = (latent: string, noise: string): string =>
  noise === 'standard_normal' ? `@${latent}.noise` : `@${latent}.${noise}`;

/** Whether a cost is a polynomial of at most degree two in each unit of a latent, the others as they are. */
export const isQuadratic = (cost: Expression, latent: Variable): boolean => {
  if (!isPolynomial(cost, latent.name)) return false;
  const indices = [example, ...latent.indices];
  const slope = derivative(sum([example], cost), latent.name, indices);
  const curvature = derivative(slope, latent.name, indices);
  return expand(derivative(curvature, latent.name, indices)) === zero;
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

/** f(each one-hot vector) − f(as drawn), in each unit and along the classes. */
const classDifference = (cost: Expression, latent: Variable): Expression => {
  const [classes] = eventAxes(latent.support) as readonly [string];
  const chosen = freshIndex(classes);
  const change = subtract(delta(classes, chosen), variableRead(latent));
  const indices = [example, ...latent.indices];
  const moved = difference(cost, latent.name, indices, change, [example], [classes]);
  return withoutDeltas(renameIndices(moved, new Map([[chosen, classes]])));
};

/** Σ w (δ − z) as w − Σ w z, wherever it stands. */
const withoutDeltas = (node: Expression): Expression => {
  const inner = mapChildren(node, withoutDeltas);
  return inner.kind === 'sum' ? expand(inner) : inner;
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
  return negate(difference(cost, latent.name, [example, ...latent.indices], change, [example], event));
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
      return meanOfValue(belief.distribution.family) === null ? null : beliefMean(model, inference, belief);
    default:
      return null;
  }
};

/** ∇_u E[f(g(u, ε))] = E[f'(z) ∂g/∂u]; the part of ∂g/∂u linear in standard normal ε becomes curvature (Price). */
const pathwiseGradient = ({ model, inference, belief, cost }: Charged): readonly Expression[] => {
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
    if (!affine) return multiply(slope, lift(path));
    const level = replaceNames(path, { standard_normal: zero });
    return add(multiply(slope, lift(level)), multiply(curvature, lift(multiply(linear, spread))));
  });
};
