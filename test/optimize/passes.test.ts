/** Each pass of the optimiser on programs written by hand and on generated ones: the values stay, to the rounding of float64. */
import { describe, expect, it } from 'vitest';
import { add, apply, constant, half, multiply, square, subtract, sum } from '../../src/calculus/build.ts';
import { axisOf, type Expression, type Index } from '../../src/calculus/expression.ts';
import { renameIndices } from '../../src/calculus/substitute.ts';
import { accumulate } from '../../src/optimize/accumulate.ts';
import { optimizeInSteps, type Hints } from '../../src/optimize/optimize.ts';
import { prune } from '../../src/optimize/prune.ts';
import { recompute } from '../../src/optimize/recompute.ts';
import { reverse } from '../../src/optimize/reverse.ts';
import { readRegister } from '../../src/schedule/names.ts';
import type { Carried, Program, Register, Repeat, Statement } from '../../src/schedule/program.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { uniforms } from '../calculus/support.ts';
import {
  assign,
  contextOf,
  expectNear,
  host,
  program,
  random,
  repeat,
  tensor,
  type Inputs,
} from '../targets/support.ts';

const sizes = { example: 3, pixels: 4, units: 2 };
const context = contextOf(sizes);
const large: Hints = { sizes: { example: 64, pixels: 784, units: 64 }, scalars: { steps: 16 } };
const small: Hints = { sizes, scalars: { steps: 3 } };

const x = tensor('x', 'example', 'pixels');
const W = tensor('W', 'pixels', 'units');
const w = tensor('w', 'pixels');
const [steps, rate] = [host('steps'), host('rate')];
const inputs = [x, W, w, steps, rate];
const values: Inputs = {
  x: random(x.indices, sizes, 1),
  W: random(W.indices, sizes, 2, (value) => value / 2),
  w: random(w.indices, sizes, 3, Math.exp),
  steps: 3,
  rate: 0.2,
};
const [readX, readW, weights] = [x, W, w].map(readRegister) as [Expression, Expression, Expression];
const prime = (node: Expression): Expression => renameIndices(node, new Map([['units', "units'"]]));

const z = tensor('z', 'example', 'units');
const error = tensor('error', 'example', 'pixels');
const [readZ, readError] = [readRegister(z), readRegister(error)];
const residual = assign(error, subtract(readX, sum(['units'], multiply(readW, readZ))));
/** z moves down the squared error. */
const move: Carried = {
  register: z,
  initial: constant(0.1),
  next: apply(
    'tanh',
    add(
      readZ,
      multiply(readRegister(rate), sum(['pixels'], multiply(readW, weights, readError))),
      constant(0.2),
    ),
  ),
  result: tensor('z_last', 'example', 'units'),
};
const total = (name: string, indices: readonly Index[], added: Expression): Carried => {
  const own = tensor(name, ...indices);
  return {
    register: own,
    initial: constant(0.5),
    next: add(readRegister(own), added),
    result: tensor(`${name}_last`, ...indices),
  };
};
const loopOf = (body: readonly Statement[], carried: readonly Carried[]): Repeat =>
  repeat('turns', {
    times: readRegister(steps),
    first: constant(0),
    direction: 'forward',
    carried,
    body,
    saved: [],
    replays: null,
    whileAny: null,
    counter: host('turn'),
  });
/** The loop, and all that it carries as outputs. */
const programOf = (loop: Repeat): Program =>
  program(
    'made',
    inputs,
    [loop],
    loop.carried.map(({ result }) => result),
  );

const energy = total(
  'energy',
  [],
  multiply(half, sum(['example', 'pixels'], multiply(weights, square(readError)))),
);
const slope = total('slope', ['pixels', 'units'], sum(['example'], multiply(weights, readError, readZ)));
const fading = total(
  'fading',
  ['example', 'units'],
  multiply(readRegister(host('turn')), readRegister(rate), readZ),
);

const expectSame = (found: Program, wanted: Program, given: Inputs = values): void => {
  expectNear(interpret(found, given, context), interpret(wanted, given, context), 1e-11);
};
const expectSamePassByPass = (made: Program): void => {
  const wanted = reverse(made);
  for (const hints of [small, large])
    for (const { pass, program: after } of optimizeInSteps(made, hints)) {
      // Gradients are statements that the interpreter cannot run: before they are gone, `reverse` puts adjoints in their place.
      expectSame(reverse(after), wanted);
      expect(pass.doc.length).toBeGreaterThan(0);
    }
  for (const depth of [0, 1, 2, 3]) {
    expectSame(reverse(accumulate(made, depth)), wanted);
    expectSame(accumulate(wanted, depth), wanted);
    expectSame(accumulate(prune(wanted), depth), wanted);
  }
};

/** Names and axes of what the first loop carries. */
const carriedBy = (made: Program): readonly string[] => {
  const loop = made.body.find((statement): statement is Repeat => statement.kind === 'repeat')!;
  return loop.carried.map(({ register: { indices } }) => indices.map(axisOf).join(' ')).sort();
};

