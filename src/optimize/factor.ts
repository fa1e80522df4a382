/**
 * Common factors taken out of sums, the most common first: a x + b x = (a + b) x. Expanded forms are made to move parts
 * of them out of loops; what stays is computed with fewer operations this way, and reads better.
 */
import { add, constant, isConstant, multiply, splitCoefficient } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { children, mapChildren } from '../calculus/substitute.ts';
import type { Program, Statement } from '../schedule/program.ts';
import { mapValues } from '../schedule/sources.ts';

export const factor = (program: Program): Program => {
  const hosts = new Set(program.inputs.filter(({ place }) => place === 'host').map(({ name }) => name));
  const isNumber = (node: Expression): boolean => {
    if (node.kind === 'read') return hosts.has(node.name);
    return (
      node.kind !== 'sum' &&
      node.kind !== 'maximum' &&
      node.kind !== 'position' &&
      node.kind !== 'delta' &&
      node.kind !== 'triangle' &&
      node.kind !== 'log_determinant' &&
      children(node).every(isNumber)
    );
  };
  const memo = new Map<Expression, Expression>();
  const rewrite = (node: Expression): Expression => {
    let known = memo.get(node);
    if (known === undefined) {
      const inner = mapChildren(node, rewrite);
      known = inner.kind === 'add' && !isNumber(inner) ? factorSum(inner.terms, isNumber) : inner;
      memo.set(node, known);
    }
    return known;
  };
  const visit = (statement: Statement): Statement => {
    switch (statement.kind) {
      case 'assign':
        if (statement.target.place === 'host') hosts.add(statement.target.name);
        return { ...statement, value: rewrite(statement.value) };
      case 'draw':
        return { ...statement, source: mapValues(statement.source, rewrite) };
      case 'repeat': {
        hosts.add(statement.counter.name);
        const body = statement.body.map(visit);
        const carried = statement.carried.map((entry) => ({
          ...entry,
          initial: rewrite(entry.initial),
          next: rewrite(entry.next),
        }));
        return { ...statement, body, carried };
      }
      case 'gradient':
        return statement;
    }
  };
  return { ...program, body: program.body.map(visit) };
};

/** A term as the numbers in it (but for a constant) and everything else. */
interface Term {
  readonly coefficient: number;
  readonly numbers: Expression;
  readonly arrays: readonly Expression[];
}

const factorSum = (terms: readonly Expression[], isNumber: (node: Expression) => boolean): Expression => {
  const parts = terms.map((term): Term => {
    const { coefficient, rest } = splitCoefficient(term);
    const factors = rest.kind === 'multiply' ? rest.factors : [rest];
    return {
      coefficient,
      numbers: multiply(...factors.filter(isNumber)),
      arrays: factors.filter((factor) => !isNumber(factor)),
    };
  });
  const common = mostCommon(parts);
  if (common === null) return withoutCoefficient(parts, terms);
  const shares = ({ numbers, arrays }: Term): boolean => numbers === common || arrays.includes(common);
  const rest = ({ coefficient, numbers, arrays }: Term): Expression => {
    const at = arrays.indexOf(common);
    return at < 0
      ? multiply(constant(coefficient), ...arrays)
      : multiply(constant(coefficient), numbers, ...arrays.filter((_, i) => i !== at));
  };
  const inside = parts.filter(shares).map(rest);
  const outside = terms.filter((_, i) => !shares(parts[i]!));
  const product = multiply(common, factorSum(inside, isNumber));
  return outside.length === 0 ? product : factorSum([...outside, product], isNumber);
};

/** One coefficient for all terms, where they have the same but for signs. */
const withoutCoefficient = (parts: readonly Term[], terms: readonly Expression[]): Expression => {
  const size = Math.abs(parts[0]!.coefficient);
  if (size === 1 || parts.some(({ coefficient }) => Math.abs(coefficient) !== size)) return add(...terms);
  return multiply(constant(size), add(...terms.map((term) => multiply(constant(1 / size), term))));
};

/** The factor that most terms have, the widest of those; null when none is in two. */
const mostCommon = (terms: readonly Term[]): Expression | null => {
  const counts = new Map<Expression, number>();
  const count = (node: Expression): void => void counts.set(node, (counts.get(node) ?? 0) + 1);
  for (const { numbers, arrays } of terms) {
    if (!isConstant(numbers)) count(numbers);
    new Set(arrays).forEach(count);
  }
  const repeated = [...counts].filter(([, times]) => times > 1);
  repeated.sort(([a, timesA], [b, timesB]) => timesB - timesA || b.indices.length - a.indices.length);
  return repeated[0]?.[0] ?? null;
};
