/** Which way programs run. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TensorFlow } from '../../../src/runtime/plan.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

const context = { seed: 1, firstExample: 0, sizes: {} };
/** Calls a program twice beside a backend, and says what was made and run. */
const calls = async (backend: 'wasm' | 'cpu'): Promise<readonly string[]> => {
  // Anew, since memory is kept once it is there.
  const { fastest } = await import('../../../src/runtime/kernels/fastest.ts');
  const told: string[] = [];
  const kernels = (): never => {
    told.push('kernels made');
    throw new Error('this test needs none');
  };
  const operations = (): Record<string, never> => (told.push('operations run'), {});
  const run = fastest({ getBackend: () => backend } as TensorFlow, kernels, operations);
  told.push('ready');
  for (const _ of [1, 2])
    try {
      run({}, context);
    } catch {
      told.push('no operations');
    }
  return told;
};

describe('a program runs', () => {
  it('as kernels beside the WebAssembly backend, made when it is called', async () => {
    expect((await calls('wasm')).slice(0, 3)).toEqual(['ready', 'kernels made', 'no operations']);
  });
  it('as operations beside another backend', async () => {
    expect(await calls('cpu')).toEqual(['ready', 'operations run', 'operations run']);
  });
  it('as operations where memory cannot be shared', async () => {
    vi.spyOn(WebAssembly, 'Memory').mockImplementation(function () {
      throw new RangeError('no shared memory');
    });
    expect(await calls('wasm')).toEqual(['ready', 'operations run', 'operations run']);
  });
});
