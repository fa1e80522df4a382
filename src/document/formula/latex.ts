/** Formulas as LaTeX that plain LaTeX with amsmath and amssymb compiles. */
import { greekName, type Accent, type Formula } from './formula.ts';
import { piecesOf } from './pieces.ts';
import { onLine } from './tokens.ts';

/** A formula in a line of text: LaTeX breaks it itself, words stand outside of the math. */
export const latexText = (formula: Formula): string => {
  const parts: string[] = [];
  let math: string[] = [];
  const end = (): void => {
    if (math.length > 0) parts.push(`$${math.join(' ')}$`);
    math = [];
  };
  for (const piece of piecesOf(formula)) {
    if (piece.kind === 'words') {
      end();
      parts.push(escapeLatex(piece.text));
    } else math.push(latex(piece));
  }
  end();
  return parts.join(' ');
};

const special: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '’': "'",
  '–': '--',
  '|': '$|$',
  '<': '$<$',
  '>': '$>$',
  '½': '$\\frac{1}{2}$',
  '¼': '$\\frac{1}{4}$',
  '¾': '$\\frac{3}{4}$',
};
/** Prose: its signs of mathematics become math one by one. */
export const escapeLatex = (text: string): string => [...text].map(escaped).join('');

const escaped = (sign: string): string => {
  if ('#$%&_{}'.includes(sign)) return `\\${sign}`;
  const known = special[sign];
  if (known !== undefined || sign <= '\u007f') return known ?? sign;
  const digit = onLine(sign);
  if (digit !== sign) return `$${/[₀-₉]/.test(sign) ? '_' : '^'}{${digit.replace('−', '-')}}$`;
  const math = signText(fences[sign] ?? greek(sign));
  return math === sign ? sign : `$${math}$`;
};

const signs: Readonly<Record<string, string>> = {
  '−': '-',
  '⋅': '\\cdot',
  '·': '\\cdot',
  '←': '\\leftarrow',
  '→': '\\to',
  '~': '\\sim',
  '∝': '\\propto',
  '≤': '\\le',
  '≥': '\\ge',
  '|': '\\mid',
  '∣': '\\mid',
  '‖': '\\parallel',
  '∈': '\\in',
  '±': '\\pm',
  '∑': '\\sum',
  '∏': '\\prod',
  '∫': '\\int',
  '∂': '\\partial',
  '∇': '\\nabla',
  '⊤': '\\top',
  '𝔼': '\\mathbb{E}',
  '…': '\\dots',
  '⋯': '\\cdots',
  '°': '\\circ',
};
const fences: Readonly<Record<string, string>> = {
  '⟨': '\\langle',
  '⟩': '\\rangle',
  '{': '\\{',
  '}': '\\}',
  '': '.',
};
/** Whether parentheses around it must grow; those that do not let a line be broken inside. */
const isTall = (formula: Formula): boolean => {
  switch (formula.kind) {
    case 'fraction':
    case 'binomial':
      return true;
    case 'row':
      return formula.parts.some(isTall);
    case 'root':
    case 'fence':
    case 'accent':
      return isTall(formula.body);
    case 'script':
      return isTall(formula.base);
    default:
      return false;
  }
};
const accents: Readonly<Record<Accent, string>> = {
  hat: '\\hat',
  tilde: '\\tilde',
  dot: '\\dot',
  bar: '\\bar',
};
/** Functions that LaTeX knows by name. */
const known = new Set('exp log sin cos tanh sinh cosh max min det'.split(' '));

export const latex = (formula: Formula): string => {
  switch (formula.kind) {
    case 'letter':
      return greek(formula.text);
    case 'name':
      return `\\mathrm{${upright(formula.text)}}`;
    case 'function':
      return known.has(formula.text) ? `\\${formula.text}` : `\\operatorname{${upright(formula.text)}}`;
    case 'number':
      return formula.text.replaceAll('−', '-').replaceAll('%', '\\%').replace('∞', '\\infty');
    case 'sign':
      return signText(formula.text);
    case 'words':
      return `\\text{ ${escapeLatex(formula.text)} }`;
    case 'space':
      return formula.width === 'thin' ? '\\,' : '\\quad';
    case 'row':
      // A function has its own space.
      return formula.parts
        .filter((part, i) => part.kind !== 'space' || formula.parts[i - 1]?.kind !== 'function')
        .map(latex)
        .join(' ');
    case 'fraction':
      return `\\frac{${latex(formula.above)}}{${latex(formula.below)}}`;
    case 'binomial':
      return `\\binom{${latex(formula.above)}}{${latex(formula.below)}}`;
    case 'root':
      return `\\sqrt{${latex(formula.body)}}`;
    case 'script':
      return scriptText(formula);
    case 'fence':
      return isTall(formula.body)
        ? `\\left${fences[formula.open] ?? formula.open} ${latex(formula.body)} \\right${fences[formula.close] ?? formula.close}`
        : `${fences[formula.open] ?? formula.open} ${latex(formula.body)} ${fences[formula.close] ?? formula.close}`;
    case 'accent':
      return `${accents[formula.mark]}{${latex(formula.body)}}`;
  }
};

const primes: Readonly<Record<string, number>> = { '′': 1, '″': 2, '‴': 3 };
const signText = (text: string): string => {
  const count = [...text].reduce((total, sign) => total + (primes[sign] ?? 0), 0);
  return count > 0 ? Array.from({ length: count }, () => '\\prime').join('') : (signs[text] ?? text);
};

const greek = (text: string): string => {
  const name = greekName.get(text);
  if (name !== undefined) return `\\${name}`;
  return text === 'µ' ? '\\mu' : text;
};
const upright = (text: string): string =>
  [...text].map((sign) => (sign === '_' ? '\\_' : sign === '-' ? '\\mbox{-}' : greek(sign))).join('');

const scriptText = ({ base, below, above }: Extract<Formula, { kind: 'script' }>): string => {
  const isPlain =
    base.kind === 'letter' || base.kind === 'name' || base.kind === 'sign' || base.kind === 'function';
  return [
    isPlain ? latex(base) : `{${latex(base)}}`,
    below === null ? '' : `_{${latex(below)}}`,
    above === null ? '' : `^{${latex(above)}}`,
  ].join('');
};
