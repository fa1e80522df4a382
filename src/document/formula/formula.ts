/**
 * A formula as it is set: what is read from the notation of explanations (`notation.ts`) or from the TeX of `///` text (`tex.ts`), and
 * what is written as MathML (`mathml.ts`), LaTeX (`latex.ts`) or plain text (`text.ts`). It knows layout and no meaning.
 */
export type Formula =
  /** `x`, `Φ`: a letter, in italics. */
  | { readonly kind: 'letter'; readonly text: string }
  /** `log_sd`, `exp`: a name of several letters, upright; a function has its space. */
  | { readonly kind: 'name' | 'function' | 'number'; readonly text: string }
  | { readonly kind: 'sign'; readonly text: string; readonly role: SignRole }
  /** Prose between formulas. */
  | { readonly kind: 'words'; readonly text: string }
  | { readonly kind: 'space'; readonly width: 'thin' | 'wide' }
  | { readonly kind: 'row'; readonly parts: readonly Formula[] }
  /** A binomial coefficient is a fraction without its line. */
  | { readonly kind: 'fraction' | 'binomial'; readonly above: Formula; readonly below: Formula }
  | { readonly kind: 'root'; readonly body: Formula }
  | {
      readonly kind: 'script';
      readonly base: Formula;
      readonly below: Formula | null;
      readonly above: Formula | null;
    }
  | { readonly kind: 'fence'; readonly open: string; readonly close: string; readonly body: Formula }
  | { readonly kind: 'accent'; readonly mark: Accent; readonly body: Formula };

/** How much room a sign has, and whether a line may end before it. */
export type SignRole = 'relation' | 'binary' | 'prefix' | 'plain' | 'separator' | 'large';
export type Accent = 'hat' | 'tilde' | 'dot' | 'bar';

export const letter = (text: string): Formula => ({ kind: 'letter', text });
export const named = (text: string): Formula => ({ kind: 'name', text });
export const sign = (text: string, role: SignRole): Formula => ({ kind: 'sign', text, role });
export const thin: Formula = { kind: 'space', width: 'thin' };

/** Rows inside of rows are one row; a row of one part is that part. */
export const row = (...parts: readonly Formula[]): Formula => {
  const flat = parts.flatMap((part) => (part.kind === 'row' ? part.parts : [part]));
  return flat.length === 1 ? flat[0]! : { kind: 'row', parts: flat };
};

export const scripted = (base: Formula, below: Formula | null, above: Formula | null): Formula =>
  base.kind === 'script' && (base.below === null || below === null) && (base.above === null || above === null)
    ? { ...base, below: base.below ?? below, above: base.above ?? above }
    : { kind: 'script', base, below, above };

export const fenced = (body: Formula, open = '(', close = ')'): Formula => ({
  kind: 'fence',
  open,
  close,
  body,
});

/** `½`: it stays before what is divided, and small in a display. */
export const isShare = (formula: Formula): boolean =>
  formula.kind === 'fraction' && formula.above.kind === 'number' && formula.below.kind === 'number';

const greek: Readonly<Record<string, string>> = {
  alpha: 'α',
  beta: 'β',
  gamma: 'γ',
  delta: 'δ',
  epsilon: 'ϵ',
  zeta: 'ζ',
  eta: 'η',
  theta: 'θ',
  iota: 'ι',
  kappa: 'κ',
  lambda: 'λ',
  mu: 'μ',
  nu: 'ν',
  xi: 'ξ',
  pi: 'π',
  rho: 'ρ',
  sigma: 'σ',
  tau: 'τ',
  upsilon: 'υ',
  phi: 'φ',
  chi: 'χ',
  psi: 'ψ',
  omega: 'ω',
  Gamma: 'Γ',
  Delta: 'Δ',
  Theta: 'Θ',
  Lambda: 'Λ',
  Xi: 'Ξ',
  Pi: 'Π',
  Sigma: 'Σ',
  Upsilon: 'Υ',
  Phi: 'Φ',
  Psi: 'Ψ',
  Omega: 'Ω',
};
/** The letter that a name like `eta` spells, or null. */
export const greekLetter = (name: string): string | null => greek[name] ?? null;
/** `\eta` for η, for LaTeX. */
export const greekName: ReadonlyMap<string, string> = new Map([
  ...Object.entries(greek).map(([name, sign_]) => [sign_, name] as const),
  ['ϕ', 'phi'],
  ['φ', 'varphi'],
]);

/**
 * A name of a file as a formula: `eta` is η, `x0` has a subscript, what follows the first dot is one too; the rest stays as it is
 * written.
 */
export const nameFormula = (name: string): Formula => {
  const [, stem = name, digits = '', rest = '', primes = ''] =
    /^(.*?)(\d*)((?:\.[^'′]*)?)(['′″‴]*)$/u.exec(name) ?? [];
  const subscript = [digits, rest.slice(1)].filter((part) => part !== '');
  const base = [...stem].length === 1 ? letter(stem) : wordOf(stem);
  const below = subscript.length === 0 ? null : indexRow(subscript.map(subscriptPart));
  const above = primes === '' ? null : sign(primes.replaceAll("'", '′'), 'plain');
  return below === null && above === null ? base : scripted(base, below, above);
};
const subscriptPart = (text: string): Formula =>
  /^\d+$/.test(text) ? { kind: 'number', text } : [...text].length === 1 ? letter(text) : named(text);
const wordOf = (stem: string): Formula => {
  const found = greekLetter(stem);
  return found === null ? named(stem) : letter(found);
};

/** `units, classes` below a sign. */
export const indexRow = (parts: readonly Formula[]): Formula =>
  row(...parts.flatMap((part, i) => (i === 0 ? [part] : [sign(',', 'separator'), part])));
