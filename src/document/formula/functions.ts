/** How functions of the notation look: sums and largest entries with their axes below, the rest as a name before its argument. */
import { fenced, indexRow, nameFormula, row, scripted, sign, thin, type Formula } from './formula.ts';
import type { Part } from './parts.ts';

/** What mathematics prints upright; other names are looked at as names. */
const upright = new Set(
  'exp log sin cos tanh sinh cosh sigmoid softplus max min abs sign floor step log1p expm1 where diagonal size position atan2 normal uniform glorot clip round'.split(
    ' ',
  ),
);
const functionFormula = (name: string): Formula =>
  upright.has(name) || ([...name].length > 1 && /^[A-Z]|^\p{Ll}+$/u.test(name) && !name.includes('_'))
    ? { kind: 'function', text: name }
    : nameFormula(name);

const below = (base: Formula, over: readonly string[]): Formula =>
  over.length === 0 ? base : scripted(base, indexRow(over.map(nameFormula)), null);
const operand = ({ formula, form }: Part): Formula => (form === 'sum' ? fenced(formula) : formula);
const log: Formula = { kind: 'function', text: 'log' };

/** `name(body over axes)`. */
export const appliedTo = (name: string, body: Part, over: readonly string[]): Part => {
  const axes = body.axes.filter((axis) => !over.includes(axis));
  switch (name) {
    case 'sum':
      return { formula: row(below(sign('∑', 'large'), over), operand(body)), form: 'large', axes };
    case 'log_sum_exp': {
      const exp = row({ kind: 'function', text: 'exp' }, fenced(body.formula));
      return { formula: row(log, thin, below(sign('∑', 'large'), over), exp), form: 'large', axes };
    }
    case 'softmax':
      return call(below({ kind: 'function', text: 'softmax' }, over), body, body.axes);
    case 'log_determinant':
      return call(row(log, thin, { kind: 'function', text: 'det' }), body, []);
    case 'abs':
      return { formula: fenced(body.formula, '|', '|'), form: 'atom', axes };
    default:
      return call(below(functionFormula(name), over), body, axes);
  }
};

const call = (name: Formula, body: Part, axes: Part['axes']): Part => ({
  formula: row(name, fenced(body.formula)),
  form: 'atom',
  axes,
});
