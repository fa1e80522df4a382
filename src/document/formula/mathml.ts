/** Formulas as presentation MathML. */
import { escapeHtml } from '../html.ts';
import { piecesOf } from './pieces.ts';
import { isShare, row, thin, type Accent, type Formula, type SignRole } from './formula.ts';

/** A formula in a line of text, in pieces between which the line may be broken. */
export const mathml = (formula: Formula): string => pieces(formula, '<math>');

/** An equation of a list: sums and fractions have their full size, and the line may be broken all the same. */
export const equationMathml = (formula: Formula): string => pieces(formula, '<math displaystyle="true">');

const pieces = (formula: Formula, open: string): string =>
  piecesOf(formula)
    .map((piece) => (piece.kind === 'words' ? escapeHtml(piece.text) : `${open}${beginning(piece)}</math>`))
    .join(' ');

/** The space before a piece is that of the line. */
const beginning = (piece: Formula): string =>
  markup(piece).replace(/^(<mo stretchy="false") lspace="[^"]*"/, '$1 lspace="0"');

/** A formula on a line of its own. */
export const displayedMathml = (formula: Formula): string =>
  `<math display="block">${markup(formula)}</math>`;

const accents: Readonly<Record<Accent, string>> = { hat: '^', tilde: '~', dot: '˙', bar: '¯' };
const spaces: Readonly<Record<SignRole, string>> = {
  relation: ' lspace="0.278em" rspace="0.278em"',
  binary: ' lspace="0.222em" rspace="0.222em"',
  prefix: ' lspace="0" rspace="0" form="prefix"',
  plain: ' lspace="0" rspace="0"',
  separator: ' lspace="0" rspace="0.167em"',
  large: ' lspace="0.167em" rspace="0.167em" largeop="true" movablelimits="false"',
};

const group = (formula: Formula): string =>
  formula.kind === 'row' ? `<mrow>${markup(formula)}</mrow>` : markup(formula);

const markup = (formula: Formula): string => {
  switch (formula.kind) {
    case 'letter':
    case 'name':
      return `<mi>${escapeHtml(formula.text)}</mi>`;
    case 'function':
      return `<mi mathvariant="normal">${escapeHtml(formula.text)}</mi>`;
    case 'number':
      return `<mn>${escapeHtml(formula.text)}</mn>`;
    case 'sign':
      return `<mo stretchy="false"${spaces[formula.role]}>${escapeHtml(formula.text)}</mo>`;
    case 'words':
      return `<mtext>\u00a0${escapeHtml(formula.text)}\u00a0</mtext>`;
    case 'space':
      return `<mspace width="${formula.width === 'thin' ? '0.167em' : '1.5em'}"></mspace>`;
    case 'row':
      return formula.parts.map((part, i) => markup(part) + spaceAfter(part, formula.parts[i + 1])).join('');
    case 'fraction': {
      const fraction = `<mfrac>${group(formula.above)}${group(formula.below)}</mfrac>`;
      return isShare(formula) ? `<mstyle displaystyle="false">${fraction}</mstyle>` : fraction;
    }
    case 'binomial':
      return `<mrow><mo>(</mo><mfrac linethickness="0">${group(formula.above)}${group(formula.below)}</mfrac><mo>)</mo></mrow>`;
    case 'root':
      return `<msqrt>${markup(formula.body)}</msqrt>`;
    case 'script':
      return scriptMarkup(formula);
    case 'fence':
      return `<mrow>${fence(formula.open, 'prefix')}${markup(formula.body)}${fence(formula.close, 'postfix')}</mrow>`;
    case 'accent':
      return `<mover accent="true">${group(formula.body)}<mo stretchy="false">${accents[formula.mark]}</mo></mover>`;
  }
};

/** A function stands apart from an argument without parentheses. */
const spaceAfter = (part: Formula, next: Formula | undefined): string =>
  part.kind === 'function' && next !== undefined && !['fence', 'sign', 'space'].includes(next.kind)
    ? markup(thin)
    : '';

const fence = (text: string, form: string): string =>
  text === '' ? '' : `<mo form="${form}" fence="true" lspace="0" rspace="0">${escapeHtml(text)}</mo>`;

const scriptMarkup = ({ base, below, above }: Extract<Formula, { kind: 'script' }>): string => {
  // Primes are as high as letters already.
  if (above?.kind === 'sign' && /^[′″‴]+$/.test(above.text)) {
    const primed = group(row(base, above));
    return below === null ? primed : `<msub>${primed}${group(below)}</msub>`;
  }
  const isLarge = base.kind === 'sign' && base.role === 'large' && base.text !== '∫';
  const [under, over] = isLarge ? ['munder', 'mover'] : ['msub', 'msup'];
  const both = isLarge ? 'munderover' : 'msubsup';
  const name = below === null ? over : above === null ? under : both;
  return `<${name}>${[base, below, above].map((part) => (part === null ? '' : group(part))).join('')}</${name}>`;
};
