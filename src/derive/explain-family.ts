/** Everything that is derived from a family declaration, as readable mathematics. */
import { constant, isConstant, negate, one, read, splitCoefficient, subtract } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { replaceReads } from '../calculus/substitute.ts';
import type { Family, FamilyParameter } from '../check/typed.ts';
import { abbreviationsOf } from './family/abbreviations.ts';
import { conjugatePrior } from './conjugate.ts';
import { estimatorOf } from './family/estimator.ts';
import {
  divergence,
  entropy,
  eventIndices,
  fisherInformation,
  logDensity,
  meanParameters,
  naturalReads,
  score,
  unnormalisedLogDensity,
} from './family/family.ts';
import {
  meanName,
  naturalChart,
  naturalFromMeans,
  standardFromNatural,
  type NaturalDomain,
} from './family/maps.ts';
import { domainOfPower, meanOfValue, varianceOfValue } from './family/moments.ts';
import { isDiscrete, samplerOf, type Sampler } from './family/sampler.ts';
import { reachOf } from './family/through.ts';
import { written } from './written.ts';

/** `name = value`. */
export interface Named {
  readonly name: string;
  readonly value: string;
}
export interface FamilyExplanation {
  readonly family: string;
  readonly doc: string | null;
  readonly support: string;
  readonly values: string;
  /** Axes of a value, of parameters and of the letters below. */
  readonly shapes: Readonly<Record<string, readonly string[]>>;
  readonly parameters: readonly string[];
  readonly natural: readonly (Named & { readonly domain: string; readonly chart: string | null })[];
  /** Parameters in terms of the natural ones; empty: by Newton's method. */
  readonly standard: readonly Named[];
  readonly log_density: string;
  readonly log_partition: string;
  /** Letters that the lines below use. */
  readonly where: readonly Named[];
  /** Expectations of the statistics. */
  readonly mean: readonly Named[];
  /** Mean and variance of a value, where they are no mean parameters themselves and have a closed form. */
  readonly moments: readonly Named[];
  /** Natural parameters in terms of the means; empty: by Newton's method. */
  readonly natural_from_mean: readonly Named[];
  readonly fisher_information: readonly (readonly string[])[];
  readonly score: readonly string[];
  readonly entropy: string;
  readonly divergence: string;
  readonly conjugate_prior: { readonly log_density: string; readonly update: readonly Named[] } | null;
  readonly natural_gradient: readonly Named[];
  readonly gradient_estimator: { readonly kind: string; readonly rule: string; readonly why: string };
  readonly sampler: { readonly kind: string; readonly text: string };
  /** The line that `relaxed` smooths, and the values that it cannot pass, or null. */
  readonly relaxed_draws: string | null;
}

export const explainFamily = (family: Family): FamilyExplanation => {
  const found = samplerOf(family);
  return {
    family: family.name,
    doc: family.doc,
    support: family.support.kind,
    values: valuesText(family),
    shapes: shapesIn(family),
    parameters: family.parameters.map((parameter) => parameterText(family, parameter)),
    natural: family.natural.map(({ name, value, domain }) => ({
      name,
      value: written(value),
      domain: domainText(name, domain),
      chart: isLine(domain) ? null : written(naturalChart(domain).value(read('u', value.indices))),
    })),
    standard: namedAll(standardFromNatural(family)),
    ...(family.logPartition === null ? sampledText(family) : derivedText(family)),
    gradient_estimator: estimatorText(family),
    sampler: { kind: found.kind, text: drawsText(found) },
    relaxed_draws: relaxedText(family),
  };
};

const shapesIn = (family: Family): FamilyExplanation['shapes'] =>
  Object.fromEntries<readonly string[]>([
    ['x', 'over' in family.support ? family.support.over : []],
    ...family.parameters.map(({ name, over }) => [name, over] as const),
    ...family.natural.map(({ name, value }) => [name, value.indices] as const),
    ...abbreviationsOf(family).map(({ letter, value }) => [letter, value.indices] as const),
  ]);

const relaxedText = (family: Family): string | null => {
  if (!isDiscrete(family) || family.pathwise === null) return null;
  const reach = reachOf(family);
  const limits =
    reach === null
      ? []
      : [
          ...(reach.low === null ? [] : [`at least ${reach.low}`]),
          ...(reach.high === null ? [] : [`at most ${reach.high}`]),
        ];
  return [written(family.pathwise), ...limits].join(', ');
};

/** `inversion: whole numbers ...`; of draws that are not exact, that they are not. */
export const drawsText = ({ kind, why }: Sampler): string => {
  const name = kind.replaceAll('_', ' ');
  return `${kind === 'langevin' ? 'approximate, by a chain' : name}: ${why}`;
};

