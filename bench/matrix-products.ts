/**
 * Matrix products in WebAssembly, one thread: float operations in a nanosecond, medians of runs in turn, a row of a table for each
 * shape. Products against TensorFlow.js on its WebAssembly backend, symmetric ones against whole ones, those of left operands
 * with zeros against dense ones. `node bench/matrix-products.ts`, or with shapes to measure, as
 * `rows x columns x inner layout`: `node bench/matrix-products.ts "200x512x256 plain"`, or with the table of zeros alone:
 * `node bench/matrix-products.ts zeros`
 */
import { loadBackend } from '../src/targets/tfjs/backend.ts';
import {
  denseProduct,
  matrixProduct,
  scratchBytes,
  type Layout,
} from '../src/targets/wasm/product/product.ts';
import { symmetricProduct } from '../src/targets/wasm/product/symmetric.ts';
import { instantiate } from '../test/targets/wasm/arrays.ts';
import { spreadOf } from './harness/statistics.ts';

interface Shape {
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
  readonly layout: Layout;
}

const layouts = ['plain', 'transposed_right', 'transposed_left'] as const;
const usual = [
  ...['200x512x256', '64x784x256', '100x256x256', '100x256x64', '500x784x500', '1x512x512', '4x512x512'],
  ...['16x512x512', '16x64x64', '200x6x256', '200x256x6', '4x4x1000'],
].map((sizes) => `${sizes} plain`);
const transposed = [
  ...['256x784x64', '512x256x200', '512x512x16', '512x512x1'].map((sizes) => `${sizes} transposed_left`),
  ...['200x256x512', '64x256x784', '1x512x512', '16x512x512'].map((sizes) => `${sizes} transposed_right`),
];

const squares = [
  ...['128x128x256', '256x256x98', '256x256x784', '500x500x784'].map((sizes) => `${sizes} transposed_left`),
  '256x256x256 transposed_right',
];

const withZeros = [
  ...['16x512x512', '200x512x512'].map((sizes) => `${sizes} plain`),
  ...['16x512x512', '512x512x16'].map((sizes) => `${sizes} transposed_left`),
  ...['16x512x512', '4x512x512'].map((sizes) => `${sizes} transposed_right`),
];
/** Of the numbers of the left operand that are not zero. */
const percentages = [1, 2, 5, 10, 20, 40, 100];

const shapeOf = (text: string): Shape => {
  const [sizes = '', name] = text.split(' ');
  const [rows = 0, columns = 0, inner = 0] = sizes.split('x').map(Number);
  return { rows, columns, inner, layout: layouts.find((layout) => layout === name) ?? 'plain' };
};

const { functions, memory } = instantiate(
  layouts.flatMap((layout) => [
    matrixProduct(layout, 'overwritten'),
    symmetricProduct(layout),
    denseProduct(layout),
  ]),
  512,
);
const { tf } = await loadBackend();

type Variant = 'ours' | 'theirs' | 'symmetric' | 'dense';

/** In a sample, TensorFlow.js has a right operand packed once: it keeps a copy. We pack it in each product. */
const runs = (shape: Shape, percentage: number): Readonly<Record<Variant, (times: number) => void>> => {
  const { rows, columns, inner, layout } = shape;
  const [aSize, bSize] = [rows * inner, inner * columns];
  const [isLeft, isRight] = [layout === 'transposed_left', layout === 'transposed_right'];
  const values = new Float32Array(memory.buffer).fill(0, 0, aSize + bSize);
  for (let at = 0; at < aSize + bSize; at++) values[at] = Math.sin(at + 1);
  const share = percentage / 100;
  for (let at = 0; at < aSize; at++) if (fractionOf(1e4 * Math.sin(at)) >= share) values[at] = 0;
  const [left, right] = [values.slice(0, aSize), values.slice(aSize, aSize + bSize)];
  const [b, c, scratch] = [aSize, aSize + bSize, aSize + bSize + rows * columns].map((at) => 4 * at);
  if (scratch! + scratchBytes(inner) > memory.buffer.byteLength) throw new Error('more memory is needed');
  const strides = [isLeft ? rows : inner, isRight ? inner : columns, columns].map((count) => 4 * count);
  const multiply = functions[`product_${layout}_overwritten`]!;
  const square = functions[`symmetric_${layout}`]!;
  const dense = functions[`dense_${layout}`]!;
  const addresses = [0, b!, c!, ...strides, scratch!];
  return {
    ours: (times) => {
      for (let n = 0; n < times; n++) multiply(rows, columns, inner, ...addresses);
    },
    dense: (times) => {
      for (let n = 0; n < times; n++) dense(rows, columns, inner, ...addresses, 0);
    },
    symmetric: (times) => {
      for (let n = 0; n < times; n++) square(rows, inner, ...addresses);
    },
    theirs: (times) => {
      const a = tf.tensor2d(left, isLeft ? [inner, rows] : [rows, inner]);
      const matrix = tf.tensor2d(right, isRight ? [columns, inner] : [inner, columns]);
      for (let n = 0; n < times; n++) tf.matMul(a, matrix, isLeft, isRight).dispose();
      tf.dispose([a, matrix]);
    },
  };
};

