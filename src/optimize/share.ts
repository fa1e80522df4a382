/**
 * Parts that several values of a block have in common are computed once: sums as they stand, and pairs of factors, what saves most
 * first. Functions and contractions are values of their own already (`lower-value.ts`).
 */
import { multiply, one } from '../calculus/build.ts';
import type { Expression, Multiply } from '../calculus/expression.ts';
import { compare } from '../calculus/order.ts';
import { children, mapChildren, readNames, walk } from '../calculus/substitute.ts';
import { definedBy, expressionsOf } from '../schedule/inputs.ts';
import { readRegister, register, type Names } from '../schedule/names.ts';
import type { Assign, Program, Statement } from '../schedule/program.ts';
import { elements } from './cost.ts';
import { nameFor } from './naming.ts';
import { hostsOf, isNumber, namesOf, storedOrder } from './registers.ts';
import { withValues } from './values.ts';

type Sizes = Readonly<Record<string, number>>;

export const share = (program: Program, sizes: Sizes): Program => {
  const outputs = new Set(program.outputs.map(({ register: { name } }) => name));
  const hosts = hostsOf(program);
  const context: Context = { names: namesOf(program), sizes, outputs, pairsOf: pairing(hosts) };
  return { ...program, body: shareBlock({ statements: program.body, nexts: [] }, context).statements };
};

interface Context {
  readonly names: Names;
  readonly sizes: Sizes;
  readonly outputs: ReadonlySet<string>;
  /** Products of two arrays that are factors of one product. */
  readonly pairsOf: (product: Multiply) => readonly Expression[];
}

/** Statements with the values that their loop carries on. */
interface Block {
  readonly statements: readonly Statement[];
  readonly nexts: readonly Expression[];
}

const shareBlock = ({ statements, nexts }: Block, context: Context): Block => {
  let block: Block = {
    statements: statements.map((statement) => {
      if (statement.kind !== 'repeat') return statement;
      const { body, carried } = statement;
      const inner = shareBlock({ statements: body, nexts: carried.map(({ next }) => next) }, context);
      const moved = carried.map((entry, i) => ({ ...entry, next: inner.nexts[i]! }));
      return { ...statement, body: inner.statements, carried: moved };
    }),
    nexts,
  };
  for (;;) {
    const part = dearestPart(block, context);
    if (part === null) return block;
    block = withRegister(block, part, context);
  }
};

/** The common part that saves most when it is computed once; null when there is none. */
const dearestPart = (block: Block, { sizes, pairsOf }: Context): Expression | null => {
  const uses = new Map<Expression, number>();
  const use = (part: Expression): void => void uses.set(part, (uses.get(part) ?? 0) + 1);
  const seen = new Set<Expression>();
  const visit = (node: Expression): void => {
    if (node.kind === 'add' && node.indices.length > 0) use(node);
    if (seen.has(node)) return;
    seen.add(node);
    if (node.kind === 'multiply') pairsOf(node).forEach(use);
    children(node).forEach(visit);
  };
  for (const value of valuesIn(block)) visit(value);
  let found: { readonly part: Expression; readonly saved: number } | null = null;
  for (const [part, count] of uses) {
    if (count < 2) continue;
    const saved = (count - 1) * elements(part.indices, sizes) * (children(part).length - 1);
    const order = found === null ? 1 : saved - found.saved || compare(found.part, part);
    if (order > 0) found = { part, saved };
  }
  return found?.part ?? null;
};

/** Blocks are looked at again after each part that is named: pairs are made once. */
const pairing = (hosts: ReadonlySet<string>): Context['pairsOf'] => {
  const made = new Map<Multiply, readonly Expression[]>();
  return (product) => {
    let pairs = made.get(product);
    if (pairs === undefined) {
      const arrays = product.factors.filter((factor) => !isNumber(factor, hosts));
      pairs = arrays.flatMap((left, i) =>
        arrays.slice(i + 1).flatMap((right) => (isElementwise(left, right) ? [multiply(left, right)] : [])),
      );
      made.set(product, pairs);
    }
    return pairs;
  };
};

/** A product of arrays over other axes is larger than both: it is a contraction's to make. */
const isElementwise = (left: Expression, right: Expression): boolean => {
  const [wide, narrow] = left.indices.length >= right.indices.length ? [left, right] : [right, left];
  return wide.indices.length > 0 && narrow.indices.every((index) => wide.indices.includes(index));
};

const valuesIn = ({ statements, nexts }: Block): readonly Expression[] => [
  ...statements.flatMap(expressionsOf),
  ...nexts,
];

/** The block with a register for a part of its values: the one that holds it already where there is one, before all that reads it. */
const withRegister = ({ statements, nexts }: Block, part: Expression, context: Context): Block => {
  const holder = statements.find(
    (statement): statement is Assign =>
      statement.kind === 'assign' &&
      statement.value === part &&
      statement.target.indices.length === part.indices.length &&
      !context.outputs.has(statement.target.name),
  );
  const reader = statements.find((statement) => expressionsOf(statement).some((value) => holds(value, part)));
  const wanted = reader === undefined ? { name: 'common', indices: [] } : definedBy(reader)[0]!;
  const target =
    holder?.target ??
    register(context.names, nameFor(part, wanted.name, 'tensor'), storedOrder(part.indices, wanted.indices));
  const named: Assign = holder ?? { kind: 'assign', target, value: part, note: null };
  const memo = new Map<Expression, Expression>();
  const names = [...readNames(part)];
  const rewrite = (node: Expression): Expression => {
    const read = readNames(node);
    if (names.some((name) => !read.has(name))) return node;
    const known = memo.get(node) ?? withRead(mapChildren(node, rewrite), part, readRegister(target));
    memo.set(node, known);
    return known;
  };
  const others = statements.filter((statement) => statement !== holder);
  const rewritten = others.map((statement) => withValues(statement, rewrite));
  const first = rewritten.findIndex((statement, i) => statement !== others[i]);
  const own = holder === undefined ? rewritten.length : statements.indexOf(holder);
  const at = first < 0 ? own : Math.min(first, own);
  return {
    statements: [...rewritten.slice(0, at), named, ...rewritten.slice(at)],
    nexts: nexts.map(rewrite),
  };
};

const holds = (value: Expression, part: Expression): boolean => {
  const read = readNames(value);
  if ([...readNames(part)].some((name) => !read.has(name))) return false;
  let found = false;
  walk(value, (node) => {
    if (!found && withRead(node, part, one) !== node) found = true;
  });
  return found;
};

const withRead = (node: Expression, part: Expression, found: Expression): Expression => {
  if (node === part) return found;
  if (node.kind !== 'multiply' || part.kind !== 'multiply') return node;
  if (!part.factors.every((factor) => node.factors.includes(factor))) return node;
  return multiply(found, ...node.factors.filter((factor) => !part.factors.includes(factor)));
};