type Derived = Pick<
  FamilyExplanation,
  | 'log_density'
  | 'log_partition'
  | 'where'
  | 'mean'
  | 'moments'
  | 'natural_from_mean'
  | 'fisher_information'
  | 'score'
  | 'entropy'
  | 'divergence'
  | 'conjugate_prior'
  | 'natural_gradient'
>;

const derivedText = (family: Family): Derived => {
  const natural = naturalReads(family);
  const prior = natural.map(ofPrior);
  const { closed, open } = entropy(family);
  const conjugate = conjugatePrior(family)!;
  const fromMeans = naturalFromMeans(family) ?? [];
  const letters = abbreviationsOf(family);
  const shortened = (node: Expression): Expression =>
    letters.reduce((value, { shorten }) => shorten(value), node);
  const short = (node: Expression): string => written(shortened(node));
  return {
    log_density: written(logDensity(family)),
    log_partition: partitionText(family.logPartition!),
    where: letters.map(({ letter, value }) => ({ name: letter, value: written(value) })),
    mean: meanParameters(family).map((mean, i) => ({ name: expectationName(family, i), value: short(mean) })),
    moments: momentsText(family, short),
    natural_from_mean: fromMeans.map((value, i) => ({
      name: family.natural[i]!.name,
      value: written(value),
    })),
    fisher_information: fisherInformation(family).map((row) => row.map(short)),
    score: score(family).map(short),
    entropy: entropyText(shortened(closed), open),
    divergence: short(divergence(family, natural, prior, {})),
    conjugate_prior: {
      log_density: short(conjugate.logDensity),
      update: conjugate.update.map(({ name, by }) => ({ name, value: `${name} + ${written(by)}` })),
    },
    natural_gradient: naturalGradientText(family),
  };
};

const partitionText = (partition: Expression): string =>
  partition.kind === 'apply' && partition.operator === 'cumulant'
    ? `${written(partition)}, by quadrature at ${(partition.arguments.length - 2) / 2} points`
    : written(partition);

/** What is known of a family whose log-partition is not: expectations are drawn. */
const sampledText = (family: Family): Derived => {
  const names = family.natural.map(({ name }) => name).join(', ');
  return {
    log_density: `${written(unnormalisedLogDensity(family))} − A(${names})`,
    log_partition: 'intractable',
    where: [],
    mean: family.statistic.map((_, i) => ({ name: expectationName(family, i), value: 'no closed form' })),
    moments: [],
    natural_from_mean: [],
    fisher_information: [],
    score: family.statistic.map(({ value }, i) => `${written(value)} − ${expectationName(family, i)}`),
    entropy: '',
    divergence: '',
    conjugate_prior: null,
    natural_gradient: naturalGradientText(family),
  };
};

const ofPrior = (eta: Expression): Expression =>
  replaceReads(eta, ({ name, subscripts }) => read(`${name}₀`, subscripts));

const namedAll = (values: Readonly<Record<string, Expression>>): readonly Named[] =>
  Object.entries(values).map(([name, value]) => ({ name, value: written(value) }));

/** `E[log(x)]`. */
const expectationName = (family: Family, i: number): string => `E[${written(family.statistic[i]!.value)}]`;

/** G⁻¹ ∇ of E[f] + KL(q ‖ prior): the gradient in the means, and the way back to the prior. */
const naturalGradientText = (family: Family): readonly Named[] =>
  naturalReads(family).map((eta, i) => ({
    name: family.natural[i]!.name,
    value: `∂E[f]/∂${family.natural.length > 1 ? meanName(i) : 'μ'} + ${written(subtract(eta, ofPrior(eta)))}`,
  }));

const entropyText = (closed: Expression, open: Expression): string => {
  if (isConstant(open, 0)) return written(closed);
  const terms = open.kind === 'add' ? open.terms : [open];
  const negated = terms.every((term) => splitCoefficient(term).coefficient < 0);
  const rest = written(negated ? negate(open) : open);
  return `${isConstant(closed, 0) ? '' : `${written(closed)} `}${negated ? '+' : '−'} E[${rest}]`;
};

const momentsText = (family: Family, short: (node: Expression) => string): readonly Named[] => {
  const [mean, variance] = [meanOfValue(family), varianceOfValue(family)];
  const isStatistic = meanParameters(family).some((known) => known === mean);
  return [
    ...(mean === null || isStatistic
      ? []
      : [{ name: 'E[x]', value: `${short(mean)}${conditionText(family, 1)}` }]),
    ...(variance === null ||
    (isStatistic && family.natural.length === 1 && eventIndices(family, 0).length === 0)
      ? []
      : [{ name: 'Var[x]', value: `${short(variance)}${conditionText(family, 2)}` }]),
  ];
};

