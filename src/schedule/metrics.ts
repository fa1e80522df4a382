/** What the figures of an inference are called, what they say, and how each is made from sums over examples. */
import type { Index } from '../calculus/expression.ts';
import type { Model, Variable } from '../check/typed.ts';
import type { MetricDefinition } from './definition.ts';
import type { Measure } from './branch-measures.ts';

/** A figure with the sums that it is made of. */
export interface Figure {
  readonly metric: Omit<MetricDefinition, 'observed'>;
  readonly sums: readonly Measure[];
}

const perExample: readonly (readonly Index[])[] = [[]];

const meanOf = (
  sum: Measure,
  metric: Omit<MetricDefinition, 'observed' | 'name' | 'made'> & { readonly name?: string },
  entries = perExample,
): Figure => ({
  metric: { name: sum.name, ...metric, made: { kind: 'mean', sum: sum.name, entries } },
  sums: [sum],
});

export const energyFigure = (sum: Measure): Figure =>
  meanOf(sum, { label: 'energy', doc: 'Energy of the states, mean per example.', unit: 'nats' });

export const freeEnergyFigure = (sum: Measure): Figure =>
  meanOf(sum, {
    label: 'free energy',
    doc: 'Free energy under the model’s own prior: an upper bound on −log p(x), mean per example.',
    unit: 'nats',
  });

/** @param entries what is counted, as arrays over axes */
export const zerosFigure = (sum: Measure, variables: readonly Variable[]): Figure =>
  meanOf(
    sum,
    { label: 'zeros', doc: 'Share of latent values that are exactly zero.', unit: 'share' },
    variables.map(({ indices }) => indices),
  );

export const convergedFigure = (sum: Measure): Figure =>
  meanOf(sum, { label: 'converged', doc: 'Share of examples that met the condition.', unit: 'share' });

export const turnsFigure = (sum: Measure): Figure =>
  meanOf(sum, { label: 'turns', doc: 'Turns made until the condition was met, mean.', unit: 'turns' });

/** A `measure` of the model. */
export const ownFigure = (sum: Measure, { name, doc }: Model['measures'][number]): Figure =>
  meanOf(sum, {
    label: name.replaceAll('_', ' '),
    doc: doc ?? `The measure ${name} of the model, mean per example.`,
    unit: 'number',
  });

/** Pooled: 1 − (sum of squared errors) / (sum of squares about each example's own mean). */
/**
 * @param by what explains: the mean of clamped variables given the others, or the state of one that is free
 * @param of the variables, where there are others
 */
export const explainedFigure = (
  error: Measure,
  total: Measure,
  by: 'mean' | 'state',
  of: readonly string[],
): Figure => ({
  metric: {
    name: by === 'mean' ? 'r2' : `r2_${of.join('_')}`,
    label: of.length === 0 ? 'R²' : `R² of ${of.join(' and ')}`,
    doc: `Share of the squares of the data${of.length === 0 ? '' : ` of ${of.join(' and ')}`} that ${
      by === 'mean' ? 'their mean given the other variables' : 'its state'
    } explains.`,
    unit: 'explained',
    made: { kind: 'explained', error: error.name, total: total.name },
  },
  sums: [error, total],
});

export const forceFigure = (sum: Measure): Figure => ({
  metric: {
    name: 'force',
    label: 'residual force',
    doc: 'Root mean square over units of −∂E/∂s, without what pushes against a bound.',
    unit: 'size',
    made: { kind: 'root_mean', sum: sum.name },
  },
  sums: [sum],
});

export const disagreementFigure = (sum: Measure): Figure => ({
  metric: {
    name: 'disagreement',
    label: 'branch disagreement',
    doc: 'Root mean square of a branch minus its equal share of the soma.',
    unit: 'size',
    made: { kind: 'root_mean', sum: sum.name },
  },
  sums: [sum],
});

export const acceptanceFigure = (part: Measure, whole: Measure): Figure => ({
  metric: {
    name: 'acceptance',
    label: 'acceptance',
    doc: 'Probability of accepting a proposal, mean over all proposals.',
    unit: 'share',
    made: { kind: 'ratio', part: part.name, whole: whole.name },
  },
  sums: [part, whole],
});
