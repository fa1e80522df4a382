/**
 * Matrix products in WebAssembly, one thread, against TensorFlow.js on its WebAssembly backend: float operations in a nanosecond,
 * medians of runs in turn, a row of a table for each shape. `node bench/matrix-products.ts`, or with shapes to measure,
 * as `rows x columns x inner layout`: `node bench/matrix-products.ts "200x512x256 plain"`
 */
import { loadBackend } from '../src/targets/tfjs/backend.ts';
import { matrixProduct, scratchBytes, type Layout } from '../src/targets/wasm/product/product.ts';
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

const shapeOf = (text: string): Shape => {
  const [sizes = '', name] = text.split(' ');
  const [rows = 0, columns = 0, inner = 0] = sizes.split('x').map(Number);
  return { rows, columns, inner, layout: layouts.find((layout) => layout === name) ?? 'plain' };
};

const { functions, memory } = instantiate(
  layouts.map((layout) => matrixProduct(layout, 'overwritten')),
  512,
);
const { tf } = await loadBackend();

/** A run of both. Operands of TensorFlow.js are new ones for each sample: it would keep a packed copy of the right one. */
const runs = (shape: Shape): Readonly<Record<'ours' | 'theirs', (times: number) => void>> => {
  const { rows, columns, inner, layout } = shape;
  const [aSize, bSize] = [rows * inner, inner * columns];
  const [isLeft, isRight] = [layout === 'transposed_left', layout === 'transposed_right'];
  const values = new Float32Array(memory.buffer).fill(0, 0, aSize + bSize);
  for (let at = 0; at < aSize + bSize; at++) values[at] = Math.sin(at);
  const [left, right] = [values.slice(0, aSize), values.slice(aSize, aSize + bSize)];
  const [b, c, scratch] = [aSize, aSize + bSize, aSize + bSize + rows * columns].map((at) => 4 * at);
  if (scratch! + scratchBytes(inner) > memory.buffer.byteLength) throw new Error('more memory is needed');
  const strides = [isLeft ? rows : inner, isRight ? inner : columns, columns].map((count) => 4 * count);
  const multiply = functions[`product_${layout}_overwritten`]!;
  return {
    ours: (times) => {
      for (let n = 0; n < times; n++)
        multiply(rows, columns, inner, 0, b!, c!, strides[0]!, strides[1]!, strides[2]!, scratch!);
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
const measure = (shape: Shape): readonly string[] => {
  const variants = Object.values(runs(shape)).map((run) => {
    const times = Math.ceil(sampleMs / timed(run, Math.ceil(1e7 / operations(shape))));
    return { run, times, ms: [] as number[] };
  });
  for (let sample = 0; sample < samples; sample++)
    for (const { run, times, ms } of variants) ms.push(timed(run, times));
  const [ours, theirs] = variants.map(({ ms }) => spreadOf(ms).median);
  const speed = (ms: number): string => (operations(shape) / ms / 1e6).toFixed(1);
  const microseconds = (ms: number): string => (1e3 * ms).toFixed(ms < 0.01 ? 2 : 0);
  const { rows, columns, inner, layout } = shape;
  return [
    `${rows} × ${columns} × ${inner}`,
    `\`${layout}\``,
    microseconds(ours!),
    microseconds(theirs!),
    speed(ours!),
    speed(theirs!),
    (theirs! / ours!).toFixed(1),
  ];
};

const print = (cells: readonly string[]): void => void process.stdout.write(`| ${cells.join(' | ')} |\n`);
print(['rows × columns × inner', 'layout', 'µs', 'tfjs, µs', 'GFLOP/s', 'tfjs, GFLOP/s', 'times faster']);
print(Array<string>(7).fill('---'));
const asked = process.argv.slice(2);
for (const text of asked.length > 0 ? asked : [...usual, ...transposed]) print(measure(shapeOf(text)));
