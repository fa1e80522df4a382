/**
 * Error recovery. The grammar itself knows nothing of it: rules mark where members, a header or a body are read,
 * and a mistake inside one costs only that one. Newlines carry no meaning in a correct program, but they show
 * where the next thing begins in a wrong one.
 */
import { createToken, CstParser, EOF, isRecognitionException, Lexer } from 'chevrotain';
import type { IRecognitionException, IToken, TokenType } from 'chevrotain';
import {
  Identifier,
  keyword,
  LeftBrace,
  NumberLiteral,
  RightBrace,
  Semicolon,
  tokenTypes,
  type Word,
} from './tokens.ts';

/** What kind of body is being read: it decides which words begin a member. */
export type Body = 'file' | 'family' | 'model' | 'dynamics' | 'inference' | 'learning';

const statementWords: readonly Word[] = [
  'param', 'belief', 'start', 'guard', 'repeat', 'descend', 'phase', 'predict', 'rolling', 'interneurons', 'set', 'free',
  'clamp', 'sample', 'draw', 'from', 'persist', 'local',
]; // prettier-ignore

/** The words that begin a member of each body. */
export const memberWords: Readonly<Record<Body, readonly Word[]>> = {
  file: ['import', 'family', 'model', 'dynamics', 'inference', 'learning', 'function'],
  family: [
    'support', 'statistic', 'natural', 'log_partition', 'log_base', 'standard', 'draw', 'axis', 'pathwise',
    'also',
  ], // prettier-ignore
  model: ['param', 'latent', 'observed', 'state', 'energy', 'measure'],
  dynamics: ['state', 'let', 'd', 'integrate', 'propose', 'accept', 'swap', 'replicas'],
  inference: statementWords,
  learning: statementWords,
};

/** Words that carry on what stands before them. A word followed by one of these did not begin a member. */
export const infixWords: readonly Word[] = [
  'as', 'of', 'by', 'over', 'up', 'to', 'where', 'within', 'dt', 'dW', 'until', 'with', 'at', 'through', 'for', 'in',
  'natural', 'from', 'per', 'each',
]; // prettier-ignore

/** Why a piece of the file could not be read: the evidence from which `src/syntax/messages.ts` chooses its words. */
export interface Failure {
  /**
   * `expected`: inside something, `expected` was due. `member`: nothing that can begin a member here.
   * `unclosed`: the body that begins at `opening` has no closing brace.
   */
  readonly kind: 'expected' | 'member' | 'unclosed';
  /** In plain words. */
  readonly expected: string;
  /** The grammar rules around the place, outermost first. */
  readonly rules: readonly string[];
  readonly body: Body;
  readonly found: IToken;
  /** The tokens around `found`; their type is `EOF` where there is none. */
  readonly previous: IToken;
  readonly next: IToken;
  /** First token of the piece that could not be read, and the first token after what was skipped. */
  readonly from: IToken;
  readonly until: IToken;
  /** The brace that opens the body. */
  readonly opening: IToken | null;
}

const typesOf = (words: readonly Word[]): ReadonlySet<TokenType> =>
  new Set(words.map((word) => keyword[word]));
const declarationTypes = typesOf(memberWords.file);
const infixTypes = typesOf(infixWords);
const memberTypes = new Set(Object.values(memberWords).flatMap((words) => [...typesOf(words)]));
const Unmatchable = createToken({ name: 'Unmatchable', pattern: Lexer.NA });

/** Whether a token can serve as a name. */
export const isName = (token: IToken): boolean =>
  token.tokenType === Identifier || (token.tokenType.CATEGORIES?.includes(Identifier) ?? false);

export abstract class RecoveringParser extends CstParser {
  failures: Failure[] = [];
  private bodies: { readonly body: Body; readonly opening: IToken | null }[] = [];
  private reported = new Set<IRecognitionException>();

  constructor(skipValidations: boolean) {
    super([...tokenTypes, Unmatchable], {
      recoveryEnabled: false,
      nodeLocationTracking: 'full',
      maxLookahead: 2,
      skipValidations,
      errorMessageProvider: {
        buildMismatchTokenMessage: ({ expected }) => expected.LABEL ?? expected.name,
        buildNoViableAltMessage: ({ customUserDescription }) => customUserDescription ?? 'something else',
        buildEarlyExitMessage: ({ customUserDescription }) => customUserDescription ?? 'something else',
        buildNotAllInputParsedMessage: () => 'the end of the file',
      },
    });
  }

  override reset(): void {
    super.reset();
    this.failures = [];
    this.bodies = [];
    this.reported = new Set();
  }

  /** Reads the members of a body with `repetition`, up to its closing brace or where that should have been. */
  protected members(body: Body, repetition: () => void): void {
    if (this.RECORDING_PHASE) return repetition();
    this.bodies.push({ body, opening: body === 'file' ? null : this.LA(0) });
    for (repetition(); !this.atEndOfBody(); repetition()) {
      const here = this.evidence(this.LA(1));
      this.skipToMember(this.LA(1));
      this.failures.push({ kind: 'member', expected: 'a member', rules: [], ...here, until: this.LA(1) });
    }
    this.bodies.pop();
  }

