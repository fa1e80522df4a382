/** Programs with loops and draws: the same values on TensorFlow.js as in float64, and no tensor left over. */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  add,
  apply,
  constant,
  divide,
  exp,
  log,
  multiply,
  read,
  square,
  subtract,
  sum,
  zero,
} from '../../src/calculus/build.ts';
import type { Expression } from '../../src/calculus/expression.ts';
import type { DrawTape } from '../../src/runtime/executable.ts';
import type { TensorFlow } from '../../src/runtime/plan.ts';
import type { Draw, Noise, Program, Statement } from '../../src/schedule/program.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';
import { emitProgram } from '../../src/targets/tfjs/emit.ts';
import { loadProgram } from '../../src/targets/tfjs/load.ts';
import {
  assign,
  contextOf,
  expectAgreement,
  expectNear,
  host,
  program,
  random,
  repeat,
  runTensors,
  tensor,
} from './support.ts';

const sizes = { pixels: 5, neurons: 4, example: 3 };
const context = contextOf(sizes, 7);

const poisson = (site: number, name: string, logRate: Expression): Draw => ({
  kind: 'draw',
  target: tensor(name, 'example', 'neurons'),
  site,
  source: {
    kind: 'inversion',
    family: 'Poisson',
    low: zero,
    high: null,
    parameters: [{ name: 'log_rate', value: logRate }],
    mean: exp(read('log_rate')),
    logMass: add(
      multiply(read('x'), read('log_rate')),
      multiply(constant(-1), exp(read('log_rate'))),
      multiply(constant(-1), apply('log_gamma', add(read('x'), constant(1)))),
    ),
    ratio: divide(exp(read('log_rate')), read('x')),
  },
  surrogate: null,
});
const noise = (site: number, name: string, distribution: Noise, ...indices: string[]): Draw => ({
  kind: 'draw',
  target: tensor(name, ...indices),
  site,
  source: { kind: 'noise', distribution },
  surrogate: null,
});

const Phi = read('Phi', ['pixels', 'neurons']);
const x = read('x', ['example', 'pixels']);
const u = read('u', ['example', 'neurons']);
const z = read('z', ['example', 'neurons']);
const e = read('e', ['example', 'pixels']);
const g = read('g', ['example', 'neurons']);
const data = {
  Phi: random(['pixels', 'neurons'], sizes, 1),
  x: random(['example', 'pixels'], sizes, 2),
  prior: random(['neurons'], sizes, 3),
  w: random(['pixels'], sizes, 4, Math.exp),
  rate: 0.1,
};
const inputs = [
  tensor('Phi', 'pixels', 'neurons'),
  tensor('x', 'example', 'pixels'),
  tensor('prior', 'neurons'),
  tensor('w', 'pixels'),
  host('rate'),
  host('steps'),
];

/** u[t+1] = u[t] + rate sum over pixels of Phi w (x - Phi z), z a function of u or drawn from it. */
const step = (spikes: Statement): readonly Statement[] => [
  spikes,
  assign(
    tensor('e', 'example', 'pixels'),
    multiply(read('w', ['pixels']), subtract(x, sum(['neurons'], multiply(Phi, z)))),
    'Weighted residual.',
  ),
];
const nextU = add(u, multiply(read('rate'), sum(['pixels'], multiply(Phi, e))));
const smooth = assign(tensor('z', 'example', 'neurons'), apply('softplus', u));

const forward = (spikes: Statement, saved: readonly string[] = []) =>
  repeat('steps', {
    times: read('steps'),
    first: zero,
    counter: host('t'),
    direction: 'forward',
    replays: null,
    whileAny: null,
    carried: [
      {
        register: tensor('u', 'example', 'neurons'),
        initial: read('prior', ['neurons']),
        next: nextU,
        result: tensor('u_end', 'example', 'neurons'),
      },
    ],
    body: step(spikes),
    saved: saved.map((name) => tensor(name, 'example', 'neurons')),
  });

