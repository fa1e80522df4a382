/** Draws of discrete families as kernels against those of JavaScript, which are tested in `test/runtime/inversion.test.ts`. */
import { beforeAll, describe, expect, it } from 'vitest';
import { apply, add, constant, exp, multiply, read, zero } from '../../../src/calculus/build.ts';
import { check } from '../../../src/check/check.ts';
import { fileSources } from '../../../src/check/sources.ts';
import type { RunContext } from '../../../src/runtime/executable.ts';
import type { TensorFlow } from '../../../src/runtime/plan.ts';
import { define } from '../../../src/schedule/define.ts';
import type { Draw, Program } from '../../../src/schedule/program.ts';
import { asFused, asKernels, asTensors, type Load } from '../../../src/targets/plan.ts';
import { loadBackend } from '../../../src/targets/tfjs/backend.ts';
import { compileKernels } from '../../../src/targets/wasm/compile.ts';
import { falseAlarm, meanTest } from '../../support/goodness.ts';
import { host, program, repeat, tensor } from '../support.ts';

// Statistical checks here: 6, each with the false alarm rate 1e-4 (together at most 6e-4).

let tf: TensorFlow;
beforeAll(async () => {
  tf = (await loadBackend('wasm')).tf;
});

interface Family {
  readonly name: string;
  /** In terms of the number b. */
  readonly parameters: string;
  readonly least: number;
  readonly greatest: number;
  /** Mean and variance where b = -1. */
  readonly moments: readonly [mean: number, variance: number];
}

const odds = Math.exp(-1);
const p = odds / (1 + odds);
const families: readonly Family[] = [
  { name: 'Poisson', parameters: 'log_rate = b', least: -12, greatest: 5, moments: [odds, odds] },
  { name: 'Bernoulli', parameters: 'logit = b', least: -40, greatest: 40, moments: [p, p * (1 - p)] },
  // Of a spin, a coin is drawn.
  { name: 'Spin', parameters: 'bias = b / 2', least: -40, greatest: 40, moments: [p, p * (1 - p)] },
  { name: 'Geometric', parameters: 'log_odds = b', least: -15, greatest: 4, moments: [odds, odds * (1 + odds)] }, // prettier-ignore
  { name: 'Binomial', parameters: 'logit = b, trials = 20', least: -15, greatest: 15, moments: [20 * p, 20 * p * (1 - p)] }, // prettier-ignore
  { name: 'NegativeBinomial', parameters: 'log_odds = b, count = 3.5', least: -15, greatest: 3, moments: [3.5 * odds, 3.5 * odds * (1 + odds)] }, // prettier-ignore
];
const named = families.map((family) => [family.name, family] as const);

/** A draw of z[example, units], of a parameter b[units], as a model samples it. */
const sampleOf = ({ name, parameters }: Family): Program => {
  const text = `import { ${name}, Normal } from "std/families"
    model Units(units: dim = 1) {
      param b: real[units] = 0
      latent z ~ ${name}(${parameters})
      observed x ~ Normal(mean = z, log_sd = 0)
    }`;
  const { checked } = check('main.nsm', fileSources(new Map([['main.nsm', text]])));
  const { inputs, body } = define(checked, { set: { units: 1 } }).definition!.sample;
  const place = body.findIndex(({ kind }) => kind === 'draw');
  const { target } = body[place] as Draw;
  return {
    ...program('draw', inputs, body.slice(0, place + 1), []),
    outputs: [{ name: 'z', register: target }],
  };
};

/** `b` has one number for each unit. */
const drawn = (
  load: Load,
  made: Program,
  b: ArrayLike<number>,
  examples: number,
  options: Partial<RunContext> = {},
): Float32Array =>
  tf.tidy(() => {
    const context = { seed: 3, firstExample: 0, sizes: { units: b.length, example: examples }, ...options };
    const inputs = Object.fromEntries(
      made.inputs.map(({ name, indices, place }) => [
        name,
        place === 'host' ? 1 : tf.tensor(name === 'b' ? Float32Array.from(b) : new Float32Array(b.length), indices.length === 0 ? [] : [b.length]), // prettier-ignore
      ]),
    );
    const run = load(made, tf);
    return run(inputs, context)['z']!.dataSync<'float32'>().slice();
  });

const between = (least: number, greatest: number, count: number): number[] =>
  Array.from({ length: count }, (_, place) => least + ((greatest - least) * place) / count);
const shareOfDifferent = (found: Float32Array, wanted: Float32Array): number =>
  found.filter((value, place) => !Object.is(value, wanted[place])).length / wanted.length;

