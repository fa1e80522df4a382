/** Source text -> syntax tree. */
import { EOF } from 'chevrotain';
import { parseTokens } from '../../grammar/parser.ts';
import type { Failure } from '../../grammar/recovery.ts';
import { lex } from '../../grammar/tokens.ts';
import { bySourceOrder, error } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { buildModule } from './build.ts';
import type { Context } from './concrete.ts';
import { attachDocs } from './docs.ts';
import { lexicalErrors } from './lexical.ts';
import { syntaxError } from './messages.ts';
import type { Module } from './tree.ts';

export interface Parsed {
  readonly module: Module;
  /** In source order. Empty exactly when the whole file was read. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Parses one file. Never throws on bad input: a declaration, member or statement that cannot be read gives one
 * diagnostic and is left out of the tree. `file` only names the source in spans.
 */
export const parse = (file: string, source: string): Parsed => {
  try {
    return parseFile(file, source);
  } catch (problem) {
    // Rules call each other, so brackets nested thousands deep exhaust the stack.
    if (!(problem instanceof RangeError)) throw problem;
    const span = { file, start: 0, end: source.length };
    const module: Module = { kind: 'module', imports: [], declarations: [], doc: null, span };
    const tooDeep = error(
      'NSM1001',
      { ...span, end: 0 },
      'something in this file is nested too deeply to be read',
      {
        hint: 'Name parts of a long expression with `let`, `function` or `energy`, or split the file.',
      },
    );
    return { module, diagnostics: [tooDeep] };
  }
};

const parseFile = (file: string, source: string): Parsed => {
  const lexed = lex(source);
  const { tree, failures } = parseTokens(lexed.tokens);
  const lexical = lexicalErrors(file, source, lexed);
  const docs = attachDocs(lexed.tokens, lexed.docs, source);
  const context: Context = {
    file,
    docs: docs.byOffset,
    interrupted: interruptions(failures),
    diagnostics: [],
  };
  const module = buildModule(context, tree, docs.module, source.length);
  const syntactic = failures
    .filter(
      (failure, position) => !explained(failure, lexical) && !alreadyUnclosed(failure, position, failures),
    )
    .map((failure) => syntaxError(file, lexed.tokens, failure));
  return { module, diagnostics: bySourceOrder([...lexical, ...syntactic, ...context.diagnostics]) };
};

/** Whether a piece could not be read because of a character, number or operator that is reported already. */
const explained = ({ kind, from, previous, until }: Failure, lexical: readonly Diagnostic[]): boolean => {
  if (kind === 'unclosed') return false;
  const start = previous.endLine === from.startLine ? previous.startOffset : from.startOffset;
  const end = until.tokenType === EOF ? Infinity : until.startOffset;
  return lexical.some(({ span }) => span.start >= start && span.start < end);
};

/** Bodies that all lack their brace at one place are one mistake: the innermost tells. */
const alreadyUnclosed = (failure: Failure, position: number, failures: readonly Failure[]): boolean =>
  failure.kind === 'unclosed' &&
  failures
    .slice(0, position)
    .some(({ kind, found }) => kind === 'unclosed' && found.startOffset === failure.found.startOffset);

/** Where reading broke off right behind something complete. */
const interruptions = (failures: readonly Failure[]): ReadonlySet<number> =>
  new Set(
    failures.filter(({ kind }) => kind === 'member').map(({ previous }) => (previous.endOffset ?? -1) + 1),
  );
