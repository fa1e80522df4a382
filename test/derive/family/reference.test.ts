/**
 * What is derived from the families of the standard library, against SciPy's log densities and independent quadrature
 * (`../shared/reference`): in float64 through `member.ts`, and in float32 by programs on TensorFlow.js.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { TensorFlow } from '../../../src/runtime/plan.ts';
import { loadBackend } from '../../../src/targets/tfjs/backend.ts';
import { cases, expectCase, inNumbers, isThere, words } from './reference.ts';
import { runCase } from './reference-programs.ts';

const there = describe.skipIf(!isThere);
const title = isThere ? '' : ' (skipped: ../shared/reference/families.json is not there)';

it.skipIf(!isThere)(`the reference has its 62 cases of 22 families${title}`, () => {
  expect(cases.length).toBe(62);
  expect(new Set(cases.map(({ family }) => family)).size).toBe(22);
});

there(`in float64, to 1e-7${title}`, () => {
  it.each(cases.map((one) => [words(one), one] as const))('%s', (_, one) => {
    expectCase(one, inNumbers(one), () => 1e-7);
  });
});

there(`in float32 on TensorFlow.js, to 2e-4${title}`, () => {
  let tf: TensorFlow;
  beforeAll(async () => {
    ({ tf } = await loadBackend('cpu'));
  });
  it.each(cases.map((one) => [words(one), one] as const))('%s', (_, one) => {
    expectCase(one, runCase(tf, one), () => 2e-4);
  });
});
