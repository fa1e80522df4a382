/**
 * What has to be summed over for Σ exp(−E): the variables that cannot be summed out by formula. Of several ways to sum some out, the
 * one with the fewest units left is the best: the smaller side of a restricted Boltzmann machine (Salakhutdinov and Murray 2008).
 */
import type { Expression } from '../calculus/expression.ts';
import type { Model, Variable } from '../check/typed.ts';
import { marginal } from './marginal.ts';

export interface Reduction {
  /** Summed or integrated out, in this order. */
  readonly summed: readonly Variable[];
  readonly kept: readonly Variable[];
  /** −log Σ exp(−E) over the values of `summed`, per example. */
  readonly value: Expression;
}

/** With more variables than these, only some sets of them are tried. */
const mostInAllSubsets = 6;

/** Every way to sum some of the free variables out; nothing summed out is the last of them. */
export const reductions = (
  model: Model,
  energy: Expression,
  free: readonly Variable[],
): readonly Reduction[] =>
  candidates(free).flatMap((summed): readonly Reduction[] => {
    const reduced = marginal(
      model,
      energy,
      summed.map(({ name }) => name),
    );
    if (reduced.kind === 'none') return [];
    return [{ summed, kept: free.filter((one) => !summed.includes(one)), value: reduced.value }];
  });

/** Larger sets first. Of many variables: all, and each layer or every other one. */
const candidates = (free: readonly Variable[]): readonly (readonly Variable[])[] => {
  if (free.length > mostInAllSubsets) {
    const every = (from: number): readonly Variable[] => free.filter((_, place) => place % 2 === from);
    return [free, every(0), every(1), ...free.map((one) => [one]), []];
  }
  return free
    .reduce<readonly (readonly Variable[])[]>(
      (sets, one) => [...sets, ...sets.map((set) => [...set, one])],
      [[]],
    )
    .toSorted((a, b) => b.length - a.length);
};

/** Number of values of one unit of a finite support, or null. */
export const valuesOfUnit = ({ support }: Variable, sizeOf: (axis: string) => number): number | null => {
  switch (support.kind) {
    case 'binary':
    case 'spin':
      return 2;
    case 'one_hot':
      return support.over.reduce((total, index) => total * sizeOf(index), 1);
    default:
      return null;
  }
};
