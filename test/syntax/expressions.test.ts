import { describe, expect, it } from 'vitest';
import { parse } from '../../src/syntax/parse.ts';
import type { Expression } from '../../src/syntax/tree.ts';
import { print } from './print.ts';

const expression = (text: string): Expression => {
  const { module, diagnostics } = parse('test.nsm', `function f(x) = ${text}`);
  expect(diagnostics).toEqual([]);
  const [declaration] = module.declarations;
  if (declaration?.kind !== 'function') throw new Error('no function');
  return declaration.value;
};

describe('an expression', () => {
  it.each([
    ['a + b - c', '((a + b) - c)'],
    ['a - b * c', '(a - (b * c))'],
    ['a / b / c', '((a / b) / c)'],
    ['a @ b * c / d', '(((a @ b) * c) / d)'],
    ['-a^2', '(-(a ^ 2))'],
    ['-a^2 / (4 * b) - log(-2 * b) / 2', '(((-(a ^ 2)) / (4 * b)) - (log(((-2) * b)) / 2))'],
    ['a^b^c', '(a ^ (b ^ c))'],
    ['a^-1', '(a ^ (-1))'],
    ['a^-b^2', '(a ^ (-(b ^ 2)))'],
    ['precision^(-1/2)', '(precision ^ ((-1) / 2))'],
    ['a * -b', '(a * (-b))'],
    ['--a', '(-(-a))'],
    ['2 * x[i + k]^2', '(2 * (x[(i + k)] ^ 2))'],
    ['W[i, j][k]', 'W[i, j][k]'],
    ['a + 1 < b * 2', '((a + 1) < (b * 2))'],
    ['a == b', '(a == b)'],
    ['(a, -b)', '<a, (-b)>'],
    ['((a))', 'a'],
    ['energy in data - energy in model', '((energy in data) - (energy in model))'],
    ['f()', 'f()'],
    ["sum(x * y over pixels, units')", "sum((x * y) over pixels, units')"],
    ['sum(step(1 - a / b) over arrivals)', 'sum(step((1 - (a / b))) over arrivals)'],
    ['anneal(2, 10, over = 10%)', 'anneal(2, 10, over = 10%)'],
    ['1e-4 + 0.5 + 2e3', '((0.0001 + 0.5) + 2000)'],
    ['-(x @ W1 @ s1) - sum(a0 * x)', '((-((x @ W1) @ s1)) - sum((a0 * x)))'],
  ])('%s is %s', (text, grouped) => {
    expect(print(expression(text))).toBe(grouped);
  });

  it('counts primes apart from the name', () => {
    expect(expression("units''")).toMatchObject({ kind: 'name', text: 'units', primes: 2 });
  });

  it('takes names of any script, in one normal form', () => {
    expect(print(expression('Φ @ σ_1 + é + 频率 + x₁'))).toBe('((((Φ @ σ_1) + é) + 频率) + x₁)');
    expect(expression('e\u0301')).toMatchObject({ text: '\u00e9' });
  });

  it('spans what was written, brackets included', () => {
    const source = 'function f(x) = (a + b) * -c[i]';
    const { module } = parse('test.nsm', source);
    const texts: string[] = [];
    const visit = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      if ('span' in node && 'kind' in node) {
        const { start, end } = node.span as { start: number; end: number };
        texts.push(`${String(node.kind)}: ${source.slice(start, end)}`);
      }
      for (const child of Object.values(node)) visit(child);
    };
    visit(module.declarations[0]);
    expect(texts).toEqual([
      `function: ${source}`,
      'name: f',
      'parameter: x',
      'name: x',
      'binary: (a + b) * -c[i]',
      'binary: a + b',
      'name: a',
      'name: b',
      'negate: -c[i]',
      'index: c[i]',
      'name: c',
      'name: i',
    ]);
  });
});
