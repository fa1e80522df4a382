/** How a verdict about the density is told. */
import type { Code } from '../diagnostics/codes.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Span } from '../syntax/span.ts';
import type { Verdict } from './evidence.ts';
import type { Hypothesis } from './hypothesis.ts';

export type Tell = (
  code: Code,
  span: Span,
  message: string,
  hint: string,
  secondary?: Diagnostic['secondary'],
) => Verdict;

export const hintOf = ({ instead }: Hypothesis): string =>
  `With \`${instead}\` it adds up to 1 at every member tried.`;
