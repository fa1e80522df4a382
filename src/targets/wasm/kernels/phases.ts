/**
 * The order in which kernels run: in each phase first what is done once, then what is done for every chunk of the examples. What
 * chunks add up to is known in the next phase.
 */
import { readNames } from '../../../calculus/substitute.ts';
import { partialAreas, type Places } from './chunks.ts';
import type { Area, Kernels, Nest, Phase, PhasedArea, PhasedKernels, Step, Turns } from './kernels.ts';
import { readsOf, writesOf } from './uses.ts';

export const phases = (kernels: Kernels): PhasedKernels => {
  const indices = new Map(kernels.areas.map(({ name, indices: own }) => [name, own]));
  const areaOf = (name: string): string => kernels.areaOf.get(name) ?? name;
  const places: Places = { areaOf, indicesOf: (name) => indices.get(areaOf(name)) };
  const once = new Set<Step>();
  for (;;) {
    const plan = planned(kernels, once, places);
    const wrong = misplaced(plan, kernels, places);
    if (wrong.length === 0) return phased(plan, kernels, places);
    wrong.forEach((step) => once.add(step));
  }
};

/** A step of the program's own body, with the phase in which it runs. */
interface Planned {
  /** The step that it was, or is a part of. */
  readonly origin: Step;
  readonly step: Step;
  readonly isOnce: boolean;
  readonly phase: number;
  /** Areas that are added up over the chunks. */
  readonly partial: ReadonlySet<string>;
}

const planned = (kernels: Kernels, once: ReadonlySet<Step>, places: Places): readonly Planned[] => {
  const partialOf = new Map<Step, ReadonlySet<string>>();
  for (const step of kernels.body) {
    const partial = once.has(step) ? null : partialAreas(step, places);
    if (partial !== null) partialOf.set(step, partial);
  }
  const cleared = clearings(kernels.body, partialOf, places);
  const plan: Planned[] = [];
  const uses: Uses[] = [];
  const add = (origin: Step, step: Step, partial: ReadonlySet<string> | null): void => {
    const own = usesOf(step, places);
    const phase = plan.reduce((least, earlier, at) => {
      const depends = dependence(uses[at]!, own, earlier.partial, partial);
      if (depends === 'none') return least;
      const isNext = depends === 'sum' || (partial === null && !earlier.isOnce);
      return Math.max(least, earlier.phase + (isNext ? 1 : 0));
    }, 0);
    plan.push({ origin, step, isOnce: partial === null, phase, partial: partial ?? new Set() });
    uses.push(own);
  };
  for (const step of kernels.body) {
    const clearing = cleared.get(step);
    if (clearing === undefined) {
      add(step, step, partialOf.get(step) ?? null);
      continue;
    }
    const nest = step as Nest;
    const isCleared = ({ target }: Nest['statements'][number]): boolean =>
      clearing.has(places.areaOf(target));
    const rest = nest.statements.filter((statement) => !isCleared(statement));
    if (rest.length > 0) add(step, { ...nest, statements: rest }, partialOf.get(step) ?? null);
    add(step, { ...nest, statements: nest.statements.filter(isCleared) }, clearing);
  }
  return plan;
};

interface Uses {
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
}
const usesOf = (step: Step, { areaOf }: Places): Uses => ({
  reads: new Set(readsOf(step).map(areaOf)),
  writes: new Set(writesOf(step).map(areaOf)),
});

/** Whether a step depends on an earlier one, and if so on what its chunks add up to. */
const dependence = (
  earlier: Uses,
  later: Uses,
  earlierPartial: ReadonlySet<string>,
  laterPartial: ReadonlySet<string> | null,
): 'none' | 'order' | 'sum' => {
  const shared = [
    ...[...earlier.writes].filter((name) => later.reads.has(name) || later.writes.has(name)),
    ...[...earlier.reads].filter((name) => later.writes.has(name)),
  ];
  if (shared.length === 0) return 'none';
  return shared.some((name) => earlierPartial.has(name) && !laterPartial?.has(name)) ? 'sum' : 'order';
};

