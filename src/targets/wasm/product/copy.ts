/** Parts of matrices, moved one number at a time: at edges, where a tile is not whole. */
import { assign, countUp, i32, load, local, read, store } from '../assembler/build.ts';
import type { Value, WasmFunction } from '../assembler/code.ts';
import { floatBytes, plus } from './parts.ts';

const copy = (
  name: string,
  stepsTo: (stride: Value<'i32'>) => { readonly column: Value<'i32'>; readonly row: Value<'i32'> },
): WasmFunction => {
  const [rows, columns] = [local('rows', 'i32'), local('columns', 'i32')];
  const [from, fromStride] = [local('from', 'i32'), local('from_stride', 'i32')];
  const [to, toStride] = [local('to', 'i32'), local('to_stride', 'i32')];
  const [row, column] = [local('row', 'i32'), local('column', 'i32')];
  const [source, place] = [local('source', 'i32'), local('place', 'i32')];
  const steps = stepsTo(read(toStride));
  return {
    name,
    parameters: [rows, columns, from, fromStride, to, toStride],
    result: null,
    body: [
      assign(row, i32(0)),
      countUp(row, read(rows), i32(1), [
        assign(source, read(from)),
        assign(place, read(to)),
        assign(column, i32(0)),
        countUp(column, read(columns), i32(1), [
          store('f32.store', [read(place), load('f32.load', [read(source)])]),
          assign(source, plus(read(source), i32(floatBytes))),
          assign(place, plus(read(place), steps.column)),
        ]),
        assign(from, plus(read(from), read(fromStride))),
        assign(to, plus(read(to), steps.row)),
      ]),
    ],
  };
};

/** To a place with as many rows and columns. */
export const copyElements = copy('copy_elements', (stride) => ({ column: i32(floatBytes), row: stride }));

/** To a place where rows are columns. */
export const copyTransposed = copy('copy_transposed', (stride) => ({ column: stride, row: i32(floatBytes) }));
