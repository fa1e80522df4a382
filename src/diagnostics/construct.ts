/** Short ways to make and order diagnostics. */
import type { Span } from '../syntax/span.ts';
import type { Code } from './codes.ts';
import type { Diagnostic, Fix } from './diagnostic.ts';

interface Details {
  readonly hint?: string | null;
  readonly secondary?: Diagnostic['secondary'];
  readonly fixes?: readonly Fix[];
}

const construct =
  (severity: Diagnostic['severity']) =>
  (
    code: Code,
    span: Span,
    message: string,
    { hint = null, secondary = [], fixes = [] }: Details = {},
  ): Diagnostic => ({
    code,
    severity,
    message,
    span,
    secondary,
    hint,
    ...(fixes.length === 0 ? {} : { fixes }),
  });

/** Something that must be changed before the program means anything. */
export const error = construct('error');
/** Something that runs and is probably not what was meant. */
export const warning = construct('warning');

/** By file in order of first appearance, then from top to bottom; equal places keep their order. */
export const bySourceOrder = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] => {
  const files = [...new Set(diagnostics.map(({ span }) => span.file))];
  return diagnostics.toSorted(
    (a, b) => files.indexOf(a.span.file) - files.indexOf(b.span.file) || a.span.start - b.span.start,
  );
};
