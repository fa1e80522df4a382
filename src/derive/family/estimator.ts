/**
 * How the gradient of E_q[f(z)] is estimated from draws: a property of the family, derived from its support, its statistics and
 * its density (design.md section 3). Nothing here knows a family by name. All are unbiased.
 *
 * - Two-point supports: ∇_μ is the exact difference of f at the two points. One-hot vectors: ∇_μ is f at each of them.
 * - Counts: Stein's identity (`stein.ts`). Poisson: ∇_μ E[f] = E[f(z+1) − f(z)].
 * - Continuous families with a `pathwise` line that moves smoothly: E[f'(z) ∂z/∂θ]. Where z is affine in standard
 *   normal noise and f has no kinks, E[ε f'] = E[∂z/∂ε f''], the theorems of Bonnet and Price: at a kink f'' has a point mass.
 * - Other families on the line: the same with the slope of the draw at a fixed value of its cumulative distribution function,
 *   ∂z/∂η = −(1/p(z)) ∫ up to z of (T − μ) p (implicit reparametrisation, Figurnov et al. 2018).
 * - Where the cost is at most quadratic in each unit and the mean and variance of x have a closed form, the expectation of each
 *   unit is exact (`marginal`), the others as drawn. Families with an atom are charged so whenever it can be.
 * - Otherwise the score, E[(T − μ) f]; always where f jumps, since f' does not see a jump.
 */
import { constant, divide, one, read, subtract, zero } from '../../calculus/build.ts';
import { dependsOn, derivative } from '../../calculus/differentiate.ts';
import type { Expression } from '../../calculus/expression.ts';
import { jumpingOperators, type Smoothness } from '../../calculus/smoothness.ts';
import { replaceNames, walk } from '../../calculus/substitute.ts';
import type { Family } from '../../check/typed.ts';
import { eventIndices, valueIndices } from './family.ts';
import { meanOfValue, varianceOfValue } from './moments.ts';
import { steinWeight } from './stein.ts';

export type GradientEstimator =
  /** ∇_μ E[f] = (f(high) − f(low)) / (T(high) − T(low)). */
  | {
      readonly kind: 'two_point';
      readonly low: number;
      readonly high: number;
      readonly scale: Expression;
      readonly why: string;
    }
  /** ∇_μ E[f] = E[f(each one-hot vector)], up to a constant that the normalisation takes away. */
  | { readonly kind: 'each_class'; readonly why: string }
  /** ∇_μ E[f] = E[weight(x) (f(x + 1) − f(x))]; `weight` reads `x` and the natural parameters. */
  | { readonly kind: 'next_count'; readonly weight: Expression; readonly why: string }
  /** `curvature`: ε f' of normal noise may be taken as curvature (Price). */
  | { readonly kind: 'pathwise'; readonly curvature: boolean; readonly why: string }
  | { readonly kind: 'implicit'; readonly why: string }
  /** For f = c₀ + c₁ x + c₂ x²: ∇ E[f] = c₁ ∇ E[x] + c₂ ∇ E[x²], both exact. */
  | { readonly kind: 'marginal'; readonly why: string }
  /** `centred`: f is compared with its value at one place, which has to be a number. */
  | { readonly kind: 'score'; readonly centred: boolean; readonly why: string };

/** The estimator of a family, whatever the cost. */
export const estimatorOf = (family: Family): GradientEstimator => {
  const single = family.statistic.length === 1 ? family.statistic[0]!.value : null;
  const { support } = family;
  const tractable = family.logPartition !== null;
  switch (support.kind) {
    case 'binary':
    case 'spin': {
      if (single === null) break;
      const [low, high] = support.kind === 'binary' ? [0, 1] : [-1, 1];
      const at = (value: number) => replaceNames(single, { x: constant(value) });
      const scale = divide(one, subtract(at(high), at(low)));
      const why = 'two possible values: the difference of f between them is exact';
      return { kind: 'two_point', low, high, scale, why };
    }
    case 'one_hot':
      if (single !== read('x', support.over)) break;
      return { kind: 'each_class', why: 'finitely many values: f is taken at each of them' };
    case 'count': {
      const weight = single === read('x') && tractable ? steinWeight(family) : null;
      if (weight === null) break;
      return {
        kind: 'next_count',
        weight,
        why: "Stein's identity for counts: one more event, exact in expectation",
      };
    }
    case 'real':
    case 'positive':
    case 'unit':
    case 'angle':
    case 'vector': {
      if (family.atom !== null && hasMoments(family))
        return {
          kind: 'marginal',
          why: 'draws on the atom do not move: the expectation of each unit is exact, the others as drawn',
        };
      if (family.atom === null && movesSmoothly(family))
        return {
          kind: 'pathwise',
          curvature: true,
          why: 'a draw is a smooth function of the parameters and fixed noise',
        };
      if (support.kind !== 'vector' && tractable)
        return {
          kind: 'implicit',
          why: 'a draw moves smoothly with its parameters while its cumulative probability stays',
        };
      break;
    }
    case 'integer':
    case 'simplex':
    case 'positive_definite':
      break;
  }
  return {
    kind: 'score',
    centred: true,
    why: 'no smoother identity follows from the declaration: the score function',
  };
};