/** The reverse of `forward` for the objective sum of u_end squared, through z = softplus(u). */
const reverse: Program = (() => {
  const backward = repeat('steps_back', {
    times: read('steps'),
    first: zero,
    counter: host('t'),
    direction: 'backward',
    replays: 'steps',
    whileAny: null,
    carried: [
      {
        register: tensor('g', 'example', 'neurons'),
        initial: multiply(constant(2), read('u_end', ['example', 'neurons'])),
        // dz = - rate Phi' w Phi g, then through the softplus.
        next: add(g, multiply(apply('sigmoid', u), read('dz', ['example', 'neurons']))),
        result: tensor('dprior_each', 'example', 'neurons'),
      },
      {
        register: tensor('drate_sum'),
        initial: zero,
        next: add(read('drate_sum'), sum(['example', 'neurons', 'pixels'], multiply(g, Phi, e))),
        result: tensor('drate'),
      },
    ],
    body: [
      assign(
        tensor('e', 'example', 'pixels'),
        multiply(read('w', ['pixels']), subtract(x, sum(['neurons'], multiply(Phi, z)))),
      ),
      assign(tensor('de', 'example', 'pixels'), multiply(read('rate'), sum(['neurons'], multiply(Phi, g)))),
      assign(
        tensor('dz', 'example', 'neurons'),
        multiply(
          constant(-1),
          sum(['pixels'], multiply(Phi, read('w', ['pixels']), read('de', ['example', 'pixels']))),
        ),
      ),
    ],
    saved: [],
  });
  return program(
    'reverse',
    inputs,
    [
      forward(smooth, ['u', 'z']),
      assign(tensor('objective'), sum(['example', 'neurons'], square(read('u_end', ['example', 'neurons'])))),
      backward,
      assign(tensor('dprior', 'neurons'), sum(['example'], read('dprior_each', ['example', 'neurons']))),
    ],
    [tensor('objective'), tensor('dprior', 'neurons'), tensor('drate')],
  );
})();

/** Two loops inside each other, each saved and replayed. */
const nested: Program = (() => {
  const a = read('a', ['neurons']);
  const b = read('b', ['neurons']);
  const h = read('h', ['neurons']);
  const vector = (name: string) => tensor(name, 'neurons');
  const loop = (
    label: string,
    direction: 'forward' | 'backward',
    carried: string,
    initial: Expression,
    next: Expression,
    result: string,
    body: readonly Statement[],
    saved: readonly string[],
    replays: string | null,
  ) =>
    repeat(label, {
      times: constant(label.startsWith('outer') ? 3 : 2),
      first: constant(5),
      counter: host(label.startsWith('outer') ? 'i' : 'j'),
      direction,
      carried: [{ register: vector(carried), initial, next, result: vector(result) }],
      body,
      saved: saved.map(vector),
      replays,
      whileAny: null,
    });
  const inner = loop(
    'inner',
    'forward',
    'b',
    a,
    multiply(constant(0.1), read('s', ['neurons']), add(b, read('j'))),
    'b_end',
    [assign(vector('s'), apply('sin', b))],
    ['s', 'b'],
    null,
  );
  const outer = loop(
    'outer',
    'forward',
    'a',
    read('prior', ['neurons']),
    add(a, read('b_end', ['neurons'])),
    'a_end',
    [inner],
    ['a'],
    null,
  );
  const innerBack = loop(
    'inner_back',
    'backward',
    'h',
    add(read('k', ['neurons']), a),
    add(multiply(h, read('s', ['neurons'])), multiply(read('j'), b)),
    'h_end',
    [],
    [],
    'inner',
  );
  const outerBack = loop(
    'outer_back',
    'backward',
    'k',
    read('a_end', ['neurons']),
    add(read('h_end', ['neurons']), multiply(read('i'), a)),
    'k_end',
    [innerBack],
    [],
    'outer',
  );
  return program('nested', [vector('prior')], [outer, outerBack], [vector('a_end'), vector('k_end')]);
})();

