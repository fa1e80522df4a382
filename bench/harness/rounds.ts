/** Times of variants, in turn. */
import type { Started } from './variants.ts';

/** A timed sample lasts about so long: caches are cold and processors slow when a variant comes to its turn, whatever it is. */
const sampleMs = 1000;
const warmMs = 300;
const most = 15;
const fewest = 5;
/** After this, only the fewest rounds are made. */
const patienceMs = 30_000;
/** A number of threads that is so many times slower than another one of its kind is not the best one: it is left out. */
const hopeless = 2;

export interface Timed {
  readonly variant: Started;
  /** Milliseconds of one run, a sample for each round. */
  readonly times: readonly number[];
}

export const rounds = async (variants: readonly Started[]): Promise<readonly Timed[]> => {
  const warmed: { readonly variant: Started; readonly ms: number; readonly times: number[] }[] = [];
  for (const variant of variants) warmed.push({ variant, ms: await warm(variant), times: [] });
  const contenders = warmed.filter(({ variant, ms }) =>
    warmed.every((other) => other.variant.kind !== variant.kind || ms <= hopeless * other.ms),
  );
  const start = performance.now();
  for (let round = 0; round < most; round++) {
    if (round >= fewest && performance.now() - start > patienceMs) break;
    for (const { variant, ms, times } of contenders)
      times.push(await sample(variant, Math.max(1, Math.round(sampleMs / ms))));
  }
  return contenders;
};

/** Milliseconds of one run, once the compilers of the engine have settled. */
const warm = async (variant: Started): Promise<number> => {
  const first = await sample(variant, 1);
  return sample(variant, Math.ceil(warmMs / first));
};

const sample = async ({ child }: Started, times: number): Promise<number> =>
  (await child.ask<{ ms: number }>({ do: 'run', times })).ms / times;
