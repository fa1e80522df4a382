/** The free energy that an inference descends, as a paper writes it: an expected surprise and divergences from priors. */
import { add, multiply, one, sum, zero } from '../calculus/build.ts';
import { completeSquares } from '../calculus/collect.ts';
import { dependsOn } from '../calculus/differentiate.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import type { Belief, Distribution, Inference, InferenceStatement, Objective } from '../check/typed.ts';
import { drawingOrder } from './belief-order.ts';
import { shown } from './explain-energy.ts';
import { exactExpectation } from './family/expectation.ts';
import { beliefDivergence, surprise, unitsOf } from './free-energy.ts';
import { simplified } from './known.ts';
import { endsRolled } from './rules.ts';
import { writtenAsIs } from './written.ts';

export interface FreeEnergyExplanation {
  readonly inference: string;
  readonly beliefs: readonly string[];
  /** KL from the prior of each latent, in expectation over the draws that it reads. */
  readonly divergences: readonly { readonly name: string; readonly value: string }[];
  /** Whether the prior is that of the model at first only. */
  readonly rolls: boolean;
  /** In terms of the divergences, by name. */
  readonly value: string;
}

/** An expectation over beliefs: what has a closed form, and what has to be drawn, a function of latents. */
interface Expected {
  readonly closed: Expression;
  readonly drawn: Expression;
}
interface FreeEnergyParts {
  /** E of −log p(observed | latents). */
  readonly surprise: Expected;
  readonly klWeight: Expression;
  readonly divergences: readonly (Expected & { readonly name: string })[];
}

type FreeEnergy = Extract<Objective, { kind: 'free_energy' }>;

/** One for each objective that an inference with beliefs descends; of one that descends none, that of the measured free energy. */
export const explainFreeEnergies = (inference: Inference): readonly FreeEnergyExplanation[] => {
  if (inference.beliefs.length === 0 || !hasValue(inference)) return [];
  const found = objectivesIn(inference.body);
  const plain: FreeEnergy = { kind: 'free_energy', klWeight: one, kl: 'exact', span: inference.span };
  const objectives = found.length === 0 ? [plain] : found;
  const all = objectives.map((objective) => {
    const parts = freeEnergyParts(inference, objective);
    return {
      inference: inference.name,
      beliefs: inference.beliefs.map(beliefText),
      divergences: parts.divergences.map((one) => ({ name: one.name, value: expectedText(one) })),
      rolls: endsRolled(inference.body),
      value: wholeText(parts),
    };
  });
  return all.filter((one, i) => all.findIndex(({ value }) => value === one.value) === i);
};

/** `exact z ~ Poisson(log_rate = u)`. */
export const beliefText = ({ exact, latent, distribution }: Belief): string =>
  `${exact ? 'exact ' : ''}${latent} ~ ${distributionText(distribution)}`;

export const distributionText = ({ family, arguments: given }: Distribution): string =>
  `${family.name}(${Object.entries(given)
    .map(([name, value]) => `${name} = ${shown(value)}`)
    .join(', ')})`;

/** With the model's own priors, as the measured free energy has them. */
const freeEnergyParts = (inference: Inference, objective: FreeEnergy): FreeEnergyParts => {
  const { model, beliefs } = inference;
  return {
    surprise: expectedUnder(surprise(model, inference), inference),
    klWeight: objective.klWeight,
    divergences: beliefs.map((belief) => ({
      name: `${objective.kl === 'exact' ? 'KL' : 'weighted_KL'}(${belief.latent})`,
      ...expectedUnder(beliefDivergence(model, inference, belief, 'model', objective.kl), inference),
    })),
  };
};

const hasValue = ({ model, beliefs }: Inference): boolean =>
  [...model.variables, ...beliefs].every(({ distribution }) => distribution?.family.logPartition !== null);

