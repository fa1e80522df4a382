/** Beliefs in natural coordinates: the family's parameters in terms of them. */
import { read } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import type { Belief, Checked, Inference } from '../check/typed.ts';

/**
 * Fills in the arguments of a belief given by natural coordinates, where each natural parameter is one of the family's
 * parameters as it stands (Poisson's log rate, Bernoulli's logit). Null where it is not: such a belief needs
 * `belief z ~ Family(...)`.
 */
export const withArguments = (belief: Belief): Belief | null => {
  if (!belief.natural) return belief;
  const filled: Record<string, Expression> = { ...belief.distribution.arguments };
  for (const [i, { value }] of belief.distribution.family.natural.entries()) {
    const coordinate = belief.coordinates[i];
    if (value.kind !== 'read' || coordinate === undefined) return null;
    filled[value.name] = read(coordinate.name, coordinate.indices);
  }
  return { ...belief, distribution: { ...belief.distribution, arguments: filled } };
};

const inInference = (inference: Inference): Inference => ({
  ...inference,
  beliefs: inference.beliefs.map((belief) => withArguments(belief) ?? belief),
});

/** Whether every parameter of a belief's family has a value: false for coordinates that could not be inverted. */
export const isComplete = ({ distribution }: Belief): boolean =>
  distribution.family.parameters.every(({ name }) => Object.hasOwn(distribution.arguments, name));

/** The same file with every belief's arguments filled in. */
export const withBeliefArguments = (checked: Checked): Checked => ({
  ...checked,
  inferences: checked.inferences.map(inInference),
  learnings: checked.learnings.map((learning) => ({
    ...learning,
    inference: inInference(learning.inference),
  })),
});
