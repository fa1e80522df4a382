/** Letters for what a family's formulas repeat: a root or Mills' ratio inside of the log-partition, the mean and covariance of a vector. */
import {
  add,
  apply,
  constant,
  divide,
  half,
  multiply,
  negate,
  one,
  power,
  read,
  splitCoefficient,
  square,
  zero,
} from '../../calculus/build.ts';
import { print } from '../../calculus/print.ts';
import { millsName, readable } from '../../calculus/readable.ts';
import type { Expression, Index } from '../../calculus/expression.ts';
import { mapChildren, walk } from '../../calculus/substitute.ts';
import type { Family } from '../../check/typed.ts';
import { eventIndices, fisherInformation, isSymmetric } from './family.ts';

export interface Abbreviation {
  readonly letter: string;
  readonly value: Expression;
  /** Puts the letter in the place of what it stands for. */
  readonly shorten: (node: Expression) => Expression;
}

/** In the order in which they are to be used. */
export const abbreviationsOf = (family: Family): readonly Abbreviation[] => {
  if (family.logPartition === null) return [];
  return [...rootOf(family), ...millsOf(family), ...momentsOf(family)];
};

const freeLetter = ({ natural, parameters }: Family, letters: readonly string[]): string =>
  letters.find((letter) => ![...natural, ...parameters].some(({ name }) => name === letter))!;

const rewritten = (node: Expression, change: (node: Expression) => Expression | null): Expression => {
  const visit = (current: Expression): Expression => change(current) ?? mapChildren(current, visit);
  return visit(node);
};

/** r = √(a² + b²), with the slopes of the Bessel function at r. */
const rootOf = (family: Family): readonly Abbreviation[] => {
  const squares = new Set<Expression>();
  walk(family.logPartition!, (node) => {
    const isRoot = node.kind === 'power' && node.exponent === half;
    if (isRoot && (node.base.kind === 'add' || node.base.kind === 'multiply')) squares.add(node.base);
  });
  const [base] = squares;
  if (base === undefined || squares.size > 1) return [];
  const r = read(freeLetter(family, ['r', 's', 't', 'root']));
  const R = read(freeLetter(family, ['R', 'ratio']));
  const shorten = (node: Expression): Expression =>
    rewritten(node, (current) => {
      if (current.kind === 'power' && current.base === base && current.exponent.kind === 'constant')
        return power(r, 2 * current.exponent.value);
      if (current.kind === 'add' && base.kind === 'add') {
        const gathered = gather(current.terms, base.terms, square(r));
        return gathered === null ? null : shorten(gathered);
      }
      if (current.kind !== 'apply' || current.operator !== 'log_bessel') return null;
      if (shorten(current.arguments[1]!) !== r) return null;
      // With R = I₁/I₀: (1/r d/dr) log I₀ = R/r, and once more (1 − 2 R/r − R²) / r².
      if (current.arguments[0] === zero) return apply('log_bessel', zero, r);
      if (current.arguments[0] === one) return divide(R, r);
      if (current.arguments[0] !== constant(2)) return null;
      return multiply(add(one, multiply(constant(-2), divide(R, r)), negate(square(R))), power(r, -2));
    });
  const hasBessel = readsBessel(family.logPartition!);
  return [
    { letter: r.name, value: power(base, half), shorten },
    ...(hasBessel ? [{ letter: R.name, value: read(`I₁(${r.name}) / I₀(${r.name})`), shorten: same }] : []),
  ];
};
const same = (node: Expression): Expression => node;
const readsBessel = (node: Expression): boolean => {
  let found = false;
  walk(node, (part) => (found ||= part.kind === 'apply' && part.operator === 'log_bessel'));
  return found;
};

/** k a² + k b² as k r², where a sum has k times every part of the square. */
const gather = (
  terms: readonly Expression[],
  parts: readonly Expression[],
  whole: Expression,
): Expression | null => {
  const [first] = parts;
  for (const term of terms) {
    const k = multiply(term, power(first!, -1));
    const all = parts.map((part) => multiply(k, part));
    if (!all.every((part) => terms.includes(part))) continue;
    return add(...terms.filter((other) => !all.includes(other)), multiply(k, whole));
  }
  return null;
};

/** m = Φ(−t)/φ(t), Mills' ratio at the t of the log-partition. */
const millsOf = (family: Family): readonly Abbreviation[] => {
  let t: Expression | undefined;
  walk(family.logPartition!, (part) => {
    if (part.kind === 'apply' && part.operator === 'log_mills') t = part.arguments[1];
  });
  if (t === undefined) return [];
  const m = read(freeLetter(family, ['m', 'M', 'ratio']));
  const name = millsName(t);
  const shorten = (node: Expression): Expression =>
    rewritten(readable(node), (current) => (current.kind === 'read' && current.name === name ? m : null));
  const against = print(negate(t));
  return [{ letter: m.name, value: read(`${name} = Φ(${against}) / φ(${against})`), shorten }];
};

/** C, the covariance of a vector whose natural parameters are a and a symmetric matrix, and its mean m = C a. */
const momentsOf = (family: Family): readonly Abbreviation[] => {
  const vector = family.natural.findIndex((_, i) => eventIndices(family, i).length === 1);
  const matrix = family.natural.findIndex((_, i) => isSymmetric(family, i));
  if (vector < 0 || matrix < 0) return [];
  const { coefficient, rest } = splitCoefficient(fisherInformation(family)[vector]![vector]!);
  if (rest.kind !== 'inverse') return [];
  const [C, m] = [freeLetter(family, ['C', 'S']), freeLetter(family, ['m', 'mean'])];
  const inner = rest.body;
  const { name: a } = family.natural[vector]!;
  const entry = (i: Index, j: Index): Expression => (i === j ? read(`diagonal(${C})`, [i]) : read(C, [i, j]));
  const covariance = (node: Expression): Expression =>
    rewritten(node, (current) =>
      current.kind === 'inverse' && current.body === inner
        ? multiply(constant(1 / coefficient), entry(current.row, current.column))
        : null,
    );
  const mean = (node: Expression): Expression =>
    rewritten(node, (current) => {
      if (current.kind !== 'sum' || current.over.length !== 1 || current.body.kind !== 'multiply')
        return null;
      const [bound] = current.over;
      const reads = current.body.factors.filter((factor) => factor.kind === 'read');
      const left = reads.find((factor) => factor.name === a && factor.subscripts[0] === bound);
      const right = reads.find((factor) => factor.name === C && factor.subscripts.includes(bound!));
      if (left === undefined || right === undefined || current.body.factors.length > 3) return null;
      const others = current.body.factors.filter((factor) => factor !== left && factor !== right);
      const place = right.subscripts.find((index) => index !== bound);
      if (place === undefined || others.some((factor) => factor.kind !== 'constant')) return null;
      return multiply(...others, read(m, [place]));
    });
  const text = print(inner).replaceAll(/\[.*\]/g, '');
  return [
    { letter: C, value: multiply(constant(coefficient), read(`${text}⁻¹`)), shorten: covariance },
    { letter: m, value: read(`${C} @ ${a}`), shorten: mean },
  ];
};
