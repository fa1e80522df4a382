/** A model's numbers on the host: parameters, optimiser memory and how far training has come. */
import type { Tensor } from '@tensorflow/tfjs';
import { didYouMean } from '../diagnostics/suggest.ts';
import { axisOf, isInternalAxis, type Index } from '../calculus/expression.ts';
import type { Value } from './executable.ts';
import { runError } from './failure.ts';
import { initialise } from './initialise.ts';
import type { ModelPlan, ParameterPlan } from './plan.ts';
import { keyOf, type Key } from './random.ts';

export interface NumberArray {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}
export type NumberArrays = Readonly<Record<string, NumberArray>>;

export interface ModelState {
  readonly seed: number;
  /** Size of each axis, and the model's settings that are not sizes. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly settings: Readonly<Record<string, number>>;
  /** In stored coordinates: the logarithm of a positive parameter, the log odds of one between 0 and 1. */
  readonly parameters: NumberArrays;
  /** State of the optimiser; empty before the first iteration. */
  readonly memory: NumberArrays;
  /** What phases keep, `[chains, ...]` or `[rows of the data, ...]`; empty before the first iteration. */
  readonly particles: NumberArrays;
  /** Iterations done. */
  readonly iteration: number;
  /** The learning whose memory and particles these are, and the number of iterations its schedules run over; null before. */
  readonly learning: string | null;
  readonly iterations: number | null;
}

export function createState(
  plan: ModelPlan,
  seed: number,
  changes: Readonly<Record<string, number>>,
): ModelState {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw runError(`a seed is a whole number from 0 to 2^53 - 1, not ${seed}`, 'write a seed such as 1');
  }
  const sizes: Record<string, number> = { ...plan.sizes };
  const settings: Record<string, number> = { ...plan.settings };
  for (const [name, value] of Object.entries(changes)) {
    const isSize = Object.hasOwn(sizes, name);
    if (!isSize && !Object.hasOwn(settings, name)) {
      const names = [...Object.keys(sizes), ...Object.keys(settings)].filter((each) => !isInternalAxis(each));
      throw runError(
        `${plan.model} has no setting "${name}"`,
        `${didYouMean(name, names)}it has ${names.join(', ')}`,
      );
    }
    if (isSize && (!Number.isSafeInteger(value) || value < 1)) {
      throw runError(`the size "${name}" is a whole number from 1, not ${value}`, `write ${name}: 64, say`);
    }
    (isSize ? sizes : settings)[name] = value;
  }
  const parameters: Record<string, NumberArray> = {};
  plan.parameters.forEach((parameter, number) => {
    const shape = shapeOf(parameter.axes, sizes);
    parameters[parameter.name] = {
      shape,
      values: initialValues(parameter, shape, keyOf(seed, initialisation, number)),
    };
  });
  return {
    seed,
    sizes,
    settings,
    parameters,
    memory: {},
    particles: {},
    iteration: 0,
    learning: null,
    iterations: null,
  };
}

/** First fold of the keys of parameters: above every draw site and apart from the streams of data. */
const initialisation = 2 ** 34;

/** Starting values in stored coordinates. Throws a `RunError` where the coordinates have no such value. */
function initialValues(parameter: ParameterPlan, shape: readonly number[], key: Key): Float32Array {
  const values = initialise(parameter.initial, shape, key);
  switch (parameter.coordinates) {
    case 'identity':
      return values;
    case 'log':
      if (values.every((value) => value > 0)) return values.map((value) => Math.log(value));
      throw outside(parameter, 'positive', 'above 0');
    case 'logit':
      if (values.every((value) => value > 0 && value < 1)) {
        return values.map((value) => Math.log(value / (1 - value)));
      }
      throw outside(parameter, 'unit', 'between 0 and 1');
  }
}

const outside = (parameter: ParameterPlan, support: string, range: string): Error =>
  runError(
    `the parameter "${parameter.name}" is ${support}, but a starting value of it is not ${range}`,
    `start it ${range}: uniform(0.1, 0.9), say`,
  );

export const shapeOf = (axes: readonly Index[], sizes: Readonly<Record<string, number>>): readonly number[] =>
  axes.map((index) => sizes[axisOf(index)] ?? missingSize(index));

function missingSize(index: Index): never {
  throw new Error(`no size is known for the axis of the index ${index}`);
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((total, size) => total * size, 1);

/** Tensors of arrays; the caller disposes of them. */
export function upload(plan: ModelPlan, arrays: NumberArrays): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { shape, values }]) => [
      name,
      plan.tf.tensor(values, [...shape], 'float32'),
    ]),
  );
}

export async function download(tensors: Readonly<Record<string, Value>>): Promise<NumberArrays> {
  const arrays: Record<string, NumberArray> = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    if (typeof tensor === 'number') arrays[name] = { shape: [], values: Float32Array.of(tensor) };
    else arrays[name] = { shape: tensor.shape, values: Float32Array.from(await tensor.data()) };
  }
  return arrays;
}

export function dispose(tensors: Readonly<Record<string, Tensor>>): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}

/** Arrays of examples, one after the other. */
export function joinRows(parts: readonly NumberArray[]): NumberArray {
  if (parts.length === 1) return parts[0]!;
  const values = new Float32Array(parts.reduce((total, part) => total + part.values.length, 0));
  let position = 0;
  for (const part of parts) {
    values.set(part.values, position);
    position += part.values.length;
  }
  const rows = parts.reduce((total, part) => total + (part.shape[0] ?? 1), 0);
  return { shape: [rows, ...parts[0]!.shape.slice(1)], values };
}

/** Lets other work run (input, drawing, timers) now and then during a long computation. */
export function pauser(everyMilliseconds = 25): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < everyMilliseconds) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last = performance.now();
  };
}
