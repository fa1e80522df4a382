/**
 * Exact expectations of functions of independent units z, each a member of one family. The list is closed:
 *
 * 1. Polynomials of degree at most four in statistics of the units, by cumulants κ, which are derivatives of A:
 *    E f = f(μ) + ½ Σᵢ κ₂ f″ + ⅙ Σᵢ κ₃ f‴ + 1/24 Σᵢ κ₄ f⁗ + ⅛ Σᵢⱼ κ₂ κ₂ ∂²ᵢ∂²ⱼ f, all at μ.
 * 2. Exponentials of statistics: E exp(c · T) = exp(Σᵢ A(ηᵢ + cᵢ) − A(ηᵢ)), where η + c is inside the domain wherever η may be: the
 *    expectation is infinite elsewhere.
 * 3. Products of both: E[f exp(c · T)] = E[exp(c · T)] · E[f] with the second expectation under η + c.
 *
 * A value that is no statistic takes part where its logarithm is affine in the statistics: z^p = exp(p log z). Sums of such
 * terms, with coefficients that read anything else, are exact too. Everything else is drawn.
 */
import { add, constant, exp, multiply, subtract, sum, zero } from '../../calculus/build.ts';
import { dependsOn, derivative } from '../../calculus/differentiate.ts';
import { expand } from '../../calculus/expand.ts';
import type { Expression, Index } from '../../calculus/expression.ts';
import { print } from '../../calculus/print.ts';
import type { Ranges } from '../../calculus/range.ts';
import { smoothnessIn } from '../../calculus/smoothness.ts';
import { freshIndex, renameIndices, replaceReads, walk } from '../../calculus/substitute.ts';
import type { Family } from '../../check/typed.ts';
import { outsideOfDomain, type Narrower } from './domain.ts';
import { atNaturals, eventIndices, logPartition } from './family.ts';
import { holdsStatistic, inStatistics, isStatistic, statisticName, withValues } from './in-statistics.ts';
import { culpritIn, degreeOf } from './polynomial.ts';

/** Independent units under one name. */
export interface Units {
  readonly name: string;
  /** Indices that every term shares with the units: each example has its own. */
  readonly shared: readonly Index[];
  /** Indices that tell the units of one example apart. */
  readonly own: readonly Index[];
  readonly family: Family;
  /** Natural parameters, over all indices of the units. */
  readonly naturals: readonly Expression[];
  readonly fixed: Readonly<Record<string, Expression>>;
  /** Where all that is read lies. */
  readonly ranges: Ranges;
}

/** Why an expectation is not in the list, and what may be done about it besides drawing. */
export interface Obstacle {
  readonly why: string;
  /** The interval in which a natural parameter has to stay, or null. */
  readonly narrower: Narrower | null;
}
export type Exact =
  | { readonly kind: 'exact'; readonly value: Expression }
  | { readonly kind: 'open'; readonly obstacle: Obstacle };

const highestDegree = 4;

/** E[node] over the units' draws, or why it is not in the list. */
export const exactExpectation = (node: Expression, units: Units): Exact => {
  const { family, name } = units;
  if (!dependsOn(node, name)) return { kind: 'exact', value: node };
  if (family.logPartition === null) return open(`the log-partition of ${family.name} is intractable`);
  if (family.natural.some((_, i) => eventIndices(family, i).length > 0))
    return open(`a value of ${family.name} is an array, whose entries are not independent`);
  const plain: Expression[] = [];
  const tilted: Expression[] = [];
  for (const term of termsOf(inStatistics(node, units, { powersUpTo: highestDegree })))
    (holdsExponential(term) ? tilted : plain).push(term);
  const products = tilted.flatMap((term) => termsOf(expand(term)).map(flatten));
  const parts = [
    ...(plain.length === 0 ? [] : [polynomial(add(...plain), units, noTilt(units))]),
    ...products.map((product) => tiltedProduct(product, units)),
  ];
  const obstacles = parts.flatMap((part) => (part.kind === 'open' ? [part.obstacle] : []));
  if (obstacles.length > 0) return { kind: 'open', obstacle: obstacles.reduce(harder) };
  return {
    kind: 'exact',
    value: add(...parts.map((part) => (part.kind === 'exact' ? part.value : zero))),
  };
};

