import { expect, it } from 'vitest';
import { batchOrder, batchRows, batchesPerEpoch } from '../../src/data/batches.ts';

it('an epoch visits every row once, in an order of its own', () => {
  const first = batchOrder(0, 0, 100);
  expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, row) => row));
  expect(batchOrder(0, 0, 100)).toEqual(first);
  expect(batchOrder(0, 1, 100)).not.toEqual(first);
  expect(batchOrder(1, 0, 100)).not.toEqual(first);
});

it('iterations go through the epochs without the last partial batch', () => {
  expect(batchesPerEpoch(30, 100)).toBe(3);
  expect(batchRows(5, 0, 30, 100)).toEqual(batchOrder(5, 0, 100).slice(0, 30));
  expect(batchRows(5, 2, 30, 100)).toEqual(batchOrder(5, 0, 100).slice(60, 90));
  expect(batchRows(5, 3, 30, 100)).toEqual(batchOrder(5, 1, 100).slice(0, 30));
  expect(batchRows(5, 7, 100, 100)).toEqual(batchOrder(5, 7, 100));
});

it('an iteration does not depend on what was asked before, nor on what the caller did to it', () => {
  const expected = [...batchRows(2, 40, 8, 64)];
  batchRows(2, 41, 8, 64).fill(0);
  batchRows(2, 40, 8, 64).fill(0);
  batchRows(3, 1, 8, 50);
  expect([...batchRows(2, 40, 8, 64)]).toEqual(expected);
});

it('a batch larger than the data is an error', () => {
  expect(() => batchRows(0, 0, 200, 100)).toThrowErrorMatchingInlineSnapshot(`
    [DataError: a batch of 200 rows cannot be taken from 100 rows of data
      at:   batch size
      try:  lower the batch size to at most 100, or load more rows]
  `);
  expect(() => batchRows(0, 0, 0, 100)).toThrowErrorMatchingInlineSnapshot(`
    [DataError: a batch is a whole number of rows from 1, not 0
      at:   batch size
      try:  write a batch size such as 100]
  `);
});
