/** The cases of `../shared/reference/families.json` in the words of the standard library. */
import { expect } from 'vitest';
import { existsSync, readFileSync } from 'node:fs';
import { evaluate, type NamedArray } from '../../../src/calculus/evaluate.ts';
import { axisOf, type Expression, type Index } from '../../../src/calculus/expression.ts';
import { read } from '../../../src/calculus/build.ts';
import { walk } from '../../../src/calculus/substitute.ts';
import { eventAxes } from '../../../src/check/family-names.ts';
import type { Family } from '../../../src/check/typed.ts';
import {
  divergenceOf,
  entropyOf,
  fisherOf,
  logDensityOf,
  meanOf,
  memberOf,
  type Member,
} from '../../../src/derive/family/member.ts';
import { checkedFile } from '../support.ts';

type Numbers = number | readonly number[] | readonly (readonly number[])[];
type Given = Readonly<Record<string, Numbers>>;

export interface ReferenceCase {
  readonly family: string;
  readonly params: Given;
  readonly x: readonly (number | readonly number[])[];
  readonly logp: readonly number[];
  /** The statistics follow in our order, flattened; the one case of `MultivariateNormal` has no statistics. */
  readonly mean_statistics?: readonly number[];
  readonly cov_statistics?: readonly (readonly number[])[];
  readonly mean?: Numbers;
  readonly covariance?: readonly (readonly number[])[];
  readonly entropy: number;
  readonly kl_to: { readonly params: Given; readonly value: number };
}

const path = new URL('../../../../shared/reference/families.json', import.meta.url);
export const isThere = existsSync(path);
export const cases: readonly ReferenceCase[] = isThere
  ? (JSON.parse(readFileSync(path, 'utf8')) as { cases: ReferenceCase[] }).cases
  : [];

/** The reference's names of parameters where ours differ. Through most of these, a family is given in another parametrisation. */
const renamed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  LogNormal: { mu: 'mean', sigma: 'sd' },
  Bernoulli: { prob: 'probability' },
  Binomial: { prob: 'probability' },
  Geometric: { prob: 'probability' },
  NegativeBinomial: { prob: 'probability' },
  ContinuousBernoulli: { prob: 'probability' },
  Categorical: { probs: 'probabilities' },
  Laplace: { mean: 'centre' },
};

const families = new Map<string, Family>();
export const familyNamed = (name: string): Family => {
  const known = families.get(name);
  if (known !== undefined) return known;
  const found = checkedFile(`stdlib/families/${name}.nsm`).families.find((one) => one.name === name)!;
  families.set(name, found);
  return found;
};

const arrayOf = (value: Numbers, indices: readonly Index[]): NamedArray => {
  const shape: number[] = [];
  for (let rest: unknown = value; Array.isArray(rest); rest = rest[0]) shape.push(rest.length);
  return { indices, shape, values: Float64Array.from([value].flat(2)) };
};

/** Axes of a parameter, in whichever parametrisation it has its name. */
const axesOf = (family: Family, name: string): readonly Index[] => {
  const own = family.parameters.find((one) => one.name === name);
  if (own !== undefined) return own.over;
  const also = family.also.find((one) => one.name === name);
  let found: readonly Index[] = [];
  if (also !== undefined)
    walk(also.value, (node) => {
      if (node.kind === 'read' && node.name === name) found = node.subscripts;
    });
  return found;
};

export interface Parametrised {
  readonly family: Family;
  /** What is given, by our names. */
  readonly given: Readonly<Record<string, NamedArray>>;
  /** The main parameters, as formulas of what is given. */
  readonly arguments: Readonly<Record<string, Expression>>;
  readonly sizes: Readonly<Record<string, number>>;
}

/** A member as the reference gives it. */
export const parametrised = (name: string, params: Given): Parametrised => {
  const family = familyNamed(name);
  const given: Record<string, NamedArray> = {};
  for (const [theirs, value] of Object.entries(params)) {
    const ours = renamed[name]?.[theirs] ?? theirs;
    given[ours] = arrayOf(value, axesOf(family, ours));
  }
  const mains: Record<string, Expression> = {};
  for (const { name: main, over } of family.parameters) {
    const also = family.also.find((one) => one.target === main && given[one.name] !== undefined);
    if (given[main] !== undefined) mains[main] = read(main, over);
    else if (also !== undefined) mains[main] = also.value;
    else throw new Error(`the reference has no ${main} for ${name}`);
  }
  const sizes = Object.fromEntries(
    Object.values(given).flatMap(({ indices, shape }) =>
      indices.map((index, axis) => [axisOf(index), shape[axis]!] as const),
    ),
  );
  return { family, given, arguments: mains, sizes };
};