const open = (why: string, narrower: Narrower | null = null): Exact => ({
  kind: 'open',
  obstacle: { why, narrower },
});
/** Of two obstacles the one that stays when the other is gone: what no interval removes, or what needs the narrower one. */
const harder = (a: Obstacle, b: Obstacle): Obstacle => {
  if (a.narrower === null || b.narrower === null) return a.narrower === null ? a : b;
  return b.narrower.low > a.narrower.low || b.narrower.high < a.narrower.high ? b : a;
};
const termsOf = (node: Expression): readonly Expression[] => (node.kind === 'add' ? node.terms : [node]);
const factorsOf = (node: Expression): readonly Expression[] =>
  node.kind === 'multiply' ? node.factors : [node];

const isExponential = (node: Expression): boolean =>
  node.kind === 'apply' && node.operator === 'exp' && holdsStatistic(node);
const holdsExponential = (node: Expression): boolean => {
  let found = false;
  walk(node, (part) => {
    if (isExponential(part)) found = true;
  });
  return found;
};

/** Σ over indices of a product of factors; its indices stand in no other expression. */
interface Product {
  readonly over: readonly Index[];
  readonly factors: readonly Expression[];
}
const flatten = (node: Expression): Product => {
  const parts = factorsOf(node).map((factor): Product => {
    if (factor.kind !== 'sum' || !holdsStatistic(factor)) return { over: [], factors: [factor] };
    const apart = new Map(factor.over.map((index) => [index, freshIndex(index)]));
    const inside = flatten(renameIndices(factor.body, apart));
    return { over: [...apart.values(), ...inside.over], factors: inside.factors };
  });
  return { over: parts.flatMap(({ over }) => over), factors: parts.flatMap(({ factors }) => factors) };
};

const tiltedProduct = ({ over, factors }: Product, units: Units): Exact => {
  const exponent = add(
    ...factors.filter(isExponential).map((factor) => (factor.kind === 'apply' ? factor.arguments[0]! : zero)),
  );
  const rest = multiply(...factors.filter((factor) => !isExponential(factor)));
  const tilt = tiltOf(exponent, units);
  if (tilt === null)
    return open(`exp(${shown(exponent, units)}) is no exponential of statistics of ${units.family.name}`);
  const outside = outsideOfDomain(tilt.c, units);
  if (outside !== null) {
    const { inside, known, narrower } = outside;
    return open(
      `${shown(exp(exponent), units)} has a finite mean only for ${inside}, and ${known}`,
      narrower,
    );
  }
  const level = replaceReads(exponent, (found) => (isStatistic(found) ? zero : null));
  const inside = polynomial(rest, units, tilt);
  if (inside.kind === 'open') return inside;
  const moment = exp(add(level, logMomentOf(tilt, units)));
  return { kind: 'exact', value: sum(over, multiply(moment, inside.value)) };
};

/** What is added to each natural parameter of the unit at `places`. */
interface Tilt {
  readonly places: readonly Index[];
  readonly c: readonly Expression[];
}
const noTilt = ({ own, family }: Units): Tilt => ({
  places: own.map(freshIndex),
  c: family.natural.map(() => zero),
});

const tiltOf = (exponent: Expression, units: Units): Tilt | null => {
  const places = units.own.map(freshIndex);
  const c = units.family.natural.map((_, i) =>
    derivative(exponent, statisticName(i), [...units.shared, ...places]),
  );
  const statistics = units.family.natural.map((_, i) => statisticName(i));
  const isLinear =
    !c.some((part) => holdsStatistic(part) || dependsOn(part, units.name)) &&
    !dependsOn(exponent, units.name) &&
    // Slopes alone do not see a jump.
    smoothnessIn(exponent, statistics, units.ranges) === 'smooth';
  return isLinear ? { places, c } : null;
};

const naturalsAt = ({ own, naturals }: Units, places: readonly Index[]): readonly Expression[] =>
  naturals.map((eta) => renameIndices(eta, new Map(own.map((index, n) => [index, places[n]!]))));

