/**
 * The order in which kernels run: in each phase first what is done once, then what is done for every chunk of the examples. What
 * chunks add up to is known in the next phase.
 */
import { readNames } from '../../../calculus/substitute.ts';
import { contributing, partialAreas, type Places } from './chunks.ts';
import type { Area, Kernels, Nest, Phase, PhasedArea, PhasedKernels, Step, Turns } from './kernels.ts';
import { readsOf, writesOf } from './uses.ts';

export const phases = (grouped: Kernels): PhasedKernels => {
  const kernels = { ...grouped, body: grouped.body.flatMap(partsOfNest) };
  const indices = new Map(kernels.areas.map(({ name, indices: own }) => [name, own]));
  const areaOf = (name: string): string => kernels.areaOf.get(name) ?? name;
  const places: Places = { chunked: 'example', areaOf, indicesOf: (name) => indices.get(areaOf(name)) };
  let known: Known = { once: new Set(), firsts: new Set() };
  for (;;) {
    const plan = planned(kernels, known, places);
    const found = misplaced(plan, kernels, places);
    // Steps that seem to have to run once may not, when what they compute for others is taken from the first chunk.
    if (found.firsts.size > 0) known = { ...known, firsts: union(known.firsts, found.firsts) };
    else if (found.once.size > 0) known = { ...known, once: union(known.once, found.once) };
    else return phased(plan, kernels, places);
  }
};

/** Statements of a nest that have nothing to do with each other may run in different phases. */
const partsOfNest = (step: Step): readonly Step[] => {
  if (step.kind !== 'nest' || step.order.includes('example')) return [step];
  const parts = step.statements.reduce<readonly Nest['statements'][]>((all, statement) => {
    const reads = readNames(statement.value);
    const isLinked = (part: Nest['statements']): boolean => part.some(({ target }) => reads.has(target));
    return [...all.filter((part) => !isLinked(part)), [...all.filter(isLinked).flat(), statement]];
  }, []);
  return parts.map((statements) => ({ ...step, statements }));
};

/** What has been found out about chunks. */
interface Known {
  /** Steps that have to run once. */
  readonly once: ReadonlySet<Step>;
  /** Areas that all examples share, and that chunks compute all the same for others. */
  readonly firsts: ReadonlySet<string>;
}

/** A step of the program's own body, with the phase in which it runs. */
interface Planned {
  /** The step that it was, or is a part of. */
  readonly origin: Step;
  readonly step: Step;
  readonly isOnce: boolean;
  readonly phase: number;
  /** Areas that every chunk has for itself: they are added up, or that of the first chunk is taken. */
  readonly sums: ReadonlySet<string>;
  readonly firsts: ReadonlySet<string>;
}

const none: ReadonlySet<string> = new Set();
const union = <Item>(left: ReadonlySet<Item>, right: ReadonlySet<Item>): ReadonlySet<Item> =>
  new Set([...left, ...right]);
const only = (names: ReadonlySet<string>, isGood: (name: string) => boolean): ReadonlySet<string> =>
  new Set([...names].filter(isGood));

