/**
 * Programs of the documentation that learn: each makes three updates from rows of zeros and ones, its numbers stay finite, and they
 * are the same on both backends.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { fileSources } from '../../src/check/sources.ts';
import { defineModel } from '../../src/runtime/model.ts';
import { sizeOf, type ModelState } from '../../src/runtime/state.ts';
import { define } from '../../src/schedule/define.ts';
import type { Definition } from '../../src/schedule/definition.ts';
import { loadBackend, type Backend } from '../../src/targets/tfjs/backend.ts';
import { planInProcess } from '../../src/targets/plan.ts';
import { allBlocks, root } from './blocks.ts';

const file = join(fileURLToPath(root), 'documented.nsm');
const rows = 8;
const whole = allBlocks.filter(({ language, words }) => language === 'nsm' && words.length === 0);
const trained = whole.filter(({ code }) => /^model /m.test(code) && /^learning /m.test(code));

let backends: readonly Backend[];
beforeAll(async () => {
  backends = [await loadBackend('wasm'), await loadBackend('cpu')];
});

/** The state after three updates. */
const learned = async (definition: Definition, learning: string, backend: Backend): Promise<ModelState> => {
  await backend.tf.setBackend(backend.name);
  const model = defineModel(planInProcess(definition, backend));
  const state = model.create({ seed: 1 });
  const entries = definition.observed.map(({ name, axes }) => {
    const columns = sizeOf(axes.map((axis) => state.sizes[axis]!));
    return [name, new Float32Array(rows * columns).map((_, i) => ((i * 7919) % 13 > 6 ? 1 : 0))] as const;
  });
  const objectives: number[] = [];
  const after = await model.train(state, Object.fromEntries(entries), {
    learning,
    iterations: 3,
    batch: 4,
    onIteration: ({ objective }) => void (objective === null ? null : objectives.push(objective)),
  });
  expect(objectives.every(Number.isFinite)).toBe(true);
  expect(after.parameters).not.toEqual(state.parameters);
  return after;
};

/** Roundings alone tell the backends apart. */
const expectNear = (name: string, found: ArrayLike<number>, wanted: ArrayLike<number>): void => {
  const most = (of: (i: number) => number): number => {
    let result = 0;
    for (let i = 0; i < wanted.length; i++) result = Math.max(result, Math.abs(of(i)));
    return result;
  };
  const scale = most((i) => wanted[i]!);
  const apart = most((i) => wanted[i]! - found[i]!);
  expect(apart, name).toBeLessThanOrEqual(1e-4 * scale);
};

describe('a program in the documentation', () => {
  it.each(trained)('learns: $place', async ({ code }) => {
    const { checked } = check(file, fileSources(new Map([[file, code]])));
    const { definition, diagnostics } = define(checked);
    expect(diagnostics).toEqual([]);
    for (const { name: learning } of definition!.learnings) {
      const after = [];
      for (const backend of backends) after.push(await learned(definition!, learning, backend));
      const [onWasm, onCpu] = after.map(({ parameters }) => parameters);
      for (const [name, { values }] of Object.entries(onCpu!))
        expectNear(name, onWasm![name]!.values, values);
    }
  });

  it('is found', () => {
    expect(trained.length).toBeGreaterThan(7);
  });
});
