/** Names for what a program computes on its way: short, and after what is inside. */
import type { Expression, Index, Operator, Sum } from '../calculus/expression.ts';
import { splitCoefficient } from '../calculus/build.ts';
import { readNames, walk } from '../calculus/substitute.ts';
import type { Register } from '../schedule/program.ts';
import { isSymmetric } from './symmetry.ts';

/** Longer names say less. */
const longestName = 24;

/** A name for a value that is computed for the sake of `wanted`. */
export const nameFor = (value: Expression, wanted: string, place: Register['place']): string => {
  const { rest } = splitCoefficient(value);
  if (place === 'host') return scheduleName(rest);
  const own = ownName(rest);
  if (own !== null && own.length <= longestName) return own;
  const target = plain(wanted).replace(/(_bar|_sum|_part)+$/, '');
  return rest.kind === 'apply' ? `${wordFor(rest.operator)}_${target}` : `${target}_part`;
};

const ownName = (value: Expression): string | null => {
  switch (value.kind) {
    case 'apply': {
      const inner = nameInside(value.arguments[0]!);
      return inner === null ? null : `${wordFor(value.operator)}_${inner}`;
    }
    case 'sum':
      return sumName(value);
    case 'multiply':
      return productName(value.factors, value.indices);
    case 'maximum':
      return joined(['largest', nameInside(value.body)]);
    case 'inverse':
    case 'log_determinant':
    case 'cholesky':
      return joined([value.kind, nameInside(value.body)]);
    default:
      return null;
  }
};

const words: Readonly<Partial<Record<Operator, string>>> = {
  max: 'bounded',
  min: 'bounded',
  less_equal: 'inside',
  less: 'inside',
};
const wordFor = (operator: Operator): string => words[operator] ?? operator;

/** Weights that are summed away do not count. ΦᵀwΦ is a Gram matrix. */
const sumName = (node: Sum): string | null => {
  const factors = node.body.kind === 'multiply' ? node.body.factors : [node.body];
  const outer = factors.filter((factor) => factor.indices.some((index) => !node.over.includes(index)));
  const names = [...new Set((outer.length === 0 ? factors : outer).map(nameInside))];
  if (names.length > 1) return joined(names);
  return joined([isSymmetric(node, node.indices) ? 'gram' : 'sum', ...names]);
};

/** A wide array times narrow ones is the wide one, weighted. */
const productName = (factors: readonly Expression[], indices: readonly Index[]): string | null => {
  const wide = factors.filter((factor) => factor.indices.length === indices.length);
  if (wide.length === 1 && factors.length > 1) return joined(['weighted', nameInside(wide[0]!)]);
  return joined([...new Set(factors.filter((factor) => factor.indices.length > 0).map(nameInside))]);
};

/** A number that changes with the numbers in it. */
const scheduleName = (value: Expression): string => {
  const names = [...readNames(value)].filter((name) => name !== 'progress').map(plain);
  const name = [...names, 'schedule'].join('_');
  return name.length <= longestName ? name : 'schedule';
};

/** The one array in a value, seen through numbers and functions; null when there are several. */
const nameInside = (node: Expression): string | null => {
  const names = new Set<string>();
  walk(node, (current) => {
    if (current.kind === 'read' && current.subscripts.length > 0) names.add(plain(current.name));
  });
  if (names.size === 0) readNames(node).forEach((name) => names.add(plain(name)));
  return names.size === 1 ? [...names][0]! : null;
};

const joined = (names: readonly (string | null)[]): string | null =>
  names.includes(null) || names.length === 0 ? null : names.join('_');

const plain = (name: string): string => name.replace(/_\d+$/, '').replace(/[^\p{L}\p{N}_]/gu, '_');
