/** A line about each name that the language itself gives a meaning. */
import { builtins, matrixFunctions, reductions } from '../check/builtins.ts';

/** How a function that is built in is called, or null. */
export const builtinSignature = (
  name: string,
): { readonly name: string; readonly parameters: readonly string[]; readonly over: boolean } | null => {
  if (Object.hasOwn(builtins, name)) return { name, parameters: builtins[name]!.operands, over: false };
  if ((reductions as readonly string[]).includes(name)) return { name, parameters: ['a'], over: true };
  if ((matrixFunctions as readonly string[]).includes(name))
    return { name, parameters: ['matrix'], over: true };
  if (Object.hasOwn(special, name)) return { name, ...special[name]! };
  return null;
};

const special: Readonly<Record<string, { readonly parameters: readonly string[]; readonly over: boolean }>> =
  {
    outer: { parameters: ['a', 'b'], over: true },
    diagonal: { parameters: ['a'], over: true },
    position: { parameters: ['axis'], over: false },
    size: { parameters: ['axis'], over: false },
    free_energy: { parameters: ['kl_weight'], over: false },
    grad: { parameters: ['objective', 'variable'], over: false },
    natural_grad: { parameters: ['objective', 'variable'], over: false },
    curvature: { parameters: ['objective', 'variable'], over: false },
    conditional_mean: { parameters: ['objective', 'variable'], over: false },
    conditional_draw: { parameters: ['objective', 'variable'], over: false },
    normal: { parameters: ['mean', 'sd'], over: false },
    uniform: { parameters: ['low', 'high'], over: false },
    glorot: { parameters: [], over: false },
    relaxed: { parameters: ['temperature'], over: false },
  };

/** Names that stand for a value, a support or a method at their places. */
export const wordMeanings: Readonly<Record<string, string>> = {
  real: 'Any real number.',
  positive: 'Numbers above 0.',
  unit: 'Numbers from 0 to 1.',
  binary: '0 or 1.',
  spin: '-1 or 1.',
  count: '0, 1, 2, ...',
  integer: 'Whole numbers of either sign.',
  angle: 'Angles, which go round.',
  one_hot: 'One of the places along an axis: 1 there, 0 elsewhere.',
  simplex: 'Shares along an axis that add up to 1.',
  positive_definite: 'Symmetric positive definite matrices: parameters of families.',
  int: 'A whole number: the kind of a setting.',
  dim: 'An axis with its size: the kind of a setting.',
  pi: 'π',
  e: 'The base of natural logarithms.',
  infinity: 'Greater than every number.',
  progress: 'From 0 to 1 over training, and 1 afterwards.',
  iteration: 'The updates of a learning, counted from 1.',
  elapsed: 'From 0 to 1 over the turns of the innermost `repeat`.',
  change: 'How much the last turn changed the states: it stands after `until`.',
  noise: 'Standard normal numbers, drawn afresh in every line of a dynamics.',
  flipped: 'The other value of a two-valued unit.',
  acceptance: 'The probability with which the last proposal was accepted.',
  gradient_norm: 'The size of the gradient over everything that is moved together.',
  replica: 'The number of a copy, from 0.',
  objective: 'What a dynamics descends, whatever that is.',
  free_energy:
    'E[-log p(observed | latents)] + KL(belief, prior), the mean over examples: a function of beliefs.',
  energy: 'The sum of the named energies and of -log p of what has a distribution.',
  belief_energy: '-log q of the values of the latents.',
  feedforward: 'A start in which each layer answers its inputs alone; it is derived from the energy.',
  prior: 'After `rolling`: from here on, the belief just reached.',
  soma: 'The value that the branches of a unit add up to, or its clamped value.',
  branch: 'What one named energy sends to a unit.',
  metropolis_hastings: 'Accepted with the probability that keeps the law exact; the ratio is derived.',
  heun: "Heun's method: the mean of the slopes at both ends of a step.",
  quadrature: 'The log-partition by numerical integration.',
  straight_through: 'Derivatives pass a draw as if it were its mean.',
  pathwise: 'Derivatives go through a draw as a function of noise.',
  score: 'Derivatives by the logarithm of the density: unbiased, with the greatest variance.',
  chain: 'A state for each place in the batch.',
  example: 'A state for each row of the data.',
};
