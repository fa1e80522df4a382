import { describe, expect, it } from 'vitest';
import { drawOneHot } from '../../src/runtime/choice.ts';
import { elementStream } from '../../src/runtime/element-stream.ts';
import { keyOf } from '../../src/runtime/random.ts';
import { chiSquareTest, correlationTest, falseAlarm, kolmogorovSmirnovTest } from '../support/goodness.ts';

// Statistical checks here: 10, each with the false alarm rate 1e-4.

const classesOf = (values: ArrayLike<number>, classes: number): readonly number[] =>
  Array.from({ length: values.length / classes }, (_, row) => {
    const own = Array.from({ length: classes }, (_, k) => values[row * classes + k]!);
    expect(own.filter((value) => value === 1)).toHaveLength(1);
    expect(own.filter((value) => value === 0)).toHaveLength(classes - 1);
    return own.indexOf(1);
  });

describe('one-hot draws', () => {
  it('have the probabilities of their log weights, whatever is added to those', () => {
    const logits = [0.5, -2, 1.5, -Infinity, 0];
    for (const shift of [0, 900, -900]) {
      const rows = 50_000;
      const target = new Float32Array(5 * rows);
      const given = Float64Array.from({ length: 5 * rows }, (_, n) => logits[n % 5]! + shift);
      drawOneHot(keyOf(3, 900 + shift), target, 0, 5, given);
      const counts = [0, 0, 0, 0, 0];
      for (const chosen of classesOf(target, 5)) counts[chosen]!++;
      expect(counts[3]).toBe(0);
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
      const expected = logits.map((logit) => (rows * Math.exp(logit)) / total);
      expect(chiSquareTest(counts, expected)).toBeGreaterThan(falseAlarm);
    }
  });

  it('belong to their rows, however an array is cut', () => {
    const logits = Float32Array.from({ length: 3 * 3000 }, (_, n) => Math.sin(n));
    const whole = new Float64Array(9000);
    drawOneHot(keyOf(4), whole, 0, 3, logits);
    const parts = new Float64Array(9000);
    for (const [from, to] of [
      [0, 3],
      [3, 3333],
      [3333, 9000],
    ] as const)
      drawOneHot(keyOf(4), parts.subarray(from, to), from, 3, logits.subarray(from, to));
    expect(parts).toEqual(whole);
  });

  it.each([NaN, Infinity])('are NaN in a row with the log weight %d, and nowhere else', (bad) => {
    const target = new Float64Array(6);
    drawOneHot(keyOf(5), target, 0, 2, [0, 0, 1, bad, 0, 0]);
    expect([...target.subarray(2, 4)]).toEqual([NaN, NaN]);
    classesOf([...target.subarray(0, 2), ...target.subarray(4)], 2);
  });

  it('are NaN where every class is impossible', () => {
    const target = new Float64Array(2);
    drawOneHot(keyOf(5), target, 0, 2, [-Infinity, -Infinity]);
    expect([...target]).toEqual([NaN, NaN]);
  });

  it('need whole rows, and one log weight for each element', () => {
    expect(() => drawOneHot(keyOf(1), new Float64Array(5), 0, 2, new Float64Array(5))).toThrow(
      'whole rows of 2',
    );
    expect(() => drawOneHot(keyOf(1), new Float64Array(4), 0, 2, new Float64Array(6))).toThrow(
      '6 log weights',
    );
  });
});

describe('streams of elements', () => {
  const count = 40_000;
  const drawn = (at: (n: number) => readonly [position: number, attempt: number]) => {
    const stream = elementStream(keyOf(6), 10);
    const columns = [0, 1, 2].map(() => new Float64Array(count));
    for (let n = 0; n < count; n++) {
      stream.advance(...at(n));
      columns.forEach((column, k) => (column[n] = stream.uniforms[k]!));
    }
    return columns;
  };

  it('are uniform on the open interval over elements and over attempts', () => {
    for (const columns of [drawn((n) => [n, 2]), drawn((n) => [n % 40, Math.floor(n / 40)])])
      for (const column of columns) {
        expect(kolmogorovSmirnovTest(column, (x) => x)).toBeGreaterThan(falseAlarm);
        expect(column.every((x) => x > 0 && x < 1)).toBe(true);
      }
  });

  it('are unrelated between attempts', () => {
    const [first] = drawn((n) => [n, 0]);
    const [second] = drawn((n) => [n, 1]);
    expect(correlationTest(first!, second!)).toBeGreaterThan(falseAlarm);
  });

  it('depend on the key, the element and the attempt alone', () => {
    const ahead = elementStream(keyOf(6), 0);
    ahead.advance(12, 5);
    const wanted = [...ahead.uniforms];
    const later = elementStream(keyOf(6), 12);
    later.advance(3, 7);
    later.advance(0, 5);
    expect([...later.uniforms]).toEqual(wanted);
  });
});