describe('a draw of', () => {
  it.each(named)('%s is that of float64, but for at most 1 of 100,000, fused or not', (_, family) => {
    const made = sampleOf(family);
    const b = between(family.least, family.greatest, 501);
    const wanted = drawn(asTensors, made, b, 600);
    for (const load of [asKernels, asFused]) {
      const found = drawn(load, made, b, 600);
      expect(shareOfDifferent(found, wanted)).toBeLessThan(1e-5);
      expect(new Set(found).size).toBeGreaterThan(1);
    }
  });

  it.each(named)('%s has the moments of its law', (_, family) => {
    const values = drawn(asKernels, sampleOf(family), [-1], 200_000);
    const [mean, variance] = family.moments;
    expect(meanTest(values, mean, variance)).toBeGreaterThan(falseAlarm);
    expect(meanTest(values, mean + 0.02 * Math.sqrt(variance), variance)).toBeLessThan(falseAlarm);
  });

  it.each(named)('%s is NaN where a parameter is no number', (_, family) => {
    const b = [NaN, -1, Infinity, -1, -Infinity, -1, -1];
    const found = drawn(asKernels, sampleOf(family), b, 5);
    expect(found).toEqual(drawn(asTensors, sampleOf(family), b, 5));
    expect(found[0]).toBeNaN();
    expect(found[1]).not.toBeNaN();
  });
});

describe('rare counts', () => {
  const poisson = sampleOf(families[0]!);
  it.each([1e-5, 1e-4, 1e-3, 1e-2, 0.1, 0.9])('of rate %d are exactly those of float64', (rate) => {
    const b = new Float32Array(1000).fill(Math.log(rate));
    const found = drawn(asKernels, poisson, b, 1000);
    expect(shareOfDifferent(found, drawn(asTensors, poisson, b, 1000))).toBe(0);
    expect(found.some((count) => count > 0)).toBe(true);
  });
});

describe('draws', () => {
  const [poisson, binomial] = [sampleOf(families[0]!), sampleOf(families[4]!)];
  const b = between(-3, 3, 7);

  it('do not depend on how the examples are cut', () => {
    const whole = drawn(asKernels, poisson, b, 90);
    const parts = [[0, 1], [1, 39], [40, 50]] as const; // prettier-ignore
    const joined = parts.flatMap(([firstExample, count]) => [...drawn(asKernels, poisson, b, count, { firstExample })]); // prettier-ignore
    expect(Float32Array.from(joined)).toEqual(whole);
  });

  it('far along in the data are those of float64', () => {
    const firstExample = Math.floor(2 ** 32 / 7) - 20;
    const at = (load: Load): Float32Array => drawn(load, poisson, b, 90, { firstExample });
    expect(at(asKernels)).toEqual(at(asTensors));
  });

  it('of the turns of a loop have keys of their own', () => {
    const draw = binomial.body.find((statement) => statement.kind === 'draw')!;
    const total = tensor('total', 'example', 'units');
    const end = tensor('end', 'example', 'units');
    const sums = repeat('walk', {
      times: constant(3),
      first: constant(5),
      direction: 'forward',
      carried: [
        {
          register: total,
          initial: multiply(zero, read('b', ['units'])),
          next: add(multiply(constant(32), read('total', total.indices)), read(draw.target.name, total.indices)), // prettier-ignore
          result: end,
        },
      ],
      body: [draw],
      saved: [],
      replays: null,
      whileAny: null,
    });
    const made = { ...program('loop', binomial.inputs, [sums], []), outputs: [{ name: 'z', register: end }] };
    const found = drawn(asKernels, made, b, 40);
    expect(found).toEqual(drawn(asTensors, made, b, 40));
    expect(found.some((sum) => sum % 32 !== Math.floor(sum / 32) % 32)).toBe(true);
  });
});

describe('a law', () => {
  const isKernel = (made: Program): boolean =>
    WebAssembly.Module.imports(new WebAssembly.Module(compileKernels(made).bytes)).some(
      ({ name }) => name === 'redraw',
    );
  const ofMass = (low: typeof zero | null, mean: typeof zero): Program =>
    program(
      'draw',
      [tensor('b', 'units'), host('iteration')],
      [
        {
          kind: 'draw',
          target: tensor('z', 'example', 'units'),
          site: 0,
          source: {
            kind: 'inversion',
            family: 'Counts',
            parameters: [{ name: 'eta', value: read('b', ['units']) }],
            low,
            high: null,
            mean,
            logMass: multiply(read('x'), read('eta')),
            ratio: exp(read('eta')),
          },
          surrogate: null,
        },
      ],
      [tensor('z', 'example', 'units')],
    );

  it.each(named)('%s of the library has a kernel', (_, family) => {
    expect(isKernel(sampleOf(family))).toBe(true);
  });
  it('without a least value, or with a function that has no kernel, is left to JavaScript', () => {
    expect(isKernel(ofMass(zero, exp(read('eta'))))).toBe(true);
    expect(isKernel(ofMass(null, exp(read('eta'))))).toBe(false);
    expect(isKernel(ofMass(zero, apply('log_gamma', read('eta'))))).toBe(false);
  });
});
