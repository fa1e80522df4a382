/** Seeded random numbers, arrays and expressions, and central differences, shared by the tests of the mathematics. */
import {
  add,
  apply,
  constant,
  delta,
  divide,
  maximum,
  multiply,
  negate,
  position,
  power,
  read,
  square,
  subtract,
  sum,
} from '../../src/calculus/build.ts';
import { evaluate, type NamedArray } from '../../src/calculus/evaluate.ts';
import { axisOf, type Expression, type Index, type Operator } from '../../src/calculus/expression.ts';
import { scalarFunctions } from '../../src/calculus/scalar.ts';
import { fillNoise } from '../../src/runtime/noise.ts';
import { keyOf } from '../../src/runtime/random.ts';

export type Sizes = Readonly<Record<string, number>>;
export type Values = Readonly<Record<string, NamedArray | number>>;

/** Uniform numbers on (0, 1), the same for the same seed. */
export const uniforms = (seed: number): (() => number) => {
  const block = new Float64Array(1024);
  let position = block.length;
  let turn = 0;
  return () => {
    if (position === block.length) {
      fillNoise('standard_uniform', keyOf(seed, turn++), block, 0);
      position = 0;
    }
    return block[position++]!;
  };
};

export const arrayOf = (
  indices: readonly Index[],
  sizes: Sizes,
  entry: (position: number) => number,
): NamedArray => {
  const shape = indices.map((index) => sizes[axisOf(index)]!);
  const length = shape.reduce((count, size) => count * size, 1);
  return { indices, shape, values: Float64Array.from({ length }, (_, position) => entry(position)) };
};

/** Entries uniform between `low` and `high`. */
export const uniformArray = (
  next: () => number,
  indices: readonly Index[],
  sizes: Sizes,
  low = -1,
  high = 1,
): NamedArray => arrayOf(indices, sizes, () => low + (high - low) * next());

export const valueOf = (node: Expression, values: Values, sizes: Sizes): NamedArray =>
  evaluate(
    node,
    (name) => {
      const value = values[name];
      if (value === undefined) throw new Error(`the test gives no value to ${name}`);
      return value;
    },
    sizes,
  );
export const numberOf = (node: Expression, values: Values, sizes: Sizes): number =>
  valueOf(node, values, sizes).values[0]!;

/** The value over exactly these indices, row-major: a form may have lost an index that its terms cancelled. */
export const valuesOver = (
  indices: readonly Index[],
  node: Expression,
  values: Values,
  sizes: Sizes,
): Float64Array => {
  const found = valueOf(node, values, sizes);
  const shape = indices.map((index) => sizes[axisOf(index)]!);
  const result = arrayOf(indices, sizes, () => 0).values;
  for (let position = 0; position < result.length; position++) {
    const places = placesOf(position, indices, shape);
    result[position] =
      found.values[
        found.indices.reduce((offset, index, axis) => offset * found.shape[axis]! + places.get(index)!, 0)
      ]!;
  }
  return result;
};

const placesOf = (
  position: number,
  indices: readonly Index[],
  shape: readonly number[],
): ReadonlyMap<Index, number> => {
  const places = new Map<Index, number>();
  let rest = position;
  for (let axis = indices.length - 1; axis >= 0; axis--) {
    places.set(indices[axis]!, rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return places;
};

/** The gradient of a function of an array by central differences of fourth order: (8 (f₁ − f₋₁) − (f₂ − f₋₂)) / 12 h. */
export const centralDifferences = (
  f: (at: NamedArray) => number,
  at: NamedArray,
  step = 1e-3,
): Float64Array =>
  at.values.map((value, position) => {
    const moved = (by: number): number => f({ ...at, values: at.values.with(position, value + by) });
    return (8 * (moved(step) - moved(-step)) - (moved(2 * step) - moved(-2 * step))) / (12 * step);
  });

/** The same for one number. */
export const slopeOf = (f: (at: number) => number, at: number, step = 1e-3): number =>
  (8 * (f(at + step) - f(at - step)) - (f(at + 2 * step) - f(at - 2 * step))) / (12 * step);

/** |found − wanted| / |wanted|, vector norms; absolute where `wanted` is 0. */
export const relativeError = (found: ArrayLike<number>, wanted: ArrayLike<number>): number => {
  if (found.length !== wanted.length) return NaN;
  let [difference, size] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    difference += (found[i]! - wanted[i]!) ** 2;
    size += wanted[i]! ** 2;
  }
  return Math.sqrt(difference) / (Math.sqrt(size) || 1);
};

/** An expression together with what it means: a function of the places of its free indices. */
export interface Sample {
  readonly expression: Expression;
  readonly at: (places: ReadonlyMap<Index, number>) => number;
  readonly free: readonly Index[];
}

export const sampleSizes: Sizes = { i: 2, j: 3 };
const shapes: Readonly<Record<string, readonly Index[]>> = {
  a: [],
  v: ['j'],
  w: ['i'],
  A: ['i', 'j'],
  B: ['i', 'i'],
};
export const sampleNames = Object.keys(shapes);

export const sampleValues = (next: () => number): Readonly<Record<string, NamedArray>> =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, indices]) => [
      name,
      uniformArray(next, indices, sampleSizes, 0.2, 1.4),
    ]),
  );

