/** Lines and columns for what a definition comes from. */
import type { Checked, Inference, Learning, Model } from '../check/typed.ts';
import { position } from '../diagnostics/position.ts';
import type { Span } from '../syntax/span.ts';
import type { Origin, Program } from './program.ts';

/** Finds places. Many registers come from one statement: each is looked up once. */
export const locator = ({ texts }: Checked): ((span: Span) => Origin) => {
  const known = new Map<Span, Origin>();
  return (span) => {
    const before = known.get(span);
    if (before !== undefined) return before;
    const text = texts.get(span.file);
    const origin = text === undefined ? span : { ...span, ...position(text, span.start) };
    known.set(span, origin);
    return origin;
  };
};

/** The program with the places of its registers. */
export const located = (program: Program, locate: (span: Span) => Origin): Program => ({
  ...program,
  origins: Object.fromEntries(
    Object.entries(program.origins ?? {}).map(([name, span]) => [name, locate(span)]),
  ),
});

/** The places of what a model, its inferences and its learnings declare. */
export const declaredOrigins = (
  { parameters, variables }: Model,
  inferences: readonly Inference[],
  learnings: readonly Learning[],
  locate: (span: Span) => Origin,
): Readonly<Record<string, Origin>> =>
  Object.fromEntries(
    [
      ...parameters,
      ...inferences.flatMap((inference) => inference.parameters),
      ...variables,
      ...inferences,
      ...learnings,
    ].map(({ name, span }) => [name, locate(span)]),
  );

/** `ipvae.nsm:12:3`; null where the line is not known. */
export const placeText = ({ file, line, column }: Origin): string | null =>
  line === undefined ? null : `${file}:${line}:${column}`;
