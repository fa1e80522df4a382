/**
 * Reads the notation of explanations, `Phi @ (x − Phi @ z) · exp(−2 · log_sd)`, into a formula. Axes line up by name there; with the
 * axes of names known, a product with a matrix along its rows gets the transpose that a paper writes.
 */
import {
  fenced,
  greekLetter,
  isShare,
  letter,
  nameFormula,
  row,
  scripted,
  sign,
  type Formula,
} from './formula.ts';
import { appliedTo } from './functions.ts';
import {
  atom,
  contraction,
  differential,
  dressed,
  edge,
  fraction,
  guarded,
  indexed,
  joined,
  numberFormula,
  unfenced,
  union,
  type Part,
} from './parts.ts';
import { onLine, tokensOf, type Token } from './tokens.ts';

/** The axes of a name, in order, where they are known. */
export type AxesOf = (name: string) => readonly string[] | null;

/** Null where the text is none of the notation. */
export const readNotation = (text: string, axesOf: AxesOf = () => null): Formula | null => {
  const reader = newReader(tokensOf(text), axesOf);
  try {
    return reader.whole();
  } catch (error) {
    if (error === notNotation) return null;
    throw error;
  }
};

/** Thrown and caught in this file alone. */
const notNotation = new Error('this is no formula');

/** What explanations say in the place of a formula. */
const loneWords = new Set(['none', 'intractable']);
const relations = new Set('=←~∝<≤>≥|‖→∈'.split(''));
const separators = new Set(',;:'.split(''));
const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '⟨': '⟩', '{': '}' };
const isOpening = ({ kind, text }: Token): boolean =>
  kind === 'sign' && (text in closing || '√∂∇∫'.includes(text));
const startsOperand = (token: Token): boolean =>
  token.kind === 'name' || token.kind === 'number' || isOpening(token);
const endsOperand = ({ kind, text }: Token): boolean =>
  kind !== 'sign' ? kind !== 'end' : ')]⟩}'.includes(text);

interface Reader {
  readonly whole: () => Formula;
}

