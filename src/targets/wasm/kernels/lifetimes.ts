/**
 * When areas are in use: those that are never in use at once may lie in the same place. Steps are numbered in the order in which they
 * run, a loop by the numbers of one turn between a number for its beginning and one for its end.
 */
import type { Interval } from '../../../runtime/kernels/module.ts';
import type { PhasedKernels, Step } from './kernels.ts';
import { readsOf, writesOf } from './uses.ts';

export interface Lifetime {
  readonly alive: Interval;
  /** Of what every chunk has for itself, where the area is added up from that or taken from it. */
  readonly ownAlive: Interval | null;
}

/** Areas that nothing touches have none. Inputs are written at 0, and outputs are read after the last step. */
export const lifetimes = (kernels: PhasedKernels): ReadonlyMap<string, Lifetime> => {
  const kept = new Map(kernels.areas.map((area) => [area.name, area.kept]));
  const areaOf = (name: string): string => kernels.areaOf.get(name) ?? name;
  const isArea = (name: string): boolean => kept.has(name);
  const inputs = kernels.inputs.map(({ name }) => areaOf(name)).filter(isArea);
  const outputs = kernels.outputs.map(({ register }) => areaOf(register.name)).filter(isArea);
  const program: Uses = new Map();
  const own: Uses = new Map();
  const clock: Clock = { areaOf, isArea, now: 0 };
  inputs.forEach((name) => add(program, name, at(0, 'written')));
  for (const { once, chunks, sums, firsts } of kernels.phases) {
    addAll(program, usesOfBlock(once, clock));
    const from = clock.now + 1;
    const ofChunks = usesOfBlock(chunks, clock);
    // Where the chunks' own are added up.
    const to = ++clock.now;
    const owned = new Set([...sums, ...firsts]);
    for (const [name, use] of ofChunks)
      if (owned.has(name)) {
        add(own, name, during([from, to]));
        add(program, name, at(to, 'written'));
        // Another chunk may be at any of the steps.
      } else add(program, name, kept.get(name) === 'chunk' ? use : during([from, to]));
  }
  const end = clock.now + 1;
  outputs.forEach((name) => add(program, name, at(end, 'read')));
  return new Map(
    [...program].map(([name, { alive }]) => [name, { alive, ownAlive: own.get(name)?.alive ?? null }]),
  );
};

interface Clock {
  readonly areaOf: (name: string) => string;
  readonly isArea: (name: string) => boolean;
  now: number;
}

/** How a block of steps uses an area. */
interface Use {
  readonly alive: Interval;
  /** If it is used elsewhere in the block as well: all turns of the loop in which this is. */
  readonly around: Interval;
  /** What the block does to it first, each time it runs: gives all of it new values, or needs those that it has; or perhaps either. */
  readonly first: 'written' | 'read' | 'unknown';
}
type Uses = Map<string, Use>;

const during = (alive: Interval): Use => ({ alive, around: alive, first: 'read' });
const at = (step: number, first: 'written' | 'read'): Use => ({ ...during([step, step]), first });

const add = (uses: Uses, name: string, later: Use): void => {
  const earlier = uses.get(name);
  if (earlier === undefined) return void uses.set(name, later);
  const [one, other] = [earlier.around, later.around];
  const all: Interval = [Math.min(one[0], other[0]), Math.max(one[1], other[1])];
  uses.set(name, { alive: all, around: all, first: earlier.first === 'written' ? 'written' : 'read' });
};
const addAll = (uses: Uses, later: Uses): void => later.forEach((use, name) => add(uses, name, use));

const usesOfBlock = (steps: readonly Step[], clock: Clock): Uses => {
  const uses: Uses = new Map();
  steps.forEach((step) => addAll(uses, usesOfStep(step, clock)));
  return uses;
};

const usesOfStep = (step: Step, clock: Clock): Uses => {
  const { areaOf, isArea } = clock;
  const now = ++clock.now;
  if (step.kind !== 'turns') {
    const { needed, written } = touchedBy(step);
    const [reads, writes] = [needed, written].map((names) => names.map(areaOf).filter(isArea));
    return new Map([
      ...writes!.map((name) => [name, at(now, 'written')] as const),
      ...reads!.map((name) => [name, at(now, 'read')] as const),
    ]);
  }
  const uses = usesOfBlock(step.body, clock);
  const turns: Interval = [now, ++clock.now];
  if (step.whileAny !== null) add(uses, areaOf(step.whileAny), at(clock.now, 'read'));
  // What a turn reads before it writes it comes from the turn before.
  return new Map(
    [...uses].map(([name, { alive, first }]) => [
      name,
      first === 'read' ? during(turns) : { alive, around: turns, first: 'unknown' },
    ]),
  );
};

/** Names whose values in memory a step needs, and those that it writes. */
const touchedBy = (
  step: Exclude<Step, { kind: 'turns' }>,
): { readonly needed: readonly string[]; readonly written: readonly string[] } => {
  switch (step.kind) {
    case 'nest': {
      const elements = new Set(
        step.statements.filter(({ how }) => how === 'element').map(({ target }) => target),
      );
      return {
        needed: readsOf(step).filter((name) => !elements.has(name)),
        written: step.statements.filter(({ isStored }) => isStored).map(({ target }) => target),
      };
    }
    case 'product':
      // Rows that are not at work stay as they are.
      return {
        needed: [...readsOf(step), ...(step.rowsAtWork === null ? [] : writesOf(step))],
        written: writesOf(step),
      };
    case 'turned':
    case 'forget':
    case 'noise':
    case 'host':
    case 'number':
    case 'reading':
      return { needed: readsOf(step), written: writesOf(step) };
  }
};
