/** What every target needs to draw from a discrete family by inversion. */
import { constant, one, zero } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { identifier, scalarFunction } from '../calculus/javascript.ts';
import type { Support } from '../check/typed.ts';
import type { DrawSource } from '../schedule/program.ts';

export type Inversion = Extract<DrawSource, { kind: 'inversion' }>;

/** The least and the largest value that inversion searches. Throws for supports that are not runs of whole numbers. */
export const boundsOf = (support: Support): { readonly low: Expression; readonly high: Expression } => {
  if (support.kind === 'count') return { low: zero, high: support.upTo ?? constant(Infinity) };
  if (support.kind === 'binary') return { low: zero, high: one };
  throw new Error(`internal: ${support.kind} values cannot be drawn by inversion`);
};

export interface InversionLaw {
  readonly parameters: readonly string[];
  readonly mean: string;
  readonly logMass: string;
  readonly ratio: string;
}

/** JavaScript of the three functions that inversion calls, and the identifiers of the parameters. */
export const lawOf = (source: Inversion): InversionLaw => {
  const parameters = source.parameters.map(({ name }) => name);
  const taken = new Set<string>();
  return {
    parameters: parameters.map((name) => identifier(name, taken)),
    mean: scalarFunction(source.mean, parameters),
    logMass: scalarFunction(source.logMass, ['x', ...parameters]),
    ratio: scalarFunction(source.ratio, ['x', ...parameters]),
  };
};