const objectivesIn = (body: readonly InferenceStatement[]): readonly FreeEnergy[] =>
  body.flatMap((statement) => {
    if (statement.kind === 'repeat') return objectivesIn(statement.body);
    return statement.kind === 'descend' && statement.objective.kind === 'free_energy'
      ? [statement.objective]
      : [];
  });

const termsOf = (node: Expression): readonly Expression[] => (node.kind === 'add' ? node.terms : [node]);

/** Latents are taken out one by one, each before those that its belief reads. */
const expectedUnder = (node: Expression, inference: Inference): Expected => {
  const whole = drawingOrder(inference).reduceRight((value, belief) => {
    const units = unitsOf(inference.model, inference, belief);
    const terms = termsOf(simplified(value, belief.latent, units.ranges)).map((term) => {
      const expected = exactExpectation(term, units);
      return expected.kind === 'exact' ? expected.value : term;
    });
    return add(zero, ...terms);
  }, node);
  const isDrawn = (term: Expression): boolean =>
    inference.beliefs.some(({ latent }) => dependsOn(term, latent));
  return {
    closed: add(zero, ...termsOf(whole).filter((term) => !isDrawn(term))),
    drawn: add(zero, ...termsOf(whole).filter(isDrawn)),
  };
};

/** `closed + E[drawn]`. */
const expectedText = ({ closed, drawn }: Expected): string =>
  joined([
    ...(closed === zero && drawn !== zero ? [] : [totalText(closed)]),
    ...(drawn === zero ? [] : [`E[${totalText(drawn)}]`]),
  ]);

/** Sums over the same axes under one sign, as a paper has them: they are stored apart. */
export const totalText = (node: Expression): string => {
  const groups = new Map<string, { readonly over: readonly Index[]; readonly bodies: Expression[] }>();
  const others: Expression[] = [];
  for (const term of termsOf(node)) {
    const summed = summedIn(term);
    const key = summed?.over.join() ?? '';
    if (summed === null) others.push(term);
    else if (groups.has(key)) groups.get(key)!.bodies.push(summed.body);
    else groups.set(key, { over: summed.over, bodies: [summed.body] });
  }
  const sums = [...groups.values()].map(({ over, bodies }) => {
    const whole = completeSquares(add(...bodies));
    // A constant alone is the size times it.
    return whole.indices.length === 0 || bodies.length === 1
      ? writtenAsIs(sum(over, whole))
      : `sum(${writtenAsIs(whole)} over ${over.join(', ').replaceAll("'", '′')})`;
  });
  return joined([
    ...sums,
    ...(others.length === 0 && sums.length > 0 ? [] : [writtenAsIs(add(zero, ...others))]),
  ]);
};

/** c Σ body as Σ c body, and c size(axis) as Σ c. */
const summedIn = (
  term: Expression,
): { readonly over: readonly Index[]; readonly body: Expression } | null => {
  const factors = term.kind === 'multiply' ? term.factors : [term];
  const summed = factors.find(({ kind }) => kind === 'sum' || kind === 'size');
  if (summed?.kind !== 'sum' && summed?.kind !== 'size') return null;
  const rest = multiply(one, ...factors.filter((factor) => factor !== summed));
  if (rest.kind !== 'constant') return null;
  return summed.kind === 'sum'
    ? { over: summed.over, body: multiply(rest, summed.body) }
    : { over: [summed.axis], body: rest };
};

const wholeText = ({ surprise: expected, klWeight, divergences }: FreeEnergyParts): string => {
  if (klWeight === zero) return expectedText(expected);
  const names = divergences.map(({ name }) => name).join(' + ');
  const weight = klWeight.kind === 'add' ? `(${writtenAsIs(klWeight)})` : writtenAsIs(klWeight);
  const weighted = `${weight} · ${divergences.length > 1 ? `(${names})` : names}`;
  return joined([expectedText(expected), klWeight === one ? names : weighted]);
};

const joined = (terms: readonly string[]): string => terms.join(' + ').replaceAll('+ −', '− ');
