/**
 * What is done once for all examples, shared as well: steps of matrices whose rows are an axis of the model run for some of the rows at a
 * time. A phase then has several parts, one after the other.
 */
import type { Index } from '../../../calculus/expression.ts';
import { partialAreas, type Places } from './chunks.ts';
import type { Phase, PhasedArea, PhasedKernels, Step } from './kernels.ts';
import { readsOf, writesOf } from './uses.ts';

export const shareRows = (kernels: PhasedKernels): PhasedKernels => {
  const indices = new Map(kernels.areas.map(({ name, indices: own }) => [name, own]));
  const areaOf = (name: string): string => kernels.areaOf.get(name) ?? name;
  const places = { areaOf, indicesOf: (name: string) => indices.get(areaOf(name)) };
  const split = kernels.phases.flatMap((phase) => splitPhase(phase, kernels.areas, places));
  const sums = new Set(split.flatMap((phase) => (phase.chunked === 'example' ? [] : phase.sums)));
  const areas = kernels.areas.map((area): PhasedArea =>
    sums.has(area.name) ? { ...area, kept: 'sum' } : area,
  );
  return { ...kernels, areas, phases: split };
};

interface Placed {
  readonly step: Step;
  readonly part: number;
  /** Null: once. */
  readonly sums: ReadonlySet<string> | null;
}

const splitPhase = (
  phase: Phase,
  areas: readonly PhasedArea[],
  places: Omit<Places, 'chunked'>,
): readonly Phase[] => {
  const rows = rowsOf(phase.once);
  if (rows === null) return [phase];
  const isPlain = new Set(areas.filter(({ kept }) => kept === 'whole').map(({ name }) => name));
  const all: Places = { ...places, chunked: rows };
  const sumsOf = (step: Step): ReadonlySet<string> | null => {
    if (!isLarge(step)) return null;
    const sums = partialAreas(step, new Set(), all);
    const written = writesOf(step).map(places.areaOf);
    // What has no such rows is a sum over them, or it is computed once.
    const isGood = written.every(
      (area) => isPlain.has(area) && (sums?.has(area) === true || places.indicesOf(area)!.includes(rows)),
    );
    return isGood ? sums : null;
  };
  const plan: Placed[] = [];
  for (const step of phase.once) {
    const sums = sumsOf(step);
    const [reads, writes] = [readsOf(step), writesOf(step)].map((names) => new Set(names.map(places.areaOf)));
    const part = plan.reduce((least, earlier) => {
      const written = writesOf(earlier.step).map(places.areaOf);
      const read = readsOf(earlier.step).map(places.areaOf);
      const isAfter =
        written.some((name) => reads!.has(name) || writes!.has(name)) ||
        read.some((name) => writes!.has(name));
      if (!isAfter) return least;
      const isResult =
        earlier.sums !== null && (sums === null || written.some((name) => earlier.sums!.has(name)));
      return Math.max(least, earlier.part + (isResult ? 1 : 0));
    }, 0);
    plan.push({ step, part, sums });
  }
  const count = Math.max(...plan.map(({ part, sums }) => part + (sums === null ? 1 : 2)), 1);
  // The last part is done once, and then the examples' chunks.
  return Array.from({ length: count }, (_, part): Phase => {
    const here = plan.filter((entry) => entry.part === part);
    const once = here.filter(({ sums }) => sums === null).map(({ step }) => step);
    if (part === count - 1) return { ...phase, once };
    return {
      chunked: rows,
      once,
      chunks: here.filter(({ sums }) => sums !== null).map(({ step }) => step),
      sums: [...new Set(here.flatMap(({ sums }) => [...(sums ?? [])]))],
      firsts: [],
    };
  });
};

const isLarge = (step: Step): boolean =>
  step.kind === 'nest'
    ? step.order.length > 1
    : step.kind === 'product' && step.rows.length + step.columns.length > 1;

/** The axis that most of the large steps have first. */
const rowsOf = (steps: readonly Step[]): Index | null => {
  const counts = new Map<Index, number>();
  for (const step of steps) {
    if (!isLarge(step)) continue;
    const firsts =
      step.kind === 'nest'
        ? step.order.slice(0, 1)
        : step.kind === 'product'
          ? [...step.rows.slice(0, 1), ...(step.layout === 'transposed_left' ? step.inner.slice(0, 1) : [])]
          : [];
    for (const index of firsts) if (index !== 'example') counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  const [best] = [...counts].sort(([, one], [, other]) => other - one);
  return best === undefined ? null : best[0];
};
