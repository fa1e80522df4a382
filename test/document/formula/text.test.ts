/** TeX of `///` text in the signs of explanations, where nothing sets mathematics. */
import { describe, expect, it } from 'vitest';
import { withPlainMaths } from '../../../src/document/formula/text.ts';

const plain = (tex: string): string => withPlainMaths(`$${tex}$`);

describe('mathematics as plain text', () => {
  it.each([
    [
      'p(x) = \\frac{1}{s \\sqrt{2\\pi}} \\exp\\left(-\\frac{(x - m)^2}{2 s^2}\\right)',
      'p(x) = 1 / (s · √(2π)) · exp(−(x − m)² / (2 · s²))',
    ],
    ['p(x) = \\frac{r^x e^{-r}}{x!}', 'p(x) = r^x · e^(−r) / x!'],
    ['p(x) = \\binom{n}{x} q^x (1 - q)^{n - x}', 'p(x) = choose(n, x) · q^x · (1 − q)^(n − x)'],
    ['E = \\frac12 |x - \\Phi a|^2', 'E = ½ · |x − Φ · a|²'],
    ['\\frac{\\beta}{2} |y - d|^2', 'β / 2 · |y − d|²'],
    ['\\Delta W_{ij} = \\langle z_i z_j \\rangle_{data}', 'ΔW_ij = ⟨z_i · z_j⟩_data'],
    ['\\dot m = e^{2l}\\, g\\,[z > 0]', 'ṁ = e^(2l) · g · [z > 0]'],
    ['p(h_1 \\mid x) = \\prod_k q_k^{x_k}', 'p(h₁ | x) = ∏_k q_k^(x_k)'],
    ['W^\\top (r - x)', 'Wᵀ · (r − x)'],
    ['x = 0, 1, 2, \\dots', 'x = 0, 1, 2, …'],
  ])('of %s is %s', (tex, text) => {
    expect(plain(tex)).toBe(text);
  });

  it('tells a function of something from a product with a sum', () => {
    expect(plain("A'(\\eta_1) + \\Gamma(\\alpha + \\beta) + \\sigma(u - b)")).toBe(
      'A′(η₁) + Γ(α + β) + σ(u − b)',
    );
    expect(plain('n q (1 - q)')).toBe('n · q · (1 − q)');
  });

  it('leaves code, and TeX that is not known', () => {
    expect(withPlainMaths('`$x$` and $\\eta$')).toBe('`$x$` and η');
    expect(withPlainMaths('```sh\necho $A $B\n```\n$x^2$')).toBe('```sh\necho $A $B\n```\nx²');
    expect(plain('\\unknown{x}')).toBe('$\\unknown{x}$');
  });

  it('goes on over the end of a line, and not over that of a paragraph', () => {
    expect(withPlainMaths('rate $r$ with $p =\nx^2$.')).toBe('rate r with p = x².');
    expect(withPlainMaths('for $5\n\nor $6')).toBe('for $5\n\nor $6');
  });
});
