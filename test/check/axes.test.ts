import { describe, expect, it } from 'vitest';
import { formula, formulaProblems } from './support.ts';

describe('elementwise operations', () => {
  it('broadcast a single number', () => {
    expect(formula('sum(s * va)')).toBe('s * sum{a}(va[a])');
  });
  it('broadcast an operand whose axes are a subset', () => {
    expect(formula('sum(va * m)')).toBe(formula('sum(m * va)'));
    expect(formula('sum(va * m)')).toBe('sum{a b}(m[a, b] * va[a])');
  });
  it('never line up different axes', () => {
    expect(formulaProblems('sum(va * vb)')).toEqual(['NSM3001 va * vb']);
    expect(formulaProblems('sum(max(va, vb))')).toEqual(['NSM3001 va, vb']);
    expect(formulaProblems('sum(va < vb)')).toEqual(['NSM3001 va < vb']);
  });
  it('never line up an axis with its prime', () => {
    expect(formulaProblems('sum(where(va, V, m))')).toEqual(['NSM3001 V, m']);
  });
  it('say one thing about one mistake', () => {
    expect(formulaProblems('sum(exp(va * vb) + va * vb / 2)')).toEqual([
      'NSM3001 va * vb',
      'NSM3001 va * vb',
    ]);
    expect(formulaProblems('sum(exp(nothing) * 2 + sum(nothing over a))')).toEqual([
      'NSM2001 nothing',
      'NSM2001 nothing',
    ]);
  });
  it('allow any number of operands that nest', () => {
    expect(formulaProblems('sum(where(va < 0, m, s))')).toEqual([]);
    expect(formulaProblems('sum(where(s < 0, va, m))')).toEqual([]);
    expect(formulaProblems('sum(where(m < 0, va, vb))')).toEqual([]);
  });
});

describe('`@`', () => {
  it('contracts the axis that both sides have', () => {
    expect(formula('sum(m @ vb)')).toBe('sum{a b}(m[a, b] * vb[b])');
    expect(formula('va @ m @ vb')).toBe('sum{b}(vb[b] * sum{a}(m[a, b] * va[a]))');
  });
  it('of two equal axes is a dot product', () => {
    expect(formula('va @ va')).toBe('sum{a}(va[a]^2)');
  });
  it('needs a shared axis', () => {
    expect(formulaProblems('sum(m @ u)')).toEqual(['NSM3002 m @ u']);
    expect(formulaProblems('sum(m @ s)')).toEqual(['NSM3002 m @ s']);
  });
  it('refuses several shared axes', () => {
    expect(formulaProblems('sum(m @ m)')).toEqual(['NSM3003 m @ m']);
  });
  it('applies a square coupling along its second axis from the left', () => {
    expect(formula('u @ (W @ u)')).toBe("sum{units}(u[units] * sum{units'}(W[units, units'] * u[units']))");
    expect(formula('sum((W @ u) * exp(u))')).toBe(
      "sum{units}(exp(u[units]) * sum{units'}(W[units, units'] * u[units']))",
    );
  });
  it('applies it along its first axis from the right', () => {
    expect(formula('sum((u @ W) * exp(u))')).toBe(
      "sum{units}(exp(u[units]) * sum{units'}(W[units', units] * u[units']))",
    );
  });
  it('multiplies square couplings', () => {
    expect(formulaProblems('sum(W @ W)')).toEqual([]);
  });
  it('takes a rectangular map into a square coupling and back', () => {
    expect(formulaProblems('sum(V @ W)')).toEqual([]);
    expect(formulaProblems('va @ V @ W @ u')).toEqual([]);
  });
});

describe('reductions', () => {
  it('run over the axes named, or over all', () => {
    expect(formula('sum(sum(m over a) * vb)')).toBe('sum{b}(vb[b] * sum{a}(m[a, b]))');
    expect(formula('sum(m)')).toBe('sum{a b}(m[a, b])');
    expect(formula('sum(s)')).toBe('s');
  });
  it('count an axis that the simplified formula no longer has', () => {
    expect(formula('sum(va - va + 1)')).toBe('|a|');
  });
  it('take means by size', () => {
    expect(formula('mean(m)')).toBe('|a|^-1 * |b|^-1 * sum{a b}(m[a, b])');
  });
  it('shift exponentials by the largest entry', () => {
    expect(formula('log_sum_exp(va)')).toBe(
      '(detach(maximum{a}(va[a])) + log(sum{a}(exp((va[a] + -1 * detach(maximum{a}(va[a])))))))',
    );
  });
  it('know which axes there are', () => {
    expect(formulaProblems('sum(va over b)')).toEqual(['NSM3005 b']);
    expect(formulaProblems('sum(s over a)')).toEqual(['NSM3005 a']);
    expect(formulaProblems('sum(va over a, a)')).toEqual(['NSM3011 a']);
    expect(formulaProblems("sum(u over units')")).toEqual(["NSM3005 units'"]);
  });
  it('leave an energy a single number', () => {
    expect(formulaProblems('va')).toEqual(['NSM3007 va']);
  });
});

describe('types', () => {
  it('bind sizes of axes as values', () => {
    expect(formula('sum(va) / a')).toBe('|a|^-1 * sum{a}(va[a])');
  });
});
