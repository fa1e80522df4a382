/**
 * Index expressions as text, in nsm's own notation with the usual signs: `Phi @ (x − Phi @ z) · exp(−2 · log_sd)`.
 * Subscripts are left out where names are enough; primed ones are always shown.
 */
import { splitCoefficient, power, negate, constant, apply, exp, one, zero } from './build.ts';
import { axisOf, writtenIndex, type Expression, type Index } from './expression.ts';
import { besselArgument, specialText } from './print-special.ts';
import { renameIndices, type MatrixFunction } from './substitute.ts';

export interface PrintOptions {
  /** Indices that are never shown (`example`). */
  readonly hide?: readonly Index[];
  /** Other names for reads. */
  readonly rename?: (name: string) => string;
}

/** Binding strength: a node is wrapped in parentheses inside a stronger context. */
const strength = { add: 1, multiply: 2, contract: 2, negate: 3, power: 4, atom: 5 } as const;
interface Text {
  readonly text: string;
  readonly strength: number;
}

export const print = (node: Expression, options: PrintOptions = {}): string => render(node, options).text;

const wrap = (part: Text, context: number): string =>
  part.strength < context ? `(${part.text})` : part.text;

const render = (node: Expression, options: PrintOptions): Text => {
  const inside = (child: Expression, context: number): string => wrap(render(child, options), context);
  switch (node.kind) {
    case 'constant':
      return {
        text: number(node.value),
        strength: quotients.has(Math.abs(node.value))
          ? strength.multiply
          : node.value < 0
            ? strength.negate
            : strength.atom,
      };
    case 'size':
      return { text: `size(${node.axis})`, strength: strength.atom };
    case 'position':
      return { text: `position(${prime(node.index)})`, strength: strength.atom };
    case 'read':
      return { text: readText(node.name, node.subscripts, options), strength: strength.atom };
    case 'delta':
      return { text: `[${prime(node.left)} = ${prime(node.right)}]`, strength: strength.atom };
    case 'add':
      return { text: addition(node.terms, options), strength: strength.add };
    case 'multiply':
      return product(node.factors, options);
    case 'power':
      return powerText(node.base, node.exponent, options);
    case 'apply':
      return applyText(node, options);
    case 'maximum':
      return { text: `max(${inside(node.body, 0)} over ${bound(node.over)})`, strength: strength.atom };
    case 'inverse':
      return {
        text: `${matrixText(node, options, strength.atom)}⁻¹${entryText(node.row, node.column)}`,
        strength: strength.atom,
      };
    case 'cholesky':
      return {
        text: `cholesky(${matrixText(node, options, 0)})${entryText(node.row, node.column)}`,
        strength: strength.atom,
      };
    case 'log_determinant':
      return { text: `log_determinant(${matrixText(node, options, 0)})`, strength: strength.atom };
    case 'triangle':
      return { text: `tril${entryText(node.row, node.column)}`, strength: strength.atom };
    case 'sum':
      return (
        contraction(node, options) ?? {
          text: `sum(${inside(node.body, 0)} over ${bound(node.over)})`,
          strength: strength.atom,
        }
      );
  }
};

const superscripts: Readonly<Record<string, string>> = {
  '-': '⁻',
  '0': '⁰',
  '1': '¹',
  '2': '²',
  '3': '³',
  '4': '⁴',
  '5': '⁵',
  '6': '⁶',
  '7': '⁷',
  '8': '⁸',
  '9': '⁹',
};
const fractions: Readonly<Record<string, string>> = { '0.5': '½', '0.25': '¼', '0.75': '¾' };

/** Numbers that have names of their own; fractions of π are exact, so that no other number passes for one. */
const quotients: ReadonlyMap<number, string> = new Map([
  [Math.PI / 2, 'π/2'],
  [Math.PI / 3, 'π/3'],
  [Math.PI / 4, 'π/4'],
]);
const named: ReadonlyMap<number, string> = new Map([...quotients, [Infinity, '∞'], [Math.PI, 'π']]);
const number = (value: number): string => {
  const size = Math.abs(value);
  const text =
    named.get(size) ??
    fractions[String(size)] ??
    (Number.isInteger(size) && size < 1e15 ? String(size) : String(Number(size.toPrecision(6))));
  return value < 0 ? `−${text}` : text;
};
const prime = (index: Index): string => writtenIndex(index).replaceAll("'", '′').replace(/°\d+$/, '°');
const bound = (over: readonly Index[]): string => over.map(prime).join(', ');

const readText = (name: string, subscripts: readonly Index[], options: PrintOptions): string => {
  const shown = subscripts.filter((index) => !(options.hide ?? []).includes(index));
  const label = (options.rename ?? ((plain: string) => plain))(name);
  const isDiagonal = new Set(shown).size < shown.length;
  return isDiagonal || shown.some((index) => axisOf(index) !== index) ? `${label}[${bound(shown)}]` : label;
};

