/** Programs of the documentation that learn: each makes three updates from rows of zeros and ones, and its numbers stay finite. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { fileSources } from '../../src/check/sources.ts';
import { defineModel } from '../../src/runtime/model.ts';
import { sizeOf } from '../../src/runtime/state.ts';
import { define } from '../../src/schedule/define.ts';
import { loadBackend, type Backend } from '../../src/targets/tfjs/backend.ts';
import { planInProcess } from '../../src/targets/tfjs/plan.ts';
import { allBlocks, root } from './blocks.ts';

const file = join(fileURLToPath(root), 'documented.nsm');
const rows = 8;
const whole = allBlocks.filter(({ language, words }) => language === 'nsm' && words.length === 0);
const trained = whole.filter(({ code }) => /^model /m.test(code) && /^learning /m.test(code));

let backend: Backend;
beforeAll(async () => {
  backend = await loadBackend('cpu');
});

describe('a program in the documentation', () => {
  it.each(trained)('learns: $place', async ({ code }) => {
    const { checked } = check(file, fileSources(new Map([[file, code]])));
    const { definition, diagnostics } = define(checked);
    expect(diagnostics).toEqual([]);
    const model = defineModel(planInProcess(definition!, backend));
    const state = model.create({ seed: 1 });
    const entries = definition!.observed.map(({ name, axes }) => {
      const columns = sizeOf(axes.map((axis) => state.sizes[axis]!));
      return [name, new Float32Array(rows * columns).map((_, i) => ((i * 7919) % 13 > 6 ? 1 : 0))] as const;
    });
    for (const { name: learning } of definition!.learnings) {
      const objectives: number[] = [];
      const after = await model.train(state, Object.fromEntries(entries), {
        learning,
        iterations: 3,
        batch: 4,
        onIteration: ({ objective }) => void objectives.push(objective),
      });
      expect(objectives.every(Number.isFinite)).toBe(true);
      expect(after.parameters).not.toEqual(state.parameters);
    }
  });

  it('is found', () => {
    expect(trained.length).toBeGreaterThan(7);
  });
});
