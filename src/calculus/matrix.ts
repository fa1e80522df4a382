/**
 * Constructors of the functions of square matrices. A matrix is an expression with two indices, its row and its column,
 * which the function binds; its other indices are a batch. Of a matrix and its transpose the same one is kept, with
 * names in order, so that equal values are one object and the inverse of a matrix that is written symmetrically is symmetric.
 */
import {
  add,
  apply,
  constant,
  delta,
  half,
  intern,
  log,
  multiply,
  negate,
  one,
  power,
  size,
  splitCoefficient,
  sqrt,
  sum,
  unite,
} from './build.ts';
import { axisOf, type Expression, type Index, type Inverse } from './expression.ts';
import { compare } from './order.ts';
import { freshIndex, renameIndices } from './substitute.ts';

export type Pair = readonly [row: Index, column: Index];

/** Entry (row, column) of the inverse of `body`, a matrix over the two indices `over`. */
export const inverse = (row: Index, column: Index, over: Pair, body: Expression): Expression => {
  const factors = body.kind === 'multiply' ? body.factors : [body];
  const scale = factors.filter((factor) => !over.some((index) => factor.indices.includes(index)));
  if (scale.length > 0 && scale.length < factors.length) {
    const rest = multiply(...factors.filter((factor) => !scale.includes(factor)));
    return multiply(power(multiply(...scale), -1), inverse(row, column, over, rest));
  }
  const diagonal = diagonalOf(over, factors);
  if (diagonal !== null)
    return multiply(delta(row, column), power(renameIndices(diagonal, new Map([[over[0], row]])), -1));
  if (body.kind === 'inverse' && isWhole(over, body)) {
    const [first, second] = body.row === over[0] ? [row, column] : [column, row];
    return renameIndices(
      body.body,
      new Map([
        [body.over[0], first],
        [body.over[1], second],
      ]),
    );
  }
  // (Mᵀ)⁻¹ = (M⁻¹)ᵀ: the entry is written with the same one of the two as in `upright`.
  const { matrix, transposed } = canonical(over, body);
  const order = compare(matrix.body, transposed.body);
  const isFlipped = order === 0 ? row > column : order < 0;
  const kept = isFlipped ? transposed : matrix;
  const [first, second] = isFlipped ? [column, row] : [row, column];
  return intern(`i${first},${second};${kept.over.join()};${kept.body.id}`, () => ({
    kind: 'inverse',
    row: first,
    column: second,
    ...kept,
    indices: unite([first], [second], batchOf(kept)),
  }));
};

/** log |det M| of `body`, a matrix over the two indices `over`. */
export const logDeterminant = (over: Pair, body: Expression): Expression => {
  const { coefficient, rest } = splitCoefficient(body);
  if (coefficient !== 1 && rest !== one)
    return add(
      multiply(size(axisOf(over[0])), constant(Math.log(Math.abs(coefficient)))),
      logDeterminant(over, rest),
    );
  const diagonal = diagonalOf(over, body.kind === 'multiply' ? body.factors : [body]);
  if (diagonal !== null) return sum([over[0]], log(magnitude(diagonal)));
  if (body.kind === 'inverse' && isWhole(over, body)) return negate(logDeterminant(body.over, body.body));
  const kept = upright(over, body);
  return intern(`l${kept.over.join()};${kept.body.id}`, () => ({
    kind: 'log_determinant',
    ...kept,
    indices: batchOf(kept),
  }));
};

/** Entry (row, column) of the Cholesky factor of the symmetric part of `body`, a matrix over the two indices `over`. */
export const cholesky = (row: Index, column: Index, over: Pair, body: Expression): Expression => {
  const { coefficient, rest } = splitCoefficient(body);
  if (coefficient > 0 && coefficient !== 1 && rest !== one)
    return multiply(constant(Math.sqrt(coefficient)), cholesky(row, column, over, rest));
  const diagonal = diagonalOf(over, body.kind === 'multiply' ? body.factors : [body]);
  if (diagonal !== null)
    return multiply(delta(row, column), sqrt(renameIndices(diagonal, new Map([[over[0], row]]))));
  const kept = upright(over, body);
  return intern(`h${row},${column};${kept.over.join()};${kept.body.id}`, () => ({
    kind: 'cholesky',
    row,
    column,
    ...kept,
    indices: unite([row], [column], batchOf(kept)),
  }));
};

