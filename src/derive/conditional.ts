/**
 * The law of one variable given all others, p(s | rest) ∝ exp(−E): what Gibbs sampling draws from and mean-field theory takes
 * the mean of. It follows from the support and the energy alone; a variable with a family keeps its family, with
 * η = b + Σ W T where the energy is linear in its statistics (papers.md 4.2).
 */
import {
  add,
  apply,
  constant,
  delta,
  divide,
  exp,
  isConstant,
  maximum,
  multiply,
  negate,
  read,
  subtract,
  sum,
  zero,
} from '../calculus/build.ts';
import { simplest } from '../calculus/collect.ts';
import { difference } from '../calculus/difference.ts';
import { dependsOn, derivative } from '../calculus/differentiate.ts';
import { expand } from '../calculus/expand.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import { freshIndex, renameIndices, replaceReads } from '../calculus/substitute.ts';
import type { Distribution, Model, Variable } from '../check/typed.ts';
import { messagesOf, parametersAt, productNaturals } from './conjugate.ts';
import { coupledAxes, isSmoothIn } from './coupling.ts';
import { energyTerms, unnormalisedAt } from './energy.ts';
import { atNaturals, eventIndices, fixedArguments, logDensityAt, naturals } from './family/family.ts';
import { holdsStatistic, statisticName, withValues } from './family/in-statistics.ts';
import { meanOfValue } from './family/moments.ts';
import { example, exampleNames, perExample, unitIndices, variableRead } from './free-energy.ts';

/** Of each unit, over the example's index and those of the units. */
export type Law =
  /** `logOdds` is E(low) − E(high). */
  | {
      readonly kind: 'two_point';
      readonly low: number;
      readonly high: number;
      readonly logOdds: Expression;
    }
  /** One of the entries of an axis, with these log weights. */
  | { readonly kind: 'choice'; readonly over: Index; readonly logits: Expression }
  | { readonly kind: 'normal'; readonly mean: Expression; readonly precision: Expression }
  /** A member of the variable's own family, known by its natural parameters; `rest` is the energy where its statistics are 0, without A of the prior. */
  | {
      readonly kind: 'member';
      readonly member: Distribution;
      readonly naturals: readonly Expression[];
      readonly prior: readonly Expression[];
      readonly rest: Expression;
    };

export type Conditional =
  | {
      readonly kind: 'law';
      readonly law: Law;
      /** Axes along which the law of a unit reads other units of the variable; without any they are independent. */
      readonly coupled: readonly Index[];
    }
  | { readonly kind: 'none'; readonly why: string };

const none = (why: string): Conditional => ({ kind: 'none', why });

/** The conditional of a variable of a model. */
export const conditionalLaw = (model: Model, variable: Variable): Conditional => {
  const { name } = variable;
  const layer = model.variables.find(
    ({ distribution }) =>
      distribution !== null &&
      distribution.family.logPartition === null &&
      naturals(distribution).some((eta) => dependsOn(eta, name)),
  );
  if (layer !== undefined)
    return none(`the log-partition of ${layer.name} depends on ${name} and is intractable`);
  const touching = energyTerms(model).filter(({ value }) => dependsOn(value, name));
  if (touching.length === 0) return none(`the energy does not depend on ${name}`);
  return lawIn(model, add(...touching.map(({ value }) => value)), variable);
};

/** The conditional under any energy of the model's variables, a number per example. */
export const lawIn = (model: Model, energy: Expression, variable: Variable): Conditional => {
  switch (variable.support.kind) {
    case 'binary':
      return twoPoint(energy, variable, 0, 1);
    case 'spin':
      return twoPoint(energy, variable, -1, 1);
    case 'one_hot':
      return choice(energy, variable, variable.support.over);
    case 'real': {
      const normal = normalLaw(energy, variable);
      return normal.kind === 'none' && variable.distribution !== null
        ? memberLaw(model, energy, variable)
        : normal;
    }
    default:
      return variable.distribution === null
        ? none(
            `${variable.name} is ${variable.support.kind} without a family: of states only binary, spin, one_hot and real ones have a known law`,
          )
        : memberLaw(model, energy, variable);
  }
};

