/**
 * Relaxed draws that a `pathwise` line cuts off, because it looks at a list of a stated length: which latents have such a limit,
 * and which part of their draws reaches it.
 */
import { add, apply, constant, divide, multiply, size, subtract, sum } from '../calculus/build.ts';
import { axisOf, type Expression } from '../calculus/expression.ts';
import type { Distribution, Learning, LearningStep } from '../check/typed.ts';
import { noiseName } from '../derive/estimate.ts';
import { furthestEntries, reachOf } from '../derive/family/through.ts';
import type { LearningDefinition } from './definition.ts';

export type Limit = LearningDefinition['limits'][number];

/** The draws of the first such step are watched. */
export const isRelaxed = (step: LearningStep): boolean =>
  step.kind === 'descend' && step.through?.estimator.kind === 'relaxed';

/** Latents that learning draws relaxed, where the `pathwise` line of their beliefs ends before the support does. */
export const limitsOf = ({ steps, inference }: Learning): readonly Limit[] =>
  steps.some(isRelaxed)
    ? inference.beliefs.flatMap(({ latent, distribution: { family } }) => {
        const reach = reachOf(family);
        return reach === null
          ? []
          : [{ latent, family: family.name, ...reach, output: `${latent} at its limit` }];
      })
    : [];

/**
 * The part of the draws that end where the line ends. Smoothing hides it in the draws themselves. A line is at an end when it
 * would be there were all entries of the list like the one that is furthest from it.
 */
export const partAtLimit = (
  { family }: Distribution,
  drawn: ReadonlyMap<string, Expression>,
  { latent, low, high }: Limit,
): Expression => {
  const isAt = (end: number, distance: (line: Expression) => Expression): Expression =>
    multiply(
      ...furthestEntries(family, end).map((entry) => {
        const line = apply('detach', drawn.get(noiseName(latent, entry))!);
        return apply('step', add(distance(line), constant(1 / 2)));
      }),
    );
  const reaching = [
    ...(high === null ? [] : [isAt(high, (line) => subtract(line, constant(high)))]),
    ...(low === null ? [] : [isAt(low, (line) => subtract(constant(low), line))]),
  ];
  const { indices } = drawn.get(latent)!;
  const count = multiply(...indices.map((index) => size(axisOf(index))));
  return divide(sum(indices, add(...reaching)), count);
};