export const memberFrom = (one: Parametrised): Member => {
  const values = Object.fromEntries(
    Object.entries(one.arguments).map(([name, formula]) => [
      name,
      evaluate(formula, (wanted) => one.given[wanted]!, one.sizes),
    ]),
  );
  return memberOf(one.family, values, one.sizes);
};

/** A value of the family: class numbers become vectors with a single 1. */
export const valueOf = (
  { family, sizes }: Parametrised,
  x: number | readonly number[],
): number | NamedArray => {
  const axes = eventAxes(family.support);
  if (typeof x !== 'number') return arrayOf(x, axes);
  if (family.support.kind !== 'one_hot') return x;
  return arrayOf(
    Array.from({ length: sizes[axisOf(axes[0]!)]! }, (_, n) => (n === x ? 1 : 0)),
    axes,
  );
};

/**
 * |found − wanted| as a share of |wanted|. Below a hundredth of `scale`, the size of what the quantity is compared with (the
 * spread of a statistic, 1 nat), it is a share of that: a mean of 0 has no relative error, and quadrature finds 7e-12 for it.
 */
export const errorOf = (found: number, wanted: number, scale: number): number => {
  if (found === wanted) return 0;
  return Math.abs(found - wanted) / Math.max(Math.abs(wanted), 0.01 * scale);
};

/** What one case says, quantity by quantity, with the scale of each number. */
export interface Quantity {
  readonly name: string;
  readonly wanted: readonly number[];
  readonly scale: readonly number[];
}
export const quantitiesOf = (one: ReferenceCase): readonly Quantity[] => {
  const ones = (numbers: readonly number[]): Quantity['scale'] => numbers.map(() => 1);
  const quantities: Quantity[] = [
    { name: 'log density', wanted: one.logp, scale: ones(one.logp) },
    { name: 'entropy', wanted: [one.entropy], scale: [1] },
    { name: 'divergence', wanted: [one.kl_to.value], scale: [1] },
  ];
  const covariance = one.cov_statistics;
  if (one.mean_statistics !== undefined && covariance !== undefined) {
    const spread = covariance.map((row, i) => Math.sqrt(row[i]!));
    quantities.push(
      { name: 'mean of the statistics', wanted: one.mean_statistics, scale: spread },
      {
        name: 'covariance of the statistics',
        wanted: covariance.flat(),
        scale: spread.flatMap((a) => spread.map((b) => a * b)),
      },
    );
    return quantities;
  }
  // Statistics x and x xᵀ: their means are m and S + m mᵀ, and the covariance of the first is S.
  const mean = one.mean as readonly number[];
  const second = one.covariance!.flatMap((row, i) => row.map((entry, j) => entry + mean[i]! * mean[j]!));
  const first = one.covariance!.flat();
  quantities.push(
    {
      name: 'mean of the statistics',
      wanted: [...mean, ...second],
      scale: [...ones(mean), ...ones(second)],
    },
    { name: 'covariance of the statistics', wanted: first, scale: ones(first) },
  );
  return quantities;
};

export const words = ({ family, params }: ReferenceCase): string => `${family} ${JSON.stringify(params)}`;

/** Numbers by the names of the quantities in `quantitiesOf`. */
export type Found = Readonly<Record<string, readonly number[]>>;

export const expectCase = (
  one: ReferenceCase,
  found: Found,
  toleranceOf: (quantity: string) => number,
): void => {
  for (const { name, wanted, scale } of quantitiesOf(one)) {
    const values = found[name]!;
    expect(values.length, name).toBe(wanted.length);
    wanted.forEach((value, n) => {
      const message = `${name}[${n}] is ${values[n]}, not ${value}`;
      expect(errorOf(values[n]!, value, scale[n]!), message).toBeLessThan(toleranceOf(name));
    });
  }
};

/** The quantities of a case in float64. */
export const inNumbers = (one: ReferenceCase): Found => {
  const own = parametrised(one.family, one.params);
  const member = memberFrom(own);
  const fisher = fisherOf(member);
  const size = one.covariance?.length ?? fisher.length;
  return {
    'log density': one.x.map((x) => logDensityOf(member, valueOf(own, x))),
    entropy: [entropyOf(member)],
    divergence: [divergenceOf(member, memberFrom(parametrised(one.family, one.kl_to.params)))],
    'mean of the statistics': Array.from(meanOf(member)),
    'covariance of the statistics': fisher.slice(0, size).flatMap((row) => Array.from(row.subarray(0, size))),
  };
};
