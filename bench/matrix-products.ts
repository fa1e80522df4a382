/**
 * Matrix products in WebAssembly, one thread: float operations in a nanosecond, medians of runs in turn, a row of a table for each
 * shape. Products against TensorFlow.js on its WebAssembly backend, symmetric ones against whole ones. `node bench/matrix-products.ts`, or with shapes to measure, as
 * `rows x columns x inner layout`: `node bench/matrix-products.ts "200x512x256 plain"`
 */
import { loadBackend } from '../src/targets/tfjs/backend.ts';
import { matrixProduct, scratchBytes, type Layout } from '../src/targets/wasm/product/product.ts';
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
  ...['32x32x256', '64x64x256', '256x256x256', '500x500x784'].map((sizes) => `${sizes} transposed_left`),
  '256x256x256 transposed_right',
];

const shapeOf = (text: string): Shape => {
  const [sizes = '', name] = text.split(' ');
  const [rows = 0, columns = 0, inner = 0] = sizes.split('x').map(Number);
  return { rows, columns, inner, layout: layouts.find((layout) => layout === name) ?? 'plain' };
};

const { functions, memory } = instantiate(
  [
    ...layouts.flatMap((layout) =>
      [matrixProduct, symmetricProduct].map((make) => make(layout, 'overwritten')),
    ),
  ],
  512,
);
const { tf } = await loadBackend();

/** In a sample, TensorFlow.js has a right operand packed once: it keeps a copy. We pack it in each product. */
const runs = (shape: Shape): Readonly<Record<'ours' | 'theirs' | 'symmetric', (times: number) => void>> => {
  const { rows, columns, inner, layout } = shape;
  const [aSize, bSize] = [rows * inner, inner * columns];
  const [isLeft, isRight] = [layout === 'transposed_left', layout === 'transposed_right'];
  const values = new Float32Array(memory.buffer).fill(0, 0, aSize + bSize);
  for (let at = 0; at < aSize + bSize; at++) values[at] = Math.sin(at);
  const [left, right] = [values.slice(0, aSize), values.slice(aSize, aSize + bSize)];
  const [b, c, scratch] = [aSize, aSize + bSize, aSize + bSize + rows * columns].map((at) => 4 * at);
  if (scratch! + scratchBytes(inner) > memory.buffer.byteLength) throw new Error('more memory is needed');
  const strides = [isLeft ? rows : inner, isRight ? inner : columns, columns].map((count) => 4 * count);
  const [multiply, square] = ['product', 'symmetric'].map(
    (kind) => functions[`${kind}_${layout}_overwritten`]!,
  );
  const addresses = [0, b!, c!, ...strides, scratch!];
  return {
    ours: (times) => {
      for (let n = 0; n < times; n++) multiply!(rows, columns, inner, ...addresses);
    },
    symmetric: (times) => {
      for (let n = 0; n < times; n++) square!(rows, inner, ...addresses);
    },
    theirs: (times) => {
      const a = tf.tensor2d(left, isLeft ? [inner, rows] : [rows, inner]);
      const matrix = tf.tensor2d(right, isRight ? [columns, inner] : [inner, columns]);
      for (let n = 0; n < times; n++) tf.matMul(a, matrix, isLeft, isRight).dispose();
      tf.dispose([a, matrix]);
    },
  };
};

const timed = (run: (times: number) => void, times: number): number => {
  const start = performance.now();
  run(times);
  return (performance.now() - start) / times;
};

const sampleMs = 10;
const samples = 21;

const operations = ({ rows, columns, inner }: Shape): number => 2 * rows * columns * inner;
const medians = (shape: Shape, names: readonly ('ours' | 'theirs' | 'symmetric')[]): readonly number[] => {
  const all = runs(shape);
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

const asked = process.argv.slice(2).map(shapeOf);
head(['rows × columns × inner', 'layout', 'µs', 'tfjs, µs', 'GFLOP/s', 'tfjs, GFLOP/s', 'times faster']);
for (const shape of asked.length > 0 ? asked : [...usual, ...transposed].map(shapeOf)) {
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
}
