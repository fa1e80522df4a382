/** Kernels written into files. */
import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { constant } from '../../../src/calculus/build.ts';
import { check } from '../../../src/check/check.ts';
import { fileSources } from '../../../src/check/sources.ts';
import { readKernels, writeKernels } from '../../../src/runtime/kernels/text.ts';
import { define } from '../../../src/schedule/define.ts';
import { programsOf } from '../../../src/targets/plan.ts';
import { compileKernels } from '../../../src/targets/wasm/compile.ts';

describe('kernels as text are read as they were written', () => {
  it.each(globSync('stdlib/models/{hee,ipvae,rbm}.nsm').sort())('%s', (file) => {
    for (const { program } of programsOf(define(check(file, fileSources()).checked, {}).definition!)) {
      const kernels = compileKernels(program);
      expect(readKernels(writeKernels(kernels))).toEqual(kernels);
    }
  });

  it('also with numbers that JSON lacks', () => {
    const [{ program }] = programsOf(define(check('stdlib/models/lca.nsm', fileSources()).checked, {}).definition!) as [ReturnType<typeof programsOf>[number]]; // prettier-ignore
    const kernels = { ...compileKernels(program), turns: { settle: constant(Infinity), rest: constant(-Infinity) } }; // prettier-ignore
    expect(readKernels(writeKernels(kernels))).toEqual(kernels);
  });
});