const smooth: readonly Operator[] = ['exp', 'tanh', 'sigmoid', 'softplus', 'sin', 'cos'];
const kinked: readonly Operator[] = ['max', 'min', 'abs', 'step', 'sign', 'less', 'where'];

/**
 * A random expression over the indices i, i', j, j', with sums that shadow names, repeated subscripts and deltas. Only
 * differentiable operators when `differentiable`.
 */
export const sampleExpression = (
  next: () => number,
  values: Readonly<Record<string, NamedArray>>,
  depth: number,
  differentiable: boolean,
): Sample => {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)]!;
  const indexOf = (axis: string): Index => axis + pick(['', '', "'"]);
  const leaf = (): Sample => {
    if (next() < 0.15) {
      const value = pick([-2, -1, 0.5, 1, 2, 3]);
      return { expression: constant(value), at: () => value, free: [] };
    }
    if (next() < 0.1) {
      const [left, right] = pick([
        ['i', "i'"],
        ['j', "j'"],
      ] as const);
      return {
        expression: delta(left, right),
        at: (places) => Number(places.get(left) === places.get(right)),
        free: [left, right],
      };
    }
    if (next() < 0.06) {
      const index = pick(['i', "i'", 'j', "j'"]);
      return { expression: position(index), at: (places) => places.get(index)!, free: [index] };
    }
    const name = pick(sampleNames);
    const subscripts = shapes[name]!.map(indexOf);
    const { values: entries, shape } = values[name]!;
    return {
      expression: read(name, subscripts),
      at: (places) =>
        entries[subscripts.reduce((offset, index, axis) => offset * shape[axis]! + places.get(index)!, 0)]!,
      free: [...new Set(subscripts)],
    };
  };
  const union = (...parts: readonly Sample[]): readonly Index[] => [
    ...new Set(parts.flatMap(({ free }) => free)),
  ];
  const make = (left: number): Sample => {
    if (left === 0 || next() < 0.08) return leaf();
    const choice = next();
    if (choice < 0.25) {
      const parts = Array.from({ length: 2 + Math.floor(next() * 2) }, () => make(left - 1));
      return {
        expression: add(...parts.map(({ expression }) => expression)),
        at: (places) => parts.reduce((total, part) => total + part.at(places), 0),
        free: union(...parts),
      };
    }
    if (choice < 0.5) {
      const parts = [make(left - 1), make(left - 1)];
      return {
        expression: multiply(...parts.map(({ expression }) => expression)),
        at: (places) => parts.reduce((total, part) => total * part.at(places), 1),
        free: union(...parts),
      };
    }
    const part = make(left - 1);
    if (choice < 0.58)
      return { expression: square(part.expression), at: (places) => part.at(places) ** 2, free: part.free };
    if (choice < 0.63) {
      const other = make(left - 1);
      return {
        expression: subtract(part.expression, other.expression),
        at: (places) => part.at(places) - other.at(places),
        free: union(part, other),
      };
    }
    if (choice < 0.7) {
      // A denominator and a root away from 0.
      const exponent = pick([-1, -2, 0.5, 1.5]);
      return {
        expression: power(add(constant(1.5), square(apply('tanh', part.expression))), exponent),
        at: (places) => (1.5 + Math.tanh(part.at(places)) ** 2) ** exponent,
        free: part.free,
      };
    }
    if (choice < 0.88) {
      const axis = pick(['i', 'j']);
      const over = [indexOf(axis)];
      const run = (places: ReadonlyMap<Index, number>): number => {
        let total = 0;
        for (let place = 0; place < sampleSizes[axis]!; place++)
          total += part.at(new Map([...places, [over[0]!, place]]));
        return total;
      };
      return {
        expression: sum(over, part.expression),
        at: run,
        free: part.free.filter((index) => !over.includes(index)),
      };
    }
    if (!differentiable && choice < 0.96) {
      const operator = pick(kinked);
      const count =
        operator === 'where' ? 3 : operator === 'max' || operator === 'min' || operator === 'less' ? 2 : 1;
      const parts = [part, ...Array.from({ length: count - 1 }, () => make(left - 1))];
      return {
        expression: apply(operator, ...parts.map(({ expression }) => expression)),
        at: (places) => scalarFunctions[operator](...parts.map((one) => one.at(places))),
        free: union(...parts),
      };
    }
    // Arguments are kept small: a tower of exponentials tests the floating-point range, not the calculus.
    const operator = pick(smooth);
    return {
      expression: apply(operator, multiply(constant(0.5), apply('tanh', part.expression))),
      at: (places) => scalarFunctions[operator](0.5 * Math.tanh(part.at(places))),
      free: part.free,
    };
  };
  return make(depth);
};

/** Values of a sample at all places of the given indices, row-major. */
export const tabulate = (sample: Sample, indices: readonly Index[]): Float64Array => {
  const shape = indices.map((index) => sampleSizes[axisOf(index)]!);
  const length = shape.reduce((count, size) => count * size, 1);
  return Float64Array.from({ length }, (_, position) => sample.at(placesOf(position, indices, shape)));
};

export { add, apply, constant, delta, divide, maximum, multiply, negate, power, read, square, subtract, sum };
