/** Places along axes: what subscripts mean, and what they cannot be. */
import { describe, expect, it } from 'vitest';
import { formula, formulaProblems, problems } from './support.ts';

describe('a subscript', () => {
  it('reads an array at a place, and 0 outside of it', () => {
    expect(formula('sum(va[b + 1] * vb)')).toBe('sum{b}(vb[b] * sum{a}(va[a] * equal(@a, (1 + @b))))');
  });
  it('adds places along different axes to one for each pair', () => {
    expect(formula('sum(u[a + b] * m)')).toBe(
      'sum{a b}(m[a, b] * sum{units}(u[units] * equal(@units, (@a + @b))))',
    );
  });
  it('is one formula, however the places are written', () => {
    expect(formula('sum(u[a - b] * m)')).toBe(
      'sum{a b}(m[a, b] * sum{units}(u[units] * equal(@a, (@b + @units))))',
    );
  });
  it('that is the axis itself leaves the array as it is', () => {
    expect(formula('sum(va[a])')).toBe('sum{a}(va[a])');
    expect(formula("sum(W[units', units] * W)")).toBe(
      "sum{units units'}(W[units', units] * W[units, units'])",
    );
  });
  it('that is a number takes one entry', () => {
    expect(formula('va[1]')).toBe('sum{a}(va[a] * equal(1, @a))');
  });
  it('leaves further axes as they are', () => {
    expect(formula('sum(m[b])')).toBe('sum{a b}(m[a, b] * equal(@a, @b))');
  });
  it('multiplies and rounds', () => {
    expect(formula('sum(u[2 * a])')).toBe('sum{a units}(u[units] * equal(@units, 2 * @a))');
    expect(formula('sum(u[floor(a / 2)])')).toBe('sum{a units}(u[units] * equal(@units, floor(0.5 * @a)))');
  });
  it('counts with sizes where they are asked for', () => {
    expect(formula('sum(u[size(a) - 1 - a])')).toBe('sum{a units}(u[units] * equal(|a|, (1 + @a + @units)))');
  });
  it('is a whole number', () => {
    expect(formulaProblems('sum(va[a / 2])')).toEqual(['NSM3014 a / 2']);
    expect(formulaProblems('sum(va[s])')).toEqual(['NSM3014 s']);
  });
  it('needs an axis to count along', () => {
    expect(formulaProblems('s[1]')).toEqual(['NSM3014 s[1]']);
    expect(formulaProblems('sum(va[a, b])')).toEqual(['NSM3014 va[a, b]']);
  });
  it('makes no value of a narrower support than before, but for 0', () => {
    const over = (value: string): readonly string[] =>
      problems(`
        import { Poisson } from "std/families"
        model M(a: dim = 2, b: dim = 3) {
          param rate: positive[a] = 1
          observed x ~ Poisson(rate = ${value})
        }`);
    expect(over('rate[b + 1]')).toEqual([]);
    expect(over('1 / rate[b + 1] - 1')).toEqual(['NSM3006 1 / rate[b + 1] - 1']);
  });
});

describe('a position', () => {
  it('counts along an axis from 0', () => {
    expect(formula('sum(va * position(a))')).toBe('sum{a}(@a * va[a])');
  });
  it('of several axes is one number for every pair of places', () => {
    expect(formula('sum(m * position(a - 2 * b))')).toBe('sum{a b}(m[a, b] * (@a + -2 * @b))');
  });
  it('compared with a whole number is one-hot', () => {
    expect(
      problems(`
        model M(units: dim = 3, classes: dim = 3) {
          param U: real[units, classes] = 0
          state y: one_hot[units] over classes
          energy all = -sum(U * y)
        }
        inference I of M { start y = position(classes) == 1  repeat 3 { sample y } }`),
    ).toEqual([]);
  });
  it('of two axes outside of it does not line up', () => {
    expect(formulaProblems('sum(position(a) - position(b))')).toEqual(['NSM3001 position(a) - position(b)']);
  });
  it('is of an axis', () => {
    expect(formulaProblems('sum(position(c))')).toEqual(['NSM2001 c']);
    expect(formulaProblems('size(s)')).toEqual(['NSM3004 s']);
    expect(formulaProblems('size(a, b)')).toEqual(['NSM2009 size(a, b)']);
    expect(formulaProblems('sum(position())')).toEqual(['NSM2010 position()']);
  });
});

describe('axes of a function', () => {
  const total = 'function total(x: real[line]): real = sum(x over line)';
  it('are those of its arguments, in their order', () => {
    expect(formula('total(va) + total(vb)', total)).toBe('(sum{a}(va[a]) + sum{b}(vb[b]))');
    expect(formula('sum(total(m))', total)).toBe('sum{a b}(m[a, b])');
    expect(formula('total(m) @ vb', total)).toBe('sum{b}(vb[b] * sum{a}(m[a, b]))');
  });
  it('of one name are one axis', () => {
    const product = 'function product(x: real[line], y: real[line]): real = sum(x * y over line)';
    expect(formula('product(va, va)', product)).toBe('sum{a}(va[a]^2)');
    expect(formulaProblems('product(va, vb)', product)).toEqual(['NSM3012 vb']);
  });
  it('may be square', () => {
    const trace = "function trace(M: real[line, line']): real = sum(M[line, line] over line)";
    expect(formula('trace(W)', trace)).toBe('sum{units}(W[units, units])');
    expect(formulaProblems('trace(m)', trace)).toEqual(['NSM3012 m']);
  });
  it('are named by a call where no argument has them', () => {
    const shift = 'function shift(x: real[line], onto: dim, by: int = 0): real = x[onto + by]';
    expect(formula('sum(shift(va, b))', shift)).toBe('sum{a b}(va[a] * equal(@a, @b))');
    expect(formula('sum(shift(va, b, by = 2))', shift)).toBe('sum{a b}(va[a] * equal(@a, (2 + @b)))');
    expect(formulaProblems('sum(shift(va, 3))', shift)).toEqual(['NSM3004 3']);
    expect(formulaProblems('sum(shift(va, b, by = 0.5))', shift)).toEqual(['NSM3006 0.5']);
  });
  it('are sizes in its body, as in a model', () => {
    const average = 'function average(x: real[line]): real = sum(x over line) / line';
    expect(formula('average(va)', average)).toBe('|a|^-1 * sum{a}(va[a])');
  });
});
