/** Building blocks of programs: fresh names, draw sites, statements in order. */
import { read } from '../calculus/build.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import type { Span } from '../syntax/span.ts';
import type { Program, Register, Statement } from './program.ts';

/** Collects the statements of one block. Names and sites are shared by all blocks of a program. */
export interface Block {
  readonly statements: Statement[];
  readonly names: Names;
}
export interface Names {
  readonly taken: Set<string>;
  readonly nextSite: () => number;
  /** What is written where the present statement comes from; null where that is not known. */
  origin: Span | null;
  /** The origin of each register. */
  readonly origins: Map<string, Span>;
}

/**
 * `firstSite` keeps the draws of different programs of one model apart; `taken` are names that inputs have; `origin` is what the
 * program as a whole is written as.
 */
export const makeNames = (
  firstSite: number,
  taken: Iterable<string> = [],
  origin: Span | null = null,
): Names => {
  let site = firstSite;
  return { taken: new Set(taken), nextSite: () => site++, origin, origins: new Map() };
};

/** Registers that are made meanwhile come from what is written there. */
export const from = <Result>({ names }: Block, origin: Span, make: () => Result): Result => {
  const outer = names.origin;
  names.origin = origin;
  const made = make();
  names.origin = outer;
  return made;
};

/** The origins of a program's registers. */
export const originsIn = ({ origins }: Names): NonNullable<Program['origins']> => Object.fromEntries(origins);

export const makeBlock = (names: Names): Block => ({ statements: [], names });

/** A register whose name starts as asked, made unique by a number. */
export const register = (
  names: Names,
  wish: string,
  indices: readonly Index[],
  place: Register['place'] = 'tensor',
): Register => {
  let name = wish;
  for (let i = 2; names.taken.has(name); i++) name = `${wish}_${i}`;
  names.taken.add(name);
  if (names.origin !== null) names.origins.set(name, names.origin);
  return { name, indices, place };
};

export const readRegister = ({ name, indices }: Register): Expression => read(name, indices);

/** Assigns a value to a fresh register and returns its read. */
export const assign = (
  block: Block,
  wish: string,
  indices: readonly Index[],
  value: Expression,
  note: string | null = null,
): Expression => {
  const target = register(block.names, wish, indices);
  block.statements.push({ kind: 'assign', target, value, note });
  return readRegister(target);
};
