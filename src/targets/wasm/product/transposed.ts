/** A matrix the other way round, four by four. */
import { assign, countUp, i32, load, local, operate, read, store } from '../assembler/build.ts';
import type { Local, Statement, Value, WasmFunction } from '../assembler/code.ts';
import { addresses, minus, plus, times, transpose } from './parts.ts';

const [rows, columns] = [local('rows', 'i32'), local('columns', 'i32')];
const [from, to] = [local('from', 'i32'), local('to', 'i32')];
const [row, column] = [local('row', 'i32'), local('column', 'i32')];
const bytesOf = (count: Local<'i32'>): Value<'i32'> => operate('i32.shl', read(count), i32(2));
const source = plus(read(from), plus(times(read(row), bytesOf(columns)), bytesOf(column)));
const target = plus(read(to), plus(times(read(column), bytesOf(rows)), bytesOf(row)));

const four: readonly Statement[] = (() => {
  const vectors = addresses(source, bytesOf(columns), 4).map((address) => load('v128.load', [address]));
  const kept = vectors.map((_, place) => local(`row_${place}`, 'v128'));
  const turned = transpose(kept.map(read));
  return [
    ...kept.map((vector, place) => assign(vector, vectors[place]!)),
    ...addresses(target, bytesOf(rows), 4).map((address, place) =>
      store('v128.store', [address, turned[place]!]),
    ),
  ];
})();
const one: Statement = store('f32.store', [target, load('f32.load', [source])]);

const block = 4;
/** Up to the last whole block. */
const whole = (count: Local<'i32'>): Value<'i32'> => minus(read(count), i32(block - 1));

/** `transposed(rows, columns, from, to)`: to[column, row] = from[row, column]. */
export const transposed: WasmFunction = {
  name: 'transposed',
  parameters: [rows, columns, from, to],
  result: null,
  body: [
    assign(row, i32(0)),
    countUp(row, whole(rows), i32(block), [
      assign(column, i32(0)),
      countUp(column, whole(columns), i32(block), four),
      countUp(
        column,
        read(columns),
        i32(1),
        Array.from({ length: block }, (_, place) => [
          ...(place === 0 ? [] : [assign(row, plus(read(row), i32(1)))]),
          one,
        ])
          .flat()
          .concat([assign(row, minus(read(row), i32(block - 1)))]),
      ),
    ]),
    countUp(row, read(rows), i32(1), [assign(column, i32(0)), countUp(column, read(columns), i32(1), [one])]),
  ],
};
