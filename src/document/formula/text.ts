/** Formulas as plain text in the signs of explanations, for terminals and editors: `1 / (s · √(2π)) · exp(−(x − m)² / (2 · s²))`. */
import { isShare, type Accent, type Formula } from './formula.ts';
import { readTex } from './tex.ts';

/** Markdown with its `$maths$` as plain text; what stands in code, and TeX that is not known, stays. */
export const withPlainMaths = (markdown: string): string =>
  markdown
    .split(/(```[\s\S]*?(?:```|$)|`[^`\n]*`)/)
    .map((part, i) =>
      i % 2 === 1
        ? part
        : part.replace(/(\$\$?)((?:(?!\n\n)[^$])+)\1/g, (raw, _, tex: string) => plainTex(tex) ?? raw),
    )
    .join('');

const plainTex = (tex: string): string | null => {
  const read = readTex(tex);
  return read.kind === 'formula' ? plainText(read.formula).trim() : null;
};

export const plainText = (formula: Formula): string => {
  switch (formula.kind) {
    case 'letter':
    case 'name':
    case 'function':
    case 'number':
    case 'words':
      return formula.text;
    case 'sign':
      return signText(formula);
    case 'space':
      return formula.width === 'thin' ? ' ' : '  ';
    case 'row':
      return rowText(formula.parts);
    case 'fraction': {
      const share = isShare(formula)
        ? shares[`${plainText(formula.above)}/${plainText(formula.below)}`]
        : undefined;
      return share ?? `${guarded(formula.above, holdsSum)} / ${guarded(formula.below, isComposite)}`;
    }
    case 'binomial':
      return `choose(${plainText(formula.above)}, ${plainText(formula.below)})`;
    case 'root':
      return formula.body.kind === 'number' ? `√${formula.body.text}` : `√(${plainText(formula.body)})`;
    case 'script':
      return scriptText(formula);
    case 'fence':
      return `${formula.open}${plainText(formula.body)}${formula.close}`;
    case 'accent': {
      const body = plainText(formula.body);
      return [...body].length === 1
        ? (body + marks[formula.mark]).normalize('NFC')
        : `${formula.mark}(${body})`;
    }
  }
};

const shares: Readonly<Record<string, string>> = { '1/2': '½', '1/4': '¼', '3/4': '¾' };
const marks: Readonly<Record<Accent, string>> = {
  hat: '\u0302',
  tilde: '\u0303',
  dot: '\u0307',
  bar: '\u0304',
};

const signText = ({ text, role }: Extract<Formula, { kind: 'sign' }>): string => {
  const sign = text === '⋅' ? '·' : text === '∣' ? '|' : text;
  if (role === 'relation' || role === 'binary' || sign === '/') return ` ${sign} `;
  return role === 'separator' ? `${sign} ` : sign;
};

/** Side by side is a product, except after what is applied to what follows it. */
const rowText = (parts: readonly Formula[]): string => {
  const opening = openingBars(parts);
  let text = '';
  let before: Formula | null = null;
  let isApart = false;
  for (const part of parts) {
    if (part.kind === 'space' && part.width === 'thin') {
      isApart = true;
      continue;
    }
    const isArgument = before !== null && isFunction(before) && isQuotient(part);
    if (before !== null)
      text += opening.has(part) ? beforeBar(before, opening) : between(before, part, isApart, opening);
    text += isArgument ? `(${plainText(part)})` : plainText(part);
    [before, isApart] = [part, false];
  }
  return text.replace(/ {2,}(?=[=<>≤≥+−·|/])/g, ' ');
};

/** Of `|x|`, where bars come in pairs; the bar of a condition stands alone. */
const openingBars = (parts: readonly Formula[]): ReadonlySet<Formula> => {
  const bars = parts.filter((part) => {
    const base = part.kind === 'script' && part.below === null ? part.base : part;
    return base.kind === 'sign' && base.text === '|';
  });
  return new Set(bars.length % 2 === 0 ? bars.filter((_, i) => i % 2 === 0) : []);
};
const beforeBar = (before: Formula, opening: ReadonlySet<Formula>): string => {
  if (isFunction(before) || isLarge(before)) return ' ';
  return endsOperand(before) && !opening.has(before) ? ' · ' : '';
};

const between = (
  before: Formula,
  after: Formula,
  isApart: boolean,
  opening: ReadonlySet<Formula>,
): string => {
  if (before.kind === 'words' || after.kind === 'words' || isLarge(before)) return ' ';
  if (isFunction(before)) return !startsOperand(after) || startsFence(after) || isQuotient(after) ? '' : ' ';
  if (before.kind === 'sign' && before.text === '∂' && isFunction(after)) return ' ';
  const isClosed = isBar(before) && !opening.has(before) && opening.size > 0;
  if (!(endsOperand(before) || isClosed) || !startsOperand(after)) return '';
  if (isIncrement(before)) return '';
  if (isApart) return isIncrement(after) && after.text === 'd' ? ' ' : ' · ';
  if (startsFence(after) && isApplied(before, after)) return '';
  return before.kind === 'number' && after.kind === 'letter' ? '' : ' · ';
};

const isFunction = (formula: Formula): boolean =>
  formula.kind === 'function' || (formula.kind === 'script' && formula.base.kind === 'function');
const isLarge = (formula: Formula): boolean =>
  formula.kind === 'script' ? isLarge(formula.base) : formula.kind === 'sign' && formula.role === 'large';
const isQuotient = (formula: Formula): boolean => formula.kind === 'fraction' && !isShare(formula);
const isBar = (formula: Formula): boolean =>
  formula.kind === 'script' ? isBar(formula.base) : formula.kind === 'sign' && formula.text === '|';
/** `dt`, `ΔW`, `δr`. */
const isIncrement = (formula: Formula): formula is Extract<Formula, { kind: 'letter' }> =>
  formula.kind === 'letter' && 'dΔδ'.includes(formula.text);

/** `p(x)`, `A′(η)`, `σ(a + b)`, and not `q (1 − q)`, which is a product: of letters, some are always functions. */
const isApplied = (formula: Formula, argument: Formula): boolean => {
  if (formula.kind === 'script') {
    const isPlain = formula.above === null || isPrime(formula.above);
    return isPlain && isApplied(formula.base, isPrime(formula.above) ? empty : argument);
  }
  if (formula.kind === 'name') return true;
  return formula.kind === 'letter' && ('ΓΦφσρ'.includes(formula.text) || !isSum(argument));
};
const empty: Formula = { kind: 'row', parts: [] };
const isPrime = (formula: Formula | null): boolean => formula?.kind === 'sign' && formula.text === '′';
const isSum = (formula: Formula): boolean => {
  if (formula.kind === 'script') return isSum(formula.base);
  if (formula.kind !== 'fence' || formula.body.kind !== 'row') return false;
  const roles = formula.body.parts.map((part) => (part.kind === 'sign' ? part.role : null));
  return roles.includes('binary') && !roles.includes('separator') && !roles.includes('relation');
};

const startsFence = (formula: Formula): boolean => {
  if (formula.kind === 'script') return startsFence(formula.base);
  return formula.kind === 'fence' || (formula.kind === 'sign' && formula.text === '[');
};
const startsOperand = (formula: Formula): boolean => {
  if (formula.kind === 'script') return startsOperand(formula.base);
  return formula.kind === 'sign' ? '[∂∇∑∏∫⟨'.includes(formula.text) : formula.kind !== 'space';
};
const endsOperand = (formula: Formula): boolean => {
  if (formula.kind === 'script') return endsOperand(formula.base);
  return formula.kind === 'sign' ? ']!⟩'.includes(formula.text) : formula.kind !== 'space';
};

const superscripts: Readonly<Record<string, string>> = Object.fromEntries(
  [...'0123456789−'].map((digit, i) => [digit, [...'⁰¹²³⁴⁵⁶⁷⁸⁹⁻'][i]!]),
);
const subscripts: Readonly<Record<string, string>> = Object.fromEntries(
  [...'0123456789'].map((digit, i) => [digit, [...'₀₁₂₃₄₅₆₇₈₉'][i]!]),
);

const scriptText = ({ base, below, above }: Extract<Formula, { kind: 'script' }>): string =>
  [
    guarded(base, (body) => isComposite(body) || body.kind === 'fraction'),
    below === null ? '' : attached('_', plainText(below).replaceAll(' · ', ''), subscripts),
    above === null ? '' : raised(plainText(above)),
  ].join('');

const raised = (text: string): string => {
  if (text === '⊤' || text === 'T') return 'ᵀ';
  return /^[′″‴]+$/.test(text) ? text : attached('^', text, superscripts);
};
/** In small digits where there are such, else after a sign. */
const attached = (mark: string, text: string, small: Readonly<Record<string, string>>): string => {
  const digits = [...text].map((sign) => small[sign]);
  if (digits.every((digit) => digit !== undefined)) return digits.join('');
  return /^\p{L}+$/u.test(text) ? `${mark}${text}` : `${mark}(${text})`;
};

const guarded = (formula: Formula, needs: (formula: Formula) => boolean): string =>
  needs(formula) ? `(${plainText(formula)})` : plainText(formula);
const isComposite = (formula: Formula): boolean =>
  isQuotient(formula) || (formula.kind === 'row' && !isWhole(formula.parts));
/** `Γ(k)`, `exp(x)`, `x!`, `|x|`. */
const isWhole = (parts: readonly Formula[]): boolean => {
  const [first, last] = [parts[0], parts.at(-1)];
  if (first === undefined || last === undefined) return true;
  if (openingBars(parts).has(first) && isBar(last)) return openingBars(parts).size === 1;
  if (parts.length !== 2) return false;
  return (
    (last.kind === 'sign' && last.text === '!') ||
    (last.kind === 'fence' && (isFunction(first) || isApplied(first, last)))
  );
};
const holdsSum = (formula: Formula): boolean =>
  formula.kind === 'row' &&
  !isWhole(formula.parts) &&
  formula.parts.some(
    (part) =>
      part.kind === 'sign' && (part.role === 'binary' || part.role === 'relation') && part.text !== '⋅',
  );
