/** What `nsm explain --cost` tells of the target: which one runs a program here, and what it comes to there. */
import { describe, expect, it } from 'vitest';
import { constant, exp, multiply, read, sum, zero } from '../../src/calculus/build.ts';
import { costText } from '../../src/cli/cost-text.ts';
import { explainTarget } from '../../src/targets/explain-target.ts';
import { compileKernels } from '../../src/targets/wasm/compile.ts';
import { assign, program, repeat, tensor } from './support.ts';

const z = tensor('z', 'example', 'units');
const moved = tensor('moved', 'example', 'units');
/** Before the loop a copy, in each of five turns a product and a loop over its elements. */
const made = program(
  'moves',
  [tensor('x', 'example', 'units'), tensor('A', 'units', "units'")],
  [
    repeat('turns', {
      times: constant(5),
      first: zero,
      direction: 'forward',
      carried: [
        {
          register: z,
          initial: read('x', z.indices),
          next: exp(read('moved', z.indices)),
          result: tensor('end', 'example', 'units'),
        },
      ],
      body: [
        assign(
          moved,
          sum(["units'"], multiply(read('A', ["units'", 'units']), read('z', ['example', "units'"]))),
        ),
      ],
      saved: [],
      replays: null,
      whileAny: null,
    }),
  ],
  [tensor('end', 'example', 'units')],
);
const sizes = { example: 64, units: 100 };
const turnsOf = (): number => 5;
const textOf = (target: ReturnType<typeof explainTarget>): string =>
  costText({
    program: 'moves',
    sizes,
    numbers: {},
    sparse: { names: [], activity: 0.1 },
    passes: [],
    target,
  });

describe('the target of a program', () => {
  it('is kernels: how many there are, the bytes of their module and of their memory', () => {
    const found = explainTarget(made, sizes, turnsOf, WebAssembly.validate);
    expect(found).toMatchObject({
      kind: 'kernels',
      nests: 2,
      products: 1,
      draws: 0,
      turned: 0,
      functions: 0,
      runs: 1 + 5 * 2,
      moduleBytes: compileKernels(made).bytes.length,
    });
    expect(textOf(found)).toMatch(/as kernels +11 /);
    expect(textOf(found)).toMatch(
      /runs as kernels: one WebAssembly module of \d+ KB with 2 loops, 1 product$/,
    );
  });

  it('has memory for one chunk of what no other phase needs, besides its inputs and outputs', () => {
    const arena = (examples: number): number => {
      const found = explainTarget(made, { ...sizes, example: examples }, turnsOf, WebAssembly.validate);
      return found.kind === 'kernels' ? found.arena : NaN;
    };
    expect(arena(64)).toBe(arena(16));
    expect(arena(16) - arena(8)).toBeGreaterThanOrEqual(8 * 400);
  });

  it('is operations of TensorFlow.js where the engine refuses the module, and the text says why', () => {
    const found = explainTarget(made, sizes, turnsOf, () => false);
    expect(found).toEqual({ kind: 'operations', because: 'this engine has no WebAssembly vectors' });
    expect(textOf(found)).not.toContain('as kernels');
    expect(textOf(found)).toContain(
      'runs as operations of TensorFlow.js, because this engine has no WebAssembly vectors',
    );
  });
});