/** Nests that set to 0 what a later step adds to, each with those areas: every chunk has its own. */
const clearings = (
  body: readonly Step[],
  partialOf: ReadonlyMap<Step, ReadonlySet<string>>,
  { areaOf }: Places,
): ReadonlyMap<Step, ReadonlySet<string>> => {
  const found = new Map<Step, Set<string>>();
  body.forEach((step, at) => {
    if (step.kind !== 'turns') return;
    for (const area of partialOf.get(step) ?? [])
      for (const earlier of body.slice(0, at)) {
        if (earlier.kind !== 'nest') continue;
        const own = earlier.statements.find(({ target }) => areaOf(target) === area);
        const isZero = own?.value.kind === 'constant' && own.value.value === 0;
        const isReadHere = earlier.statements.some(({ value }) =>
          [...readNames(value)].map(areaOf).includes(area),
        );
        if (!isZero || isReadHere) continue;
        found.set(earlier, (found.get(earlier) ?? new Set()).add(area));
      }
  });
  return found;
};

/** Steps in chunks whose results somebody needs in another form: they have to run once. */
const misplaced = (plan: readonly Planned[], kernels: Kernels, places: Places): readonly Step[] => {
  const { areaOf, indicesOf } = places;
  const outputs = new Set(kernels.outputs.map(({ register }) => areaOf(register.name)));
  const stacked = new Set(kernels.areas.filter(({ stacks }) => stacks.length > 0).map(({ name }) => name));
  const uses = new Map(plan.map((entry) => [entry, usesOf(entry.step, places)]));
  const isMisplaced = (entry: Planned, at: number): boolean => {
    const { step, phase, partial } = entry;
    const elsewhere = (other: Planned): boolean => other.isOnce || other.phase !== phase;
    const isArrayAstray = (area: string): boolean => {
      const others = plan.filter((other) => other !== entry);
      const writers = others.filter((other) => uses.get(other)!.writes.has(area));
      // Sums start at 0 in every chunk; whatever else was there would be counted more than once.
      if (partial.has(area)) return stacked.has(area) || writers.some((other) => !other.partial.has(area));
      if (indicesOf(area)!.includes('example')) return false;
      // What all examples share, computed by every chunk for itself.
      const readers = others.filter((other) => uses.get(other)!.reads.has(area));
      return outputs.has(area) || [...readers, ...writers].some(elsewhere);
    };
    const isNumberAstray = (name: string): boolean =>
      outputs.has(name) || plan.slice(at + 1).some((later) => uses.get(later)!.reads.has(name));
    return (
      [...uses.get(entry)!.writes].some((name) =>
        indicesOf(name) === undefined ? isNumberAstray(name) : isArrayAstray(name),
      ) ||
      stacksOf(step).some((label) =>
        plan.some((other) => stacksOf(other.step).includes(label) && elsewhere(other)),
      )
    );
  };
  return plan.filter((entry, at) => !entry.isOnce && isMisplaced(entry, at)).map(({ origin }) => origin);
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
  const partial = new Set(plan.flatMap((entry) => [...entry.partial]));
  const keptIn = ({ name }: Area): PhasedArea['kept'] => {
    if (partial.has(name)) return 'sum';
    const users = usersOf.get(name) ?? new Set();
    return outside.has(name) || users.size !== 1 || users.has('once') ? 'whole' : 'chunk';
  };
  return {
    ...kernels,
    areas: kernels.areas.map((area) => ({ ...area, kept: keptIn(area) })),
    phases: Array.from({ length: count }, (_, phase): Phase => {
      const here = plan.filter((entry) => entry.phase === phase);
      return {
        once: here.filter(({ isOnce }) => isOnce).map(({ step }) => step),
        chunks: here.filter(({ isOnce }) => !isOnce).map(({ step }) => step),
        sums: [...new Set(here.flatMap((entry) => [...entry.partial]))],
      };
    }),
  };
};

/** All loops within steps. */
export const turnsIn = (steps: readonly Step[]): readonly Turns[] =>
  steps.flatMap((step) => (step.kind === 'turns' ? [step, ...turnsIn(step.body)] : []));
