/** What runs for some of the examples at a time. */
import { globSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { add, constant, multiply, read, sum, zero } from '../../../src/calculus/build.ts';
import { check } from '../../../src/check/check.ts';
import { fileSources } from '../../../src/check/sources.ts';
import type { TensorFlow } from '../../../src/runtime/plan.ts';
import { define } from '../../../src/schedule/define.ts';
import type { Program } from '../../../src/schedule/program.ts';
import { programsOf } from '../../../src/targets/plan.ts';
import { loadBackend } from '../../../src/targets/tfjs/backend.ts';
import { skipRows } from '../../../src/targets/wasm/kernels/active-rows.ts';
import { group } from '../../../src/targets/wasm/kernels/group.ts';
import { phases, turnsIn } from '../../../src/targets/wasm/kernels/phases.ts';
import { separate } from '../../../src/targets/wasm/kernels/separate.ts';
import { turnAround } from '../../../src/targets/wasm/kernels/turn-around.ts';
import { assign, contextOf, expectAgreement, host, program, random, repeat, tensor } from '../support.ts';

let tf: TensorFlow;
beforeAll(async () => {
  tf = (await loadBackend('wasm')).tf;
});

/** Labels of the loops that need all examples at once. */
const wholeLoops = (made: Program): readonly string[] =>
  phases(skipRows(turnAround(group(separate(made))))).phases.flatMap(({ once }) =>
    turnsIn(once).map(({ label }) => label),
  );

describe('loops run in chunks of examples', () => {
  it.each(globSync('{stdlib/models,examples}/*.nsm').sort())('in every program of %s', (file) => {
    const { checked } = check(file, fileSources());
    for (const { name } of checked.models)
      for (const made of programsOf(define(checked, { model: name }).definition!))
        expect(wholeLoops(made.program), made.name).toEqual([]);
  });

  it('where they carry what is the same for all examples, which is taken from the first chunk', () => {
    // Momentum of a step size and a sum over examples, beside a walk of every example.
    const [x, rate, total] = [tensor('x', 'example', 'units'), tensor('rate'), tensor('total')];
    const made = program(
      'Walk',
      [tensor('x0', 'example', 'units'), host('turns')],
      [
        repeat('walk', {
          times: read('turns'),
          first: zero,
          direction: 'forward',
          carried: [
            {
              register: x,
              initial: read('x0', ['example', 'units']),
              next: multiply(read('x', ['example', 'units']), read('rate')),
              result: tensor('x_end', 'example', 'units'),
            },
            {
              register: rate,
              initial: constant(1),
              next: add(multiply(constant(0.5), read('rate')), constant(0.45)),
              result: tensor('rate_end'),
            },
            {
              register: total,
              initial: zero,
              next: add(read('total'), read('sum_x')),
              result: tensor('total_end'),
            },
          ],
          body: [assign(tensor('sum_x'), sum(['example', 'units'], read('x', ['example', 'units'])))],
          saved: [],
          replays: null,
          whileAny: null,
        }),
      ],
      [tensor('x_end', 'example', 'units'), tensor('rate_end'), tensor('total_end')],
    );
    expect(wholeLoops(made)).toEqual([]);
    const sizes = { example: 70, units: 3 };
    const inputs = { x0: random(['example', 'units'], sizes, 1), turns: 5 };
    expectAgreement(tf, made, inputs, contextOf(sizes));
  });
});
