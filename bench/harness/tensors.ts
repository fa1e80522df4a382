/** Between arrays and tensors, and the draws that tfjs lacks: what hand-written variants share. */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../src/runtime/plan.ts';
import type { NumberArray, NumberArrays } from '../../src/runtime/state.ts';

/** Arrays of all tensors. */
export const downloaded = (tensors: Readonly<Record<string, Tensor>>): NumberArrays =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      { shape: tensor.shape, values: Float32Array.from(tensor.dataSync()) },
    ]),
  );

/** A tensor of each array. */
export const uploaded = <Name extends string>(
  tf: TensorFlow,
  arrays: NumberArrays,
  ...names: readonly Name[]
): Readonly<Record<Name, Tensor2D>> =>
  Object.fromEntries(
    names.map((name) => [name, tf.tensor(arrays[name]!.values, [...arrays[name]!.shape])]),
  ) as unknown as Record<Name, Tensor2D>;

/** Counts with these rates by inversion from 0, one uniform number each: the rates are small, and most counts are 0. */
export const poisson = (tf: TensorFlow, rates: Tensor2D): Tensor2D => {
  const empty = tf.exp(tf.neg(rates));
  const [means, masses] = [rates.dataSync<'float32'>(), empty.dataSync<'float32'>()];
  const counts = new Float32Array(means.length);
  for (let place = 0; place < counts.length; place++) {
    let left = Math.random();
    let mass = masses[place]!;
    while (left >= mass && mass > 0) {
      left -= mass;
      counts[place]!++;
      mass *= means[place]! / counts[place]!;
    }
  }
  empty.dispose();
  return tf.tensor2d(counts, rates.shape);
};

/**
 * The product of two matrices, with a gradient that transposes first: the WebAssembly backend is ten times slower where it is asked for the
 * product with a transposed matrix, as the library's own gradient asks it.
 */
export const product = (tf: TensorFlow, left: Tensor2D, right: Tensor2D): Tensor2D =>
  tf.customGrad((...given) => {
    const [a, b, save] = given as [Tensor2D, Tensor2D, (kept: Tensor[]) => void];
    save([a, b]);
    return {
      value: tf.matMul(a, b),
      gradFunc: (slope: Tensor, [left, right]: Tensor[]) => [
        tf.tidy(() => tf.matMul(slope, tf.transpose(right!))),
        tf.tidy(() => tf.matMul(tf.transpose(left!), slope)),
      ],
    };
  })(left, right) as Tensor2D;

/** Draws by name and turn: those of a tape, or new ones, which are kept where they are to be told. */
export interface Source {
  readonly draw: (name: string, turn: number, make: () => Tensor2D) => Tensor2D;
  readonly told: () => NumberArrays;
}

/** Draws made anew and forgotten. */
export const fresh: Source = { draw: (_name, _turn, make) => make(), told: () => ({}) };

/** Draws made anew and kept, or those of `draws`; `turn` counts through all loops around a draw. */
export const tapeOf = (tf: TensorFlow, draws: NumberArrays | null): Source => {
  const kept = new Map<string, NumberArray[]>();
  return {
    draw: (name, turn, make) => {
      if (draws === null) {
        const made = make();
        const values = Float32Array.from(made.dataSync());
        kept.set(name, [...(kept.get(name) ?? []), { shape: made.shape, values }]);
        return made;
      }
      const { shape, values } = draws[name]!;
      const [rows, columns] = shape.slice(-2);
      const size = rows! * columns!;
      return tf.tensor2d(values.slice(turn * size, (turn + 1) * size), [rows!, columns!]);
    },
    told: () =>
      Object.fromEntries(
        [...kept].map(([name, turns]) => {
          const values = new Float32Array(turns.reduce((total, turn) => total + turn.values.length, 0));
          let place = 0;
          for (const turn of turns) {
            values.set(turn.values, place);
            place += turn.values.length;
          }
          return [name, { shape: [turns.length, ...turns[0]!.shape], values }];
        }),
      ),
  };
};
