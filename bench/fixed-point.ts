/** How far the starts of an inference are from the fixed point that it relaxes to, step by step. */
import type { Tensor } from '@tensorflow/tfjs';
import { takeRows } from '../src/runtime/examples.ts';
import type { InferencePlan, ModelPlan } from '../src/runtime/plan.ts';
import { shapeOf, sizeOf, upload, type ModelState } from '../src/runtime/state.ts';

/** An array for each state, by name. */
type States = Readonly<Record<string, Float32Array>>;

export interface Way {
  /** Distance of all states from the fixed point after 0, 1, 2, ... steps. */
  readonly distances: readonly number[];
  /** Root mean square of the change made by the first step. */
  readonly firstChange: number;
  readonly start: States;
  readonly end: States;
}

const root = Math.sqrt;
const squares = (values: Float32Array): number => values.reduce((total, value) => total + value * value, 0);
/** Euclidean norm of some states together. */
export const norm = (states: States, names: readonly string[] = Object.keys(states)): number =>
  root(names.reduce((total, name) => total + squares(states[name]!), 0));
export const distance = (left: States, right: States): number =>
  root(
    Object.keys(left).reduce((total, name) => {
      const other = right[name]!;
      return total + left[name]!.reduce((sum, value, i) => sum + (value - other[i]!) ** 2, 0);
    }, 0),
  );

export interface WayRequest {
  readonly plan: ModelPlan;
  readonly inference: string;
  readonly state: ModelState;
  readonly data: Float32Array;
  /** States to compare. */
  readonly names: readonly string[];
  /** Steps that are looked at one by one; relaxation goes on until it changes less than `tolerance`. */
  readonly shown: number;
  readonly tolerance: number;
  readonly most: number;
}

/** Relaxes all examples together and tells how far from the end they were. */
export const wayOf = (request: WayRequest): Way => {
  const { plan, state, data, names, shown } = request;
  const { tf } = plan;
  const inference = plan.inferences.find(({ name }) => name === request.inference)!;
  const [observed] = plan.observed;
  const shape = shapeOf(observed!.axes, state.sizes);
  const rows = data.length / sizeOf(shape);
  const context = { seed: state.seed, firstExample: 0, sizes: { ...state.sizes, example: rows } };
  const parameters = upload(plan, state.parameters);
  const x = tf.tensor(takeRows(data, sizeOf(shape), { from: 0, count: rows }), [rows, ...shape], 'float32');
  const given = {
    ...parameters,
    ...state.settings,
    ...inference.settings,
    tolerance: request.tolerance,
    progress: 1,
    iteration: 0,
    [observed!.name]: x,
  };
  const kept: States[] = [];
  const look = (tensors: Readonly<Record<string, Tensor>>): States =>
    Object.fromEntries(names.map((name) => [name, Float32Array.from(tensors[name]!.dataSync())]));
  let now = tf.tidy(() => inference.start(given, context));
  kept.push(look(now));
  let step = 0;
  const advance = (many: number): void => {
    const next = tf.tidy(() =>
      inference.advance({ ...given, ...now, first_step: step, step_count: many }, context),
    );
    dispose(now, new Set(Object.values(next)));
    now = next;
    step += many;
  };
  while (step < shown) {
    advance(1);
    kept.push(look(now));
  }
  while (step < request.most && isMoving(inference, now)) advance(20);
  const end = look(now);
  dispose({ ...now, ...parameters, x }, new Set());
  const values = names.reduce((total, name) => total + end[name]!.length, 0);
  return {
    distances: kept.map((states) => distance(states, end)),
    firstChange: distance(kept[0]!, kept[1]!) / root(values),
    start: kept[0]!,
    end,
  };
};

/** Whether an example has not met the condition of its inference. */
const isMoving = ({ name, states }: InferencePlan, now: Readonly<Record<string, Tensor>>): boolean => {
  if (!states.some((state) => state.name === 'active')) throw new Error(`${name} has no \`until\``);
  return now['active']!.dataSync().some((value) => value > 0);
};

const dispose = (tensors: Readonly<Record<string, Tensor>>, kept: ReadonlySet<Tensor>): void => {
  for (const tensor of Object.values(tensors)) if (!kept.has(tensor)) tensor.dispose();
};

export interface Fit {
  /** Steps in which the distance falls to 1/e. */
  readonly steps: number;
  /** Distance that the fit has at step 0. */
  readonly first: number;
}

/** Least squares of log distance against step, from where it has halved down to a hundredth (or the end). */
export const exponentialFit = (distances: readonly number[]): Fit => {
  const [first = 0] = distances;
  const points = distances
    .map((value, step) => ({ step, log: Math.log(value) }))
    .filter((_, step) => distances[step]! <= first / 2 && distances[step]! >= first / 100);
  const used = points.length >= 3 ? points : distances.slice(-20).map((value, i) => ({ step: distances.length - Math.min(20, distances.length) + i, log: Math.log(value) })); // prettier-ignore
  const mean = (of: (point: (typeof used)[number]) => number): number =>
    used.reduce((total, point) => total + of(point), 0) / used.length;
  const [at, log] = [mean(({ step }) => step), mean((point) => point.log)];
  const slope =
    mean((point) => (point.step - at) * (point.log - log)) / mean((point) => (point.step - at) ** 2);
  return { steps: -1 / slope, first: Math.exp(log - slope * at) };
};