describe.each(['cpu', 'wasm'] as const)('loops on the %s backend', (name) => {
  let tf: TensorFlow;
  beforeAll(async () => {
    tf = (await loadBackend(name)).tf;
  });

  it('carries values through the turns', () => {
    const made = program('settle', inputs, [forward(smooth)], [tensor('u_end', 'example', 'neurons')]);
    expectAgreement(tf, made, { ...data, steps: 6 }, context);
  });
  it('gives the initial value after no turns, and leaves the input alone', () => {
    const made = program('settle', inputs, [forward(smooth)], [tensor('u_end', 'example', 'neurons')]);
    const { u_end } = expectAgreement(tf, made, { ...data, steps: 0 }, context);
    expect([...Array.from(u_end!.values)].slice(0, 4)).toEqual([...data.prior.values]);
  });
  it('replays a loop backward from what it saved, to the gradient that finite differences give', () => {
    const found = expectAgreement(tf, reverse, { ...data, steps: 5 }, context);
    const objectiveAt = (rate: number): number =>
      interpret(reverse, { ...data, rate, steps: 5 }, context)['objective']!.values[0]!;
    const slope = (objectiveAt(data.rate + 1e-5) - objectiveAt(data.rate - 1e-5)) / 2e-5;
    expect(Math.abs(found['drate']!.values[0]! - slope)).toBeLessThan(1e-6 * Math.abs(slope));
  });
  it('replays no turns', () => {
    expectAgreement(tf, reverse, { ...data, steps: 0 }, context);
  });
  it('replays loops inside loops', () => {
    expectAgreement(tf, nested, { prior: data.prior }, context);
  });
  it('swaps carried registers at once', () => {
    const swap = repeat('swap', {
      times: constant(3),
      first: zero,
      direction: 'forward',
      carried: [
        {
          register: tensor('a', 'neurons'),
          initial: read('prior', ['neurons']),
          next: read('b', ['neurons']),
          result: tensor('a_end', 'neurons'),
        },
        {
          register: tensor('b', 'neurons'),
          initial: read('prior', ['neurons']),
          next: add(read('a', ['neurons']), read('count')),
          result: tensor('b_end', 'neurons'),
        },
        {
          register: host('count'),
          initial: constant(1),
          next: multiply(constant(2), read('count')),
          result: host('count_end'),
        },
        {
          register: tensor('same', 'neurons'),
          initial: zero,
          next: read('prior', ['neurons']),
          result: tensor('same_end', 'neurons'),
        },
      ],
      body: [],
      saved: [],
      replays: null,
      whileAny: null,
    });
    const outputs = [
      tensor('a_end', 'neurons'),
      tensor('b_end', 'neurons'),
      host('count_end'),
      tensor('same_end', 'neurons'),
      tensor('prior', 'neurons'),
    ];
    const found = expectAgreement(
      tf,
      program('swap', [tensor('prior', 'neurons')], [swap], outputs),
      { prior: data.prior },
      context,
    );
    expect(found['count_end']!.values[0]).toBe(8);
  });
  it('saves a register that is carried on as it is', () => {
    const again = repeat('again', {
      times: constant(2),
      first: zero,
      direction: 'forward',
      carried: [
        {
          register: tensor('a', 'neurons'),
          initial: read('prior', ['neurons']),
          next: read('b', ['neurons']),
          result: tensor('a_end', 'neurons'),
        },
      ],
      body: [
        assign(tensor('b', 'neurons'), exp(read('a', ['neurons']))),
        assign(tensor('c', 'neurons'), read('b', ['neurons'])),
      ],
      saved: [tensor('a', 'neurons'), tensor('b', 'neurons'), tensor('c', 'neurons')],
      replays: null,
      whileAny: null,
    });
    const back = (label: string) =>
      repeat(label, {
        times: constant(2),
        first: zero,
        direction: 'backward',
        carried: [
          {
            register: tensor('t', 'neurons'),
            initial: zero,
            next: add(
              read('t', ['neurons']),
              read('a', ['neurons']),
              multiply(read('b', ['neurons']), read('c', ['neurons'])),
            ),
            result: tensor(`${label}_end`, 'neurons'),
          },
        ],
        body: [],
        saved: [],
        replays: 'again',
        whileAny: null,
      });
    const made = program(
      'twice',
      [tensor('prior', 'neurons')],
      [again, back('one'), back('two')],
      [tensor('one_end', 'neurons'), tensor('two_end', 'neurons'), tensor('a_end', 'neurons')],
    );
    expectAgreement(tf, made, { prior: data.prior }, context);
  });

  it('draws the same spikes from the same seed', () => {
    const made = program(
      'spikes',
      inputs,
      [forward(poisson(3, 'z', u))],
      [tensor('u_end', 'example', 'neurons')],
    );
    const tapes = [new Map(), new Map()] as const;
    const given = { ...data, steps: 3 };
    interpret(made, given, { ...context, draws: { mode: 'record', values: tapes[0] } });
    runTensors(tf, made, given, { ...context, draws: { mode: 'record', values: tapes[1] } });
    expect([...tapes[1].keys()]).toEqual(['3/0/0', '3/0/1', '3/0/2']);
    // Rates differ by float32 rounding: a draw differs when its uniform falls between, one in a million.
    expect(tapes[1]).toEqual(tapes[0]);
    expectAgreement(tf, made, given, context);
  });
  it.each([
    'standard_normal',
    'standard_uniform',
    'standard_exponential',
    'standard_logistic',
    'arrival_times',
  ] as const)('draws %s noise, keyed by iteration', (distribution) => {
    const made = program(
      'noise',
      [host('iteration')],
      [noise(2, 'n', distribution, 'example', 'neurons'), noise(4, 'm', distribution, 'neurons')],
      [tensor('n', 'example', 'neurons'), tensor('m', 'neurons')],
    );
    const at = (iteration: number) => runTensors(tf, made, { iteration }, context);
    expectNear(at(5), interpret(made, { iteration: 5 }, context));
    expect(at(6)['n']!.values).not.toEqual(at(5)['n']!.values);
  });
  it('draws bounded counts with parameters that are numbers', () => {
    const trials = read('trials');
    const binomial: Draw = {
      kind: 'draw',
      target: tensor('k', 'example', 'neurons'),
      site: 1,
      source: {
        kind: 'inversion',
        family: 'Binomial',
        low: zero,
        high: trials,
        parameters: [
          { name: 'logit', value: read('prior', ['neurons']) },
          { name: 'trials', value: trials },
        ],
        mean: multiply(trials, apply('sigmoid', read('logit'))),
        logMass: add(
          multiply(read('x'), read('logit')),
          multiply(constant(-1), trials, apply('softplus', read('logit'))),
          apply('log_gamma', add(trials, constant(1))),
          multiply(constant(-1), apply('log_gamma', add(read('x'), constant(1)))),
          multiply(
            constant(-1),
            apply('log_gamma', add(trials, multiply(constant(-1), read('x')), constant(1))),
          ),
        ),
        ratio: multiply(
          exp(read('logit')),
          divide(add(trials, multiply(constant(-1), read('x')), constant(1)), read('x')),
        ),
      },
      surrogate: null,
    };
    const made = program(
      'binomial',
      [tensor('prior', 'neurons'), host('trials')],
      [binomial],
      [tensor('k', 'example', 'neurons')],
    );
    const found = runTensors(tf, made, { prior: data.prior, trials: 3 }, context);
    expectNear(found, interpret(made, { prior: data.prior, trials: 3 }, context), 0);
    expect(Math.max(...Array.from(found['k']!.values))).toBeLessThanOrEqual(3);
  });
  it('draws for examples, not for batches', () => {
    const made = program(
      'spikes',
      inputs,
      [
        noise(9, 'n', 'standard_normal', 'example', 'pixels'),
        forward(poisson(3, 'z', u)),
        assign(
          tensor('out', 'example', 'pixels'),
          add(
            read('n', ['example', 'pixels']),
            sum(['neurons'], multiply(Phi, read('u_end', ['example', 'neurons']))),
          ),
        ),
      ],
      [tensor('out', 'example', 'pixels')],
    );
    const whole = runTensors(tf, made, { ...data, steps: 3 }, context)['out']!.values;
    const rows = (from: number, to: number) => {
      const part = {
        indices: data.x.indices,
        shape: [to - from, 5],
        values: data.x.values.slice(from * 5, to * 5),
      };
      return runTensors(
        tf,
        made,
        { ...data, x: part, steps: 3 },
        { ...context, firstExample: from, sizes: { ...sizes, example: to - from } },
      )['out']!.values;
    };
    const joined = [...Array.from(rows(0, 1)), ...Array.from(rows(1, 3))];
    expectNear({ out: { shape: [15], values: joined } }, { out: { shape: [15], values: whole } }, 1e-6);
  });

  it('says which input is missing or has another shape', () => {
    const run = loadProgram(program('settle', inputs, [], []), tf);
    const rest = tf.tidy(() => {
      expect(() => run({}, context)).toThrow('settle needs the input "Phi", a tensor [pixels, neurons]');
      expect(() => run({ Phi: tf.zeros([4, 5]) }, context)).toThrow(
        'has shape [4, 5], but its axes [pixels, neurons] have sizes [5, 4]',
      );
      expect(() => run({ Phi: 3 }, context)).toThrow('must be a tensor [pixels, neurons], not a number');
      return 0;
    });
    expect(rest).toBe(0);
  });
  it('says when a tape lacks a draw', () => {
    const run = loadProgram(program('noise', [], [noise(2, 'n', 'standard_normal', 'neurons')], []), tf);
    const draws: DrawTape = { mode: 'replay', values: new Map() };
    expect(() => run({}, { ...context, draws })).toThrow('does not hold draw 2/0');
  });
});

describe('programs that no target can run', () => {
  const gradient: Statement = { kind: 'gradient', mode: 'total', objective: tensor('f'), wrt: [] };
  it('have a gradient left in them', () => {
    const made = program('update', [], [gradient], []);
    expect(() => interpret(made, {}, context)).toThrow(
      'internal: a gradient statement of update has not been lowered',
    );
    expect(() => emitProgram(made)).toThrow('internal: a gradient statement has not been lowered');
  });
  it('replay what was not saved', () => {
    const made = { ...reverse, body: [forward(smooth, ['u']), ...reverse.body.slice(1)] };
    expect(() => interpret(made, { ...data, steps: 2 }, context)).toThrow(
      'the register "z" has no value here',
    );
    expect(() => emitProgram(made)).toThrow('the register "z" has no value here');
  });
  it('read what is not there', () => {
    expect(() => emitProgram(program('p', [], [assign(tensor('y'), log(read('q')))], []))).toThrow(
      '"q" has no value',
    );
  });
});
