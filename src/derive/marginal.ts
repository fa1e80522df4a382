/**
 * Variables taken out of an energy exactly: summed or integrated over, F = −log Σ_h exp(−E) (of a restricted Boltzmann machine
 * −a·v − Σ softplus(b + W v)), or put at their conditional means, which has the same gradient in parameters as F and is no longer
 * random (Rao and Blackwell).
 */
import {
  add,
  apply,
  constant,
  divide,
  half,
  log,
  maximum,
  multiply,
  negate,
  square,
  subtract,
  sum,
} from '../calculus/build.ts';
import { dependsOn } from '../calculus/differentiate.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import { replaceReads } from '../calculus/substitute.ts';
import type { Family, Model, Variable } from '../check/typed.ts';
import { lawFormulas, lawIn, softmax, type Law } from './conditional.ts';
import { atNaturals, eventIndices, fixedArguments, logPartition, meanParameters } from './family/family.ts';
import { unitIndices, variableOf } from './free-energy.ts';

/** An energy per example that no longer reads some variables, or why there is none. */
export type Reduced =
  { readonly kind: 'energy'; readonly value: Expression } | { readonly kind: 'none'; readonly why: string };

const none = (why: string): Reduced => ({ kind: 'none', why });

/** The energy without variables that are summed or integrated out, one after the other. */
export const marginal = (model: Model, energy: Expression, names: readonly string[]): Reduced =>
  names.reduce<Reduced>(
    (before, name) =>
      before.kind === 'none' ? before : takenOut(model, before.value, variableOf(model, name), summed),
    { kind: 'energy', value: energy },
  );

/**
 * The energy with the statistics of variables at their means given all others. The means are constants for derivatives: the gradient
 * in a parameter is that of the marginal.
 */
export const withMean = (model: Model, energy: Expression, names: readonly string[]): Reduced => {
  let value = energy;
  for (const name of names) {
    if (!dependsOn(value, name)) continue;
    const variable = variableOf(model, name);
    const others = names.filter((other) => other !== name);
    const reduced = takenOut(model, value, variable, (law, own, given) => {
      const other = others.find((one) => lawFormulas(law).some((formula) => dependsOn(formula, one)));
      return other === undefined
        ? averaged(law, own, given)
        : none(
            `${name} and ${other} depend on each other: the mean of a product is not the product of the means`,
          );
    });
    if (reduced.kind === 'none') return reduced;
    value = reduced.value;
  }
  return { kind: 'energy', value };
};

type TakeOut = (law: Law, variable: Variable, energy: Expression) => Reduced;

const takenOut = (model: Model, energy: Expression, variable: Variable, take: TakeOut): Reduced => {
  const { name } = variable;
  const found = lawIn(model, energy, variable);
  if (found.kind === 'none') return found;
  const { law, coupled } = found;
  if (coupled.length > 0)
    return none(
      `units of ${name} are coupled along ${coupled.join(' and ')}, so they have no law each of its own`,
    );
  return take(law, variable, energy);
};

/** The energy where every unit of a variable has one value. */
const energyAt = (energy: Expression, { name }: Variable, value: number): Expression =>
  replaceReads(energy, (found) => (found.name === name ? constant(value) : null));

/** −log Σ exp(−E) over the values of all units. */
const summed: TakeOut = (law, variable, energy) => {
  const units = unitIndices(variable);
  const value = (rest: Expression, perUnit: Expression): Reduced => ({
    kind: 'energy',
    value: subtract(rest, sum(units, perUnit)),
  });
  switch (law.kind) {
    case 'two_point':
      return value(energyAt(energy, variable, law.low), apply('softplus', law.logOdds));
    case 'choice':
      return value(energyAt(energy, variable, 0), logSumExp(law.logits, law.over));
    case 'normal': {
      // ∫ exp(−½ a s² + a m s) ds = exp(½ a m²) sqrt(2π / a).
      const { mean, precision } = law;
      const gaussian = subtract(constant(Math.log(2 * Math.PI)), log(precision));
      return value(
        energyAt(energy, variable, 0),
        multiply(half, add(multiply(precision, square(mean)), gaussian)),
      );
    }
    case 'member': {
      const { family } = law.member;
      if (family.logPartition === null)
        return none(`the log-partition of ${variable.name} is intractable: it cannot be summed out`);
      return value(law.rest, subtract(partitionAt(law, law.naturals), partitionAt(law, law.prior)));
    }
  }
};

/** The mean of the energy over all units, with their probabilities and means as constants. */
const averaged: TakeOut = (law, variable, energy) => {
  const units = unitIndices(variable);
  const fixed = (node: Expression): Expression => apply('detach', node);
  const value = (rest: Expression, perUnit: Expression): Reduced => ({
    kind: 'energy',
    value: add(rest, sum(units, perUnit)),
  });
  switch (law.kind) {
    case 'two_point':
      return value(
        energyAt(energy, variable, law.low),
        negate(multiply(fixed(apply('sigmoid', law.logOdds)), law.logOdds)),
      );
    case 'choice': {
      const shares = fixed(softmax(law.logits, law.over));
      return value(energyAt(energy, variable, 0), negate(sum([law.over], multiply(shares, law.logits))));
    }
    case 'normal': {
      const { mean, precision } = law;
      const squared = fixed(add(square(mean), divide(constant(1), precision)));
      return value(
        energyAt(energy, variable, 0),
        subtract(multiply(half, precision, squared), multiply(precision, mean, fixed(mean))),
      );
    }
    case 'member': {
      const { family, ...member } = law.member;
      if (family.logPartition === null)
        return none(`the log-partition of ${variable.name} is intractable: its mean has no formula`);
      const given = fixedArguments({ family, ...member });
      const drives = meanParameters(family).map((mean, i) =>
        sum(
          eventIndices(family, i),
          multiply(law.naturals[i]!, fixed(atNaturals(mean, family, law.naturals, given))),
        ),
      );
      return value(law.rest, subtract(partitionAt(law, law.prior), add(...drives)));
    }
  }
};

const partitionAt = (
  { member }: Extract<Law, { kind: 'member' }>,
  values: readonly Expression[],
): Expression => {
  const family: Family = member.family;
  return atNaturals(logPartition(family), family, values, fixedArguments(member));
};

const logSumExp = (logits: Expression, over: Index): Expression => {
  const largest = apply('detach', maximum([over], logits));
  return add(largest, log(sum([over], apply('exp', subtract(logits, largest)))));
};
