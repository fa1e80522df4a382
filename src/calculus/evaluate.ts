/**
 * The meaning of index expressions: plain float64 arithmetic over named arrays. Targets are tested against it, so
 * it is written to be seen right, not to be fast; a summed product is still contracted without its outer product.
 */
import { choleskyFactors, invertMatrices, logDeterminants } from '../runtime/matrix.ts';
import { cumulantOf } from '../runtime/special.ts';
import { axisOf, lengthOf, type Apply, type Expression, type Index, type Read } from './expression.ts';
import { scalarFunctions } from './scalar.ts';
import type { MatrixFunction } from './substitute.ts';

/** An array over named indices, row-major in their order. */
export interface NamedArray {
  readonly indices: readonly Index[];
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** The value of a name that is read; reads align with an array's axes by position. */
export type Environment = (name: string) => NamedArray | number;

/**
 * The value of an expression, over its free indices in their order.
 *
 * @param sizes number of entries by axis
 * @throws Error when an axis has no size, or a stored array has another rank or shape than its reads
 */
export const evaluate = (
  expression: Expression,
  environment: Environment,
  sizes: Readonly<Record<string, number>>,
): NamedArray => {
  const memo = new Map<Expression, NamedArray>();
  const sizeOf = (index: Index): number => {
    const size = lengthOf(index, sizes);
    if (size === undefined) throw new Error(`the axis "${axisOf(index)}" has no size`);
    return size;
  };
  const combine = (
    indices: readonly Index[],
    over: readonly Index[],
    operands: readonly NamedArray[],
    start: number,
    step: (total: number, offsets: Int32Array) => number,
  ): NamedArray => {
    const shape = indices.map(sizeOf);
    const all = [...indices, ...over];
    const turns = over.reduce((count, index) => count * sizeOf(index), 1);
    const values = new Float64Array(shape.reduce((count, size) => count * size, 1));
    let position = 0;
    let turn = 0;
    let total = start;
    forEachOffset(
      all.map(sizeOf),
      operands.map((operand) => stridesOver(operand, all)),
      (offsets) => {
        total = step(total, offsets);
        if (++turn < turns) return;
        values[position++] = total;
        turn = 0;
        total = start;
      },
    );
    return { indices, shape, values };
  };
  const elementwise = (
    node: Expression,
    operands: readonly NamedArray[],
    f: (...x: number[]) => number,
  ): NamedArray =>
    combine(node.indices, [], operands, 0, (_, offsets) =>
      f(...operands.map((operand, i) => operand.values[offsets[i]!]!)),
    );
  const product = (operands: readonly NamedArray[], offsets: Int32Array): number => {
    let result = 1;
    for (let i = 0; i < operands.length; i++) result *= operands[i]!.values[offsets[i]!]!;
    return result;
  };

  const visit = (node: Expression): NamedArray => {
    const known = memo.get(node);
    if (known !== undefined) return known;
    const result = compute(node);
    memo.set(node, result);
    return result;
  };
  const compute = (node: Expression): NamedArray => {
    switch (node.kind) {
      case 'constant':
        return scalar(node.value);
      case 'size':
        return scalar(sizeOf(node.axis));
      case 'position':
        return positions(node.indices, sizeOf(node.index));
      case 'read':
        return alignRead(node, environment(node.name), node.subscripts.map(sizeOf));
      case 'delta':
        return identity(node.indices, sizeOf(node.left));
      case 'triangle':
        return triangle(node.indices, sizeOf(node.row));
      case 'add':
        return elementwise(node, node.terms.map(visit), (...terms) =>
          terms.reduce((total, term) => total + term, 0),
        );
      case 'multiply': {
        const factors = node.factors.map(visit);
        return combine(node.indices, [], factors, 0, (_, offsets) => product(factors, offsets));
      }
      case 'power':
        return elementwise(
          node,
          [visit(node.base), visit(node.exponent)],
          (base, exponent) => base ** exponent,
        );
      case 'apply':
        return applyOperator(node);
      case 'sum': {
        const factors = (node.body.kind === 'multiply' ? node.body.factors : [node.body]).map(visit);
        return combine(
          node.indices,
          node.over,
          factors,
          0,
          (total, offsets) => total + product(factors, offsets),
        );
      }
      case 'maximum': {
        const body = visit(node.body);
        return combine(node.indices, node.over, [body], -Infinity, (total, offsets) =>
          Math.max(total, body.values[offsets[0]!]!),
        );
      }
      case 'inverse':
      case 'log_determinant':
      case 'cholesky':
        return matrixFunction(node);
    }
  };
  const applyOperator = (node: Apply): NamedArray => {
    if (node.operator !== 'cumulant')
      return elementwise(node, node.arguments.map(visit), scalarFunctions[node.operator]);
    // The points are the same for every entry.
    const [count, x, ...pairs] = node.arguments.map(visit);
    const values = pairs.map((entry) => entry.values[0]!);
    return elementwise(node, [count!, x!], (n, at) => cumulantOf(n, at, values));
  };
  const matrixFunction = (node: MatrixFunction): NamedArray => {
    const batch = node.body.indices.filter((index) => !node.over.includes(index));
    const given = visit(node.body);
    const matrices = combine(
      [...batch, ...node.over],
      [],
      [given],
      0,
      (_, offsets) => given.values[offsets[0]!]!,
    );
    const size = sizeOf(node.over[0]);
    if (node.kind === 'log_determinant') {
      const values = logDeterminants(matrices.values, size);
      return { indices: batch, shape: batch.map(sizeOf), values };
    }
    const values = (node.kind === 'inverse' ? invertMatrices : choleskyFactors)(matrices.values, size);
    // A row that is a column too, or one of the batch, takes a diagonal.
    const result = { ...matrices, values, indices: [...batch, node.row, node.column] };
    return elementwise(node, [result], (value) => value);
  };
  return visit(expression);
};

/** An array without indices. */
export const scalar = (value: number): NamedArray => ({
  indices: [],
  shape: [],
  values: Float64Array.of(value),
});

const positions = (indices: readonly Index[], size: number): NamedArray => ({
  indices,
  shape: [size],
  values: Float64Array.from({ length: size }, (_, place) => place),
});

const identity = (indices: readonly Index[], size: number): NamedArray => {
  const values = new Float64Array(size * size);
  for (let i = 0; i < size; i++) values[i * size + i] = 1;
  return { indices, shape: [size, size], values };
};

const triangle = (indices: readonly Index[], size: number): NamedArray => {
  const values = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    values.fill(1, i * size, i * size + i).fill(0.5, i * size + i, i * size + i + 1);
  return { indices, shape: [size, size], values };
};

/** The array named by the subscripts of a read; a repeated subscript takes the diagonal. */
const alignRead = (node: Read, stored: NamedArray | number, shape: readonly number[]): NamedArray => {
  const array = typeof stored === 'number' ? scalar(stored) : stored;
  if (array.shape.join() !== shape.join()) {
    throw new Error(
      `${node.name}[${node.subscripts.join(', ')}] reads an array of shape [${shape.join(', ')}], ` +
        `but the one given has shape [${array.shape.join(', ')}]`,
    );
  }
  const named = { ...array, indices: node.subscripts };
  if (node.indices.length === node.subscripts.length) return named;
  const sizes = node.indices.map((index) => shape[node.subscripts.indexOf(index)]!);
  const values = new Float64Array(sizes.reduce((count, size) => count * size, 1));
  let position = 0;
  forEachOffset(sizes, [stridesOver(named, node.indices)], (offsets) => {
    values[position++] = array.values[offsets[0]!]!;
  });
  return { indices: node.indices, shape: sizes, values };
};

/** The same entries with the indices in another order. */
export const reorder = (array: NamedArray, indices: readonly Index[]): NamedArray => {
  if (array.indices.join() === indices.join()) return array;
  const shape = indices.map((index) => array.shape[array.indices.indexOf(index)]!);
  const values = new Float64Array(array.values.length);
  let position = 0;
  forEachOffset(shape, [stridesOver(array, indices)], (offsets) => {
    values[position++] = array.values[offsets[0]!]!;
  });
  return { indices, shape, values };
};

/** How far each index moves in the array: 0 where the array lacks it, and the sum where it has it twice. */
const stridesOver = (array: NamedArray, indices: readonly Index[]): Int32Array => {
  const strides = new Int32Array(indices.length);
  let stride = 1;
  for (let axis = array.indices.length - 1; axis >= 0; axis--) {
    const place = indices.indexOf(array.indices[axis]!);
    if (place >= 0) strides[place]! += stride;
    stride *= array.shape[axis]!;
  }
  return strides;
};

/** Visits all positions of a shape in row-major order, with the offset in each operand. */
const forEachOffset = (
  shape: readonly number[],
  strides: readonly Int32Array[],
  visit: (offsets: Int32Array) => void,
): void => {
  if (shape.includes(0)) return;
  const counters = new Int32Array(shape.length);
  const offsets = new Int32Array(strides.length);
  for (;;) {
    visit(offsets);
    let axis = shape.length - 1;
    for (; axis >= 0; axis--) {
      const size = shape[axis]!;
      const wraps = ++counters[axis]! === size;
      for (let i = 0; i < strides.length; i++)
        offsets[i]! += wraps ? strides[i]![axis]! * (1 - size) : strides[i]![axis]!;
      if (!wraps) break;
      counters[axis] = 0;
    }
    if (axis < 0) return;
  }
};