  /** Reads one member; when it cannot be read, goes on at the next. */
  protected member(parse: () => void): void {
    this.attempt(parse, (from) => this.skipToMember(from));
  }

  /** Reads a header; when it cannot be read, goes on at the body, if there is one. */
  protected header(parse: () => void): void {
    this.attempt(parse, (_from, error) => {
      while (!this.atDeclaration() && this.LA(1).tokenType !== LeftBrace && this.LA(1).tokenType !== EOF)
        this.SKIP_TOKEN();
      if (this.LA(1).tokenType !== LeftBrace) throw error;
    });
  }

  /** Reads a closing brace; where it is missing, says so and carries on as if it were there. */
  protected close(opening: IToken, consume: () => void): void {
    if (this.RECORDING_PHASE || this.LA(1).tokenType === RightBrace) return consume();
    const here = this.evidence(opening);
    this.failures.push({ kind: 'unclosed', expected: '`}`', rules: [], ...here, until: this.LA(1), opening });
  }

  /** Refuses a keyword that visibly begins the next member where `expected` is due. */
  protected refuseNextMember(expected: string): void {
    if (!this.RECORDING_PHASE && this.startsNewMember()) this.CONSUME9(Unmatchable, { ERR_MSG: expected });
  }

  /** Whether a word is first on its line and begins a member or declaration: it is followed by another plain word. */
  private startsNewMember(): boolean {
    const next = this.LA(2);
    const juxtaposed = (isName(next) && !infixTypes.has(next.tokenType)) || next.tokenType === NumberLiteral;
    return juxtaposed && memberTypes.has(this.LA(1).tokenType) && this.isFirstOnLine();
  }

  /** Whether a declaration begins here, at the beginning of a line. */
  protected atDeclaration(): boolean {
    const { tokenType } = this.LA(1);
    if (!declarationTypes.has(tokenType)) return false;
    const importing =
      tokenType === keyword.import && this.LA(2).tokenType === LeftBrace && this.isFirstOnLine();
    return importing || this.startsNewMember();
  }

  private isFirstOnLine(): boolean {
    const previous = this.LA(0);
    return previous.tokenType === EOF || (previous.endLine ?? 0) < (this.LA(1).startLine ?? 0);
  }

  private get kind(): Body {
    return this.bodies.at(-1)?.body ?? 'file';
  }

  private atEndOfBody(): boolean {
    const { tokenType } = this.LA(1);
    return tokenType === EOF || (this.kind !== 'file' && (tokenType === RightBrace || this.atDeclaration()));
  }

  private attempt(parse: () => void, skip: (from: IToken, error: IRecognitionException) => void): void {
    if (this.RECORDING_PHASE) return parse();
    const from = this.LA(1);
    const depth = this.bodies.length;
    try {
      parse();
    } catch (problem) {
      if (!(problem instanceof Error) || !isRecognitionException(problem)) throw problem;
      const error = problem as unknown as IRecognitionException;
      this.bodies.length = depth;
      if (this.reported.has(error)) return skip(from, error);
      this.reported.add(error);
      const here = this.evidence(from);
      try {
        skip(from, error);
      } finally {
        const { message, context } = error;
        this.failures.push({
          kind: 'expected',
          expected: message,
          rules: context.ruleStack,
          ...here,
          until: this.LA(1),
        });
      }
    }
  }

  private evidence(from: IToken): Pick<Failure, 'body' | 'opening' | 'found' | 'previous' | 'next' | 'from'> {
    const opening = this.bodies.at(-1)?.opening ?? null;
    return { body: this.kind, opening, found: this.LA(1), previous: this.LA(0), next: this.LA(2), from };
  }

  /** Skips `from` and what follows, to the next line that begins a member, a `;`, or the end of the body. */
  private skipToMember(from: IToken): void {
    const inFile = this.kind === 'file';
    for (let depth = 0; this.LA(1).tokenType !== EOF; this.SKIP_TOKEN()) {
      const token = this.LA(1);
      if (token !== from && this.atDeclaration()) return;
      if (depth <= 0 && !inFile) {
        if (token.tokenType === RightBrace || token.tokenType === Semicolon) return;
        const begins = memberWords[this.kind].includes(token.image as Word) || this.startsAssignment();
        if (token !== from && begins && this.isFirstOnLine()) return;
      }
      // In a file, a word at the left margin that is in no braces begins something, if only a misspelt declaration.
      if (inFile && token !== from && depth <= 0 && isName(token) && token.startColumn === 1) return;
      if (token.tokenType === LeftBrace) depth += 1;
      if (token.tokenType === RightBrace) depth -= 1;
    }
  }

  /** Dynamics have members that begin with any name: `u <- ...`, `A: d s = ...`. */
  private startsAssignment(): boolean {
    return this.kind === 'dynamics' && isName(this.LA(1)) && ['<-', ':', '='].includes(this.LA(2).image);
  }
}
