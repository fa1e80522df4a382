/** Programs of the standard library as modules: small, and with the same bits on every engine. */
import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { check } from '../../../src/check/check.ts';
import { fileSources } from '../../../src/check/sources.ts';
import { define } from '../../../src/schedule/define.ts';
import { programsOf } from '../../../src/targets/plan.ts';
import { f32x4, operateLanes, operateRelaxed } from '../../../src/targets/wasm/assembler/build.ts';
import { unsigned } from '../../../src/targets/wasm/assembler/bytes.ts';
import { encodeModule } from '../../../src/targets/wasm/assembler/encode-module.ts';
import { relaxedOperations } from '../../../src/targets/wasm/assembler/operations.ts';
import { compileKernels } from '../../../src/targets/wasm/compile.ts';

/** How instructions begin whose bits depend on the processor: multiplications that may be fused with an addition. */
const relaxed = Object.values(relaxedOperations).map(({ prefix, code }) => [prefix!, ...unsigned(code)]);

/** Whether the bytes stand anywhere, in code or as part of a number. */
const has = (module: Uint8Array, bytes: readonly number[]): boolean =>
  module.some((_, at) => bytes.every((byte, after) => module[at + after] === byte));

describe('every module', () => {
  it.each(globSync('stdlib/models/*.nsm').sort())(
    'of %s has less than 50 KB, and no relaxed instruction',
    (file) => {
      const { checked } = check(file, fileSources());
      for (const { name, program } of programsOf(define(checked, {}).definition!)) {
        const { bytes } = compileKernels(program);
        expect(bytes.length, name).toBeLessThan(50_000);
        expect(
          relaxed.filter((instruction) => has(bytes, instruction)),
          name,
        ).toEqual([]);
      }
    },
  );

  it('with such an instruction would be found', () => {
    const four = f32x4(1);
    const result = operateLanes(
      'f32x4.extract_lane',
      [0],
      operateRelaxed('f32x4.relaxed_madd', four, four, four),
    );
    const module = encodeModule({
      memory: { minimum: 1, maximum: null, isShared: false },
      exports: [{ name: 'fused', parameters: [], body: [], result }],
    });
    expect(relaxed.some((instruction) => has(module, instruction))).toBe(true);
  });
});
