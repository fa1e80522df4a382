/**
 * The operations of TensorFlow.js that emitted programs call, on the WebAssembly backend against plain JavaScript:
 * random shapes of every rank that programs reach, axes of size 1 among them.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Tensor } from '@tensorflow/tfjs';
import { fillNoise } from '../../src/runtime/noise.ts';
import type { TensorFlow } from '../../src/runtime/plan.ts';
import { keyOf } from '../../src/runtime/random.ts';
import { tensorRuntime, type TensorRuntime } from '../../src/runtime/tfjs.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';

interface Given {
  readonly shape: number[];
  readonly values: Float32Array;
}
/** An operation with its operands, to be run on either backend. */
interface Trial {
  readonly operands: readonly Given[];
  readonly run: (operands: readonly Tensor[]) => Tensor;
}

let tf: TensorFlow;
let nsm: TensorRuntime;
beforeAll(async () => {
  await loadBackend('cpu');
  tf = (await loadBackend('wasm')).tf;
  nsm = tensorRuntime(tf);
});

const ranks = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const trialsOfEach = 12;

/** Whole numbers below a bound, from one stream for each seed. */
const chooser = (seed: number) => {
  const noise = new Float32Array(4096);
  fillNoise('standard_uniform', keyOf(seed), noise, 0);
  let place = 0;
  return (below: number): number => Math.min(below - 1, Math.floor(noise[place++ % 4096]! * below));
};
type Choose = ReturnType<typeof chooser>;

const times = <Item>(count: number, make: (i: number) => Item): Item[] =>
  Array.from({ length: count }, (_, i) => make(i));
const shapeOf = (rank: number, choose: Choose): number[] => times(rank, () => 1 + choose(rank > 5 ? 3 : 5));
const product = (sizes: readonly number[]): number => sizes.reduce((count, size) => count * size, 1);
const filled = (shape: number[], choose: Choose): Given => {
  const values = new Float32Array(product(shape));
  fillNoise('standard_normal', keyOf(choose(1e6)), values, 0);
  return { shape, values };
};
const shuffled = (count: number, choose: Choose): number[] =>
  times(count, (i) => ({ i, key: choose(1e6) }))
    .sort((left, right) => left.key - right.key)
    .map(({ i }) => i);

/** A shape that broadcasts to the given one: leading axes left out, others of size 1. */
const narrower = (shape: number[], choose: Choose): number[] =>
  shape.slice(choose(shape.length + 1)).map((size) => (choose(2) === 0 ? 1 : size));

const onBackend = (name: 'cpu' | 'wasm', { operands, run }: Trial) => {
  void tf.setBackend(name);
  const given = operands.map(({ shape, values }) => tf.tensor(values.slice(), shape));
  const result = tf.tidy(() => run(given));
  const found = { shape: result.shape, values: [...result.dataSync()] };
  given.forEach((tensor, i) =>
    expect([...tensor.dataSync()], 'an operand, afterwards').toEqual([...operands[i]!.values]),
  );
  tf.dispose([result, ...given]);
  return found;
};

const expectEqual = (trial: Trial): void => {
  const [wanted, found] = [onBackend('cpu', trial), onBackend('wasm', trial)];
  const shapes = trial.operands.map(({ shape }) => `[${shape.join(', ')}]`).join(' ');
  expect(found.shape, shapes).toEqual(wanted.shape);
  found.values.forEach((value, i) => {
    const close =
      Object.is(value, wanted.values[i]) ||
      Math.abs(value - wanted.values[i]!) <= 3e-5 * (1 + Math.abs(value));
    if (!close) expect.fail(`${shapes}: entry ${i} is ${value}, not ${wanted.values[i]!}`);
  });
};

/** Some trials of each rank. */
const tried = (name: string, trial: (rank: number, choose: Choose) => Trial): void => {
  it.each(ranks)(`${name}, of rank %i`, (rank) => {
    times(trialsOfEach, (i) => expectEqual(trial(rank, chooser(100 * rank + i))));
  });
};

describe('entry by entry', () => {
  const functions: Readonly<Record<string, (x: Tensor) => Tensor>> = {
    exp: (x) => tf.exp(x),
    expm1: (x) => tf.expm1(x),
    log: (x) => tf.log(tf.square(x)),
    log1p: (x) => tf.log1p(tf.square(x)),
    sigmoid: (x) => tf.sigmoid(x),
    sin: (x) => tf.sin(x),
    cos: (x) => tf.cos(x),
    abs: (x) => tf.abs(x),
    neg: (x) => tf.neg(x),
    sign: (x) => tf.sign(x),
    floor: (x) => tf.floor(x),
    step: (x) => tf.step(x),
    sqrt: (x) => tf.sqrt(tf.abs(x)),
    square: (x) => tf.square(x),
    reciprocal: (x) => tf.reciprocal(x),
    relu: (x) => tf.relu(x),
    pow: (x) => tf.pow(tf.abs(x), tf.scalar(1.7)),
    notEqual: (x) => tf.cast(tf.notEqual(tf.floor(x), 0), 'float32'),
    clip: (x) => nsm.clip(x, -0.5, 0.7),
    tanh: (x) => nsm.tensorTanh(x),
    softplus: (x) => nsm.tensorSoftplus(x),
    share: (x) => nsm.share(x),
  };
  for (const [name, apply] of Object.entries(functions))
    tried(name, (rank, choose) => ({
      operands: [filled(shapeOf(rank, choose), choose)],
      run: ([x]) => apply(x!),
    }));
});

