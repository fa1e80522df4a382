/** Passes over the sources of draws. Formulas of a law read their own names; what a program computes are the values of its parameters. */
import type { Expression } from '../calculus/expression.ts';
import type { DrawSource } from './program.ts';

/** The expressions that a draw evaluates when it runs. */
export const valuesOf = (source: DrawSource): readonly Expression[] => {
  switch (source.kind) {
    case 'noise':
      return [];
    case 'choice':
      return [source.logits];
    case 'inversion':
    case 'density':
    case 'implicit':
      return source.parameters.map(({ value }) => value);
  }
};

/** The source with other expressions for its values. */
export const mapValues = (source: DrawSource, change: (value: Expression) => Expression): DrawSource => {
  switch (source.kind) {
    case 'noise':
      return source;
    case 'choice':
      return { ...source, logits: change(source.logits) };
    case 'inversion':
    case 'density':
    case 'implicit':
      return {
        ...source,
        parameters: source.parameters.map(({ name, value }) => ({ name, value: change(value) })),
      };
  }
};
