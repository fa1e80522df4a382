/** Functions of the standard library as they are compiled, against TensorFlow.js's own convolutions: float32 against float32. */
import type { Tensor3D, Tensor4D } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { NamedArray } from '../../src/calculus/evaluate.ts';
import { derivative } from '../../src/calculus/differentiate.ts';
import type { Expression, Index } from '../../src/calculus/expression.ts';
import { readNames } from '../../src/calculus/substitute.ts';
import type { Model } from '../../src/check/typed.ts';
import { optimize } from '../../src/optimize/optimize.ts';
import type { TensorFlow } from '../../src/runtime/plan.ts';
import type { Program } from '../../src/schedule/program.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';
import { checked } from '../derive/support.ts';
import {
  assign,
  contextOf,
  expectAgreement,
  program,
  random,
  tensor,
  type Outputs,
} from '../targets/support.ts';

const sizes = {
  example: 2,
  lines: 7,
  points: 8,
  channels: 3,
  height: 3,
  width: 2,
  features: 4,
  rows: 5,
  columns: 7,
  coarse: 3,
  wide: 4,
  taps: 3,
  places: 6,
  units: 6,
  cells: 12,
};
const text = `
  import { conv, conv_channels, conv_line, spread, nearby } from "std/functions/conv"
  model M(${Object.entries(sizes)
    .filter(([axis]) => axis !== 'example')
    .map(([axis, count]) => `${axis}: dim = ${count}`)
    .join(', ')}) {
    param K: real[height, width, features] = 0
    param C: real[height, width, channels, features] = 0
    param T: real[taps, features] = 0
    param L: real[units, cells] = 0
    observed x: real[lines, points]
    observed y: real[lines, points, channels]
    observed z: real[points]
    state s: real[rows, columns, features]
    energy plain = sum(s * conv(x, K, rows, columns))
    energy steps = sum(conv(x, K, coarse, wide, step = 2)^2)
    energy channelled = sum(s * conv_channels(y, C, rows, columns))
    energy line = sum(conv_line(z, T, places)^2)
    energy painted = sum(x * spread(s, K, lines, points))
    energy local = sum(L * nearby(units, cells, reach = 0.15))
  }`;

/** The value that an energy of the model is the sum of, and its slopes, as programs. */
const model: Model = checked(text).models[0]!;
const energyNamed = (name: string): Expression => model.energies.find((one) => one.name === name)!.value;
const shapes: Readonly<Record<string, readonly Index[]>> = Object.fromEntries([
  ...model.parameters.map(({ name, indices }) => [name, indices] as const),
  ...model.variables.map(({ name, indices }) => [name, indices] as const),
]);
const values: Readonly<Record<string, NamedArray>> = Object.fromEntries(
  Object.entries(shapes).map(([name, indices], n) => [name, random(indices, sizes, 10 + n)]),
);

const programOf = (
  name: string,
  slopes: readonly string[],
): { made: Program; inputs: Record<string, NamedArray> } => {
  const energy = energyNamed(name);
  const used = Object.keys(shapes).filter((each) => readNames(energy).has(each));
  const body = [
    assign(tensor('energy'), energy),
    ...slopes.map((of) => assign(tensor(`d_${of}`, ...shapes[of]!), derivative(energy, of, shapes[of]!))),
  ];
  const outputs = body.map(({ target }) => target);
  const made = program(
    name,
    used.map((each) => tensor(each, ...shapes[each]!)),
    body,
    outputs,
  );
  return {
    made: optimize(made, { sizes, scalars: {} }),
    inputs: Object.fromEntries(used.map((each) => [each, values[each]!])),
  };
};
const near = (found: ArrayLike<number>, wanted: ArrayLike<number>): void => {
  const scale = Math.max(...Array.from(wanted, Math.abs));
  expect(found.length).toBe(wanted.length);
  // Some dozens of roundings of 6e-8 each.
  for (let n = 0; n < found.length; n++) expect(Math.abs(found[n]! - wanted[n]!)).toBeLessThan(1e-5 * scale);
};

