import { describe, expect, it } from 'vitest';
import { interpret } from '../../src/targets/interpreter.ts';
import { compile } from '../samplers/support.ts';

/** Each turn adds to `s` what the formula is then: at rate 1 the state follows −∇E of an energy of slope −value. */
const source = (body: string, settings = ''): string => `
  import { GradientFlow } from "std/dynamics"
  model Ramp(drive: real = 0) {
    state s: real
    energy pull = -drive * s
  }
  inference Turning of Ramp(steps: int = 5${settings}) {
    start s = 0
    ${body}
  }`;

const run = (text: string, stretches: readonly number[]): number => {
  const definition = compile(text);
  const [inference] = definition.inferences;
  const host = { ...definition.settings, ...inference!.settings, progress: 1, iteration: 0 };
  const context = { seed: 1, firstExample: 0, sizes: { ...definition.sizes, example: 1 } };
  let states = interpret(inference!.start, host, context);
  let taken = 0;
  for (const count of stretches) {
    states = interpret(
      inference!.advance,
      { ...host, ...states, first_step: taken, step_count: count },
      context,
    );
    taken += count;
  }
  return states['s']!.values[0]!;
};

describe('annealing within one run', () => {
  const ramped = source(
    'repeat steps { set drive = ramp(10, 2)  descend energy over s by GradientFlow(rate = 1) }',
  );

  it('goes from the first value at the first turn to the last one at the last', () => {
    // 10 + 8 + 6 + 4 + 2
    expect(run(ramped, [5])).toBeCloseTo(30, 12);
  });

  it('does not depend on the pieces that the turns are run in, and stays at its end', () => {
    expect(run(ramped, [2, 3])).toBeCloseTo(30, 12);
    expect(run(ramped, [5, 3])).toBeCloseTo(36, 12);
  });

  it('binds settings of dynamics, and may end before the last turn', () => {
    const rates = source(
      'set drive = 1  repeat steps { set drive = 1  descend energy over s by GradientFlow(rate = ramp(4, 0.5, over = 50%)) }',
    );
    // elapsed 0, ¼, ½, ¾, 1: 4, 2.25, 0.5, 0.5, 0.5
    expect(run(rates, [5])).toBeCloseTo(7.75, 12);
  });

  it('belongs to the innermost repetition, and comes back after it', () => {
    const nested = source(`repeat steps {
      set drive = elapsed
      repeat 3 { descend energy over s by GradientFlow(rate = elapsed) }
      descend energy over s by GradientFlow(rate = 1)
    }`);
    // Each turn adds drive (0 + ½ + 1 + 1), and drive is 0, ¼, ½, ¾, 1.
    expect(run(nested, [5])).toBeCloseTo(2.5 * 2.5, 12);
  });

  it('is done outside of a repetition', () => {
    expect(
      run(
        source(
          'set drive = ramp(3, 7)  descend energy over s by GradientFlow(rate = 1)  repeat steps { set drive = 0  descend energy over s by GradientFlow(rate = 1) }',
        ),
        [],
      ),
    ).toBeCloseTo(7, 12);
  });

  it('of a single turn is at its beginning', () => {
    expect(
      run(
        source('repeat 1 { set drive = ramp(3, 7)  descend energy over s by GradientFlow(rate = 1) }'),
        [1],
      ),
    ).toBeCloseTo(3, 12);
  });
});

describe('replicas', () => {
  const text = `
    import { ParallelTempering } from "std/dynamics"
    model Well(units: dim = 2) {
      state s: real[units]
      energy well = sum(s^2) / 2
    }
    inference Sampling of Well(steps: int = 5, rungs: int = 3) {
      start s = 1
      repeat steps { descend energy over s by ParallelTempering(rungs = rungs) }
    }`;
  it('are as many as the setting says when it is compiled, and begin where the variable does', () => {
    const definition = compile(text, { rungs: 4 });
    expect(definition.sizes['s.replicas']).toBe(4);
    const [inference] = definition.inferences;
    expect(inference!.states.find(({ name }) => name === 's.replicas')!.axes).toEqual([
      's.replicas',
      'units',
    ]);
    const context = { seed: 1, firstExample: 0, sizes: { ...definition.sizes, example: 2 } };
    const start = interpret(inference!.start, { ...inference!.settings, progress: 1, iteration: 0 }, context);
    expect([...start['s.replicas']!.values]).toEqual(Array.from({ length: 16 }, () => 1));
  });

  it('show the model the first of them', () => {
    const definition = compile(text);
    const [inference] = definition.inferences;
    const context = { seed: 1, firstExample: 0, sizes: { ...definition.sizes, example: 3 } };
    const host = { ...inference!.settings, progress: 1, iteration: 0 };
    const start = interpret(inference!.start, host, context);
    const end = interpret(inference!.advance, { ...host, ...start, first_step: 0, step_count: 7 }, context);
    for (let chain = 0; chain < 3; chain++)
      expect([...end['s']!.values.slice(2 * chain, 2 * chain + 2)]).toEqual([
        ...end['s.replicas']!.values.slice(6 * chain, 6 * chain + 2),
      ]);
  });
});