/** `,  where eta < −1`: other members have no such moment. */
const conditionText = (family: Family, n: number): string => {
  const conditions = domainOfPower(family, n).map((domain) => domainText(domain.name, domain));
  return conditions.length === 0 ? '' : `,  where ${conditions.join(' and ')}`;
};

const isLine = ({ low, high }: NaturalDomain): boolean => low === -Infinity && high === Infinity;

const domainText = (name: string, domain: NaturalDomain): string => {
  const { low, high } = domain;
  if (isLine(domain)) return '';
  const [below, above] = [low, high].map((bound) => numberText(bound));
  if (low === -Infinity) return `${name} < ${above}`;
  if (high === Infinity) return `${name} > ${below}`;
  return `${below} < ${name} < ${above}`;
};
const numberText = (value: number): string => written(constant(value));

const valuesText = (family: Family): string => {
  const { support, range, atom } = family;
  const from = range.low === null || isConstant(range.low, 0) ? '' : ` from ${written(range.low)}`;
  const to = range.high === null ? '' : ` up to ${written(range.high)}`;
  const point = atom === null ? '' : `, with an atom at ${written(atom)}`;
  const over = 'over' in support ? ` over ${support.over.join(', ')}` : '';
  switch (support.kind) {
    case 'count':
      return `whole numbers${from === '' ? ' from 0' : from}${to}`;
    case 'integer':
      return range.low === null && range.high === null
        ? 'whole numbers of either sign'
        : `whole numbers${range.low === null ? '' : ` from ${written(range.low)}`}${to}`;
    case 'binary':
      return '0 or 1';
    case 'spin':
      return '−1 or 1';
    case 'angle':
      return 'angles from −π to π';
    case 'unit':
      return `numbers between 0 and 1${point}`;
    case 'positive':
      return `positive numbers${from}${to}${point}`;
    case 'real':
      return `real numbers${range.low === null ? '' : ` from ${written(range.low)}`}${to}${point}`;
    case 'vector':
      return `real vectors${over}`;
    case 'one_hot':
      return `one-hot vectors${over}`;
    case 'simplex':
      return `positive vectors${over} that add up to 1`;
    case 'positive_definite':
      return `positive definite matrices${over}`;
  }
};

/** `sd: positive, or log_sd, or precision`. */
const parameterText = (family: Family, { name, support, fixed, over, initial }: FamilyParameter): string => {
  const others = family.also.filter(({ target }) => target === name).map((also) => `, or ${also.name}`);
  const kind = support.kind === 'positive_definite' ? 'positive definite' : support.kind;
  const along = over.length === 0 ? '' : ` over ${over.join(', ')}`;
  const start = initial === null ? '' : ` = ${written(initial)}`;
  return `${fixed ? 'fixed ' : ''}${name}: ${kind}${along}${start}${others.join('')}`;
};

const estimatorText = (family: Family): FamilyExplanation['gradient_estimator'] => {
  const estimator = estimatorOf(family);
  const { kind, why } = estimator;
  return { kind, why, rule: ruleText(family, estimator) };
};

const ruleText = (family: Family, estimator: ReturnType<typeof estimatorOf>): string => {
  switch (estimator.kind) {
    case 'two_point': {
      const scale = estimator.scale === one ? '' : `${written(estimator.scale)} · `;
      return `∇μ E[f] = ${scale}E[f(${numberText(estimator.high)}) − f(${numberText(estimator.low)})]`;
    }
    case 'next_count': {
      const change = 'f(x + 1) − f(x)';
      return estimator.weight === one
        ? `∇μ E[f] = E[${change}]`
        : `∇μ E[f] = E[(${written(estimator.weight)}) · (${change})]`;
    }
    case 'each_class':
      return '∇μ E[f] = f(each class), up to a constant';
    case 'implicit':
      return '∇η E[f] = E[f′(z) ∂z/∂η], ∂z/∂η = −(1/p(z)) ∫ up to z of (T − μ) p';
    case 'marginal':
      return '∇μ E[c₀ + c₁ x + c₂ x²] = c₁ + c₂ ∇μ E[x²]; of other f: E[f′(z) ∂z/∂η] off the atom';
    case 'pathwise':
      return `∇θ E[f] = E[f′(z) ∂z/∂θ], z = ${written(family.pathwise!)}`;
    case 'score':
      return '∇η E[f] = E[(T(x) − μ) f(x)]';
  }
};