describe.each(['cpu', 'wasm'] as const)('convolutions on the %s backend', (backend) => {
  let tf: TensorFlow;
  beforeAll(async () => {
    tf = (await loadBackend(backend)).tf;
  });
  const run = (name: string, slopes: readonly string[]): Outputs => {
    const { made, inputs } = programOf(name, slopes);
    return expectAgreement(tf, made, inputs, contextOf(sizes));
  };
  const image = (name: string, shape: [number, number, number, number]): Tensor4D =>
    tf.tensor4d(Float32Array.from(values[name]!.values), shape);
  const line = (name: string, shape: [number, number, number]): Tensor3D =>
    tf.tensor3d(Float32Array.from(values[name]!.values), shape);

  it('are those of TensorFlow.js, by one filter at every place', () => {
    const { d_s } = run('plain', ['s']);
    const wanted = tf.conv2d(image('x', [1, 7, 8, 1]), image('K', [3, 2, 1, 4]), 1, 'valid');
    near(Array.from(d_s!.values), wanted.dataSync());
  });

  it('with channels', () => {
    const { d_s } = run('channelled', ['s']);
    const wanted = tf.conv2d(image('y', [1, 7, 8, 3]), image('C', [3, 2, 3, 4]), 1, 'valid');
    near(Array.from(d_s!.values), wanted.dataSync());
  });

  it('with steps', () => {
    const { energy } = run('steps', []);
    const wanted = tf.conv2d(image('x', [1, 7, 8, 1]), image('K', [3, 2, 1, 4]), 2, 'valid');
    near(Array.from(energy!.values), tf.sum(tf.square(wanted)).dataSync());
  });

  it('along a line', () => {
    const { energy } = run('line', []);
    const wanted = tf.conv1d(line('z', [1, 8, 1]), line('T', [3, 1, 4]), 1, 'valid');
    near(Array.from(energy!.values), tf.sum(tf.square(wanted)).dataSync());
  });

  it('spread over an image as the transposed convolution does', () => {
    const { d_x } = run('painted', ['x']);
    const wanted = tf.conv2dTranspose(
      image('s', [1, 5, 7, 4]),
      image('K', [3, 2, 1, 4]),
      [1, 7, 8, 1],
      1,
      'valid',
    );
    near(Array.from(d_x!.values), wanted.dataSync());
  });
});

describe('slopes of a convolution', () => {
  it('are those that TensorFlow.js finds by its tape, in the image and in the filter', async () => {
    const { tf } = await loadBackend('cpu');
    const { made, inputs } = programOf('plain', ['x', 'K']);
    const { d_x, d_K } = expectAgreement(tf, made, inputs, contextOf(sizes));
    const s = tf.tensor(Float32Array.from(values['s']!.values), [1, 5, 7, 4]);
    const [wantedX, wantedK] = tf.grads((x, K) =>
      tf.sum(tf.mul(s, tf.conv2d(x as Tensor4D, K as Tensor4D, 1, 'valid'))),
    )([
      tf.tensor(Float32Array.from(values['x']!.values), [1, 7, 8, 1]),
      tf.tensor(Float32Array.from(values['K']!.values), [3, 2, 1, 4]),
    ]);
    near(Array.from(d_x!.values), wantedX!.dataSync());
    near(Array.from(d_K!.values), wantedK!.dataSync());
  });
});

it('local connectivity lets a coupling learn between places near each other alone', async () => {
  const { tf } = await loadBackend('cpu');
  const { made, inputs } = programOf('local', ['L']);
  const { d_L } = expectAgreement(tf, made, inputs, contextOf(sizes));
  const wanted = Array.from({ length: 6 * 12 }, (_, n) =>
    Number(Math.abs((Math.floor(n / 12) + 0.5) / 6 - ((n % 12) + 0.5) / 12) <= 0.15),
  );
  expect(Array.from(d_L!.values)).toEqual(wanted);
  expect(wanted.filter((mark) => mark === 1).length).toBe(22);
});
