/** Stacks: areas that have an entry for every turn of a loop. Their places in the frame lie in a row, to be moved together. */
import { countUp, i32, load, local, operate, read, store } from '../assembler/build.ts';
import type { WasmFunction } from '../assembler/code.ts';
import type { Area } from '../kernels/kernels.ts';
import type { Frame } from './frame.ts';

/** Where the stacks of a loop are in the frame, and the loops around their entries, outermost first. */
export interface StackTable {
  readonly start: number;
  readonly end: number;
  readonly labels: readonly string[];
}

const wordBytes = 8;
const rowBytes = 3 * wordBytes;

/** Gives all stacks their places in the frame, before anything else: tables by the innermost loops. */
export const placeStacks = (areas: readonly Area[], frame: Frame): ReadonlyMap<string, StackTable> => {
  const stacked = areas.filter(({ stacks }) => stacks.length > 0);
  const labels = new Set(stacked.map(({ stacks }) => stacks.at(-1)!));
  return new Map(
    [...labels].map((label) => {
      const rows = stacked.filter(({ stacks }) => stacks.at(-1) === label);
      const starts = rows.map(({ name }) => {
        const start = frame.place(`at:${name}`);
        frame.place(`base:${name}`);
        frame.place(`bytes:${name}`);
        return start;
      });
      return [label, { start: starts[0]!, end: starts.at(-1)! + rowBytes, labels: rows[0]!.stacks }];
    }),
  );
};

const [row, end, entry] = [local('row', 'i32'), local('end', 'i32'), local('entry', 'i32')];
const [base, bytes] = [1, 2].map((word) => load('i32.load', [read(row)], { offset: word * wordBytes }));

/** `move_stacks(row, end, entry)`: the addresses of a table become those of its stacks' entries. */
export const moveStacks: WasmFunction = {
  name: 'move_stacks',
  parameters: [row, end, entry],
  result: null,
  body: [
    countUp(row, read(end), i32(rowBytes), [
      store('i32.store', [read(row), operate('i32.add', base!, operate('i32.mul', read(entry), bytes!))]),
    ]),
  ],
};
