/** Whether two variants compute the same. */
import type { NumberArrays } from '../../src/runtime/state.ts';
import { deviations, farthest, relativeDifference, shareOfOthers } from './statistics.ts';
import type { Compared, Inputs, Workload } from './workload.ts';

export interface Verdict {
  readonly variant: string;
  readonly agrees: boolean;
  /** The worst figure of each kind, in words. */
  readonly words: string;
}

/** Outputs on the draws of nsm, held to its own, and a variant's own draws, held to their laws. */
export const judge = (
  workload: Workload,
  inputs: Inputs,
  variant: string,
  { outputs, draws }: Compared,
  expected: NumberArrays,
): Verdict => {
  const { counts, tolerance } = workload;
  const faults: string[] = [];
  let farthestOff = 0;
  for (const [name, { values }] of Object.entries(expected)) {
    const found = outputs[name]?.values ?? new Float32Array();
    const share = counts[name];
    const difference = share === undefined ? relativeDifference(found, values) : shareOfOthers(found, values);
    if (share === undefined) farthestOff = Math.max(farthestOff, difference);
    // Not true of NaN.
    if (!(difference <= (share ?? tolerance)))
      faults.push(`${name} differs by ${difference.toExponential(1)}`);
  }
  let strangest = 0;
  for (const [name, law] of Object.entries(workload.laws(inputs)))
    for (const value of deviations(draws[name]?.values ?? new Float32Array([NaN]), law)) {
      strangest = Math.max(strangest, Math.abs(value));
      if (!(Math.abs(value) <= farthest)) faults.push(`draws of ${name} are ${value.toFixed(1)} sd off`);
    }
  const drawn = Object.keys(workload.laws(inputs)).length === 0 ? '' : `, its own draws ${strangest.toFixed(1)} sd from their laws (allowed ${farthest})`; // prettier-ignore
  return {
    variant,
    agrees: faults.length === 0,
    words:
      faults.length > 0
        ? `disagrees: ${faults.join('; ')}`
        : `differs by ${farthestOff.toExponential(1)} (allowed ${tolerance.toExponential(0)})${drawn}`,
  };
};
