/**
 * What is wrong with a file that is being typed. Only declarations that changed, and those that mention them, are
 * checked again at a keystroke; what was found in the others moves with them.
 */
import { check } from '../check/check.ts';
import type { Sources } from '../check/sources.ts';
import type { Change, Diagnostic, Fix } from '../diagnostics/diagnostic.ts';
import { cover, type Span } from '../syntax/span.ts';
import type { Parsed } from '../syntax/parse.ts';
import { noAnswers, recording, stillHold, type Answers, type Library } from './library.ts';

export interface Findings {
  /** The pieces of the text that `problems` are about, and where in it they stood. */
  readonly pieces: readonly Piece[];
  readonly problems: readonly Diagnostic[];
  /** What was read and found for that. */
  readonly answers: Answers;
}

/** A declaration, or all imports under the name ''. */
interface Piece {
  readonly name: string;
  readonly text: string;
  readonly start: number;
}

export const nothingFound: Findings = { pieces: [], problems: [], answers: noAnswers };

/** Findings for a new text, given those for an earlier one. Unchanged while the text cannot be read. */
export const recheck = (
  before: Findings,
  file: string,
  text: string,
  parsed: Parsed,
  library: Library,
  sources: Sources,
): Findings => {
  if (parsed.diagnostics.some(({ severity }) => severity === 'error')) return before;
  const pieces = piecesOf(text, parsed);
  const known = stillHold(before.answers, sources, file) ? before : nothingFound;
  const changed = changedNames(known.pieces, pieces);
  if (changed.size === 0 && known === before && pieces.length > 0)
    return samePlaces(before.pieces, pieces)
      ? before
      : { ...before, pieces, problems: moved(before, pieces, file) };
  const recorded = recording(sources, known.answers);
  const { diagnostics } = check(file, recorded.sources, {
    parse: library.parse,
    wanted: ({ name }) => changed.has(name.text),
  });
  const kept = moved(known, pieces, file).filter(
    ({ span }) => span.file !== file || !changed.has(pieceAt(pieces, span)?.name ?? ''),
  );
  return { pieces, problems: withoutRepetition([...diagnostics, ...kept]), answers: recorded.answers };
};

/** Findings of a whole analysis. */
export const findingsOf = (
  text: string,
  parsed: Parsed,
  problems: readonly Diagnostic[],
  answers: Answers,
): Findings => ({ pieces: piecesOf(text, parsed), problems, answers });

/** What was found in pieces that are still there, at the places where they are now. */
export const currentProblems = (
  findings: Findings,
  file: string,
  text: string,
  parsed: Parsed,
): readonly Diagnostic[] => moved(findings, piecesOf(text, parsed), file);

const piecesOf = (text: string, { module }: Parsed): readonly Piece[] => {
  const piece = (name: string, { start, end }: Span): Piece => ({
    name,
    text: text.slice(start, end),
    start,
  });
  const [first] = module.imports;
  const imports = first === undefined ? [] : [piece('', cover(first.span, module.imports.at(-1)!.span))];
  return [...imports, ...module.declarations.map(({ name, span }) => piece(name.text, span))];
};

/** Names of pieces that are new, gone, different, or mention one that is; '' among them means all. */
const changedNames = (before: readonly Piece[], after: readonly Piece[]): ReadonlySet<string> => {
  const same = new Set(after.filter((piece) => counterpart(piece, before) !== null).map(({ name }) => name));
  const names = [...before, ...after].map(({ name }) => name);
  const twice = after.filter(({ name }, n) => after.some((other, m) => m !== n && other.name === name));
  const changed = new Set([
    ...names.filter((name) => !same.has(name) || !before.some((piece) => piece.name === name)),
    ...twice.map(({ name }) => name),
  ]);
  if (changed.has('')) return new Set(names);
  for (let size = -1; size !== changed.size;) {
    size = changed.size;
    for (const { name, text } of after)
      if (!changed.has(name) && wordsOf(text).some((word) => changed.has(word))) changed.add(name);
  }
  return changed;
};

const wordsOf = (text: string): readonly string[] => text.match(/[\p{L}_][\p{L}\p{M}\p{Nd}₀-₉_]*/gu) ?? [];

const counterpart = (piece: Piece, others: readonly Piece[]): Piece | null =>
  others.find(({ name, text }) => name === piece.name && text === piece.text) ?? null;

const pieceAt = (pieces: readonly Piece[], { start }: Span): Piece | null =>
  pieces.find((piece) => start >= piece.start && start <= piece.start + piece.text.length) ?? null;

/** Problems of a file, each with all its places moved as their pieces were; those of pieces that changed are left out. */
const moved = (from: Findings, pieces: readonly Piece[], file: string): readonly Diagnostic[] => {
  const place = (span: Span): Span | null => {
    if (span.file !== file) return span;
    const piece = pieceAt(from.pieces, span);
    const now = piece === null ? null : counterpart(piece, pieces);
    if (piece === null || now === null) return null;
    const shift = now.start - piece.start;
    return shift === 0 ? span : { file, start: span.start + shift, end: span.end + shift };
  };
  return from.problems.flatMap((problem) => {
    const span = place(problem.span);
    if (span === null) return [];
    const secondary = problem.secondary.flatMap((other) => {
      const at = place(other.span);
      return at === null ? [] : [{ ...other, span: at }];
    });
    const fixes = (problem.fixes ?? []).flatMap((fix): readonly Fix[] => {
      const changes = fix.changes.flatMap((change): readonly Change[] => {
        const at = place(change.span);
        return at === null ? [] : [{ ...change, span: at }];
      });
      return changes.length < fix.changes.length ? [] : [{ ...fix, changes }];
    });
    return [{ ...problem, span, secondary, ...(fixes.length === 0 ? {} : { fixes }) }];
  });
};

const withoutRepetition = (problems: readonly Diagnostic[]): readonly Diagnostic[] => {
  const seen = new Set<string>();
  return problems.filter(({ code, span, message }) => {
    const key = `${code} ${span.file} ${span.start} ${message}`;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
};

const samePlaces = (before: readonly Piece[], after: readonly Piece[]): boolean =>
  before.length === after.length && before.every(({ start }, n) => start === after[n]!.start);