const planned = (kernels: Kernels, known: Known, places: Places): readonly Planned[] => {
  const stacked = stackedIn(kernels);
  const sumsOf = new Map<Step, ReadonlySet<string>>();
  /** Sums of every turn, kept for a loop that goes back: each chunk has its own. */
  let kept = none;
  for (const step of kernels.body) {
    const sums = known.once.has(step) ? null : partialAreas(step, kept, places);
    if (sums === null) continue;
    sumsOf.set(step, sums);
    kept = union(
      kept,
      only(sums, (name) => stacked.has(name)),
    );
  }
  const ownOf = new Map(
    [...sumsOf].map(([step, sums]) => [step, union(sums, firstsIn(step, known, places))]),
  );
  const beginnings = beginningsOf(kernels.body, ownOf, places);
  const plan: Planned[] = [];
  const uses: Uses[] = [];
  const add = (origin: Step, step: Step, own: ReadonlySet<string> | null): void => {
    const used = usesOf(step, places);
    const phase = plan.reduce((least, earlier, at) => {
      const depends = dependence(uses[at]!, used, earlier, own);
      if (depends === 'none') return least;
      const isNext = depends === 'result' || (own === null && !earlier.isOnce);
      return Math.max(least, earlier.phase + (isNext ? 1 : 0));
    }, 0);
    const firsts = only(own ?? none, (name) => known.firsts.has(name));
    const sums = only(own ?? none, (name) => !known.firsts.has(name));
    plan.push({ origin, step: contributing(step, sums, places), isOnce: own === null, phase, sums, firsts });
    uses.push(used);
  };
  for (const step of kernels.body) {
    const beginning = beginnings.get(step);
    if (beginning === undefined) {
      add(step, step, ownOf.get(step) ?? null);
      continue;
    }
    const nest = step as Nest;
    const begins = ({ target }: Nest['statements'][number]): boolean => beginning.has(places.areaOf(target));
    const rest = nest.statements.filter((statement) => !begins(statement));
    if (rest.length > 0) add(step, { ...nest, statements: rest }, ownOf.get(step) ?? null);
    add(step, { ...nest, statements: nest.statements.filter(begins) }, beginning);
  }
  return plan;
};

const firstsIn = (step: Step, { firsts }: Known, { areaOf }: Places): ReadonlySet<string> =>
  only(new Set(writesOf(step).map(areaOf)), (name) => firsts.has(name));

interface Uses {
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
}
const usesOf = (step: Step, { areaOf }: Places): Uses => ({
  reads: new Set(readsOf(step).map(areaOf)),
  writes: new Set(writesOf(step).map(areaOf)),
});

/** Whether a step depends on an earlier one, and if so on what its chunks come to. */
const dependence = (
  earlier: Uses,
  later: Uses,
  { sums, firsts }: Planned,
  own: ReadonlySet<string> | null,
): 'none' | 'order' | 'result' => {
  const common = [
    ...[...earlier.writes].filter((name) => later.reads.has(name) || later.writes.has(name)),
    ...[...earlier.reads].filter((name) => later.writes.has(name)),
  ];
  if (common.length === 0) return 'none';
  const isResult = (name: string): boolean => (sums.has(name) || firsts.has(name)) && !own?.has(name);
  return common.some(isResult) ? 'result' : 'order';
};

/** Nests that begin what a later step adds to, each with those areas: every chunk has its own. */
const beginningsOf = (
  body: readonly Step[],
  ownOf: ReadonlyMap<Step, ReadonlySet<string>>,
  { areaOf }: Places,
): ReadonlyMap<Step, ReadonlySet<string>> => {
  const found = new Map<Step, Set<string>>();
  body.forEach((step, at) => {
    if (step.kind !== 'turns') return;
    for (const area of ownOf.get(step) ?? [])
      for (const earlier of body.slice(0, at)) {
        if (earlier.kind !== 'nest') continue;
        const own = earlier.statements.find(({ target }) => areaOf(target) === area);
        const isReadHere = earlier.statements.some(({ value }) =>
          [...readNames(value)].map(areaOf).includes(area),
        );
        if (own?.how !== 'element' || isReadHere) continue;
        found.set(earlier, (found.get(earlier) ?? new Set()).add(area));
      }
  });
  return found;
};

const stackedIn = ({ areas }: Kernels): ReadonlySet<string> =>
  new Set(areas.filter(({ stacks }) => stacks.length > 0).map(({ name }) => name));