/** E(high) − E(low) of each unit, the others as they are. */
const twoPoint = (energy: Expression, variable: Variable, low: number, high: number): Conditional => {
  const { name } = variable;
  const own = variableRead(variable);
  const places = [example, ...variable.indices];
  const smooth = isSmoothIn(energy, name);
  const slope = derivative(energy, name, places);
  const curvature = derivative(slope, name, places);
  const isQuadratic = smooth && vanishes(derivative(curvature, name, places));
  const moved = (to: number): Expression =>
    difference(energy, name, places, subtract(constant(to), own), [example]);
  // Of a quadratic the slope half way is exact.
  const change = isQuadratic
    ? multiply(
        constant(high - low),
        add(slope, multiply(curvature, subtract(constant((high + low) / 2), own))),
      )
    : subtract(moved(high), moved(low));
  const logOdds = negate(change);
  const coupled = coupledAxes(logOdds, variable, smooth);
  return {
    kind: 'law',
    law: { kind: 'two_point', low, high, logOdds: withoutOwn(logOdds, variable, coupled) },
    coupled,
  };
};

/** −E(unit = e_k), up to what all k share. */
const choice = (energy: Expression, variable: Variable, events: readonly Index[]): Conditional => {
  const { name, indices } = variable;
  const [over, ...more] = events;
  if (over === undefined || more.length > 0)
    return none(`${name} chooses among the entries of more than one axis`);
  const smooth = isSmoothIn(energy, name);
  const places = [example, ...indices];
  const other = (index: Index): readonly Index[] => places.map((place) => (place === over ? index : place));
  const [second, third] = [freshIndex(over), freshIndex(over)];
  const slope = derivative(energy, name, places);
  const curvature = derivative(slope, name, other(second));
  const isQuadratic = smooth && vanishes(derivative(curvature, name, other(third)));
  const logits = (): Expression => {
    if (isQuadratic) {
      const diagonal = renameIndices(curvature, new Map([[second, over]]));
      const inside = sum([second], multiply(curvature, read(name, other(second))));
      return negate(add(slope, negate(inside), multiply(constant(0.5), diagonal)));
    }
    const chosen = freshIndex(over);
    const by = subtract(delta(over, chosen), read(name, places));
    const change = difference(energy, name, places, by, [example], [over]);
    return renameIndices(negate(change), new Map([[chosen, over]]));
  };
  const weights = logits();
  const coupled = coupledAxes(weights, variable, smooth);
  return {
    kind: 'law',
    law: { kind: 'choice', over, logits: withoutOwn(weights, variable, coupled) },
    coupled,
  };
};

/** E = ½ a s² − b s + c in each unit: a normal with precision a and mean b / a. */
const normalLaw = (energy: Expression, variable: Variable): Conditional => {
  const { name } = variable;
  const places = [example, ...variable.indices];
  if (!isSmoothIn(energy, name))
    return none(`the energy has kinks or jumps in ${name}, so it is not quadratic in a unit of it`);
  const slope = derivative(energy, name, places);
  const precision = simplest(derivative(slope, name, places));
  if (!vanishes(derivative(precision, name, places)))
    return none(`the energy is not quadratic in a unit of ${name}`);
  if (vanishes(precision)) return none(`the energy is linear in ${name}: it has no least value in it`);
  if (isConstant(precision) && !(precision.kind === 'constant' && precision.value > 0))
    return none(`the energy falls without end in ${name}: its curvature there is negative`);
  const drive = subtract(multiply(precision, variableRead(variable)), slope);
  const coupled = [
    ...new Set([...coupledAxes(drive, variable, true), ...coupledAxes(precision, variable, true)]),
  ];
  const mean = divide(withoutOwn(drive, variable, coupled), precision);
  return { kind: 'law', law: { kind: 'normal', mean, precision }, coupled };
};

