/** What stands in families, models and dynamics. Every rule has the syntax it reads above it. */
import type { IToken } from 'chevrotain';
import { someName, value, type Rule } from './expressions.ts';
import { memberWords } from './recovery.ts';
import { StatementGrammar } from './statements.ts';
import * as t from './tokens.ts';
import { keyword as k } from './tokens.ts';

export class MemberGrammar extends StatementGrammar {
  protected familyMember: Rule = this.RULE('familyMember', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.support) },
      { ALT: () => this.SUBRULE(this.statistic) },
      { ALT: () => this.SUBRULE(this.natural) },
      { ALT: () => this.SUBRULE(this.logPartition) },
      { ALT: () => this.SUBRULE(this.logBase) },
      { ALT: () => this.SUBRULE(this.standard) },
      { ALT: () => this.SUBRULE(this.familyDraw) },
      { ALT: () => this.SUBRULE(this.familyAxis) },
      { ALT: () => this.SUBRULE(this.pathwise) },
      { ALT: () => this.SUBRULE(this.also) },
    ]);
  });

  /** `support count up to trials`, `support real from a up to b`, `support positive with atom at 0` */
  protected support: Rule = this.RULE('support', () => {
    this.CONSUME(k.support);
    this.SUBRULE(this.type);
    this.OPTION(() => {
      this.CONSUME(k.from);
      this.SUBRULE(this.additive, { LABEL: 'from' });
      this.OPTION2(() => {
        this.CONSUME(k.up);
        this.CONSUME(k.to);
        this.SUBRULE2(this.additive, { LABEL: 'upTo' });
      });
    });
    this.OPTION3(() => {
      this.CONSUME(k.with);
      this.CONSUME(k.atom);
      this.CONSUME(k.at);
      this.SUBRULE3(this.additive, { LABEL: 'atom' });
    });
  });

  /** `statistic x, x^2` */
  protected statistic: Rule = this.RULE('statistic', () => {
    this.CONSUME(k.statistic);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.expression), ERR_MSG: value });
  });

  /** `natural a = mean / sd^2, b = -1 / (2 * sd^2)` */
  protected natural: Rule = this.RULE('natural', () => {
    this.CONSUME(k.natural);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.definition), ERR_MSG: someName });
  });

  /** `log_partition exp(eta)`, `log_partition intractable by quadrature` */
  protected logPartition: Rule = this.RULE('logPartition', () => {
    this.CONSUME(k.log_partition);
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(k.intractable);
            this.OPTION(() => {
              this.CONSUME(k.by);
              this.SUBRULE(this.name);
            });
          },
        },
        { ALT: () => this.SUBRULE(this.expression), IGNORE_AMBIGUITIES: true },
      ],
      ERR_MSG: value,
    });
  });

  protected logBase: Rule = this.RULE('logBase', () => {
    this.CONSUME(k.log_base);
    this.SUBRULE(this.expression);
  });

  /** `standard mean = a / concentration, concentration = sqrt(a^2 + b^2)` */
  protected standard: Rule = this.RULE('standard', () => {
    this.CONSUME(k.standard);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.definition), ERR_MSG: someName });
  });

  /** `draw g ~ Gamma(shape = concentration, rate = 1)` */
  protected familyDraw: Rule = this.RULE('familyDraw', () => {
    this.CONSUME(k.draw);
    this.SUBRULE(this.name);
    this.CONSUME(t.Tilde);
    this.SUBRULE(this.call);
  });

  /** `axis arrivals = 32` */
  protected familyAxis: Rule = this.RULE('familyAxis', () => {
    this.CONSUME(k.axis);
    this.SUBRULE(this.definition);
  });

  protected pathwise: Rule = this.RULE('pathwise', () => {
    this.CONSUME(k.pathwise);
    this.SUBRULE(this.expression);
  });

  /** `also rate: positive where log_rate = log(rate)` */
  protected also: Rule = this.RULE('also', () => {
    this.CONSUME(k.also);
    this.SUBRULE(this.name);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.type);
    this.CONSUME(k.where);
    this.SUBRULE(this.definition);
  });

  protected modelMember: Rule = this.RULE('modelMember', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.param) },
      { ALT: () => this.SUBRULE(this.variable) },
      { ALT: () => this.SUBRULE(this.modelState) },
      { ALT: () => this.SUBRULE(this.energy) },
      { ALT: () => this.SUBRULE(this.measure) },
    ]);
  });

  /** `latent z ~ Poisson(log_rate = prior)`, `observed x: unit[pixels]` */
  protected variable: Rule = this.RULE('variable', () => {
    this.OR([{ ALT: () => this.CONSUME(k.latent) }, { ALT: () => this.CONSUME(k.observed) }]);
    this.SUBRULE(this.name);
    this.OR2({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.Colon);
            this.SUBRULE(this.type);
            this.OPTION(() => {
              this.CONSUME(t.Tilde);
              this.SUBRULE(this.call);
            });
          },
        },
        {
          ALT: () => {
            this.CONSUME2(t.Tilde);
            this.SUBRULE2(this.call);
          },
        },
      ],
      ERR_MSG: '`~` and a family, or `:` and a type',
    });
  });

  /** `state s1: unit[hidden1]` */
  protected modelState: Rule = this.RULE('modelState', () => {
    this.CONSUME(k.state);
    this.SUBRULE(this.name);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.type);
  });

  /** `energy leak = sum(x^2) / 2` */
  protected energy: Rule = this.RULE('energy', () => {
    this.CONSUME(k.energy);
    this.SUBRULE(this.definition);
  });

  /** `measure test_error = 1 - match(y, label over classes)` */
  protected measure: Rule = this.RULE('measure', () => {
    this.CONSUME(k.measure);
    this.SUBRULE(this.definition);
  });

  protected dynamicsMember: Rule = this.RULE('dynamicsMember', () => {
    // `state <- ...` moves a variable called state; any other beginning with a keyword is what the keyword says.
    const begins = () =>
      memberWords.dynamics.includes(this.LA(1).image as t.Word) &&
      ![':', '<-', '='].includes(this.LA(2).image);
    this.OR({
      MAX_LOOKAHEAD: 1,
      DEF: [
        { GATE: begins, ALT: () => this.SUBRULE(this.keywordMember), IGNORE_AMBIGUITIES: true },
        { ALT: () => this.SUBRULE(this.nameMember) },
      ],
    });
  });

  protected keywordMember: Rule = this.RULE('keywordMember', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.stateMember) },
      { ALT: () => this.SUBRULE(this.letMember) },
      { ALT: () => this.SUBRULE(this.differential) },
      { ALT: () => this.SUBRULE(this.integrate) },
      { ALT: () => this.SUBRULE(this.propose) },
      { ALT: () => this.SUBRULE(this.accept) },
      { ALT: () => this.SUBRULE(this.swap) },
      { ALT: () => this.SUBRULE(this.replicas) },
    ]);
  });

  /** `u <- u - rate * natural_grad(objective, u)`, `A: d s = p dt` */
  protected nameMember: Rule = this.RULE('nameMember', () => {
    this.SUBRULE(this.name);
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.Arrow);
            this.SUBRULE(this.expression);
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Colon);
            this.SUBRULE(this.differential);
          },
        },
      ],
      ERR_MSG: '`<-` and a new value',
    });
  });

  /** `state p = 0` */
  protected stateMember: Rule = this.RULE('stateMember', () => {
    this.CONSUME(k.state);
    this.SUBRULE(this.definition);
  });

  /** `let g = grad(objective, p)` */
  protected letMember: Rule = this.RULE('letMember', () => {
    this.CONSUME(k.let);
    this.SUBRULE(this.definition);
  });

  /** `d s = -grad(objective, s) dt + sqrt(2 * temperature) dW` */
  protected differential: Rule = this.RULE('differential', () => {
    this.CONSUME(k.d);
    this.SUBRULE(this.name);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.term);
    this.MANY(() => {
      this.OR([
        { ALT: () => this.CONSUME(t.Plus, { LABEL: 'sign' }) },
        { ALT: () => this.CONSUME(t.Minus, { LABEL: 'sign' }) },
      ]);
      this.SUBRULE2(this.term);
    });
  });

  /** `sqrt(2) dW`, or a bare `dW`, whose factor is 1. */
  protected term: Rule = this.RULE('term', () => {
    const increment = (token: IToken): boolean => token.tokenType === k.dt || token.tokenType === k.dW;
    this.OPTION({
      GATE: () =>
        !increment(this.LA(1)) ||
        increment(this.LA(2)) ||
        ['*', '/', '@', '^', '(', '['].includes(this.LA(2).image),
      DEF: () => this.SUBRULE(this.multiplicative),
    });
    this.OR({
      DEF: [
        { ALT: () => this.CONSUME(k.dt, { LABEL: 'by' }) },
        { ALT: () => this.CONSUME(k.dW, { LABEL: 'by' }) },
      ],
      ERR_MSG: '`dt` or `dW`',
    });
  });

  /** `integrate B A O A B`, `integrate by heun` */
  protected integrate: Rule = this.RULE('integrate', () => {
    this.CONSUME(k.integrate);
    this.OR([
      {
        ALT: () => {
          this.CONSUME(k.by);
          this.SUBRULE(this.name, { LABEL: 'method' });
        },
      },
      { ALT: () => this.SUBRULE(this.parts), IGNORE_AMBIGUITIES: true },
    ]);
  });

  /** `B A O A B` */
  protected parts: Rule = this.RULE('parts', () => {
    this.SUBRULE(this.name);
    const more = (): boolean =>
      this.LA(1).tokenType !== k.for &&
      !memberWords.dynamics.includes(this.LA(1).image as t.Word) &&
      ![':', '<-', '='].includes(this.LA(2).image);
    this.MANY({ GATE: more, DEF: () => this.SUBRULE2(this.name) });
  });

  /** `propose s' = s - dt * grad(objective, s)`, `propose integrate B A B for leaps` */
  protected propose: Rule = this.RULE('propose', () => {
    this.CONSUME(k.propose);
    this.OR([
      {
        GATE: () => this.LA(2).tokenType !== t.Equals,
        ALT: () => {
          this.CONSUME(k.integrate);
          this.SUBRULE(this.parts);
          this.OPTION(() => {
            this.CONSUME(k.for);
            this.SUBRULE(this.expression, { LABEL: 'times' });
          });
        },
      },
      { ALT: () => this.SUBRULE(this.definition), IGNORE_AMBIGUITIES: true },
    ]);
  });

  /** `accept by metropolis_hastings at temperature` */
  protected accept: Rule = this.RULE('accept', () => {
    this.CONSUME(k.accept);
    this.SUBRULE(this.decision);
  });

  /** `swap by metropolis_hastings at temperature` */
  protected swap: Rule = this.RULE('swap', () => {
    this.CONSUME(k.swap);
    this.SUBRULE(this.decision);
  });

  protected decision: Rule = this.RULE('decision', () => {
    this.CONSUME(k.by);
    this.SUBRULE(this.name);
    this.OPTION(() => {
      this.CONSUME(k.at);
      this.SUBRULE(this.expression, { LABEL: 'temperature' });
    });
  });

  /** `replicas rungs` */
  protected replicas: Rule = this.RULE('replicas', () => {
    this.CONSUME(k.replicas);
    this.SUBRULE(this.expression);
  });
}
