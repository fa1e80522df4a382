/**
 * Sums over the turns of a loop, taken apart: what does not change in the loop leaves the sum. Σ_t w (x − Φ z_t) z_tᵀ is
 * w x (Σ_t z_t)ᵀ − w Φ (Σ_t z_t z_tᵀ), and the loop carries the sums of z and z zᵀ alone, once for all that need them.
 */
import { add, constant, multiply, splitCoefficient, sum, zero } from '../calculus/build.ts';
import { expand } from '../calculus/expand.ts';
import { axisOf, type Expression, type Index } from '../calculus/expression.ts';
import { compare } from '../calculus/order.ts';
import { freshIndex, mapChildren, readNames, readsAny, renameIndices } from '../calculus/substitute.ts';
import { expressionsOf } from '../schedule/inputs.ts';
import { readRegister, register, type Names } from '../schedule/names.ts';
import type { Assign, Carried, Program, Repeat, Statement } from '../schedule/program.ts';
import { sparseFirst, sparseRegisters } from './activity.ts';
import { hostsOf, isNumber, namesOf, turnRegisters } from './registers.ts';

/** `depth` is how far the values of a turn are opened. The same object where there is nothing to take apart. */
export const accumulate = (program: Program, depth: number): Program => {
  const names = namesOf(program);
  const hosts = hostsOf(program);
  const sparse = sparseRegisters(program);
  const loops = new Map<string, Repeat>();
  const wanted = new Map<string, Set<string>>();
  const block = (statements: readonly Statement[]): readonly Statement[] => {
    const changed = statements.flatMap((statement): readonly Statement[] => {
      if (statement.kind !== 'repeat') return [statement];
      const body = block(statement.body);
      const loop = body === statement.body ? statement : { ...statement, body };
      loops.set(loop.label, loop);
      const replayed = loop.replays === null ? null : (loops.get(loop.replays) ?? null);
      return takeLoopApart(loop, replayed, { names, hosts, depth, wanted, sparse });
    });
    return changed.length === statements.length && changed.every((one, i) => one === statements[i])
      ? statements
      : changed;
  };
  const body = block(program.body);
  return body === program.body ? program : { ...program, body: withSaved(body, wanted) };
};

/** Forward loops save what their replays read besides; what of it is not needed in the end is pruned. */
const withSaved = (
  block: readonly Statement[],
  wanted: ReadonlyMap<string, ReadonlySet<string>>,
): readonly Statement[] =>
  block.map((statement) => {
    if (statement.kind !== 'repeat') return statement;
    const body = withSaved(statement.body, wanted);
    const more = wanted.get(statement.label);
    if (more === undefined) return { ...statement, body };
    const kept = new Set(statement.saved.map(({ name }) => name));
    const added = turnRegisters(statement).filter(({ name }) => more.has(name) && !kept.has(name));
    return { ...statement, body, saved: [...statement.saved, ...added] };
  });

/** What a carried value grows by in each turn, where nothing else reads it; else null. */
const addedEachTurn = (entry: Carried, loop: Repeat): Expression | null => {
  const { name, place } = entry.register;
  const own = readRegister(entry.register);
  if (place === 'host' || entry.next.kind !== 'add' || !entry.next.terms.includes(own)) return null;
  const grown = add(...entry.next.terms.filter((term) => term !== own));
  const isRead = (node: Expression): boolean => readNames(node).has(name);
  const isReadIn = (statement: Statement): boolean =>
    expressionsOf(statement).some(isRead) ||
    (statement.kind === 'repeat' &&
      (statement.body.some(isReadIn) || statement.carried.some(({ next }) => isRead(next))));
  if (
    isRead(grown) ||
    loop.whileAny?.name === name ||
    loop.saved.some((saved) => saved.name === name) ||
    loop.body.some(isReadIn) ||
    loop.carried.some((other) => other !== entry && isRead(other.next))
  )
    return null;
  return grown;
};

