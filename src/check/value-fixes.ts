/** Values that are made to fit a support, and values to begin with. */
import type { Fix } from '../diagnostics/diagnostic.ts';
import { addition, insertion, statementMore, wrapping } from '../diagnostics/fixes.ts';
import type { Span } from '../syntax/span.ts';
import type { CallExpression } from '../syntax/tree.ts';
import type { Value } from './scope.ts';
import type { Support } from './typed.ts';

/** The functions whose values lie in a support, around a value that varies. */
export const wrapsInto = (
  { domain, span }: Pick<Value, 'domain' | 'span'>,
  support: Support,
): readonly Fix[] => {
  if (domain.low === domain.high) return [];
  switch (support.kind) {
    case 'positive':
      return ['exp', 'softplus'].map((name) => wrapping(span, name));
    case 'unit':
      return [wrapping(span, 'sigmoid')];
    case 'integer':
      return [wrapping(span, 'floor')];
    case 'real':
    case 'count':
    case 'binary':
    case 'spin':
    case 'angle':
    case 'one_hot':
    case 'simplex':
    case 'vector':
    case 'positive_definite':
      return [];
  }
};

/** A first value, above what moves. */
export const startFixes = (
  { name, support }: { readonly name: string; readonly support: Support },
  at: Span,
): readonly Fix[] => {
  const value = plainValue(support);
  return value === null ? [] : [statementMore('top', at, `start ${name} = ${value}`)];
};

/** A value that anything of a support may begin with, as it is written; null where none is plain. */
export const plainValue = (support: Support): string | null => {
  switch (support.kind) {
    case 'real':
    case 'count':
    case 'integer':
    case 'binary':
    case 'angle':
    case 'vector':
      return '0';
    case 'positive':
    case 'spin':
      return '1';
    case 'unit':
      return '0.5';
    case 'one_hot':
    case 'simplex':
    case 'positive_definite':
      return null;
  }
};

/** The arguments that a call lacks, behind the others; none where a value is not plain. */
export const argumentFixes = (
  call: CallExpression,
  lacking: readonly { readonly name: string; readonly value: string | null }[],
): readonly Fix[] => {
  const isPlain = lacking.every(({ value }) => value !== null);
  if (!isPlain || (call.arguments.length === 0 && call.over.length > 0)) return [];
  const text = lacking.map(({ name, value }) => `${name} = ${value}`).join(', ');
  const last = call.arguments.at(-1);
  if (last !== undefined) return [{ ...addition(last.span, `, ${text}`), title: `Add \`${text}\`` }];
  const { file, end } = call.span;
  return [insertion({ file, start: end - 1, end }, text)];
};
