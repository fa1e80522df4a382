/** What was measured, for people and for programs. */
import { spreadOf, type Spread } from './statistics.ts';
import type { Verdict } from './judge.ts';
import { nameOf, type Kind } from './variants.ts';
import type { Workload } from './workload.ts';

export interface Measured {
  readonly kind: Kind;
  readonly threads: number;
  /** Milliseconds of a run, one for each round. */
  readonly times: readonly number[];
  /** Mebibytes: at most, and before it began. */
  readonly memory: { readonly peak: number; readonly rest: number };
}

/** Threads of nsm. */
const workers = 1;

/** The fastest of the variants of a kind, by its median. */
const best = (measured: readonly Measured[], kind: Kind): Measured | undefined =>
  measured
    .filter((each) => each.kind === kind)
    .reduce<Measured | undefined>(
      (least, each) => (least === undefined || medianOf(each) < medianOf(least) ? each : least),
      undefined,
    );

const medianOf = ({ times }: Measured): number => spreadOf(times).median;

export const jsonOf = (
  { name, units }: Workload,
  measured: readonly Measured[],
  verdicts: readonly Verdict[],
): string => {
  const of = (kind: Kind, figure: (one: Measured) => number): number | null => {
    const one = best(measured, kind);
    return one === undefined ? null : Number(figure(one).toPrecision(4));
  };
  const ms = (kind: Kind): number | null => of(kind, (one) => medianOf(one) / units);
  const mib = (kind: Kind): number | null => of(kind, ({ memory }) => memory.peak);
  return JSON.stringify({
    workload: name,
    nsm_ms: ms('nsm'),
    nsm_fast_ms: ms('nsm_fast'),
    tfjs_ms: ms('tfjs'),
    torch_ms: ms('torch'),
    torch_hoisted_ms: ms('torch_hoisted'),
    workers,
    torch_threads: best(measured, 'torch')?.threads ?? null,
    nsm_mib: mib('nsm'),
    tfjs_mib: mib('tfjs'),
    torch_mib: mib('torch'),
    agrees: verdicts.every(({ agrees }) => agrees),
  });
};

export const textOf = (
  { name, shape, unit, units }: Workload,
  measured: readonly Measured[],
  verdicts: readonly Verdict[],
  activity: number | null,
): readonly string[] => {
  const nsm = medianOf(best(measured, 'nsm')!);
  const active = activity === null ? '' : `, ${(100 * activity).toFixed(1)} % of units active`;
  return [
    `${name}: ${shape}${active}; ms per ${unit}, ${measured[0]!.times.length} rounds`,
    `  ${'variant'.padEnd(28)} ${'median'.padStart(9)}  ${'quartiles'.padEnd(21)} ${'/ nsm'.padStart(7)}  peak (at rest) in MiB`,
    ...measured.map((each) => {
      const { median, low, high } = scaled(spreadOf(each.times), 1 / units);
      const spread = `${figure(low)} to ${figure(high)}`;
      const { peak, rest } = each.memory;
      return `  ${nameOf(each).padEnd(28)} ${figure(median).padStart(9)}  ${spread.padEnd(21)} ${((median * units) / nsm).toFixed(2).padStart(7)}  ${peak.toFixed(0)} (${rest.toFixed(0)})`;
    }),
    ...verdicts.map(({ variant, words }) => `  ${variant}: ${words}`),
    '',
  ];
};

const scaled = ({ median, low, high }: Spread, by: number): Spread => ({
  median: by * median,
  low: by * low,
  high: by * high,
});
const figure = (value: number): string => (value < 1e-9 ? '0' : Number(value.toPrecision(3)).toString());
