/** Reads the TeX of `$...$` in `///` text: the part of it that formulas of models need. */
import {
  fenced,
  greekLetter,
  letter,
  named,
  row,
  scripted,
  sign,
  thin,
  type Accent,
  type Formula,
  type SignRole,
} from './formula.ts';

/** The formula, or the command that is not known. */
export const readTex = (
  text: string,
):
  | { readonly kind: 'formula'; readonly formula: Formula }
  | { readonly kind: 'unknown'; readonly what: string } => {
  const tokens: string[] = text.match(/\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|\S/gu) ?? [];
  let at = 0;
  let unknown: string | null = null;

  const argument = (): Formula => {
    if (tokens[at] === undefined) return row();
    // `\frac12` takes two digits.
    if (/^\d\d/.test(tokens[at]!)) {
      const [first, ...rest] = tokens[at]!;
      tokens.splice(at, 1, first!, rest.join(''));
    }
    return atom();
  };
  const group = (end: string): Formula => {
    const parts: Formula[] = [];
    while (at < tokens.length && tokens[at] !== end) parts.push(scripts(atom()));
    at += 1;
    return row(...signed(parts));
  };
  const scripts = (base: Formula): Formula => {
    let found = base;
    for (;;) {
      const token = tokens[at];
      if (token === '_' || token === '^') {
        at += 1;
        const script = argument();
        found = token === '_' ? scripted(found, script, null) : scripted(found, null, script);
      } else if (token === "'") {
        at += 1;
        found = scripted(found, null, sign('′', 'plain'));
      } else return found;
    }
  };
  const plainText = (): string => {
    if (tokens[at] !== '{') return tokens[at++] ?? '';
    const end = tokens.indexOf('}', at);
    const word = tokens.slice(at + 1, end).join('');
    at = end + 1;
    return word;
  };
  const atom = (): Formula => {
    const token = tokens[at++]!;
    if (token === '{') return group('}');
    if (token === '(') return fenced(group(')'));
    if (/^\d/.test(token)) return { kind: 'number', text: token };
    if (/^\p{L}$/u.test(token)) return letter(token);
    if (!token.startsWith('\\')) return sign(token === '-' ? '−' : token, roleOf(token));
    return command(token.slice(1));
  };
  const command = (name: string): Formula => {
    const letter_ = greekLetter(name) ?? letters[name];
    if (letter_ !== undefined && letter_ !== null) return letter(letter_);
    const known = signs[name];
    if (known !== undefined) return sign(...known);
    if (functions.has(name)) return { kind: 'function', text: name };
    const accent = accents[name];
    if (accent !== undefined) return { kind: 'accent', mark: accent, body: argument() };
    switch (name) {
      case 'frac':
      case 'tfrac':
        return { kind: 'fraction', above: argument(), below: argument() };
      case 'binom':
        return { kind: 'binomial', above: argument(), below: argument() };
      case 'sqrt':
        return { kind: 'root', body: argument() };
      case 'mathrm':
      case 'text':
      case 'operatorname':
        return { kind: 'function', text: plainText() };
      case 'left': {
        const open = tokens[at++] ?? '';
        const inner: Formula[] = [];
        while (at < tokens.length && tokens[at] !== '\\right') inner.push(scripts(atom()));
        const close = tokens[at + 1] ?? '';
        at += 2;
        return fenced(row(...signed(inner)), delimiter(open), delimiter(close));
      }
      case ',':
      case ';':
      case ' ':
        return thin;
      case 'quad':
      case 'qquad':
        return { kind: 'space', width: 'wide' };
      default:
        unknown ??= `\\${name}`;
        return named(name);
    }
  };

  const formula = group('');
  return unknown === null ? { kind: 'formula', formula } : { kind: 'unknown', what: unknown };
};

/** A minus that follows no operand is a sign of what comes after it. */
const signed = (parts: readonly Formula[]): readonly Formula[] =>
  parts.map((part, i) => {
    const before = parts[i - 1];
    const isFirst =
      before === undefined || (before.kind === 'sign' && !['plain', 'prefix'].includes(before.role));
    const follows = before?.kind === 'script' && before.base.kind === 'sign' && before.base.role === 'large';
    return part.kind === 'sign' && part.role === 'binary' && (isFirst || follows)
      ? { ...part, role: 'prefix' }
      : part;
  });

const delimiter = (text: string): string =>
  ({ '.': '', '\\{': '{', '\\}': '}', '\\langle': '⟨', '\\rangle': '⟩' })[text] ?? text;

const roleOf = (text: string): SignRole => {
  if ('=<>'.includes(text)) return 'relation';
  if ('+-'.includes(text)) return 'binary';
  return ',;'.includes(text) ? 'separator' : 'plain';
};

const letters: Readonly<Record<string, string>> = {
  varphi: 'φ',
  phi: 'ϕ',
  varepsilon: 'ε',
  infty: '∞',
  ell: 'ℓ',
};
const signs: Readonly<Record<string, readonly [string, SignRole]>> = {
  sum: ['∑', 'large'],
  prod: ['∏', 'large'],
  int: ['∫', 'large'],
  cdot: ['⋅', 'binary'],
  pm: ['±', 'binary'],
  dots: ['…', 'plain'],
  cdots: ['⋯', 'plain'],
  ge: ['≥', 'relation'],
  le: ['≤', 'relation'],
  in: ['∈', 'relation'],
  mid: ['∣', 'relation'],
  propto: ['∝', 'relation'],
  sim: ['~', 'relation'],
  to: ['→', 'relation'],
  leftarrow: ['←', 'relation'],
  partial: ['∂', 'plain'],
  nabla: ['∇', 'plain'],
  top: ['⊤', 'plain'],
  langle: ['⟨', 'plain'],
  rangle: ['⟩', 'plain'],
};
const functions = new Set('exp log sin cos tan tanh sinh cosh max min det'.split(' '));
const accents: Readonly<Record<string, Accent>> = { hat: 'hat', tilde: 'tilde', dot: 'dot', bar: 'bar' };