const newReader = (tokens: readonly Token[], axesOf: AxesOf): Reader => {
  let at = 0;
  const next = (ahead = 0): Token => tokens[Math.min(at + ahead, tokens.length - 1)]!;
  const isSign = (text: string): boolean => next().kind === 'sign' && next().text === text;
  const take = (): Token => tokens[at++]!;
  const expect = (text: string): void => {
    if (!isSign(text)) throw notNotation;
    at += 1;
  };

  const whole = (): Formula => {
    const { formula } = clauses();
    if (next().kind !== 'end') throw notNotation;
    return formula;
  };

  const clauses = (): Part => {
    const first = clause();
    if (!(next().kind === 'sign' && separators.has(next().text))) return first;
    const parts = [first.formula];
    let { axes } = first;
    while (next().kind === 'sign' && separators.has(next().text)) {
      parts.push(sign(take().text, 'separator'));
      const another = clause();
      parts.push(another.formula);
      axes = union(axes, another.axes);
    }
    return { formula: row(...parts), form: 'sum', axes };
  };

  const clause = (): Part => {
    const starts = next().kind === 'sign' && relations.has(next().text);
    const first = starts ? atom(row()) : sum();
    const parts = [first.formula];
    let { axes } = first;
    while (next().kind === 'sign' && relations.has(next().text)) {
      parts.push(sign(take().text, 'relation'));
      const right = sum();
      parts.push(right.formula);
      axes = union(axes, right.axes);
    }
    return parts.length === 1 ? first : { formula: row(...parts), form: 'sum', axes };
  };

  const sum = (): Part => {
    const parts: Formula[] = [];
    const terms: Part[] = [];
    if (isSign('−') || isSign('-')) parts.push(sign(takeMinus(), 'prefix'));
    for (;;) {
      const term = product();
      terms.push(term);
      parts.push(term.formula);
      if (!isSign('+') && !isSign('−')) break;
      parts.push(sign(take().text, 'binary'));
    }
    if (parts.length === 1) return terms[0]!;
    return { formula: row(...parts), form: 'sum', axes: union(...terms.map(({ axes }) => axes)) };
  };
  const takeMinus = (): string => (take(), '−');

  /** Factors, of which a `/` divides all before it. */
  const product = (): Part => {
    let factors: Part[] = [quotient()];
    let isContraction = false;
    for (;;) {
      if (isSign('·')) {
        at += 1;
        factors.push(quotient());
      } else if (isSign('/')) {
        at += 1;
        const first = factors.findLastIndex(({ form }) => form === 'words') + 1;
        const from = factors.length > first + 1 && isShare(factors[first]!.formula) ? first + 1 : first;
        const [rest, above] = [factors.slice(0, from), factors.slice(from)];
        const below = quotient();
        factors = [...rest, fraction(joined(above), below)];
      } else if (isSign('@')) {
        at += 1;
        factors = [...factors.slice(0, -1), contraction(factors.at(-1)!, quotient())];
        isContraction = factors.length === 1;
      } else if (startsOperand(next()) && !startsAxes()) {
        factors.push(quotient());
      } else break;
    }
    if (factors.length === 1 && !isContraction) return factors[0]!;
    return isContraction && factors.length === 1 ? { ...factors[0]!, form: 'contraction' } : joined(factors);
  };

  /** `∂E/∂s`: without spaces a `/` takes what is next to it alone. */
  const quotient = (): Part => {
    let part = operand();
    while (isSign('/') && !next().spaced) {
      at += 1;
      part = fraction(part, operand());
    }
    return part;
  };

  const operand = (): Part => {
    if (isSign('−') || isSign('-')) {
      const inner = (takeMinus(), operand());
      return { ...dressed(inner, row(sign('−', 'prefix'), inner.formula)), form: 'prefix' };
    }
    const base = postfix(primary());
    if (!isSign('^')) return base;
    at += 1;
    const exponent = postfix(primary());
    return {
      formula: scripted(guarded(base), null, unfenced(exponent.formula)),
      form: 'atom',
      axes: union(base.axes, exponent.axes),
    };
  };

  const primary = (): Part => {
    const previous = tokens[at - 1];
    const token = take();
    if (token.kind === 'number') return atom(numberFormula(token.text));
    if (token.kind === 'name') return nameOrCall(token, previous);
    if (token.kind !== 'sign') throw notNotation;
    if (token.text === '√') {
      const body = unfenced(primary().formula);
      return atom({ kind: 'root', body });
    }
    if (token.text === '∂' || token.text === '∇') {
      const order = next().kind === 'above' ? numberFormula(onLine(take().text)) : null;
      const symbol = sign(token.text, 'plain');
      const head = order === null ? symbol : scripted(symbol, null, order);
      const inner = postfix(primary());
      // ∇μ is the gradient in μ, ∇objective that of the objective.
      const isBelow = token.text === '∇' && edge(inner.formula, 'left').kind === 'letter';
      return { ...inner, formula: isBelow ? scripted(head, inner.formula, null) : row(head, inner.formula) };
    }
    if (token.text === '∫') return atom(sign('∫', 'large'));
    const close = closing[token.text];
    if (close === undefined) throw notNotation;
    const inner = clauses();
    expect(close);
    const part = atom(fenced(inner.formula, token.text, close), inner.axes);
    const isLoose = token.text === '(' && (inner.form === 'contraction' || inner.form === 'product');
    return isLoose ? { ...part, bare: inner.formula } : part;
  };

  const nameOrCall = (token: Token, previous: Token | undefined): Part => {
    const { text } = token;
    if (text === 'dF' && isSign('/') && /^d./u.test(next(1).text)) {
      at += 1;
      const below = take().text.slice(1);
      return atom({
        kind: 'fraction',
        above: differential('F'),
        below: row(letter('d'), nameFormula(below)),
      });
    }
    const isCalled = isSign('(') && !next().spaced;
    if (isCalled && text.endsWith('_')) {
      const order = unfenced(primary().formula);
      return postfix(atom(scripted(nameFormula(text.slice(0, -1)), order, null)));
    }
    if (isCalled) {
      at += 1;
      const body = clauses();
      const over = overAxes();
      expect(')');
      const applied = appliedTo(text, body, over);
      const own = axesOf(text);
      // A state at the end of a phase, `v(model)`, is what the state is.
      return own === null ? applied : { ...applied, axes: own };
    }
    if (text === 'log') return { formula: { kind: 'function', text }, form: 'large', axes: [] };
    const axes = axesOf(text);
    if (/^d\p{L}$/u.test(text)) return atom(differential(text.slice(1)));
    if (axes === null && isWord(token, previous))
      return { formula: { kind: 'words', text }, form: 'words', axes: [] };
    if (/^Δ./u.test(text))
      return atom(row(letter('Δ'), nameFormula(text.slice(1))), axesOf(text.slice(1)) ?? []);
    return atom(nameFormula(text), axes ?? []);
  };

  /** A plain word beside another, which is no formula: `mean over examples of`. */
  const isWord = ({ text, spaced }: Token, previous: Token | undefined): boolean => {
    const after = next();
    if (text.endsWith("'s") || loneWords.has(text)) return true;
    if (!/^\p{L}\p{Ll}+$/u.test(text) || greekLetter(text) !== null) return false;
    if (!after.spaced && ['above', 'below', 'primes'].includes(after.kind)) return false;
    const follows = previous !== undefined && spaced && endsOperand(previous);
    return follows || (after.spaced && startsOperand(after) && !startsAxes());
  };

  /** Whether `over` begins a list of axes up to the end of a call, rather than being a word. */
  const startsAxes = (): boolean => {
    if (next().kind !== 'name' || next().text !== 'over') return false;
    for (let ahead = 1; ; ahead += 1) {
      const { kind, text } = next(ahead);
      if (kind === 'sign' && text === ')') return true;
      if (kind === 'end' || (kind === 'sign' && text !== ',')) return false;
      if (kind === 'name' && next(ahead + 1).kind === 'name') return false;
    }
  };

  const overAxes = (): readonly string[] => {
    if (!startsAxes()) return [];
    at += 1;
    const names: string[] = [];
    for (;;) {
      const { kind, text } = take();
      if (kind !== 'name') throw notNotation;
      names.push(text + (next().kind === 'primes' ? take().text : ''));
      if (!isSign(',')) return names;
      at += 1;
    }
  };

  /** Subscripts, superscripts, primes and calls of what is more than a name. */
  const postfix = (base: Part): Part => {
    let part = base;
    for (;;) {
      const token = next();
      if (token.spaced) return part;
      if (token.kind === 'above') {
        const above = readNotation(onLine(take().text)) ?? row();
        part = { ...dressed(part, scripted(guarded(part), null, above)), form: 'atom' };
      } else if (token.kind === 'below') {
        const below = numberFormula(onLine(take().text));
        part = dressed(part, scripted(part.formula, below, null));
      } else if (token.kind === 'primes') {
        part = dressed(part, scripted(part.formula, null, sign(take().text.replaceAll("'", '′'), 'plain')));
      } else if (isSign('[')) {
        at += 1;
        const inside = clauses();
        expect(']');
        part = indexed(part, inside);
      } else if (isSign('(')) {
        at += 1;
        const inside = clauses();
        expect(')');
        part = {
          formula: row(part.formula, fenced(inside.formula)),
          form: 'atom',
          axes: union(part.axes, inside.axes),
        };
      } else return part;
    }
  };

  return { whole };
};