/** What chunks compute and somebody needs in another form. */
const misplaced = (plan: readonly Planned[], kernels: Kernels, places: Places): Known => {
  const { areaOf, indicesOf } = places;
  const outputs = new Set(kernels.outputs.map(({ register }) => areaOf(register.name)));
  const uses = new Map(plan.map((entry) => [entry, usesOf(entry.step, places)]));
  const once = new Set<Step>();
  const firsts = new Set<string>();
  plan.forEach((entry, at) => {
    const { origin, step, isOnce, phase, sums } = entry;
    if (isOnce) return;
    const others = plan.filter((other) => other !== entry);
    const isElsewhere = (other: Planned): boolean => other.isOnce || other.phase !== phase;
    for (const name of uses.get(entry)!.writes) {
      if (indicesOf(name) === undefined) {
        const isRead = plan.slice(at + 1).some((later) => uses.get(later)!.reads.has(name));
        if (outputs.has(name) || isRead) once.add(origin);
        continue;
      }
      const isOwn = sums.has(name) || entry.firsts.has(name);
      const writers = others.filter((other) => uses.get(other)!.writes.has(name));
      // Whatever else was there would be counted more than once, or not at all.
      const isAlsoWritten = writers.some((other) => !other.sums.has(name) && !other.firsts.has(name));
      if (isOwn && isAlsoWritten) once.add(origin);
      if (isOwn || indicesOf(name)!.includes('example')) continue;
      const users = [...writers, ...others.filter((other) => uses.get(other)!.reads.has(name))];
      if (outputs.has(name) || users.some(isElsewhere)) firsts.add(name);
    }
    const isApart = stacksOf(step).some((label) =>
      others.some((other) => stacksOf(other.step).includes(label) && isElsewhere(other)),
    );
    if (isApart) once.add(origin);
  });
  return { once, firsts };
};

/** Labels of the loops whose turns a step keeps, or visits again. */
const stacksOf = (step: Step): readonly string[] =>
  step.kind === 'turns' ? [step.stack, ...step.body.flatMap(stacksOf)] : [];

const phased = (plan: readonly Planned[], kernels: Kernels, { areaOf }: Places): PhasedKernels => {
  const count = Math.max(0, ...plan.map(({ phase }) => phase + 1));
  const outside = new Set([
    ...kernels.inputs.map(({ name }) => areaOf(name)),
    ...kernels.outputs.map(({ register }) => areaOf(register.name)),
  ]);
  const usersOf = new Map<string, Set<string>>();
  for (const { step, isOnce, phase } of plan)
    for (const name of [...readsOf(step), ...writesOf(step)])
      usersOf.set(
        areaOf(name),
        (usersOf.get(areaOf(name)) ?? new Set()).add(isOnce ? 'once' : `chunks ${phase}`),
      );
  const stacked = stackedIn(kernels);
  const addedUp = (names: ReadonlySet<string>): ReadonlySet<string> =>
    only(names, (name) => !stacked.has(name));
  const sums = new Set(plan.flatMap((entry) => [...addedUp(entry.sums)]));
  const firsts = new Set(plan.flatMap((entry) => [...entry.firsts]));
  const keptIn = ({ name }: Area): PhasedArea['kept'] => {
    if (sums.has(name)) return 'sum';
    if (firsts.has(name)) return 'first';
    const users = usersOf.get(name) ?? new Set();
    return outside.has(name) || users.size !== 1 || users.has('once') ? 'whole' : 'chunk';
  };
  return {
    ...kernels,
    areas: kernels.areas.map((area) => ({ ...area, kept: keptIn(area) })),
    phases: Array.from({ length: count }, (_, phase): Phase => {
      const here = plan.filter((entry) => entry.phase === phase);
      return {
        chunked: 'example',
        once: here.filter(({ isOnce }) => isOnce).map(({ step }) => step),
        chunks: here.filter(({ isOnce }) => !isOnce).map(({ step }) => step),
        sums: [...new Set(here.flatMap((entry) => [...addedUp(entry.sums)]))],
        firsts: [...new Set(here.flatMap((entry) => [...entry.firsts]))],
      };
    }),
  };
};

/** All loops within steps. */
export const turnsIn = (steps: readonly Step[]): readonly Turns[] =>
  steps.flatMap((step) => (step.kind === 'turns' ? [step, ...turnsIn(step.body)] : []));