interface Context {
  readonly sparse: ReadonlySet<string>;
  readonly names: Names;
  readonly hosts: ReadonlySet<string>;
  readonly depth: number;
  /** By the label of a forward loop, what a backward one reads of its turns. */
  readonly wanted: Map<string, Set<string>>;
}

const takeLoopApart = (
  loop: Repeat,
  replayed: Repeat | null,
  { names, hosts, depth, wanted, sparse }: Context,
): readonly Statement[] => {
  const changing = new Set([
    loop.counter.name,
    ...[loop, ...(replayed === null ? [] : [replayed])].flatMap(turnRegisters).map(({ name }) => name),
  ]);
  const changes = (node: Expression): boolean => readsAny(node, (name) => changing.has(name));
  const isPlain = (node: Expression): boolean => isNumber(node, hosts);
  const definitions = new Map(
    [...(replayed?.body ?? []), ...loop.body].flatMap((statement) =>
      statement.kind === 'assign' && statement.target.place === 'tensor'
        ? [[statement.target.name, statement] as const]
        : [],
    ),
  );
  /** Arrays that stay as they are, in a product of a sum of products. */
  const holdsConstantArray = (node: Expression): boolean =>
    termsOf(expand(node)).some((term) => fixedIn(term, changes).some((factor) => !isPlain(factor)));
  /** A number times something else: the number can leave the sum. */
  const isMultiple = (node: Expression): boolean =>
    node.kind === 'multiply' && fixedIn(node, changes).length > 0;
  const open = (node: Expression, left: number): Expression => {
    switch (node.kind) {
      case 'read': {
        const definition = definitions.get(node.name);
        if (left === 0 || definition === undefined) return node;
        const inside = open(definition.value, left - 1);
        if (!isMultiple(inside) && !holdsConstantArray(inside)) return node;
        const { indices } = definition.target;
        return renameIndices(inside, new Map(indices.map((index, i) => [index, node.subscripts[i]!])));
      }
      case 'add':
      case 'multiply':
      case 'sum':
        return mapChildren(node, (child) => open(child, left));
      default:
        return node;
    }
  };

  const sums = new Map<Expression, Carried>();
  /** The sum over all turns of a value that changes with them. */
  const summed = (value: Expression): Expression => {
    if (!changes(value) && loop.whileAny === null) return multiply(loop.times, value);
    const { named, places } = inOwnNames(value);
    const known = sums.get(named) ?? newSum(named);
    return renameIndices(readRegister(known.result), places);
  };
  const newSum = (value: Expression): Carried => {
    const indices = sparseFirst(value, value.indices, sparse);
    const wish = wishFor(value);
    const own = register(names, wish, indices);
    const result = register(names, wish, indices);
    const entry: Carried = { register: own, initial: zero, next: add(readRegister(own), value), result };
    sums.set(value, entry);
    return entry;
  };

  const kept: Carried[] = [];
  const after: Assign[] = [];
  for (const entry of loop.carried) {
    const grown = addedEachTurn(entry, loop);
    const total = grown === null ? null : sumOverTurns(open(grown, depth), changes, isPlain, summed);
    if (total === null) kept.push(entry);
    else after.push({ kind: 'assign', target: entry.result, value: add(entry.initial, total), note: null });
  }
  if (after.length === 0) return [loop];
  if (replayed !== null) {
    const read = new Set([...sums.values()].flatMap(({ next }) => [...readNames(next)]));
    wanted.set(replayed.label, new Set([...(wanted.get(replayed.label) ?? []), ...read]));
  }
  return [{ ...loop, carried: [...kept, ...sums.values()] }, ...after];
};

