/** Names, types and expressions. Every rule has the syntax it reads above it. */
import type { CstNode, ParserMethod, TokenType } from 'chevrotain';
import { isName, RecoveringParser, type Body } from './recovery.ts';
import * as t from './tokens.ts';
import { keyword as k } from './tokens.ts';

export type Rule = ParserMethod<[], CstNode>;
/** What is due, in plain words. */
export const value = 'a value';
export const someName = 'a name';

export class ExpressionGrammar extends RecoveringParser {
  // Expressions, from the loosest operator to the tightest.

  /** `change < 1e-3`: comparisons do not chain. */
  protected expression: Rule = this.RULE('expression', () => {
    this.SUBRULE(this.additive);
    this.OPTION(() => {
      this.operator(t.Less, t.Greater, t.LessEqual, t.GreaterEqual, t.EqualEqual);
      this.SUBRULE2(this.additive);
    });
  });

  protected additive: Rule = this.RULE('additive', () => {
    this.SUBRULE(this.multiplicative);
    this.MANY(() => {
      this.operator(t.Plus, t.Minus);
      this.SUBRULE2(this.multiplicative);
    });
  });

  protected multiplicative: Rule = this.RULE('multiplicative', () => {
    this.SUBRULE(this.unary);
    this.MANY(() => {
      this.operator(t.Star, t.Slash, t.AtSign);
      this.SUBRULE2(this.unary);
    });
  });

  /** `-x^2` is `-(x^2)`. */
  protected unary: Rule = this.RULE('unary', () => {
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.Minus);
            this.SUBRULE(this.unary);
          },
        },
        { ALT: () => this.SUBRULE(this.power) },
      ],
      ERR_MSG: value,
    });
  });

  /** `a^b^c` is `a^(b^c)`; the exponent may have a sign of its own, `a^-1`. */
  protected power: Rule = this.RULE('power', () => {
    this.SUBRULE(this.postfix);
    this.OPTION(() => {
      this.CONSUME(t.Caret);
      this.SUBRULE(this.unary);
    });
  });

  /** `x[i + k]`, `energy in data` */
  protected postfix: Rule = this.RULE('postfix', () => {
    this.SUBRULE(this.primary);
    this.MANY(() => this.SUBRULE(this.subscripts));
    this.OPTION({
      GATE: () => this.isNameAt(2),
      DEF: () => {
        this.CONSUME(k.in);
        this.SUBRULE(this.name, { LABEL: 'phase' });
      },
    });
  });

  protected subscripts: Rule = this.RULE('subscripts', () => {
    this.CONSUME(t.LeftBracket);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.expression), ERR_MSG: value });
    this.CONSUME(t.RightBracket, { ERR_MSG: '`,` or `]`' });
  });

  protected primary: Rule = this.RULE('primary', () => {
    this.OR({
      DEF: [
        { ALT: () => this.CONSUME(t.NumberLiteral) },
        { ALT: () => this.SUBRULE(this.call) },
        { ALT: () => this.SUBRULE(this.grouping) },
      ],
      ERR_MSG: value,
    });
  });

  /** `(a)` groups, `(low, high)` is an interval. */
  protected grouping: Rule = this.RULE('grouping', () => {
    this.CONSUME(t.LeftParenthesis);
    this.SUBRULE(this.expression);
    this.OPTION(() => {
      this.CONSUME(t.Comma);
      this.SUBRULE2(this.expression);
    });
    this.CONSUME(t.RightParenthesis);
  });

  /** `x`, `SGD(rate = 0.01)`, `sum(x * y over pixels, units')` */
  protected call: Rule = this.RULE('call', () => {
    this.refuseNextMember(value);
    this.CONSUME(t.Identifier, { ERR_MSG: value });
    this.OPTION(() => {
      this.CONSUME(t.LeftParenthesis);
      this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.argument) });
      this.OPTION2(() => {
        this.CONSUME(k.over);
        this.SUBRULE(this.names);
      });
      this.CONSUME(t.RightParenthesis, { ERR_MSG: '`,` or `)`' });
    });
  });

  protected argument: Rule = this.RULE('argument', () => {
    this.OPTION({
      GATE: () => this.LA(2).tokenType === t.Equals,
      DEF: () => {
        this.SUBRULE(this.name);
        this.CONSUME(t.Equals);
      },
    });
    this.SUBRULE(this.expression);
  });

  /** `real`, `real[pixels, neurons]`, `one_hot over classes`, `count up to trials` */
  protected type: Rule = this.RULE('type', () => {
    this.SUBRULE(this.name, { LABEL: 'support' });
    this.OPTION(() => {
      this.CONSUME(t.LeftBracket);
      this.SUBRULE(this.names, { LABEL: 'axes' });
      this.CONSUME(t.RightBracket, { ERR_MSG: '`,` or `]`' });
    });
    this.OPTION2(() => {
      this.CONSUME(k.over);
      this.SUBRULE2(this.name, { LABEL: 'over' });
      // In a parameter list, `, trials: count` goes on with the next parameter and not with the axes.
      this.MANY({
        GATE: () =>
          this.isNameAt(2) &&
          (this.LA(3).image === 'where' || !this.isNameAt(3)) &&
          ![':', '='].includes(this.LA(3).image),
        DEF: () => {
          this.CONSUME(t.Comma);
          this.SUBRULE3(this.name, { LABEL: 'over' });
        },
      });
    });
    this.OPTION3(() => {
      this.CONSUME(k.up);
      this.CONSUME(k.to);
      this.SUBRULE(this.additive);
    });
  });

  protected definition: Rule = this.RULE('definition', () => {
    this.SUBRULE(this.name);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expression);
  });

  protected name: Rule = this.RULE('name', () => {
    this.refuseNextMember(someName);
    this.CONSUME(t.Identifier);
  });

  protected names: Rule = this.RULE('names', () => {
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.name), ERR_MSG: someName });
  });

  protected operator(...types: readonly TokenType[]): void {
    this.OR9({
      DEF: types.map((type, position) => ({
        ALT: () => this.consume(100 + position, type, { LABEL: 'operator' }),
      })),
      ERR_MSG: 'an operator',
    });
  }

  /** `{`, members with optional semicolons between them, `}` */
  protected body(kind: Exclude<Body, 'file'>, member: () => void): void {
    const opening = this.CONSUME(t.LeftBrace, { LABEL: 'opening' });
    this.members(kind, () =>
      this.MANY({
        GATE: () => !this.atDeclaration(),
        DEF: () => {
          this.OR([{ ALT: () => this.CONSUME(t.Semicolon) }, { ALT: () => this.member(member) }]);
        },
      }),
    );
    this.close(opening, () => this.CONSUME(t.RightBrace, { LABEL: 'closing' }));
  }

  protected isNameAt(ahead: number): boolean {
    return isName(this.LA(ahead));
  }
}
