/** The measure of `npm run adaptation` and `npm run posterior`. */
import { expect, it } from 'vitest';
import { autocorrelationTime } from '../../bench/autocorrelation.ts';
import { fillNoise } from '../../src/runtime/noise.ts';
import { keyOf } from '../../src/runtime/random.ts';

it.each([0, 0.5, 0.9])('finds (1 + ρ) / (1 - ρ) for chains that keep ρ = %f of themselves', (kept) => {
  const [chains, steps] = [200, 2000];
  const rows: Float32Array[] = [];
  for (let n = 0; n < steps; n++) {
    const noise = new Float32Array(chains);
    fillNoise('standard_normal', keyOf(1, n), noise, 0);
    const before = rows.at(-1);
    rows.push(noise.map((value, chain) => before === undefined ? value : kept * before[chain]! + Math.sqrt(1 - kept ** 2) * value)); // prettier-ignore
  }
  // The sum over lags up to six times itself has a standard error of some 2 % here.
  const time = (1 + kept) / (1 - kept);
  expect(Math.abs(autocorrelationTime(rows) / time - 1)).toBeLessThan(0.06);
});
