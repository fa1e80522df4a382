/**
 * How a derivative can go through draws of a family, estimator by estimator. As the temperature of `relaxed` falls to 0 its
 * draws become those of the `pathwise` line as it stands, so what is claimed of them is claimed of the line: its law, up to
 * the values that it cannot pass, and that it moves smoothly once its steps are smooth.
 */
import { apply, divide, one, zero } from '../../calculus/build.ts';
import { evaluate } from '../../calculus/evaluate.ts';
import { axisOf, type Expression } from '../../calculus/expression.ts';
import { mapChildren, readNames, replaceReads } from '../../calculus/substitute.ts';
import type { Estimator, Family } from '../../check/typed.ts';
import { jumpsWith } from './estimator.ts';
import { meanOfValue } from './moments.ts';
import { isDiscrete, samplerOf } from './sampler.ts';

type EstimatorName = Estimator['kind'];

/** step(a) becomes sigmoid(a / temperature). */
export const relaxSteps = (node: Expression, temperature: Expression): Expression =>
  node.kind === 'apply' && node.operator === 'step'
    ? apply('sigmoid', divide(relaxSteps(node.arguments[0]!, temperature), temperature))
    : mapChildren(node, (child) => relaxSteps(child, temperature));

/** Why a derivative cannot go through draws of a family in this way, or null. */
export const throughProblem = (estimator: EstimatorName, family: Family): string | null => {
  const { name, pathwise } = family;
  switch (estimator) {
    case 'straight_through':
      return meanOfValue(family) === null && samplerOf(family).kind !== 'pathwise'
        ? `the mean of ${name} has no closed form`
        : null;
    case 'score':
      return 'the score of a whole inference is not derived yet';
    case 'pathwise':
      if (isDiscrete(family)) return `${name} is discrete, so a draw does not move smoothly`;
      return samplerOf(family).kind === 'pathwise' ? lineProblem(estimator, family, pathwise!) : null;
    case 'relaxed':
      return pathwise === null
        ? `${name} has no \`pathwise\` line to relax`
        : lineProblem(estimator, family, relaxSteps(pathwise, one));
  }
};

const lineProblem = (estimator: EstimatorName, family: Family, line: Expression): string | null => {
  const { name, parameters, draws } = family;
  for (const draw of draws) {
    const problem = throughProblem(estimator, draw.distribution.family);
    if (problem !== null) return `${name} is made of draws of another family, and ${problem}`;
  }
  const moving = [...parameters.filter(({ fixed }) => !fixed), ...draws].map((one) => one.name);
  const smoothed = estimator === 'relaxed' ? ', also where its steps are smoothed' : '';
  return jumpsWith(line, moving)
    ? `the \`pathwise\` line of ${name} jumps as its parameters move${smoothed}`
    : null;
};

/** Estimators that can go through draws of a family, as they are written. */
export const estimatorsThrough = (family: Family): readonly string[] =>
  (['straight_through', 'pathwise', 'relaxed'] as const)
    .filter((estimator) => throughProblem(estimator, family) === null)
    .map((estimator) => (estimator === 'relaxed' ? 'relaxed(temperature)' : estimator));

/** The least and the greatest value that draws by the `pathwise` line can take, where the whole numbers of the support go on. */
export interface Reach {
  /** Null: it reaches that end of the support. */
  readonly low: number | null;
  readonly high: number | null;
}
export const reachOf = ({ support, range, pathwiseRange }: Family): Reach | null => {
  if (pathwiseRange === null || (support.kind !== 'count' && support.kind !== 'integer')) return null;
  const low = endsAt(range.low, pathwiseRange.low) ? null : pathwiseRange.low;
  const high = endsAt(range.high, pathwiseRange.high) ? null : pathwiseRange.high;
  return low === null && high === null ? null : { low, high };
};

const endsAt = (bound: Expression | null, value: number): boolean =>
  !Number.isFinite(value) || (bound?.kind === 'constant' && bound.value === value);

/**
 * Which entries of the list that the line reads are furthest from an end of it: the greatest ones where small entries lead there
 * (early arrivals to a large count), the least ones where large entries do, either where that depends on the parameters.
 */
export const furthestEntries = ({ axis, pathwise }: Family, end: number): readonly ('first' | 'last')[] => {
  if (pathwise === null || axis === null) return ['last'];
  const atNone = replaceReads(pathwise, ({ subscripts }) =>
    subscripts.some((index) => axisOf(index) === axis) ? zero : null,
  );
  if (readNames(atNone).size > 0) return ['first', 'last'];
  const [value] = evaluate(atNone, () => NaN, {}).values;
  return value === end ? ['last'] : ['first'];
};
