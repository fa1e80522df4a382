/** Arrival times in rows: sums of exponential waiting times, as `fillNoise` makes them. */
import { assign, countUp, f64, i32, invoke, load, local, operate, read, store } from '../assembler/build.ts';
import type { Value, WasmFunction } from '../assembler/code.ts';
import { fill } from './fill.ts';

const elementBytes = 4;
const names = ['key0', 'key1', 'low', 'high', 'count', 'address', 'row_length'] as const;
const parameters = names.map((name) => local(name, 'i32'));
const [count, address, rowLength] = [parameters[4]!, parameters[5]!, parameters[6]!];
const [end, rowEnd] = [local('end', 'i32'), local('row_end', 'i32')];
const [at, time] = [local('at', 'i32'), local('time', 'f64')];

const after = (elements: Value<'i32'>): Value<'i32'> =>
  operate('i32.add', read(address), operate('i32.mul', elements, i32(elementBytes)));

/**
 * `fill_arrival_times(key0, key1, low, high, count, address, row_length)`: whole rows, of at least one element. Waiting times
 * are float32 numbers, and their sums are rounded from float64.
 */
export const fillArrivalTimes: WasmFunction = {
  name: 'fill_arrival_times',
  parameters,
  result: null,
  body: [
    invoke(fill('standard_exponential'), ...parameters.slice(0, 6).map(read)),
    assign(at, read(address)),
    assign(end, after(read(count))),
    countUp(address, read(end), operate('i32.mul', read(rowLength), i32(elementBytes)), [
      assign(time, f64(0)),
      assign(rowEnd, after(read(rowLength))),
      countUp(at, read(rowEnd), i32(elementBytes), [
        assign(
          time,
          operate('f64.add', read(time), operate('f64.promote_f32', load('f32.load', [read(at)]))),
        ),
        store('f32.store', [read(at), operate('f32.demote_f64', read(time))]),
      ]),
    ]),
  ],
};