describe('sums over turns', () => {
  const made = programOf(loopOf([residual], [move, energy, slope, fading]));

  it('are those of z and z zᵀ where the residual is opened', () => {
    expect(carriedBy(made)).toEqual(['', 'example units', 'example units', 'pixels units']);
    // z itself, its sum and what the turn counts of it, z zᵀ, and the squared residual before its weights: squares are not opened.
    expect(carriedBy(prune(accumulate(made, 1)))).toEqual([
      'example units',
      'example units',
      'example units',
      'pixels',
      'units units',
    ]);
    expectSame(accumulate(made, 1), made);
  });

  it('of values that no turn changes are multiples of them', () => {
    const fixed = programOf(loopOf([], [total('fixed', ['example', 'pixels'], multiply(weights, readX))]));
    expect(carriedBy(accumulate(fixed, 0))).toEqual([]);
    expectSame(accumulate(fixed, 0), fixed);
    expectSame(accumulate(fixed, 0), fixed, { ...values, steps: 0 });
  });

  it('are counted to the turn where a loop ends early', () => {
    const going: Carried = {
      register: tensor('going'),
      initial: constant(1),
      next: apply('less', readRegister(host('turn')), constant(1)),
      result: tensor('going_last'),
    };
    const loop = loopOf([residual], [move, energy, slope, going]);
    const early = programOf({ ...loop, whileAny: going.register });
    for (const depth of [0, 1, 2]) expectSame(accumulate(early, depth), early);
    expectSamePassByPass(early);
  });

  it('stay as they are where something reads them in the loop', () => {
    const reader: Carried = { ...move, next: add(move.next, readRegister(fading.register)) };
    const read = programOf(loopOf([residual], [reader, fading]));
    expect(accumulate(read, 3)).toBe(read);
  });

  it('are not opened where that costs more: far more units than pixels', () => {
    const wide: Hints = { sizes: { example: 64, pixels: 16, units: 1024 }, scalars: { steps: 16 } };
    expect(carriedBy(optimizeInSteps(made, wide).at(-1)!.program)).not.toContain('units units');
    expect(carriedBy(optimizeInSteps(made, large).at(-1)!.program)).toContain('units units');
  });
});

describe('values that a way back reads', () => {
  const scaled = tensor('scaled', 'example', 'units');
  const bent = tensor('bent', 'example', 'units');
  const objective = tensor('objective');
  const loop = loopOf(
    [
      residual,
      assign(scaled, apply('max', multiply(readRegister(rate), readZ), constant(-8))),
      assign(bent, apply('tanh', readRegister(scaled))),
    ],
    [{ ...move, next: add(move.next, multiply(readRegister(bent), readRegister(bent))) }],
  );
  const made = program(
    'made',
    inputs,
    [
      loop,
      assign(objective, sum(['example', 'units'], square(readRegister(move.result)))),
      { kind: 'gradient', mode: 'total', objective, wrt: [{ of: W, result: { ...W, name: 'W_gradient' } }] },
    ],
    [objective, { ...W, name: 'W_gradient' }],
  );
  const savedBy = (found: Program): readonly string[] =>
    (found.body.find((statement) => statement.kind === 'repeat') as Repeat).saved.map(({ name }) => name);

  it('are saved, but for those that a few operations make of the others', () => {
    const wanted = reverse(made);
    const found = recompute(wanted);
    expect(savedBy(wanted)).toEqual(['error', 'scaled', 'bent', 'z']);
    expect(savedBy(found)).toEqual(['error', 'bent', 'z']);
    expectSame(found, wanted);
  });
});

/** Loops of random statements over a state, the residual and what is made of them, with random sums over the turns. */
const generated = (seed: number): Program => {
  const next = uniforms(seed);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)]!;
  const wide: Expression[] = [readX, readError];
  const narrow: Expression[] = [readZ];
  const body: Statement[] = [residual];
  for (let at = 0; at < 4; at++) {
    const isWide = next() < 0.4;
    const value = isWide
      ? pick([
          () => subtract(pick(wide), sum(['units'], multiply(readW, pick(narrow)))),
          () => multiply(weights, pick(wide)),
          () => add(pick(wide), pick(wide)),
        ])()
      : pick([
          () => sum(['pixels'], multiply(readW, pick(wide))),
          () => multiply(pick(narrow), pick(narrow)),
          () => multiply(readRegister(rate), pick(narrow)),
          () => apply('sigmoid', pick(narrow)),
          () =>
            sum(
              ["units'", 'pixels'],
              multiply(readW, prime(readW), prime(pick(narrow)), readRegister(host('turn'))),
            ),
          () => add(pick(narrow), multiply(constant(-0.5), pick(narrow))),
        ])();
    const target: Register = { name: `made_${at}`, indices: isWide ? x.indices : z.indices, place: 'tensor' };
    body.push(assign(target, value));
    (isWide ? wide : narrow).push(readRegister(target));
  }
  const sums = [
    total(
      'energy',
      [],
      sum(['example', 'pixels'], multiply(weights, square(apply('tanh', pick(wide))), half)),
    ),
    total('squares', [], sum(['example', 'pixels'], multiply(weights, pick(wide), pick(wide)))),
    total('pairs', ['units', "units'"], sum(['example'], multiply(pick(narrow), prime(pick(narrow))))),
    total('slope', ['pixels', 'units'], sum(['example'], multiply(pick(wide), pick(narrow)))),
    total('seen', ['example', 'units'], sum(['pixels'], multiply(readW, pick(wide)))),
  ];
  const loop = loopOf(body, [{ ...move, next: apply('tanh', add(move.next, pick(narrow))) }, ...sums]);
  const objective = tensor('objective');
  const whole = add(
    ...sums.map(({ result: { name, indices } }) =>
      sum(indices, multiply(constant(0.1), readRegister(tensor(name, ...indices)))),
    ),
  );
  const results = [W, w].map((of) => ({ of, result: { ...of, name: `${of.name}_gradient` } }));
  return program(
    'generated',
    inputs,
    [loop, assign(objective, whole), { kind: 'gradient', mode: 'total', objective, wrt: results }],
    [objective, ...loop.carried.map(({ result }) => result), ...results.map(({ result }) => result)],
  );
};

describe('generated programs keep their values, and those of their gradients, pass by pass', () => {
  for (let seed = 1; seed <= 16; seed++) it(`number ${seed}`, () => expectSamePassByPass(generated(seed)));
});