/** A matrix that is meant as a whole stands without its entries. */
const matrixText = ({ over, body }: MatrixFunction, options: PrintOptions, context: number): string => {
  if (body.kind === 'read' && body.subscripts.slice(-2).join() === over.join())
    return readText(body.name, [], options);
  const whole = squareMatrix(body, options);
  return whole !== null && whole.row === over[0] && whole.column === over[1]
    ? whole.text
    : wrap(render(body, options), context);
};
const entryText = (row: Index, column: Index): string => `[${bound([row, column])}]`;

const addition = (terms: readonly Expression[], options: PrintOptions): string => {
  // Positive terms first: `x − Phi @ z` rather than `−Phi @ z + x`.
  const signed = terms.map((term) => ({ term, negative: splitCoefficient(term).coefficient < 0 }));
  const ordered = [
    ...signed.filter(({ negative }) => !negative),
    ...signed.filter(({ negative }) => negative),
  ];
  return ordered
    .map(({ term, negative }, i) => {
      const text = wrap(render(negative ? negate(term) : term, options), strength.multiply);
      return i === 0 ? (negative ? `−${text}` : text) : `${negative ? '−' : '+'} ${text}`;
    })
    .join(' ');
};

const product = (factors: readonly Expression[], options: PrintOptions): Text => {
  const negative = splitCoefficient(factors[0]!).coefficient < 0 && factors[0]!.kind === 'constant';
  const [above, below]: [Expression[], Expression[]] = [[], []];
  // x · I₁(x) / (x · I₀(x)) is I₁(x) / I₀(x).
  const slopes = factors.map(besselArgument).filter((argument) => argument !== null);
  const cancelled = slopes.filter((argument) => factors.includes(argument));
  for (const factor of factors.filter((each) => !cancelled.includes(each))) {
    const argument = besselArgument(factor);
    if (argument !== null) {
      above.push(exp(apply('log_bessel_i', one, argument)));
      below.push(...(cancelled.includes(argument) ? [] : [argument]));
      below.push(exp(apply('log_bessel', zero, argument)));
    } else if (factor.kind === 'power' && factor.exponent.kind === 'constant' && factor.exponent.value < 0)
      below.push(power(factor.base, constant(-factor.exponent.value)));
    else if (factor.kind === 'constant' && Math.abs(factor.value) !== 1)
      above.push(constant(Math.abs(factor.value)));
    else if (factor.kind !== 'constant') above.push(factor);
  }
  const join = (list: readonly Expression[]): string =>
    list.length === 0
      ? '1'
      : list.map((factor) => wrap(render(factor, options), strength.negate)).join(' · ');
  const quotient =
    below.length === 0
      ? join(above)
      : `${join(above)} / ${below.length === 1 ? wrap(render(below[0]!, options), strength.negate) : `(${join(below)})`}`;
  return {
    text: negative ? `−${quotient}` : quotient,
    strength: negative ? strength.add : strength.multiply,
  };
};

const powerText = (base: Expression, exponent: Expression, options: PrintOptions): Text => {
  if (exponent.kind === 'constant' && exponent.value === 0.5)
    return { text: `√(${render(base, options).text})`, strength: strength.atom };
  if (exponent.kind === 'constant' && exponent.value < 0)
    return {
      text: `1 / ${wrap(render(power(base, constant(-exponent.value)), options), strength.negate)}`,
      strength: strength.multiply,
    };
  const bottom = wrap(render(base, options), strength.atom);
  if (exponent.kind === 'constant' && Number.isInteger(exponent.value)) {
    const top = [...String(exponent.value)].map((digit) => superscripts[digit] ?? digit).join('');
    return { text: `${bottom}${top}`, strength: strength.power };
  }
  return { text: `${bottom}^${wrap(render(exponent, options), strength.atom)}`, strength: strength.power };
};

const comparisons: Readonly<Record<string, string>> = { less: '<', less_equal: '≤', equal: '=' };
const applyText = (node: Extract<Expression, { kind: 'apply' }>, options: PrintOptions): Text => {
  const operands = node.arguments.map((argument) => render(argument, options));
  if (node.operator === 'detach') return operands[0]!;
  const sign = comparisons[node.operator];
  if (sign !== undefined)
    return { text: `[${operands.map(({ text }) => text).join(` ${sign} `)}]`, strength: strength.atom };
  const special = specialText(node, (argument) => ({
    plain: render(argument, options).text,
    operand: wrap(render(argument, options), strength.negate),
    negative: render(negate(argument), options).text,
  }));
  if (special !== null) return { text: special.text, strength: specialStrength[special.form] };
  return {
    text: `${node.operator}(${operands.map(({ text }) => text).join(', ')})`,
    strength: strength.atom,
  };
};
const specialStrength = {
  sum: strength.add,
  quotient: strength.multiply,
  prefix: strength.negate,
  call: strength.atom,
} as const;

