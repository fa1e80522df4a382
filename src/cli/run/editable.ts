/**
 * What may be changed of a run while it goes on, as a store: every change gives a new one, with patches that lead to it and back.
 * A run starts with a first store, keeps its changes one after the other, and is what these make of the first.
 */
import { applyPatches, enablePatches, produceWithPatches, type Patch } from 'immer';
import type { Import } from '../../check/named-sources.ts';

export interface Editable {
  /** The program: its own file, and the text of every file that it is made of. */
  readonly entry: string;
  readonly texts: Readonly<Record<string, string>>;
  readonly imports: readonly Import[];
  /** As asked for with `--set`, sizes taken from the data included. */
  readonly set: Readonly<Record<string, number>>;
  /** As they came out. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly settings: Readonly<Record<string, number>>;
  /** What moves what, as it is written: `Adam(rate = cosine(speed))` by `Learn over Phi, prior`. */
  readonly schedules: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, Registered>>;
}

export interface Registered {
  readonly shape: readonly number[];
  readonly coordinates: 'identity' | 'log' | 'logit';
  /** The iteration after which its present numbers began. */
  readonly since: number;
}

/** A step from one store to another, and back by the inverse patches. */
export interface Step {
  readonly editable: Editable;
  readonly patches: readonly Patch[];
  readonly inverse: readonly Patch[];
}

/** A step as it is kept. */
export interface Change extends Omit<Step, 'editable'> {
  /** From 1. */
  readonly change: number;
  /** Iterations that were done. */
  readonly iteration: number;
  readonly time: string;
  /** The number of the change that this one takes back. */
  readonly undoes: number | null;
  /** For people. */
  readonly what: string;
}

enablePatches();

/** The step to other values: patches name only what differs. */
export function stepTo(before: Editable, next: Editable): Step {
  const [editable, patches, inverse] = produceWithPatches(before, (draft) => become(draft, next));
  return { editable, patches, inverse };
}

export const applied = (editable: Editable, patches: readonly Patch[]): Editable =>
  applyPatches(editable, [...patches]);

/** The store after all changes. Throws where they are not changes of it. */
export const replayed = (first: Editable, changes: readonly Change[]): Editable =>
  changes.reduce((editable, { patches }) => applied(editable, patches), first);

/** The step back over the last change that was not taken back before, or null. An undo is a change too, so that nothing is forgotten. */
export function stepBack(
  editable: Editable,
  changes: readonly Change[],
): (Step & { readonly undoes: Change }) | null {
  const standing: Change[] = [];
  for (const change of changes) {
    if (change.undoes === null) standing.push(change);
    else standing.pop();
  }
  const last = standing.at(-1);
  if (last === undefined) return null;
  const { inverse, patches } = last;
  return { editable: applied(editable, inverse), patches: inverse, inverse: patches, undoes: last };
}

/** Writes into a draft what differs, entry by entry; lists are values. */
function become(draft: object, next: object): void {
  const into = draft as Record<string, unknown>;
  for (const name of Object.keys(into)) if (!Object.hasOwn(next, name)) delete into[name];
  for (const [name, value] of Object.entries(next) as [string, unknown][]) {
    const before = into[name];
    if (isTable(before) && isTable(value)) become(before, value);
    else if (JSON.stringify(before) !== JSON.stringify(value)) into[name] = value;
  }
}

const isTable = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