/** What is known of one belief besides its family. */
export interface Situation {
  /** The cost is at most quadratic in each unit. */
  readonly quadratic: boolean;
  /** How smooth the cost is in the draws. */
  readonly smoothness: Smoothness;
  /** The moments of a value that a quadratic cost needs are finite, whatever the coordinates of the belief become. */
  readonly moments: boolean;
  /** The parameters that a `pathwise` line reads have values. */
  readonly parameters: boolean;
}

/**
 * The estimator for one belief and cost. A cost that is at most quadratic in each unit needs no more than the mean and the
 * variance of x, which are cheaper than slopes of draws; a family with an atom needs slopes where the cost is not.
 */
export const estimatorFor = (family: Family, situation: Situation): GradientEstimator => {
  const { quadratic, smoothness, moments } = situation;
  const own = estimatorOf(situation.parameters ? family : { ...family, pathwise: null });
  if (quadratic && isNoisy(own, family) && hasMoments(family))
    return moments
      ? {
          kind: 'marginal',
          why: 'the cost is quadratic in each unit: the expectation of each is exact, the others as drawn',
        }
      : { ...own, why: `${own.why}; moments that the cost needs are infinite for some members` };
  switch (own.kind) {
    case 'two_point':
    case 'each_class':
    case 'next_count':
      return own;
    case 'score':
      return { ...own, centred: smoothness !== 'singular' };
    case 'marginal':
      if (quadratic && moments) return own;
      return bySlope(
        {
          kind: 'implicit',
          why: 'a draw off the atom moves smoothly with its parameters while its cumulative probability stays',
        },
        smoothness,
      );
    case 'pathwise':
    case 'implicit':
      return bySlope(own, smoothness);
  }
};

/** An estimator that takes the slope of the cost, as far as the cost allows it. */
const bySlope = (
  own: Extract<GradientEstimator, { kind: 'pathwise' | 'implicit' }>,
  smoothness: Smoothness,
): GradientEstimator => {
  switch (smoothness) {
    case 'smooth':
      return own;
    case 'kinked':
      // Only what takes second derivatives is in the way of a kink.
      return own.kind === 'pathwise'
        ? { ...own, curvature: false, why: `${own.why}; first derivatives alone, as the cost has kinks` }
        : own;
    case 'jumping':
      return { kind: 'score', centred: true, why: 'the cost jumps, which no slope sees: the score function' };
    case 'singular':
      return {
        kind: 'score',
        centred: false,
        why: 'the cost may be infinite between draws, where a slope says nothing: the score function',
      };
  }
};

/**
 * Whether the estimate of a quadratic cost has noise of the unit's own draw besides that of the cost: scores, slopes and noise
 * multiply it, and so do Stein weights that grow with the count (a step that a large count makes larger feeds on itself).
 */
const isNoisy = (estimator: GradientEstimator, { pathwise }: Family): boolean => {
  switch (estimator.kind) {
    case 'implicit':
    case 'score':
      return true;
    case 'next_count':
      return dependsOn(estimator.weight, 'x');
    case 'pathwise': {
      const spread = derivative(pathwise!, 'standard_normal', []);
      return spread === zero || dependsOn(spread, 'standard_normal');
    }
    case 'two_point':
    case 'each_class':
    case 'marginal':
      return false;
  }
};

/** Whether the mean and the variance of a value, one number, have a closed form. */
const hasMoments = (family: Family): boolean =>
  valueIndices(family).length === 0 &&
  family.natural.every((_, i) => eventIndices(family, i).length === 0) &&
  meanOfValue(family) !== null &&
  varianceOfValue(family) !== null;

/** The number of the statistic that is the value itself, or null. */
export const valueStatistic = (family: Family): number | null => {
  const found = family.statistic.findIndex(({ value }) => value === read('x'));
  return found < 0 ? null : found;
};

/** Whether a draw made by the `pathwise` line is a continuous function of the parameters that may move. */
const movesSmoothly = ({ pathwise, parameters, draws }: Family): boolean => {
  // The draws of other families that it reads move with their own parameters.
  if (pathwise === null || draws.length > 0) return false;
  return !jumpsWith(
    pathwise,
    parameters.filter(({ fixed }) => !fixed).map(({ name }) => name),
  );
};

/** Whether a formula jumps somewhere as one of these names moves. */
export const jumpsWith = (formula: Expression, names: readonly string[]): boolean => {
  const moves = (node: Expression): boolean => names.some((name) => dependsOn(node, name));
  let found = false;
  walk(formula, (node) => {
    if (node.kind !== 'apply') return;
    if (jumpingOperators.has(node.operator) && moves(node)) found = true;
    if (node.operator === 'where' && moves(node.arguments[0]!)) found = true;
  });
  return found;
};
