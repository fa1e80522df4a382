/** Values of equal form computed in turn are what they are one after the other. */
import { expect, it } from 'vitest';
import { i32, local, operate, read } from '../../../src/targets/wasm/assembler/build.ts';
import type { Value } from '../../../src/targets/wasm/assembler/code.ts';
import { interleave } from '../../../src/targets/wasm/assembler/interleave.ts';
import { instantiate } from './arrays.ts';

const x = local('x', 'i32');
/** (x + n)^4, whose square is used twice, and that fourth power plus 1. */
const powers = (n: number): readonly [Value<'i32'>, Value<'i32'>] => {
  const sum = operate('i32.add', read(x), i32(n));
  const square = operate('i32.mul', sum, sum);
  const fourth = operate('i32.mul', square, square);
  return [fourth, operate('i32.add', fourth, i32(1))];
};

it('assigns all values of all groups, steps of each in turn', () => {
  const groups = [0, 1, 2].map((n) => powers(n).map((value) => [local('result', 'i32'), value] as const));
  const statements = interleave(groups);
  // For each group: the sum, the square, the fourth power, and the two results together.
  expect(statements.length).toBe(12);
  const assigned = statements.map((statement) => statement.kind === 'assign' && statement.pairs.length);
  expect(assigned).toEqual([...Array<number>(9).fill(1), 2, 2, 2]);
  const result = groups
    .flat()
    .reduce<Value<'i32'>>(
      (sum, [variable]) => operate('i32.add', operate('i32.mul', sum, i32(10)), read(variable)),
      i32(0),
    );
  const { functions } = instantiate([{ name: 'all', parameters: [x], body: statements, result }], 1);
  const digits = [0, 1, 2].flatMap((n) => [(1 + n) ** 4, (1 + n) ** 4 + 1]);
  expect(functions['all']!(1)).toBe(digits.reduce((sum, digit) => 10 * sum + digit));
});
