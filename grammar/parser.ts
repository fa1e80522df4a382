/**
 * The grammar: files, declarations and their members. Every rule has the syntax it reads above it;
 * `src/syntax/build.ts` turns what it returns into the tree of `src/syntax/tree.ts`. Keywords are also identifiers,
 * so rules that could begin with either say which wins.
 */
import type { CstNode, IToken } from 'chevrotain';
import type { Rule } from './expressions.ts';
import { MemberGrammar } from './members.ts';
import type { Body, Failure } from './recovery.ts';
import * as t from './tokens.ts';
import { keyword as k } from './tokens.ts';

export class Grammar extends MemberGrammar {
  constructor(skipValidations = true) {
    super(skipValidations);
    this.performSelfAnalysis();
  }

  file = this.RULE('file', () => {
    this.members('file', () => this.MANY(() => this.member(() => this.SUBRULE(this.declaration))));
  });

  protected declaration: Rule = this.RULE('declaration', () => {
    this.OR({
      DEF: [
        { ALT: () => this.SUBRULE(this.importDeclaration) },
        { ALT: () => this.SUBRULE(this.familyDeclaration) },
        { ALT: () => this.SUBRULE(this.modelDeclaration) },
        { ALT: () => this.SUBRULE(this.dynamicsDeclaration) },
        { ALT: () => this.SUBRULE(this.inferenceDeclaration) },
        { ALT: () => this.SUBRULE(this.learningDeclaration) },
        { ALT: () => this.SUBRULE(this.functionDeclaration) },
      ],
      ERR_MSG: 'a declaration',
    });
  });

  /** `import { Poisson, Normal as Gaussian } from "std/families"` */
  protected importDeclaration: Rule = this.RULE('importDeclaration', () => {
    this.CONSUME(k.import);
    this.CONSUME(t.LeftBrace);
    this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.importedName) });
    this.CONSUME(t.RightBrace, { ERR_MSG: '`,` or `}`' });
    this.CONSUME(k.from);
    this.CONSUME(t.StringLiteral);
  });

  protected importedName: Rule = this.RULE('importedName', () => {
    this.SUBRULE(this.name);
    this.OPTION(() => {
      this.CONSUME(k.as);
      this.SUBRULE2(this.name, { LABEL: 'alias' });
    });
  });

  protected familyDeclaration = this.block(
    'family',
    () => this.SUBRULE(this.familyHeader),
    () => this.SUBRULE(this.familyMember),
  );
  protected modelDeclaration = this.block(
    'model',
    () => this.SUBRULE(this.modelHeader),
    () => this.SUBRULE(this.modelMember),
  );
  protected dynamicsDeclaration = this.block(
    'dynamics',
    () => this.SUBRULE(this.dynamicsHeader),
    () => this.SUBRULE(this.dynamicsMember),
  );
  protected inferenceDeclaration = this.block(
    'inference',
    () => this.SUBRULE(this.inferenceHeader),
    () => this.SUBRULE(this.statement),
  );
  protected learningDeclaration = this.block(
    'learning',
    () => this.SUBRULE(this.learningHeader),
    () => this.SUBRULE(this.statement),
  );

  /** `family Poisson(log_rate: real)` */
  protected familyHeader: Rule = this.RULE('familyHeader', () => {
    this.CONSUME(k.family);
    this.SUBRULE(this.name);
    this.SUBRULE(this.parameters);
  });

  /** `model HEE(pixels: dim = 256)` */
  protected modelHeader: Rule = this.RULE('modelHeader', () => {
    this.CONSUME(k.model);
    this.SUBRULE(this.name);
    this.SUBRULE(this.parameters);
  });

  /** `dynamics Langevin(dt: positive) of s` */
  protected dynamicsHeader: Rule = this.RULE('dynamicsHeader', () => {
    this.CONSUME(k.dynamics);
    this.SUBRULE(this.name);
    this.SUBRULE(this.parameters);
    this.CONSUME(k.of);
    this.SUBRULE2(this.name, { LABEL: 'variable' });
  });

  /** `inference Spiking of IterativePoissonVAE(steps: int = 16)` */
  protected inferenceHeader: Rule = this.RULE('inferenceHeader', () => {
    this.CONSUME(k.inference);
    this.SUBRULE(this.name);
    this.CONSUME(k.of);
    this.SUBRULE2(this.name, { LABEL: 'model' });
    this.SUBRULE(this.parameters);
  });

  /** `learning Local of IterativePoissonVAE by Settling(beta: real = 16)` */
  protected learningHeader: Rule = this.RULE('learningHeader', () => {
    this.CONSUME(k.learning);
    this.SUBRULE(this.name);
    this.CONSUME(k.of);
    this.SUBRULE2(this.name, { LABEL: 'model' });
    this.OPTION(() => {
      this.CONSUME(k.by);
      this.SUBRULE3(this.name, { LABEL: 'inference' });
    });
    this.SUBRULE(this.parameters);
  });

  /** `function relu(x: real): real = max(x, 0)` */
  protected functionDeclaration: Rule = this.RULE('functionDeclaration', () => {
    this.CONSUME(k.function);
    this.SUBRULE(this.name);
    this.SUBRULE(this.parameters);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.type);
    });
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expression);
  });

  /** `(log_rate: real, fixed trials: count)`, or nothing. */
  protected parameters: Rule = this.RULE('parameters', () => {
    this.OPTION(() => {
      this.CONSUME(t.LeftParenthesis);
      this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.parameter) });
      this.CONSUME(t.RightParenthesis, { ERR_MSG: '`,` or `)`' });
    });
  });

  protected parameter: Rule = this.RULE('parameter', () => {
    this.OPTION({ GATE: () => this.isNameAt(2), DEF: () => this.CONSUME(k.fixed) });
    this.SUBRULE(this.name);
    this.OPTION2(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.type);
    });
    this.OPTION3(() => {
      this.CONSUME(t.Equals);
      this.SUBRULE(this.expression);
    });
  });

  protected block(kind: Exclude<Body, 'file'>, header: () => void, member: () => void): Rule {
    return this.RULE(`${kind}Declaration`, () => {
      this.header(header);
      this.body(kind, member);
    });
  }
}

let grammar: Grammar | null = null;

/** Reads a file's tokens into a concrete tree, and says what could not be read. Never throws on bad input. */
export const parseTokens = (
  tokens: IToken[],
): { readonly tree: CstNode; readonly failures: readonly Failure[] } => {
  grammar ??= new Grammar();
  grammar.input = tokens;
  const tree = grammar.file();
  return { tree, failures: grammar.failures };
};