/** The prior's natural parameters plus the coefficients of the statistics in everything else. */
const memberLaw = (model: Model, energy: Expression, variable: Variable): Conditional => {
  const member = variable.distribution!;
  const { family } = member;
  const names = exampleNames(model, null);
  const units = unitIndices(variable);
  const fixed = fixedArguments(member);
  const own = variableRead(variable);
  const density = family.logPartition === null ? unnormalisedAt(variable, own) : logDensityAt(member, own);
  const likelihood = negate(add(energy, sum(units, perExample(density, names))));
  const found = messagesOf(model, variable, likelihood, [example]);
  if (found.kind === 'none') return found;
  const messages = found.messages.map(simplest);
  const isVector = family.statistic.some((_, i) => eventIndices(family, i).length > 0);
  const readsOwn = (message: Expression): boolean =>
    family.statistic.some((_, j) => !vanishes(derivative(message, statisticName(j), [example, ...units])));
  if (messages.some((message) => (isVector ? holdsStatistic(message) : readsOwn(message))))
    return none(
      `the energy is not linear in the statistics of ${family.name}, unit by unit of ${variable.name}`,
    );
  const coupled = messages.flatMap((message) =>
    family.statistic.flatMap((_, j) =>
      coupledAxes(message, { ...variable, name: statisticName(j) }, isSmoothIn(message, statisticName(j))),
    ),
  );
  const values = { name: variable.name, family, fixed };
  const prior = naturals(member).map((eta) => perExample(eta, names));
  const natural = productNaturals([prior, messages.map((message) => withValues(message, values))]);
  const known = parametersAt(family, natural, fixed);
  return {
    kind: 'law',
    law: {
      kind: 'member',
      member: { family, arguments: { ...known, ...fixed }, natural, span: member.span },
      naturals: natural,
      prior,
      rest: negate(found.rest),
    },
    coupled: [...new Set(coupled)],
  };
};

/** Whether an expression is 0 everywhere, as far as multiplying out shows it. */
const vanishes = (node: Expression): boolean => expand(node) === zero;

/**
 * The law of a unit does not depend on the unit's own value. Where no other units are read either, what is left of the variable in
 * the formula has no effect, and any value may stand for it.
 */
const withoutOwn = (node: Expression, { name }: Variable, coupled: readonly Index[]): Expression => {
  if (coupled.length > 0 || !dependsOn(node, name)) return node;
  const plain = expand(node);
  return dependsOn(plain, name) ? replaceReads(plain, (found) => (found.name === name ? zero : null)) : plain;
};

/** What says which law it is. */
export const lawFormulas = (law: Law): readonly Expression[] => {
  switch (law.kind) {
    case 'two_point':
      return [law.logOdds];
    case 'choice':
      return [law.logits];
    case 'normal':
      return [law.mean, law.precision];
    case 'member':
      return law.naturals;
  }
};

/** The mean of each unit given the others, or null where it has no closed form. */
export const conditionalMean = (law: Law): Expression | null => {
  switch (law.kind) {
    case 'two_point':
      return add(constant(law.low), multiply(constant(law.high - law.low), apply('sigmoid', law.logOdds)));
    case 'choice':
      return softmax(law.logits, law.over);
    case 'normal':
      return law.mean;
    case 'member': {
      const { family } = law.member;
      const mean = family.logPartition === null ? null : meanOfValue(family);
      return mean === null ? null : atNaturals(mean, family, law.naturals, fixedArguments(law.member));
    }
  }
};

/** Shifted by the largest entry, so that no exponential overflows. */
export const softmax = (logits: Expression, over: Index): Expression => {
  const bound = freshIndex(over);
  const largest = apply('detach', maximum([bound], renameIndices(logits, new Map([[over, bound]]))));
  const weights = exp(subtract(logits, largest));
  return divide(weights, sum([bound], renameIndices(weights, new Map([[over, bound]]))));
};
