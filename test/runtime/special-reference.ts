/** The table of values that `special-values.py` writes. */
import { readFileSync } from 'node:fs';
import { operators, type Operator } from '../../src/calculus/expression.ts';

export interface SpecialPoint {
  readonly arguments: readonly number[];
  readonly exact: number;
}
export interface SpecialBlock {
  readonly operator: Operator;
  /** The constant first argument, of functions that count their derivatives. */
  readonly count: number | null;
  readonly points: readonly SpecialPoint[];
}

const table = JSON.parse(
  readFileSync(new URL('special-values.json', import.meta.url), 'utf8'),
) as readonly (readonly [Operator, number | null, readonly (readonly number[])[]])[];

/** Values of 60 digits or more at the given numbers, rounded to float64. */
export const specialBlocks: readonly SpecialBlock[] = table.map(([operator, count, rows]) => {
  if (!(operator in operators)) throw new Error(`the table has a function "${operator}"`);
  return {
    operator,
    count,
    points: rows.map((row) => ({ arguments: row.slice(0, -1), exact: row.at(-1)! })),
  };
});

/** |value − exact| / |exact|; 0 where both are the same number. */
export const relativeError = (value: number, exact: number): number =>
  value === exact ? 0 : Math.abs(value - exact) / Math.abs(exact);