/** `Phi @ rest` where a matrix meets the rest of the product in exactly the summed index. */
const contraction = (node: Extract<Expression, { kind: 'sum' }>, options: PrintOptions): Text | null => {
  const form = quadraticForm(node, options) ?? coupling(node, options);
  if (form !== null) return form;
  if (node.over.length !== 1 || node.body.kind !== 'multiply') return null;
  const index = node.over[0]!;
  if (axisOf(index) !== index) return null;
  const { factors } = node.body;
  const matrix = factors.find((factor) => factor.kind === 'read' && visible(factor, options).length === 2);
  if (matrix === undefined) return null;
  const rest = factors.filter((factor) => factor !== matrix);
  const others = new Set(rest.flatMap((factor) => visible(factor, options)));
  const shared = visible(matrix, options).filter((i) => others.has(i));
  if (shared.length !== 1 || shared[0] !== index) return null;
  const right = rest.length === 1 ? render(rest[0]!, options) : product(rest, options);
  return {
    text: `${render(matrix, options).text} @ ${wrap(right, strength.power)}`,
    strength: strength.contract,
  };
};

const visible = (part: Expression, options: PrintOptions): readonly Index[] =>
  part.indices.filter((index) => !(options.hide ?? []).includes(index));

/** A square matrix as it is meant without its entries, with the index of its rows and that of its columns. */
const squareMatrix = (
  node: Expression,
  options: PrintOptions,
): { readonly text: string; readonly row: Index; readonly column: Index } | null => {
  const [row, column, ...more] =
    node.kind === 'read'
      ? node.subscripts.filter((index) => !(options.hide ?? []).includes(index))
      : node.kind === 'inverse' || node.kind === 'cholesky'
        ? [node.row, node.column]
        : [];
  if (row === undefined || column === undefined || more.length > 0 || row === column) return null;
  if (axisOf(row) !== axisOf(column) || visible(node, options).length !== 2) return null;
  const text = render(node, options).text;
  return { text: text.endsWith(']') ? text.slice(0, text.lastIndexOf('[')) : text, row, column };
};

/** A vector under the plain name of its axis. */
const vectorText = (factors: readonly Expression[], index: Index, options: PrintOptions): string => {
  const plain = new Map([[index, axisOf(index)]]);
  const renamed = factors.map((factor) => renameIndices(factor, plain));
  return wrap(
    renamed.length === 1 ? render(renamed[0]!, options) : product(renamed, options),
    strength.power,
  );
};

/** `W @ s` for a square matrix summed along its columns, `s @ W` along its rows: what `@` means for two axes of one name. */
const coupling = (node: Extract<Expression, { kind: 'sum' }>, options: PrintOptions): Text | null => {
  const [index, ...more] = node.over;
  if (index === undefined || more.length > 0 || node.body.kind !== 'multiply') return null;
  for (const factor of node.body.factors) {
    const matrix = squareMatrix(factor, options);
    if (matrix === null || (matrix.row !== index && matrix.column !== index)) continue;
    const kept = matrix.row === index ? matrix.column : matrix.row;
    const rest = node.body.factors.filter((other) => other !== factor);
    if (axisOf(kept) !== kept || rest.some(({ indices }) => indices.includes(kept))) continue;
    const vector = vectorText(rest, index, options);
    const text = matrix.row === index ? `${vector} @ ${matrix.text}` : `${matrix.text} @ ${vector}`;
    return { text, strength: strength.contract };
  }
  return null;
};

/** `a @ M @ b` for Σ a[i] M[i, j] b[j], also where one of the sums stands inside the other. */
const quadraticForm = (node: Extract<Expression, { kind: 'sum' }>, options: PrintOptions): Text | null => {
  if (node.body.kind !== 'multiply') return null;
  const inner = node.body.factors.find((factor) => factor.kind === 'sum');
  const isNested = node.over.length === 1 && inner?.kind === 'sum' && inner.over.length === 1;
  const over = isNested ? [...node.over, ...inner.over] : node.over;
  const outside = node.body.factors.filter((factor) => !isNested || factor !== inner);
  if (over.length !== 2 || (isNested && inner.body.kind !== 'multiply')) return null;
  if (isNested && outside.some(({ indices }) => indices.includes(inner.over[0]!))) return null;
  const within = isNested && inner.body.kind === 'multiply' ? inner.body.factors : [];
  const factors = [...outside, ...within];
  for (const factor of factors) {
    const matrix = squareMatrix(factor, options);
    if (matrix === null || !over.includes(matrix.row) || !over.includes(matrix.column)) continue;
    const rest = factors.filter((other) => other !== factor);
    const along = (index: Index): readonly Expression[] =>
      rest.filter((other) => visible(other, options).join() === index);
    const [left, right] = [along(matrix.row), along(matrix.column)];
    if (left.length === 0 || right.length === 0 || left.length + right.length < rest.length) continue;
    const text = `${vectorText(left, matrix.row, options)} @ ${matrix.text} @ ${vectorText(right, matrix.column, options)}`;
    return { text, strength: strength.contract };
  }
  return null;
};
