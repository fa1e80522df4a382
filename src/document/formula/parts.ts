/** Parts of a formula as they are read, and how several make a larger one: products, fractions, powers, contractions. */
import { fenced, letter, nameFormula, row, scripted, sign, thin, type Formula } from './formula.ts';

/** A part that has been read, with what decides how it stands in a larger one. */
export interface Part {
  readonly formula: Formula;
  readonly form: 'sum' | 'product' | 'contraction' | 'prefix' | 'large' | 'atom' | 'words';
  /** Free axes, as far as they are known. */
  readonly axes: readonly string[];
  /** Without its parentheses, where a product does not need them. */
  readonly bare?: Formula;
}

export const atom = (formula: Formula, axes: readonly string[] = []): Part => ({
  formula,
  form: 'atom',
  axes,
});
export const union = (...all: readonly (readonly string[])[]): readonly string[] => [...new Set(all.flat())];

/** The same part with more around it: whatever stood in loose parentheses keeps them. */
export const dressed = ({ form, axes }: Part, formula: Formula): Part => ({ formula, form, axes });

export const differential = (name: string): Formula => row(letter('d'), nameFormula(name));

const fractions: Readonly<Record<string, readonly [string, string]>> = {
  '½': ['1', '2'],
  '¼': ['1', '4'],
  '¾': ['3', '4'],
};
const number = (text: string): Formula => ({ kind: 'number', text });
export const numberFormula = (text: string): Formula => {
  const parts = fractions[text];
  if (parts !== undefined) {
    const [above, below] = parts.map(number);
    return { kind: 'fraction', above: above!, below: below! };
  }
  const [, size, exponent] = /^(.*)e([+-]?\d+)$/.exec(text) ?? [];
  if (size === undefined || exponent === undefined) return number(text);
  const power = scripted(number('10'), null, number(exponent.replace('+', '').replace('-', '−')));
  return size === '1' ? power : row(number(size), sign('⋅', 'binary'), power);
};

/** `E[x]` has brackets, what a name reads at an index is a subscript. */
export const indexed = (base: Part, inside: Part): Part => {
  const { formula } = base;
  if (formula.kind === 'letter' && formula.text === 'E')
    return atom(row(sign('𝔼', 'plain'), fenced(inside.formula, '[', ']')));
  if (formula.kind === 'name' && formula.text === 'Var')
    return atom(row({ kind: 'function', text: 'Var' }, fenced(inside.formula, '[', ']')));
  return { ...dressed(base, scripted(formula, inside.formula, null)), axes: [] };
};

export const unfenced = (formula: Formula): Formula =>
  formula.kind === 'fence' && formula.open === '(' ? formula.body : formula;

/** As the base of a power. */
export const guarded = ({ formula, form }: Part): Formula =>
  form !== 'atom' || formula.kind === 'fraction' || (formula.kind === 'row' && formula.parts.length > 2)
    ? fenced(formula)
    : formula;

export const fraction = (above: Part, below: Part): Part => ({
  formula: { kind: 'fraction', above: unfenced(above.formula), below: unfenced(below.formula) },
  form: 'atom',
  axes: union(above.axes, below.axes),
});

export const edge = (formula: Formula, side: 'left' | 'right'): Formula => {
  if (formula.kind === 'script') return edge(formula.base, side);
  return formula.kind === 'row' ? edge(formula.parts.at(side === 'left' ? 0 : -1) ?? thin, side) : formula;
};

/** Factors side by side, with a dot where two would run together. */
export const joined = (factors: readonly Part[]): Part => {
  const parts = factors.flatMap((part, i): readonly Formula[] => {
    // A sum reaches as far as it can: it is closed where more follows.
    const reaches = part.form === 'large' && part.formula.kind !== 'function' && i < factors.length - 1;
    const isClosed = reaches || (part.form === 'prefix' && i > 0);
    const formula = isClosed ? fenced(part.formula) : (part.bare ?? part.formula);
    if (i === 0) return [formula];
    const before = factors[i - 1]!;
    if (before.form === 'words' || part.form === 'words') return [formula];
    const [left, right] = [edge(before.formula, 'right'), edge(formula, 'left')];
    const isShort = left.kind === 'number' || left.kind === 'fraction';
    const isClear = (isShort || (left.kind !== 'name' && right.kind !== 'name')) && right.kind !== 'number';
    return [isClear || left.kind === 'function' ? thin : sign('⋅', 'binary'), formula];
  });
  const form = factors.some((part) => part.form === 'words') ? 'words' : 'product';
  return { formula: row(...parts), form, axes: union(...factors.map(({ axes }) => axes)) };
};

const transposed = (formula: Formula): Formula => scripted(formula, null, sign('⊤', 'plain'));

/** `M @ v`: with the axes known, Mᵀ v where v runs along the rows of M; of a vector on the left, vᵀ. */
export const contraction = (left: Part, right: Part): Part => {
  const shared = right.axes.filter((axis) => left.axes.includes(axis));
  const [rows, columns] = left.axes;
  const isSquare = rows !== undefined && columns?.startsWith(rows) === true;
  const alongRows = left.axes.length === 2 && !isSquare && shared.includes(rows!);
  const isTurned = left.form === 'atom' && (alongRows || left.axes.length === 1);
  const first = { ...left, formula: isTurned ? transposed(left.formula) : left.formula };
  return {
    formula: joined([first, { ...right, bare: right.formula }]).formula,
    form: 'contraction',
    // Of a matrix that nothing is known of, neither is what it leads to.
    axes: left.axes.length === 0 ? [] : union(left.axes, right.axes).filter((axis) => !shared.includes(axis)),
  };
};
