/** Renaming of indices and replacement of reads, without capture. */
import { add, apply, delta, maximum, multiply, position, power, read, sum } from './build.ts';
import { cholesky, inverse, logDeterminant, triangle } from './matrix.ts';
import { axisOf, type Expression, type Index, type Read } from './expression.ts';

let marks = 0;
/** An index over the same axis that stands in no other expression. Normal forms never keep one bound. */
export const freshIndex = (index: Index): Index => `${axisOf(index)}°${++marks}`;

/** Rebuilds a node from new children, through the normalising constructors. */
export const mapChildren = (node: Expression, change: (child: Expression) => Expression): Expression => {
  const list = (children: readonly Expression[]): readonly Expression[] | null => {
    const changed = children.map(change);
    return changed.every((child, i) => child === children[i]) ? null : changed;
  };
  switch (node.kind) {
    case 'constant':
    case 'size':
    case 'position':
    case 'read':
    case 'delta':
    case 'triangle':
      return node;
    case 'add': {
      const terms = list(node.terms);
      return terms === null ? node : add(...terms);
    }
    case 'multiply': {
      const factors = list(node.factors);
      return factors === null ? node : multiply(...factors);
    }
    case 'power': {
      const changed = list([node.base, node.exponent]);
      return changed === null ? node : power(changed[0]!, changed[1]!);
    }
    case 'apply': {
      const changed = list(node.arguments);
      return changed === null ? node : apply(node.operator, ...changed);
    }
    case 'sum': {
      const changed = list([node.body]);
      return changed === null ? node : sum(node.over, changed[0]!);
    }
    case 'maximum': {
      const changed = list([node.body]);
      return changed === null ? node : maximum(node.over, changed[0]!);
    }
    case 'inverse':
    case 'log_determinant':
    case 'cholesky': {
      const changed = list([node.body]);
      return changed === null ? node : matrixFunction(node, node.over, changed[0]!);
    }
  }
};

/** The same function of another matrix, or with another row and column. */
export const matrixFunction = (
  node: MatrixFunction,
  over: readonly [Index, Index],
  body: Expression,
  to: (index: Index) => Index = (index) => index,
): Expression => {
  switch (node.kind) {
    case 'inverse':
      return inverse(to(node.row), to(node.column), over, body);
    case 'cholesky':
      return cholesky(to(node.row), to(node.column), over, body);
    case 'log_determinant':
      return logDeterminant(over, body);
  }
};
export type MatrixFunction = Extract<Expression, { kind: 'inverse' | 'log_determinant' | 'cholesky' }>;

/** Renames free indices, all at once. */
export const renameIndices = (node: Expression, renames: ReadonlyMap<Index, Index>): Expression => {
  if (!node.indices.some((index) => renames.has(index) && renames.get(index) !== index)) return node;
  const to = (index: Index): Index => renames.get(index) ?? index;
  switch (node.kind) {
    case 'read':
      return read(node.name, node.subscripts.map(to));
    case 'position':
      return position(to(node.index));
    case 'delta':
      return delta(to(node.left), to(node.right));
    case 'triangle':
      return triangle(to(node.row), to(node.column));
    case 'inverse':
    case 'log_determinant':
    case 'cholesky': {
      const { over, body } = withFreshOver(node, renames);
      return matrixFunction(node, [over[0]!, over[1]!], body, to);
    }
    case 'sum':
    case 'maximum': {
      const { over, body } = withFreshOver(node, renames);
      return node.kind === 'sum' ? sum(over, body) : maximum(over, body);
    }
    default:
      return mapChildren(node, (child) => renameIndices(child, renames));
  }
};

/** Renames free indices inside a node that binds some. Bound names that are new ones of others step aside first, so that none is caught. */
const withFreshOver = (
  node: { readonly over: readonly Index[]; readonly body: Expression },
  renames: ReadonlyMap<Index, Index>,
): { readonly over: readonly Index[]; readonly body: Expression } => {
  const taken = new Set(renames.values());
  const over = node.over.map((index) => (taken.has(index) ? freshIndex(index) : index));
  const inner = new Map([...renames, ...node.over.map((index, i) => [index, over[i]!] as const)]);
  return { over, body: renameIndices(node.body, inner) };
};

/**
 * Replaces reads. `replace` gets each read and returns its replacement or null to keep it. New free indices of
 * a replacement must not be bound around the read: use `freshIndex` for them.
 */
export const replaceReads = (node: Expression, replace: (node: Read) => Expression | null): Expression => {
  const memo = new Map<Expression, Expression>();
  const visit = (current: Expression): Expression => {
    const known = memo.get(current);
    if (known !== undefined) return known;
    const result = current.kind === 'read' ? (replace(current) ?? current) : mapChildren(current, visit);
    memo.set(current, result);
    return result;
  };
  return visit(node);
};

/** Replaces reads by name, all at once. The values bring their own indices: for names that stand for one unit. */
export const replaceNames = (node: Expression, values: Readonly<Record<string, Expression>>): Expression =>
  readsAny(node, (name) => Object.hasOwn(values, name))
    ? replaceReads(node, (found) => (Object.hasOwn(values, found.name) ? values[found.name]! : null))
    : node;

/** Whether an expression reads one of some names. */
export const readsAny = (node: Expression, isOne: (name: string) => boolean): boolean => {
  for (const name of readNames(node)) if (isOne(name)) return true;
  return false;
};

/** Names of all reads, in order of first appearance. Nodes are shared, and passes ask again and again. */
export const readNames = (node: Expression): ReadonlySet<string> => {
  const known = knownNames.get(node);
  if (known !== undefined) return known;
  const names = node.kind === 'read' ? new Set([node.name]) : unitedNames(children(node));
  knownNames.set(node, names);
  return names;
};
const knownNames = new WeakMap<Expression, ReadonlySet<string>>();

const noNames: ReadonlySet<string> = new Set();
/** The names of the first node as they stand where the others have no more. */
const unitedNames = ([first, ...others]: readonly Expression[]): ReadonlySet<string> => {
  if (first === undefined) return noNames;
  const names = readNames(first);
  let more: Set<string> | null = null;
  for (const other of others)
    for (const name of readNames(other)) if (!(more ?? names).has(name)) (more ??= new Set(names)).add(name);
  return more ?? names;
};

/** Visits every distinct node once, parents first. */
export const walk = (node: Expression, visit: (node: Expression) => void): void => {
  const seen = new Set<Expression>();
  const go = (current: Expression): void => {
    if (seen.has(current)) return;
    seen.add(current);
    visit(current);
    children(current).forEach(go);
  };
  go(node);
};

export const children = (node: Expression): readonly Expression[] => {
  switch (node.kind) {
    case 'constant':
    case 'size':
    case 'position':
    case 'read':
    case 'delta':
    case 'triangle':
      return [];
    case 'add':
      return node.terms;
    case 'multiply':
      return node.factors;
    case 'power':
      return [node.base, node.exponent];
    case 'apply':
      return node.arguments;
    case 'sum':
    case 'maximum':
    case 'inverse':
    case 'log_determinant':
    case 'cholesky':
      return [node.body];
  }
};