/** One below the diagonal (row > column), half on it, zero above: what the derivative of a Cholesky factor keeps. */
export const triangle = (row: Index, column: Index): Expression =>
  row === column
    ? half
    : intern(`t${row},${column}`, () => ({ kind: 'triangle', row, column, indices: [row, column] }));

/**
 * A matrix meets its own inverse in a summed product: Σ_b M[a, b] M⁻¹[b, c] is the delta of a and c. The matrix may stand in a
 * sum of its own, as in M⁻¹ (M v). Null where none does.
 */
export const cancelInverse = (over: readonly Index[], factors: readonly Expression[]): Expression | null => {
  for (const factor of factors) {
    if (factor.kind !== 'inverse' || factor.row === factor.column) continue;
    for (const shared of [factor.row, factor.column]) {
      if (!over.includes(shared) || batchOf(factor).includes(shared)) continue;
      const others = factors.filter((candidate) => candidate !== factor);
      const partners = others.filter((candidate) => candidate.indices.includes(shared));
      const product = partners.length === 1 ? productWith(factor, shared, partners[0]!) : null;
      if (product === null) continue;
      const rest = others.filter((candidate) => candidate !== partners[0]);
      return sum(
        over.filter((index) => index !== shared),
        multiply(product, ...rest),
      );
    }
  }
  return null;
};

/** The sum over `shared` of an inverse and another factor, where its matrix makes that a delta; else null. */
const productWith = (inverted: Inverse, shared: Index, partner: Expression): Expression | null => {
  if (partner.kind === 'sum') {
    const apart = new Map(partner.over.map((index) => [index, freshIndex(index)]));
    const body = renameIndices(partner.body, apart);
    const factors = body.kind === 'multiply' ? body.factors : [body];
    const product = cancelInverse([shared], [inverted, ...factors]);
    return product === null ? null : sum([...apart.values()], product);
  }
  const end = partner.indices.find((index) => index !== shared && entry(inverted, shared, index) === partner);
  return end === undefined ? null : delta(end, shared === inverted.row ? inverted.column : inverted.row);
};

/** The entry of M that its inverse meets in `shared`: M[end, shared] before M⁻¹[shared, …], M[shared, end] after M⁻¹[…, shared]. */
const entry = ({ row, over, body }: Inverse, shared: Index, end: Index): Expression => {
  const [first, second] = shared === row ? [end, shared] : [shared, end];
  return renameIndices(
    body,
    new Map([
      [over[0], first],
      [over[1], second],
    ]),
  );
};

/** d[row] for a matrix d[row] · delta(row, column), else null. */
const diagonalOf = (over: Pair, factors: readonly Expression[]): Expression | null => {
  const found = factors.find(
    (factor) => factor.kind === 'delta' && over.includes(factor.left) && over.includes(factor.right),
  );
  if (found === undefined) return null;
  const rest = multiply(...factors.filter((factor) => factor !== found));
  return renameIndices(rest, new Map([[over[1], over[0]]]));
};

/** Whether an inverse has the bound indices as its row and column, and none of them as a batch. */
const isWhole = (over: Pair, { row, column, body, over: inner }: Inverse) =>
  row !== column &&
  over.includes(row) &&
  over.includes(column) &&
  !over.some((index) => body.indices.includes(index) && !inner.includes(index));

const magnitude = (node: Expression): Expression =>
  node.kind === 'apply' && node.operator === 'exp' ? node : apply('abs', node);

interface Matrix {
  readonly over: Pair;
  readonly body: Expression;
}

const batchOf = ({ over, body }: Matrix): readonly Index[] =>
  body.indices.filter((index) => !over.includes(index));

/** The matrix and its transpose with bound indices named by the axis and the fewest primes that are free. */
const canonical = (
  over: Pair,
  body: Expression,
): { readonly matrix: Matrix; readonly transposed: Matrix } => {
  const free = new Set(batchOf({ over, body }));
  const names: Index[] = [];
  for (let name = axisOf(over[0]); names.length < 2; name += "'") if (!free.has(name)) names.push(name);
  const [first, second] = [names[0]!, names[1]!];
  const named = (row: Index, column: Index): Matrix => ({
    over: [first, second],
    body: renameIndices(
      body,
      new Map([
        [over[0], row],
        [over[1], column],
      ]),
    ),
  });
  return { matrix: named(first, second), transposed: named(second, first) };
};

/** Of a stored matrix this is the one that is read as it is stored. */
const upright = (over: Pair, body: Expression): Matrix => {
  const { matrix, transposed } = canonical(over, body);
  return compare(matrix.body, transposed.body) >= 0 ? matrix : transposed;
};
