/**
 * The distribution that annealing begins with: independent units, so that it can be drawn from and its normaliser is known. Observed
 * variables are at the data's means (Salakhutdinov and Murray 2008); others at their law where what they depend on is at its
 * reference: the data, the data's mean, or a neutral value.
 */
import {
  add,
  constant,
  divide,
  half,
  log,
  multiply,
  negate,
  one,
  power,
  read,
  size,
  square,
  subtract,
  sum,
  zero,
} from '../calculus/build.ts';
import { axisOf, type Expression, type Index } from '../calculus/expression.ts';
import { replaceReads } from '../calculus/substitute.ts';
import type { Model, Variable } from '../check/typed.ts';
import { parametersAt } from './conjugate.ts';
import { lawIn, type Law } from './conditional.ts';
import { atNaturals, eventIndices, fixedArguments, unnormalisedLogDensity } from './family/family.ts';
import { example, unitIndices, variableRead } from './free-energy.ts';

/** The base law of one variable, in terms of reads of what `values` gives. */
export interface BaseLaw {
  readonly variable: Variable;
  readonly law: Law;
  /** What the law's formulas read: arrays per example. */
  readonly values: readonly {
    readonly name: string;
    readonly indices: readonly Index[];
    readonly value: Expression;
  }[];
}

/** Names under which the data's mean and variance of each unit of an observed variable are read, without the example. */
export const dataMeanName = (variable: string): string => `${variable}.data_mean`;
export const dataVarianceName = (variable: string): string => `${variable}.data_variance`;

/**
 * @param energy of all variables, per example
 * @param free what is drawn; the others are clamped
 * @param known free variables of which the data's mean and variance are known
 */
export const baseLaws = (
  model: Model,
  energy: Expression,
  free: readonly Variable[],
  known: ReadonlySet<string>,
): readonly BaseLaw[] => free.map((variable) => baseLaw(model, energy, variable, free, known));

const baseLaw = (
  model: Model,
  energy: Expression,
  variable: Variable,
  free: readonly Variable[],
  known: ReadonlySet<string>,
): BaseLaw => {
  const { name, indices, support } = variable;
  const places = [example, ...indices];
  const mean = read(dataMeanName(name), indices);
  const own = (part: string, at: readonly Index[]): Expression => read(`${name}.${part}`, at);
  const put = (part: string, at: readonly Index[], value: Expression) => ({
    name: `${name}.${part}`,
    indices: at,
    value,
  });
  const atReference = (node: Expression): Expression =>
    replaceReads(node, (found) => {
      const other = free.find((one) => one.name === found.name);
      if (other === undefined) return null;
      return known.has(other.name)
        ? read(dataMeanName(other.name), found.subscripts.slice(1))
        : neutral(other);
    });
  const found = lawIn(model, energy, variable);
  const law = found.kind === 'law' ? found.law : null;
  const hasData = known.has(name);
  if (support.kind === 'binary' || support.kind === 'spin') {
    const [low, high] = support.kind === 'binary' ? [0, 1] : [-1, 1];
    const given = law?.kind === 'two_point' ? atReference(law.logOdds) : zero;
    const odds = hasData
      ? subtract(log(subtract(mean, constant(low))), log(subtract(constant(high), mean)))
      : given;
    return {
      variable,
      law: { kind: 'two_point', low, high, logOdds: own('base_log_odds', places) },
      values: [put('base_log_odds', places, odds)],
    };
  }
  if (support.kind === 'one_hot') {
    const given = law?.kind === 'choice' ? atReference(law.logits) : zero;
    return {
      variable,
      law: { kind: 'choice', over: support.over[0]!, logits: own('base_logits', places) },
      values: [put('base_logits', places, hasData ? log(mean) : given)],
    };
  }
  if (law?.kind === 'member') {
    const { family } = law.member;
    const fixed = fixedArguments(law.member);
    const places = (i: number): readonly Index[] => [
      example,
      ...unitIndices(variable),
      ...eventIndices(family, i),
    ];
    const reads = law.naturals.map((_, i) => own(`base_natural${i + 1}`, places(i)));
    return {
      variable,
      law: {
        kind: 'member',
        member: {
          family,
          arguments: { ...parametersAt(family, reads, fixed), ...fixed },
          natural: reads,
          span: law.member.span,
        },
        naturals: reads,
        prior: [],
        rest: zero,
      },
      values: law.naturals.map((value, i) => put(`base_natural${i + 1}`, places(i), atReference(value))),
    };
  }
  // Of an energy without a law: a standard normal.
  const normal = law?.kind === 'normal' ? law : { mean: zero, precision: one };
  return {
    variable,
    law: {
      kind: 'normal',
      mean: own('base_mean', places),
      precision: own('base_precision', places),
    },
    values: [
      put('base_mean', places, hasData ? mean : atReference(normal.mean)),
      put(
        'base_precision',
        places,
        hasData ? power(read(dataVarianceName(name), indices), -1) : atReference(normal.precision),
      ),
    ],
  };
};

/** What another variable is taken to be where nothing is known of it. */
export const neutral = ({ support }: Variable): Expression => {
  switch (support.kind) {
    case 'positive':
      return one;
    case 'unit':
      return half;
    case 'one_hot':
    case 'simplex':
      return divide(one, multiply(one, ...support.over.map((index) => size(axisOf(index)))));
    default:
      return zero;
  }
};

/** The energy of independent units with these laws, up to a constant: what annealing weighs with 1 − β. */
export const baseEnergy = (laws: readonly BaseLaw[]): Expression =>
  add(zero, ...laws.map(({ variable, law }) => energyOfLaw(law, variable)));

const energyOfLaw = (law: Law, variable: Variable): Expression => {
  const own = variableRead(variable);
  const total = (node: Expression): Expression => sum(variable.indices, node);
  switch (law.kind) {
    case 'two_point':
      return negate(
        total(multiply(constant(1 / (law.high - law.low)), law.logOdds, subtract(own, constant(law.low)))),
      );
    case 'choice':
      return negate(total(multiply(law.logits, own)));
    case 'normal':
      return total(multiply(half, law.precision, square(subtract(own, law.mean))));
    case 'member': {
      const { family } = law.member;
      const values = { ...fixedArguments(law.member), x: own };
      const density = atNaturals(unnormalisedLogDensity(family), family, law.naturals, values);
      return negate(sum(unitIndices(variable), density));
    }
  }
};