/** Σ over units of A(η + c) − A(η). A c that is 0 but for one unit (a delta) leaves the others out. */
const logMomentOf = ({ places, c }: Tilt, units: Units): Expression => {
  const { family, fixed } = units;
  const eta = naturalsAt(units, places);
  const partition = (moved: readonly Expression[]): Expression =>
    atNaturals(
      logPartition(family),
      family,
      eta.map((value, i) => add(value, moved[i]!)),
      fixed,
    );
  const base = partition(c.map(() => zero));
  const marksOf = (term: Expression): Expression =>
    multiply(...factorsOf(term).filter(({ kind }) => kind === 'delta'));
  const marks = [
    ...new Set(
      c
        .flatMap(termsOf)
        .filter((term) => term !== zero)
        .map(marksOf),
    ),
  ].filter((mark) => mark.indices.length > 0);
  /** A(η + c) − A(η), where a product of deltas is 1 or 0: A at 0 and the step to 1. */
  const moved = (left: readonly Expression[], shifts: readonly Expression[]): Expression => {
    const [mark, ...others] = left;
    if (mark === undefined) return subtract(partition(shifts), base);
    const part = c.map((own) =>
      add(
        ...termsOf(own)
          .filter((term) => marksOf(term) === mark)
          .map((term) => multiply(...factorsOf(term).filter(({ kind }) => kind !== 'delta'))),
      ),
    );
    const without = moved(others, shifts);
    const raised = moved(
      others,
      shifts.map((shift, i) => add(shift, part[i]!)),
    );
    return add(without, multiply(mark, subtract(raised, without)));
  };
  const even = c.map((own) => add(...termsOf(own).filter((term) => marksOf(term).indices.length === 0)));
  return sum(places, moved(marks, even));
};

/** The expectation of a polynomial in the statistics under naturals moved by the tilt. */
const polynomial = (node: Expression, units: Units, tilt: Tilt): Exact => {
  const degree = degreeOf(node);
  if (dependsOn(node, units.name) || degree === null)
    return open(
      `${shown(culpritIn(node, units.name), units)} is no polynomial in statistics of ${units.family.name}`,
    );
  if (degree > highestDegree)
    return open(`the degree in statistics of ${units.family.name} is ${degree}, more than ${highestDegree}`);
  const { family, shared, own, fixed } = units;
  const used = family.natural.map((_, i) => i).filter((i) => dependsOn(node, statisticName(i)));
  const cumulant = (which: readonly number[], places: readonly Index[]): Expression => {
    const node = which.reduce(
      (value, i) => derivative(value, family.natural[i]!.name, []),
      logPartition(family),
    );
    const moved = tilt.c.map((c) =>
      renameIndices(c, new Map(tilt.places.map((index, n) => [index, places[n]!]))),
    );
    return atNaturals(
      node,
      family,
      naturalsAt(units, places).map((eta, i) => add(eta, moved[i]!)),
      fixed,
    );
  };
  const means = used.map((i) => [i, cumulant([i], tilt.places)] as const);
  const atMeans = (part: Expression): Expression =>
    means.reduce(
      (value, [i, mean]) =>
        replaceReads(value, (found) => {
          if (found.name !== statisticName(i)) return null;
          const at = found.subscripts.slice(shared.length);
          return renameIndices(mean, new Map(tilt.places.map((index, n) => [index, at[n]!])));
        }),
      part,
    );
  const slope = (part: Expression, i: number, places: readonly Index[]): Expression =>
    derivative(part, statisticName(i), [...shared, ...places]);
  /** Σ over one unit and over statistics of κ_n times the n-th slopes of `part`. */
  const charge = (
    part: Expression,
    order: number,
    finish: (slopes: Expression) => Expression,
  ): Expression => {
    const places = own.map(freshIndex);
    const go = (current: Expression, which: readonly number[]): readonly Expression[] => {
      if (current === zero) return [];
      if (which.length === order) return [multiply(cumulant(which, places), finish(current))];
      return used.flatMap((i) => go(slope(current, i, places), [...which, i]));
    };
    return sum(places, add(...go(part, [])));
  };
  const times = (factor: number, value: Expression): Expression => multiply(constant(factor), value);
  const parts = [atMeans(node)];
  if (degree >= 2) parts.push(times(1 / 2, charge(node, 2, atMeans)));
  if (degree >= 3) parts.push(times(1 / 6, charge(node, 3, atMeans)));
  if (degree >= 4) {
    parts.push(times(1 / 24, charge(node, 4, atMeans)));
    parts.push(
      times(
        1 / 8,
        charge(node, 2, (slopes) => charge(slopes, 2, atMeans)),
      ),
    );
  }
  return { kind: 'exact', value: add(...parts) };
};

/** An expression for a message, without the marks of indices that were set apart. */
const shown = (node: Expression, units: Units): string => {
  const values = withValues(node, units);
  return print(values, { hide: [...units.shared, ...values.indices.filter((index) => index.includes('°'))] });
};
