/** Sums of a product of two arrays that are products of matrices as they lie in memory. */
import type { Index, Sum } from '../../../calculus/expression.ts';
import type { Register } from '../../../schedule/program.ts';
import type { Product } from './kernels.ts';

/** The step, or null where the axes do not fall into runs of rows, columns and inner ones. */
export const productOf = (
  target: Register,
  value: Sum,
  indicesOf: (name: string) => readonly Index[],
  isSymmetric: boolean,
): Product | null => {
  const { body, over } = value;
  if (body.kind === 'power' && body.base.kind === 'read') return null;
  if (body.kind !== 'multiply' || body.factors.length !== 2) return null;
  const [one, other] = body.factors;
  if (one!.kind !== 'read' || other!.kind !== 'read') return null;
  if (
    one.subscripts.length !== indicesOf(one.name).length ||
    other.subscripts.length !== indicesOf(other.name).length
  )
    return null;
  for (const [left, right] of [
    [one, other],
    [other, one],
  ] as const) {
    const rows = left.subscripts.filter((index) => !over.includes(index));
    const columns = right.subscripts.filter((index) => !over.includes(index));
    const inner = left.subscripts.filter((index) => over.includes(index));
    const isRun = (whole: readonly Index[], ...parts: readonly (readonly Index[])[]): boolean =>
      whole.join() === parts.flat().join();
    if (inner.length !== over.length || !isRun(target.indices, rows, columns)) continue;
    if (new Set(target.indices).size !== target.indices.length) continue;
    const isLeftPlain = isRun(left.subscripts, rows, inner);
    const isLeftTransposed = isRun(left.subscripts, inner, rows);
    const isRightPlain = isRun(right.subscripts, inner, columns);
    const isRightTransposed = isRun(right.subscripts, columns, inner);
    const layout = isLeftPlain
      ? isRightPlain
        ? 'plain'
        : isRightTransposed
          ? 'transposed_right'
          : null
      : isLeftTransposed && isRightPlain
        ? 'transposed_left'
        : null;
    if (layout === null) continue;
    return {
      kind: 'product',
      target: target.name,
      left: left.name,
      right: right.name,
      layout,
      rows,
      columns,
      inner,
      isAdded: false,
      isSymmetric,
      rowsAtWork: null,
    };
  }
  return null;
};
