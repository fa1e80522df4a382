/** What a target makes from a program: one function that the driver calls. */
import type { Tensor } from '@tensorflow/tfjs';
import type { Trace } from './trace.ts';

export interface RunContext {
  /** Whole number from 0 to 2^53 - 1. Keys every draw, with the site, the iteration and the loop counters. */
  readonly seed: number;
  /** Index of the first example of the batch: draws belong to examples, however the data are cut. */
  readonly firstExample: number;
  /** Size of each axis; `example` is the size of the batch. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Keeps draws, or gives them in place of new ones: how two targets are compared on equal draws. */
  readonly draws?: DrawTape;
  /** Runs operations, and looks for the first number among their results that is none. */
  readonly trace?: Trace;
}

export type Value = Tensor | number;

/**
 * Runs a program. Inputs stay the caller's; outputs are new tensors that the caller disposes of, except inside
 * `tf.tidy`. Throws when an input is missing or has another shape than the program's axes.
 */
export type Executable = (
  inputs: Readonly<Record<string, Value>>,
  context: RunContext,
) => Record<string, Tensor>;

/** A function that is made when it is first called. */
export const lazily = (make: () => Executable): Executable => {
  let made: Executable | null = null;
  return (inputs, context) => (made ??= make())(inputs, context);
};

export interface DrawTape {
  readonly mode: 'record' | 'replay';
  /** Values in row-major order by place: see {@link placeOf}. */
  readonly values: Map<string, ArrayLike<number>>;
}

/** Names one execution of a draw: its site, the iteration and the counters of the loops around it. */
export const placeOf = (folds: readonly number[]): string => folds.join('/');

/**
 * The values of one draw: from the tape when it replays, else those that `make` gives, kept when it records.
 * Throws when a tape to replay lacks the draw or holds it in another length.
 */
export function drawnThrough<Numbers extends Float32Array | Float64Array>(
  tape: DrawTape | undefined,
  folds: readonly number[],
  target: Numbers,
  make: (target: Numbers) => void,
): Numbers {
  if (tape?.mode !== 'replay') {
    make(target);
    tape?.values.set(placeOf(folds), Float64Array.from(target));
    return target;
  }
  const known = tape.values.get(placeOf(folds));
  if (known?.length !== target.length) {
    const found = known === undefined ? 'does not hold' : `holds ${known.length} elements of`;
    throw new Error(
      `the tape of draws ${found} draw ${placeOf(folds)}, which has ${target.length} elements: ` +
        `replay a tape with the program, sizes and iteration that recorded it`,
    );
  }
  target.set(known);
  return target;
}