/** Σ_t of a value whose terms hold what does not change; null where none does. */
const sumOverTurns = (
  grown: Expression,
  changes: (node: Expression) => boolean,
  isPlain: (node: Expression) => boolean,
  summed: (value: Expression) => Expression,
): Expression | null => {
  // Terms that would not gain are left as they were written.
  const terms = termsOf(grown).flatMap((term) => {
    const apart = termsOf(expand(term));
    const gains = (one: Expression): boolean =>
      !changes(one) || fixedIn(one, changes).some((factor) => !isPlain(factor));
    return apart.some(gains) ? apart : [term];
  });
  const parts = terms.map((term) => parted(term, changes));
  // What has the same numbers in front is one sum.
  const byNumbers = new Map<Expression, Expression[]>();
  const totals: Expression[] = [];
  for (const { coefficient, fixed, moving, over } of parts) {
    if (moving.length > 0 && fixed.every(isPlain)) {
      const numbers = multiply(...fixed);
      const value = multiply(constant(coefficient), sum(over, multiply(...moving)));
      byNumbers.set(numbers, [...(byNumbers.get(numbers) ?? []), value]);
      continue;
    }
    const ofFixed = new Set(fixed.flatMap(({ indices }) => indices));
    const inner = over.filter((index) => !ofFixed.has(index));
    const outer = over.filter((index) => ofFixed.has(index));
    const total = summed(sum(inner, multiply(...moving)));
    totals.push(multiply(constant(coefficient), sum(outer, multiply(...fixed, total))));
  }
  if (totals.length === 0 && byNumbers.size === 1 && byNumbers.has(multiply())) return null;
  for (const [numbers, values] of byNumbers) totals.push(multiply(numbers, summed(add(...values))));
  return add(...totals);
};

/** The factors of a term that do not change with the turns, within sums as well. */
const fixedIn = (term: Expression, changes: (node: Expression) => boolean): readonly Expression[] =>
  factorsOf(term)
    .flatMap((factor) => (factor.kind === 'sum' && changes(factor) ? factorsOf(factor.body) : [factor]))
    .filter((factor) => factor.kind !== 'constant' && !changes(factor));

interface Parted {
  readonly coefficient: number;
  /** Factors that do not change with the turns, and those that do; the term is the sum of their product over `over`. */
  readonly fixed: readonly Expression[];
  readonly moving: readonly Expression[];
  readonly over: readonly Index[];
}

const parted = (term: Expression, changes: (node: Expression) => boolean): Parted => {
  const { coefficient, rest } = splitCoefficient(term);
  const over: Index[] = [];
  const factors = factorsOf(rest).flatMap((factor): readonly Expression[] => {
    if (factor.kind !== 'sum' || !changes(factor)) return [factor];
    const renames = new Map(factor.over.map((index) => [index, freshIndex(index)]));
    over.push(...renames.values());
    return factorsOf(renameIndices(factor.body, renames));
  });
  const isMoving = factors.map(changes);
  return {
    coefficient,
    over,
    fixed: factors.filter((factor, i) => !isMoving[i] && factor.kind !== 'constant'),
    moving: factors.filter((_, i) => isMoving[i]),
  };
};

const factorsOf = (node: Expression): readonly Expression[] =>
  node.kind === 'multiply' ? node.factors : [node];
const termsOf = (node: Expression): readonly Expression[] => (node.kind === 'add' ? node.terms : [node]);

/** A value under names of its own for its indices, the same for values that differ in those names alone; and the way back. */
const inOwnNames = (
  value: Expression,
): { readonly named: Expression; readonly places: ReadonlyMap<Index, Index> } => {
  const orders = [value.indices, [...value.indices].reverse()];
  const candidates = orders.map((indices) => {
    const taken = new Map<string, number>();
    const renames = new Map(
      indices.map((index) => {
        const axis = axisOf(index);
        const count = taken.get(axis) ?? 0;
        taken.set(axis, count + 1);
        return [index, axis + "'".repeat(count)] as const;
      }),
    );
    return { named: renameIndices(value, renames), renames };
  });
  candidates.sort((a, b) => compare(a.named, b.named));
  const { named, renames } = candidates[0]!;
  return { named, places: new Map([...renames].map(([from, to]) => [to, from])) };
};

const wishFor = (value: Expression): string => {
  const names = [...readNames(value)].map((name) => name.replace(/_\d+$/, ''));
  const distinct = [...new Set(names)];
  return distinct.length <= 2 ? `total_${distinct.join('_')}` : 'total';
};
