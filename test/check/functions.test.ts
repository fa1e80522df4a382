import { describe, expect, it } from 'vitest';
import { formula, formulaProblems, problems } from './support.ts';

describe('a function', () => {
  it('is written out where it is called', () => {
    expect(formula('half(s)', 'function half(x: real): real = x / 2')).toBe('0.5 * s');
  });
  it('takes arguments by place and by name, and fills in defaults', () => {
    const line =
      'function line(x: real, slope: real = 2, offset: real = slope + 1): real = slope * x + offset';
    expect(formula('line(s)', line)).toBe('(3 + 2 * s)');
    expect(formula('line(s, 5)', line)).toBe('(6 + 5 * s)');
    expect(formula('line(s, offset = 0)', line)).toBe('2 * s');
    expect(formula('line(offset = 0, x = s)', line)).toBe('2 * s');
  });
  it('acts on each entry of an array', () => {
    expect(formula('sum(relu(va))')).toBe('sum{a}(max(va[a], 0))');
  });
  it('calls other functions, in any order of declaration', () => {
    const text = 'function twice(x: real): real = once(x) + once(x)\nfunction once(x: real): real = exp(x)';
    expect(formula('twice(s)', text)).toBe('2 * exp(s)');
  });
  it('may be given arrays with axes of their own', () => {
    const text = 'function energy(x: real[a], y: real[a]): real = sum(x * y over a)';
    expect(formula('energy(va, va)', text)).toBe('sum{a}(va[a]^2)');
    expect(formulaProblems('energy(va, vb)', text)).toEqual(['NSM3012 vb']);
  });
  it('says at the call what its body cannot do with the arguments', () => {
    const text = 'function product(x: real, y: real): real = x * y';
    expect(formulaProblems('sum(product(va, vb))', text)).toEqual(['NSM3001 product(va, vb)']);
  });
  it('is wrong once, however often it is called', () => {
    const text = 'function wrong(x: real): real = x + y';
    expect(formulaProblems('wrong(s) + wrong(s + 1)', text)).toEqual(['NSM2001 y']);
  });
  it('keeps its promise about its value', () => {
    expect(problems('function scale(x: real): positive = x')).toEqual(['NSM3006 x']);
    expect(problems('function scale(x: real): positive = exp(x)')).toEqual([]);
    expect(formulaProblems('sqrt(scale(s))', 'function scale(x: real): positive = exp(x)')).toEqual([]);
  });
  it('cannot call itself', () => {
    expect(problems('function f(x: real): real = f(x - 1)')).toEqual(['NSM2011 f(x - 1)']);
  });
  it('gets no names from the place where it is called', () => {
    expect(formulaProblems('leak(1)', 'function leak(x: real): real = x + s')).toEqual(['NSM2001 s']);
  });
  it('is not confused by an array whose axis it sums over', () => {
    // The sum inside binds its own axis: va stays outside of it.
    expect(formula('sum(va * total(va))', 'function total(x: real): real = sum(x)')).toBe('sum{a}(va[a])^2');
  });
});

describe('the prelude', () => {
  it('gives schedules that read the progress of training', () => {
    expect(formula('anneal(2, 10, over = 10%)')).toBe('(2 + 8 * min(10 * progress, 1))');
  });
});
