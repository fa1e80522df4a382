/** `inverse`, `log_determinant` and `cholesky` over the two axes of a square matrix. */
import { axisOf, writtenIndex, type Expression, type Index } from '../calculus/expression.ts';
import { cholesky, inverse, logDeterminant, type Pair } from '../calculus/matrix.ts';
import type { Fix } from '../diagnostics/diagnostic.ts';
import { addition } from '../diagnostics/fixes.ts';
import type { CallExpression } from '../syntax/tree.ts';
import type { MatrixFunction } from './builtins.ts';
import type { Environment } from './expressions.ts';
import { overAxes, reducedValue } from './reductions.ts';
import { error, showAxes, type Value } from './scope.ts';
import { domains, type Domain } from './supports.ts';

/** The first axis counts rows, the second columns; all further axes of the argument are a batch of matrices. */
export const ofMatrix = (
  name: MatrixFunction,
  call: CallExpression,
  leading: readonly Value[],
  environment: Environment,
): Value | null => {
  const value = reducedValue(name, call, leading, environment, `${name}(a over axis, axis')`);
  const over = value === null ? null : overAxes(name, call, value, environment);
  if (value === null || over === null) return null;
  const [row, column, ...more] = over;
  if (row === undefined || column === undefined || more.length > 0 || axisOf(row) !== axisOf(column))
    return error(
      environment.report,
      'NSM3016',
      call.span,
      `\`${name}\` needs a square matrix, and this is ${showAxes(over)}`,
      {
        secondary: [{ span: value.span, label: `is ${showAxes(value.axes)}` }],
        hint: `Name an axis and the same axis with a prime: \`${name}(... over ${example(value.axes)})\`.`,
        fixes: squareFixes(call, value.axes),
      },
    );
  const axes = name === 'log_determinant' ? value.axes.filter((axis) => !over.includes(axis)) : value.axes;
  return { ...meaning(name, [row, column], value), axes, span: call.span };
};

const meaning = (
  name: MatrixFunction,
  over: Pair,
  { expression: body, domain }: Value,
): { expression: Expression; domain: Domain } => {
  const [row, column] = over;
  switch (name) {
    case 'inverse': {
      const isPositive = domain.special === 'positive_definite';
      return { expression: inverse(row, column, over, body), domain: isPositive ? domain : domains.real };
    }
    case 'cholesky':
      return { expression: cholesky(row, column, over, body), domain: domains.real };
    case 'log_determinant':
      return { expression: logDeterminant(over, body), domain: domains.real };
  }
};

/** The twin of the one axis that is named, where the argument has it. */
const squareFixes = ({ over, arguments: given }: CallExpression, axes: readonly Index[]): readonly Fix[] => {
  const [named, ...more] = over;
  const twin = named === undefined ? null : `${named.text}${named.primes === 0 ? "'" : ''}`;
  if (named === undefined || twin === null || more.length > 0 || given.length !== 1) return [];
  return axes.map(writtenIndex).includes(twin) ? [addition(named.span, `, ${twin}`)] : [];
};

/** A pair of twin axes that the argument has, or one it could have. */
const example = (axes: readonly Index[]): string => {
  const primed = axes.find((index) => axisOf(index) !== index && axes.includes(axisOf(index)));
  const axis = axisOf(primed ?? axes[0] ?? 'axis');
  return `${axis}, ${primed ?? `${axis}'`}`;
};
