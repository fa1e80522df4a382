/** Programs of the standard library as modules. */
import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { check } from '../../../src/check/check.ts';
import { fileSources } from '../../../src/check/sources.ts';
import { define } from '../../../src/schedule/define.ts';
import { programsOf } from '../../../src/targets/plan.ts';
import { compileKernels } from '../../../src/targets/wasm/compile.ts';

describe('modules are small', () => {
  it.each(globSync('stdlib/models/*.nsm').sort())('every program of %s has less than 50 KB', (file) => {
    const { checked } = check(file, fileSources());
    const large = programsOf(define(checked, {}).definition!)
      .map(({ name, program }) => ({ name, size: compileKernels(program).bytes.length }))
      .filter(({ size }) => size >= 50_000);
    expect(large).toEqual([]);
  });
});
