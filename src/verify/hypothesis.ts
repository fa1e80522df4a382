/** A family that differs from a given one by one mistake in one line. */
import type { Family } from '../check/typed.ts';
import type { Span } from '../syntax/span.ts';

export type Line = 'support' | 'statistic' | 'natural' | 'log_partition' | 'log_base' | 'draw' | 'pathwise';

export interface Hypothesis {
  readonly line: Line;
  readonly span: Span;
  readonly family: Family;
  /** What the mistake would be. */
  readonly words: string;
  /** The line as it would have to read. */
  readonly instead: string;
}