describe('two arrays, one repeated along axes that it lacks', () => {
  const functions: Readonly<Record<string, (x: Tensor, y: Tensor) => Tensor>> = {
    add: (x, y) => tf.add(x, y),
    sub: (x, y) => tf.sub(x, y),
    mul: (x, y) => tf.mul(x, y),
    div: (x, y) => tf.div(x, y),
    maximum: (x, y) => tf.maximum(x, y),
    minimum: (x, y) => tf.minimum(x, y),
    atan2: (x, y) => tf.atan2(x, y),
    less: (x, y) => tf.cast(tf.less(x, y), 'float32'),
    lessEqual: (x, y) => tf.cast(tf.lessEqual(tf.floor(x), tf.floor(y)), 'float32'),
    equal: (x, y) => tf.cast(tf.equal(tf.floor(x), tf.floor(y)), 'float32'),
  };
  for (const [name, apply] of Object.entries(functions)) {
    tried(name, (rank, choose) => {
      const shape = shapeOf(rank, choose);
      const operands = [filled(narrower(shape, choose), choose), filled(shape, choose)];
      return { operands: choose(2) === 0 ? operands : operands.reverse(), run: ([x, y]) => apply(x!, y!) };
    });
    // Each lacks axes that the other one has, as outer products do.
    tried(`${name} of arrays that both lack axes`, (rank, choose) => {
      const shape = shapeOf(rank, choose);
      const lacks = shape.map(() => choose(3));
      const operands = [0, 1].map((side) =>
        filled(
          shape.map((size, axis) => (lacks[axis] === side ? 1 : size)),
          choose,
        ),
      );
      return { operands, run: ([x, y]) => apply(x!, y!) };
    });
  }
  tried('spread', (rank, choose) => {
    const shape = shapeOf(rank, choose);
    return { operands: [filled(narrower(shape, choose), choose)], run: ([x]) => nsm.spread(x!, shape) };
  });
  tried('where', (rank, choose) => {
    const shape = shapeOf(rank, choose);
    const operands = times(3, () => filled(shape, choose));
    return { operands, run: ([x, y, z]) => tf.where(tf.less(x!, 0), y!, z!) };
  });
});

describe('axes', () => {
  tried('transpose', (rank, choose) => {
    const order = shuffled(rank, choose);
    return { operands: [filled(shapeOf(rank, choose), choose)], run: ([x]) => tf.transpose(x!, order) };
  });
  tried('diagonal', (rank, choose) => {
    const [first, second] = shuffled(rank + 2, choose)
      .slice(0, 2)
      .sort();
    const shape = shapeOf(rank + 2, choose).map((size, axis) => (axis === second ? -1 : size));
    const square = shape.map((size) => (size < 0 ? shape[first!]! : size));
    return { operands: [filled(square, choose)], run: ([x]) => nsm.diagonal(x!, first!, second!) };
  });
  const reductions = {
    sum: (x: Tensor, axes: number[]) => tf.sum(x, axes),
    max: (x: Tensor, axes: number[]) => tf.max(x, axes),
  };
  for (const [name, apply] of Object.entries(reductions)) {
    tried(name, (rank, choose) => {
      const axes = shuffled(rank, choose).slice(0, 1 + choose(rank));
      return { operands: [filled(shapeOf(rank, choose), choose)], run: ([x]) => apply(x!, axes) };
    });
  }
  tried('total', (rank, choose) => ({
    operands: [filled(shapeOf(rank, choose), choose)],
    run: ([x]) => nsm.total(x!),
  }));
});

describe('matrix products', () => {
  it('multiply stacks of matrices, of every small shape', () => {
    times(200, (i) => {
      const choose = chooser(i);
      const [batch, rows, inner, columns] = times(4, () => 1 + choose(9)) as [number, number, number, number];
      const stacked = choose(2) === 0;
      const shapes = [
        [rows, inner],
        [inner, columns],
      ].map((shape) => (stacked ? [batch, ...shape] : shape));
      expectEqual({
        operands: shapes.map((shape) => filled(shape, choose)),
        run: ([x, y]) => tf.matMul(x!, y!),
      });
    });
  });
  it('read one array in several shapes, each as what it is', () => {
    times(40, (i) => {
      const choose = chooser(1000 + i);
      const sizes = times(3, () => 1 + choose(6));
      const count = product(sizes);
      const rows = [sizes[0]!, sizes[0]! * sizes[1]!, sizes[1]!, count, sizes[0]!];
      const right = filled(sizes, choose);
      const lefts = rows.map((size) => filled([3, size], choose));
      expectEqual({
        operands: [right, ...lefts],
        run: ([y, ...xs]) =>
          tf.concat(xs.map((x, turn) => tf.reshape(tf.matMul(x, tf.reshape(y!, [rows[turn]!, -1])), [-1]))),
      });
    });
  });
  it('keep no memory of arrays that were read in two shapes', () => {
    void tf.setBackend('wasm');
    const before = tf.memory();
    tf.tidy(() => {
      const y = tf.ones([2, 3]);
      tf.matMul(tf.ones([1, 2]), y);
      tf.matMul(tf.ones([1, 3]), tf.reshape(y, [3, 2]));
    });
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
  });
});
