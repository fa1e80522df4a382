/** Formulas as they are written in explanations and in `///` text, and as they are set. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { check } from '../../../src/check/check.ts';
import { fileSources } from '../../../src/check/sources.ts';
import { explanationLatex } from '../../../src/cli/explanation-text.ts';
import { explain, type Explanation } from '../../../src/derive/explain.ts';
import { latex, latexText } from '../../../src/document/formula/latex.ts';
import { displayedMathml, mathml } from '../../../src/document/formula/mathml.ts';
import { readNotation } from '../../../src/document/formula/notation.ts';
import { readTex } from '../../../src/document/formula/tex.ts';
import { sectionsOf, shapesOf } from '../../../src/document/sections.ts';

const shapes: Readonly<Record<string, readonly string[]>> = {
  Phi: ['pixels', 'neurons'],
  x: ['pixels'],
  z: ['neurons'],
  W: ['units', "units'"],
  s: ['units'],
};
const axesOf = (name: string): readonly string[] | null => shapes[name] ?? null;
const asLatex = (text: string): string => latexText(readNotation(text, axesOf)!).replaceAll(/\s+/g, ' ');

describe('a formula of an explanation', () => {
  it.each([
    ['½ · x² − 1 / (2 · b)', '$\\frac{1}{2} \\, x^{2} - \\frac{1}{2 \\, b}$'],
    ['½ · s / beta', '$\\frac{1}{2} \\, \\frac{s}{\\beta}$'],
    ['exp(−2 · log_sd)', '$\\exp ( - 2 \\, \\mathrm{log\\_sd} )$'],
    ['√(a² + b²)', '$\\sqrt{a^{2} + b^{2}}$'],
    [
      'E[f′(z) ∂z/∂θ]',
      '$\\mathbb{E} \\left[ f^{\\prime} ( z ) \\, \\frac{\\partial z}{\\partial \\theta} \\right]$',
    ],
    ['I₁(r) / I₀(r)', '$\\frac{I_{1} ( r )}{I_{0} ( r )}$'],
    ['x[dims′]', '$x_{\\mathrm{dims}^{\\prime}}$'],
    [
      's ← s + ½ · force / ∂²E/∂s²',
      '$s \\leftarrow s + \\frac{1}{2} \\, \\frac{\\mathrm{force}}{\\frac{\\partial^{2} E}{\\partial s^{2}}}$',
    ],
    ['ds = p dt', '$d s = p \\, d t$'],
  ])('has the LaTeX that a paper has: %s', (text, expected) => {
    expect(asLatex(text)).toBe(expected);
  });

  it('has a transpose where a product runs along the rows of a matrix', () => {
    expect(asLatex('Phi @ z')).toBe('$\\Phi \\, z$');
    expect(asLatex('Phi @ (x − Phi @ z)')).toBe('$\\Phi^{\\top} \\, ( x - \\Phi \\, z )$');
    expect(asLatex('Phi @ x(model)')).toBe('$\\Phi^{\\top} \\, x ( \\mathrm{model} )$');
    expect(asLatex('s @ W @ s')).toBe('$s^{\\top} \\, W \\, s$');
  });

  it.each([
    ['gaussian_vae', '\\Phi \\, ( v + V \\, x )'],
    ['sigmoid_belief', 'r_{1} + R_{1}^{\\top} \\, x'],
  ])('knows the axes of what an encoder learns: %s', (model, expected) => {
    const { checked } = check(`stdlib/models/${model}.nsm`, fileSources());
    expect(explanationLatex(explain(checked)).replaceAll(/\s+/g, ' ')).toContain(expected);
  });
  it('has none where it does not know the axes of a matrix', () => {
    expect(asLatex('Phi @ (v + V @ x)')).toBe('$\\Phi \\, ( v + V \\, x )$');
  });

  it('puts axes below a sum, and closes it where more follows', () => {
    expect(asLatex('sum(x² over pixels)')).toBe('$\\sum_{\\mathrm{pixels}} x^{2}$');
    expect(asLatex('sum(a over k) · b')).toBe('$( \\sum_{k} a ) \\, b$');
    expect(asLatex('log_sum_exp(eta over classes)')).toContain(
      '\\log \\sum_{\\mathrm{classes}} \\exp ( \\eta )',
    );
  });

  it('keeps words as words', () => {
    expect(asLatex('SGD(mean over examples of x · z)')).toBe(
      '$\\operatorname{SGD}$ (mean over examples of $x \\, z )$',
    );
    expect(asLatex('normal with mean x and precision 1 / b')).toBe(
      'normal with mean $x$ and precision $\\frac{1}{b}$',
    );
  });

  it('takes the apostrophe of prose for no prime', () => {
    expect(asLatex("E[f] (Stein's identity for counts: one more)")).toContain("Stein's identity for counts");
    expect(asLatex("by Newton's method on A(η) − η · μ")).toMatch(/^by Newton's method on \$A/);
    expect(asLatex('direct part: none')).toBe('direct part: none');
  });

  it('keeps the power of a product among factors', () => {
    expect(asLatex('a · (b · c)² · d')).toBe('$a \\, {( b \\, c )}^{2} \\, d$');
  });

  it('closes parentheses right after words', () => {
    expect(mathml(readNotation('a + b (by lower; upper taken to say the same)')!)).toContain('say the same)');
  });

  it('is no formula where parentheses are left open', () => {
    expect(readNotation('exp(x')).toBeNull();
    expect(readNotation('a + ')).toBeNull();
  });

  it('is MathML that can be broken before sums and relations', () => {
    const html = mathml(readNotation('u ← u + a / b')!);
    expect(html.match(/<math>/g)).toHaveLength(3);
    expect(html).toContain('<mfrac><mi>a</mi><mi>b</mi></mfrac>');
  });
});

describe('the TeX of `///` text', () => {
  const asTex = (text: string): string => {
    const read = readTex(text);
    return read.kind === 'formula' ? latex(read.formula) : `unknown ${read.what}`;
  };
  it.each([
    ['\\frac12 |s|^2', '\\frac{1}{2} \\mid s \\mid^{2}'],
    ['e^{-A}', 'e^{- A}'],
    ['W_1^\\top x', 'W_{1}^{\\top} x'],
    ['\\mathrm{relu}(x_{l+1})', '\\operatorname{relu} ( x_{l + 1} )'],
    ["A'(\\eta)", 'A^{\\prime} ( \\eta )'],
    ['\\unknown{x}', 'unknown \\unknown'],
  ])('is read: %s', (text, expected) => {
    expect(asTex(text)).toBe(expected);
  });
});

const stdlib = ['models', 'families', 'dynamics'].flatMap((folder) =>
  readdirSync(`stdlib/${folder}`).map((name) => `stdlib/${folder}/${name}`),
);
const explained = new Map<string, Explanation>(
  stdlib.map((path) => [path, explain(check(path, fileSources()).checked)]),
);

describe.each(stdlib)('%s', (path) => {
  const explanation = explained.get(path)!;

  it('has no equation that cannot be set', () => {
    const formulas = sectionsOf(explanation).flatMap(({ rows }) =>
      rows.filter(({ kind }) => kind === 'formula'),
    );
    expect(formulas.filter(({ text }) => readNotation(text, shapesOf(explanation)) === null)).toEqual([]);
    for (const { text } of formulas) {
      const markup = displayedMathml(readNotation(text, shapesOf(explanation))!);
      expect(unbalanced(markup)).toEqual([]);
      expect(childrenBeside(markup)).toEqual([]);
      expect(markup).not.toContain('undefined');
    }
  });

  it('has LaTeX whose groups and environments close', () => {
    const text = explanationLatex(explanation);
    expect([...text].filter((sign) => sign > '\u007f')).toEqual([]);
    expect(text).not.toContain('undefined');
    const plain = text.replaceAll(/\\[\\{}$]/g, '');
    let depth = 0;
    for (const sign of plain) {
      depth += sign === '{' ? 1 : sign === '}' ? -1 : 0;
      expect(depth).toBeGreaterThanOrEqual(0);
    }
    expect(depth).toBe(0);
    for (const line of plain.split('\n')) {
      expect(line.split('$').length % 2, line).toBe(1);
      expect(line.match(/\\left(?![a-z])/g)?.length, line).toBe(line.match(/\\right(?![a-z])/g)?.length);
      // TeX refuses two superscripts or two subscripts of one base.
      expect(line).not.toMatch(/\^\{[^{}]*\}\s*\^|_\{[^{}]*\}\s*_/);
    }
    const begun = [...text.matchAll(/\\(begin|end)\{(\w+)\}/g)].map(([, what, name]) => `${what} ${name}`);
    expect(begun.filter((one) => one.startsWith('begin')).length).toBe(
      begun.filter((one) => one.startsWith('end')).length,
    );
  });
});

/** Tags that are not closed in order. */
const unbalanced = (markup: string): readonly string[] => {
  const open: string[] = [];
  for (const [, slash, name] of markup.matchAll(/<(\/?)([a-z]+)[^>]*>/g)) {
    if (slash === '') open.push(name!);
    else if (open.pop() !== name) return [...open, name!];
  }
  return open;
};

/** Scripts and fractions with more or fewer children than they have places. */
const childrenBeside = (markup: string): readonly string[] => {
  const places: Readonly<Record<string, number>> = {
    msub: 2,
    msup: 2,
    mfrac: 2,
    munder: 2,
    mover: 2,
    msubsup: 3,
  };
  const open = [{ name: '', children: 0 }];
  const wrong: string[] = [];
  for (const [, slash, name] of markup.matchAll(/<(\/?)([a-z]+)[^>]*>/g)) {
    if (slash === '') {
      open.at(-1)!.children += 1;
      open.push({ name: name!, children: 0 });
    } else {
      const { children } = open.pop()!;
      if ((places[name!] ?? children) !== children) wrong.push(`${name} of ${children}`);
    }
  }
  return wrong;
};
