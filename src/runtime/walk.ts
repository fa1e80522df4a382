/** The steps of an inference on a few examples. */
import type { Tensor } from '@tensorflow/tfjs';
import type { RunContext, Value } from './executable.ts';
import { runError } from './failure.ts';
import type { InferencePlan, TensorFlow } from './plan.ts';

export type States = Readonly<Record<string, Tensor>>;

export interface Walk {
  readonly tf: TensorFlow;
  readonly inference: InferencePlan;
  /** Parameters, settings and data by their names. */
  readonly given: Readonly<Record<string, Value>>;
  readonly context: RunContext;
  /** Called after every piece of work with the steps made; may end the walk by an error. */
  readonly pause: (step: number) => Promise<void>;
}

/** Steps made in one go, so that a signal is heard and a page keeps drawing. */
const stepsPerPiece = 32;

/** The states that an inference begins with; the caller disposes of them. */
export const begin = ({ tf, inference, given, context }: Walk): States =>
  tf.tidy(() => statesOf(inference, inference.start({ ...given, iteration: 0 }, context)));

/** The states after some steps. Those given are the caller's no more: they are disposed of, also after an error. */
export async function walk(
  { tf, inference, given, context, pause }: Walk,
  begun: States,
  from: number,
  to: number,
): Promise<States> {
  let states = begun;
  try {
    for (let step = from; step < to;) {
      const many = Math.min(stepsPerPiece, to - step);
      const before = states;
      states = tf.tidy(() =>
        statesOf(
          inference,
          inference.advance(
            { ...given, ...before, iteration: 0, first_step: step, step_count: many },
            context,
          ),
        ),
      );
      const kept = new Set(Object.values(states));
      for (const tensor of Object.values(before)) if (!kept.has(tensor)) tensor.dispose();
      step += many;
      await pause(step);
    }
    return states;
  } catch (error) {
    for (const tensor of Object.values(states)) tensor.dispose();
    throw error;
  }
}

const statesOf = (
  inference: InferencePlan,
  outputs: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> => Object.fromEntries(inference.states.map(({ name }) => [name, outputs[name]!]));

/** How many steps to make: as asked, or the inference's own number; 0 for one that repeats nothing. */
export function stepsOf({ name, steps }: InferencePlan, asked: number | undefined): number {
  if (asked === undefined) return steps;
  if (steps === 0) {
    throw runError(`${name} repeats nothing, so it has no steps to count`, 'leave the number of steps out');
  }
  if (!Number.isSafeInteger(asked) || asked < 1) {
    throw runError(`steps are a whole number from 1, not ${asked}`, 'write a number such as 100');
  }
  return asked;
}
