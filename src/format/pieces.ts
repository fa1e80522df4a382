/** A file cut into declarations that can be laid out and stretches of text that stay as they are. */
import { EOF, type CstNode, type IToken } from 'chevrotain';
import type { Failure } from '../../grammar/recovery.ts';
import type { Lexed } from '../../grammar/tokens.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { emptyLine, endOf as endOfToken, type Above, type Comments } from './comments.ts';
import { endOf, startOf } from './concrete.ts';

export type Piece =
  | {
      readonly kind: 'declaration';
      readonly node: CstNode;
      readonly above: Above;
      readonly behind: string | null;
    }
  | { readonly kind: 'damaged'; readonly text: string; readonly isSetApart: boolean };

export interface Read {
  readonly source: string;
  readonly lexed: Lexed;
  readonly comments: Comments;
  readonly declarations: readonly CstNode[];
  readonly failures: readonly Failure[];
  readonly diagnostics: readonly Diagnostic[];
}

interface Range {
  readonly start: number;
  readonly end: number;
}
/** A declaration, or with null something that stays as it is. */
interface Unit extends Range {
  readonly node: CstNode | null;
}

export const piecesOf = (read: Read): readonly Piece[] => {
  const { source, comments } = read;
  const remarks = [...read.lexed.docs, ...read.lexed.comments]
    .map(rangeOfToken)
    .sort((a, b) => a.start - b.start);
  const units = unitsOf(read);
  let kept = 0;
  return units.map(({ node, start, end }, position): Piece => {
    if (node !== null) {
      const { comments: above, blank } = comments.above.get(start) ?? { comments: [], blank: false };
      const own = above.filter((each) => each.start >= kept);
      const behind = comments.behind.get(end) ?? null;
      return { kind: 'declaration', node, above: { comments: own, blank }, behind };
    }
    const before = units[position - 1]?.end ?? 0;
    const next = units[position + 1]?.start ?? null;
    const first = remarks.find((each) => each.start >= before && isBelow(source, before, each)) ?? {
      start,
      end,
    };
    const from = source.lastIndexOf('\n', Math.min(first.start, start) - 1) + 1;
    const below = remarks.filter((each) => each.start >= end && each.start < (next ?? Infinity));
    kept = Math.max(
      end,
      ...below.slice(0, below.length - countOfNext(source, end, below, next)).map((each) => each.end),
    );
    return {
      kind: 'damaged',
      text: source.slice(from, kept),
      isSetApart: emptyLine.test(source.slice(before, first.start)),
    };
  });
};

/** How many of the comments between something damaged and a declaration are the declaration's: those right above it. */
const countOfNext = (source: string, end: number, below: readonly Range[], next: number | null): number => {
  if (next === null) return 0;
  const starts = [...below.map(({ start }) => start), next];
  const belongs = (each: Range, position: number): boolean =>
    isBelow(source, end, each) &&
    source[each.start - 1] === '\n' &&
    !emptyLine.test(source.slice(each.end, starts[position + 1]));
  const last = below.findLastIndex((each, position) => !belongs(each, position));
  return below.length - 1 - last;
};

const isBelow = (source: string, end: number, { start }: Range): boolean =>
  end === 0 || source.slice(end, start).includes('\n');

const rangeOfToken = (token: IToken): Range => ({ start: token.startOffset, end: endOfToken(token) });

const unitsOf = ({ source, lexed, declarations, failures, diagnostics }: Read): readonly Unit[] => {
  const damage: readonly Range[] = [
    ...failures.map(({ from, until }) => ({
      start: from.startOffset,
      end: until.tokenType === EOF ? source.length : until.startOffset,
    })),
    ...diagnostics.map(({ span }) => span),
  ];
  const declared = declarations.map((node): Unit => {
    const range = { start: startOf(node), end: endOf(node) };
    return { ...range, node: damage.some((each) => overlap(each, range)) ? null : node };
  });
  const strays = [
    ...[...lexed.tokens, ...lexed.foreign].map(rangeOfToken),
    ...lexed.unknown.map(({ offset, length }) => ({ start: offset, end: offset + length })),
  ].filter((range) => !declared.some((unit) => overlap(unit, range)));
  const units = [...declared, ...strays.map((range): Unit => ({ ...range, node: null }))];
  units.sort((a, b) => a.start - b.start);
  const forwards = keepLines(source, units);
  return joined(keepLines(source, forwards.toReversed()).toReversed());
};

const overlap = (a: Range, b: Range): boolean => a.start < b.end && b.start < a.end;

/** What shares a line with something damaged stays as it is too: recovery goes by lines. */
const keepLines = (source: string, units: readonly Unit[]): readonly Unit[] => {
  const kept: Unit[] = [];
  for (const unit of units) {
    const before = kept.at(-1);
    const sharesLine =
      before?.node === null &&
      !source.slice(Math.min(before.end, unit.end), Math.max(before.start, unit.start)).includes('\n');
    kept.push(sharesLine ? { ...unit, node: null } : unit);
  }
  return kept;
};

/** Damaged units that follow each other are one. */
const joined = (units: readonly Unit[]): readonly Unit[] => {
  const result: Unit[] = [];
  for (const unit of units) {
    const before = result.at(-1);
    if (before?.node === null && unit.node === null) result.push({ ...result.pop()!, end: unit.end });
    else result.push(unit);
  }
  return result;
};