const fractionOf = (value: number): number => value - Math.floor(value);

const timed = (run: (times: number) => void, times: number): number => {
  const start = performance.now();
  run(times);
  return (performance.now() - start) / times;
};

const sampleMs = 10;
const samples = 21;

const operations = ({ rows, columns, inner }: Shape): number => 2 * rows * columns * inner;
const medians = (shape: Shape, names: readonly Variant[], percentage = 100): readonly number[] => {
  const all = runs(shape, percentage);
  const variants = names.map((name) => {
    const run = all[name];
    const times = Math.ceil(sampleMs / timed(run, Math.ceil(1e7 / operations(shape))));
    return { run, times, ms: [] as number[] };
  });
  for (let sample = 0; sample < samples; sample++)
    for (const { run, times, ms } of variants) ms.push(timed(run, times));
  return variants.map(({ ms }) => spreadOf(ms).median);
};

const sizes = ({ rows, columns, inner, layout }: Shape): readonly string[] => [
  `${rows} × ${columns} × ${inner}`,
  `\`${layout}\``,
];
const microseconds = (ms: number): string => (1e3 * ms).toFixed(ms < 0.01 ? 2 : 0);
const print = (cells: readonly string[]): void => void process.stdout.write(`| ${cells.join(' | ')} |\n`);
const head = (cells: readonly string[]): void => {
  print(cells);
  print(cells.map(() => '---'));
};

const asked = process.argv.slice(2);
const shapes = (asked.length > 0 ? asked.filter((text) => text !== 'zeros') : [...usual, ...transposed]).map(
  shapeOf,
);
if (shapes.length > 0)
  head(['rows × columns × inner', 'layout', 'µs', 'tfjs, µs', 'GFLOP/s', 'tfjs, GFLOP/s', 'times faster']);
for (const shape of shapes) {
  const [ours, theirs] = medians(shape, ['ours', 'theirs']);
  const speed = (ms: number): string => (operations(shape) / ms / 1e6).toFixed(1);
  const times = [microseconds(ours!), microseconds(theirs!)];
  print([...sizes(shape), ...times, speed(ours!), speed(theirs!), (theirs! / ours!).toFixed(1)]);
}
if (asked.length === 0) {
  process.stdout.write('\n');
  head(['rows × columns × inner', 'layout', 'symmetric, µs', 'whole, µs', 'share']);
  for (const shape of squares.map(shapeOf)) {
    const [half, whole] = medians(shape, ['symmetric', 'ours']);
    print([...sizes(shape), microseconds(half!), microseconds(whole!), (half! / whole!).toFixed(2)]);
  }
  process.stdout.write('\n');
}
if (asked.length === 0 || asked.includes('zeros')) {
  // How many times faster than dense products, with so many numbers that are not zero.
  head([
    'rows × columns × inner',
    'layout',
    'dense, µs',
    ...percentages.map((percentage) => `${percentage} %`),
  ]);
  for (const shape of withZeros.map(shapeOf)) {
    const measured = percentages.map((percentage) => medians(shape, ['ours', 'dense'], percentage));
    const dense = spreadOf(measured.map(([, whole]) => whole!)).median;
    const faster = measured.map(([ours, whole]) => whole! / ours!);
    print([
      ...sizes(shape),
      microseconds(dense),
      ...faster.map((times) => times.toFixed(times < 10 ? 2 : 0)),
    ]);
  }
}
