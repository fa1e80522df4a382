/** The statements of inference and learning bodies. Every rule has the syntax it reads above it. */
import { ExpressionGrammar, someName, type Rule } from './expressions.ts';
import * as t from './tokens.ts';
import { keyword as k } from './tokens.ts';

export class StatementGrammar extends ExpressionGrammar {
  protected statement: Rule = this.RULE('statement', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.param) },
      { ALT: () => this.SUBRULE(this.belief) },
      { ALT: () => this.SUBRULE(this.start) },
      { ALT: () => this.SUBRULE(this.guard) },
      { ALT: () => this.SUBRULE(this.repeat) },
      { ALT: () => this.SUBRULE(this.descend) },
      { ALT: () => this.SUBRULE(this.phase) },
      { ALT: () => this.SUBRULE(this.predict) },
      { ALT: () => this.SUBRULE(this.rolling) },
      { ALT: () => this.SUBRULE(this.interneurons) },
      { ALT: () => this.SUBRULE(this.set) },
      { ALT: () => this.SUBRULE(this.namesStatement) },
      { ALT: () => this.SUBRULE(this.draw) },
      { ALT: () => this.SUBRULE(this.fromPhase) },
      { ALT: () => this.SUBRULE(this.persist) },
      { ALT: () => this.CONSUME(k.local) },
    ]);
  });

  /** `{ statement; statement }` */
  protected statements: Rule = this.RULE('statements', () => {
    this.body('inference', () => this.SUBRULE(this.statement));
  });

  /** `param log_sd: real[pixels] = 0 within soft(-3.45, 3.45)` */
  protected param: Rule = this.RULE('param', () => {
    this.CONSUME(k.param);
    this.SUBRULE(this.name);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.type);
    this.OPTION(() => {
      this.CONSUME(t.Equals);
      this.SUBRULE(this.expression, { LABEL: 'initial' });
    });
    this.OPTION2(() => {
      this.CONSUME(k.within);
      this.SUBRULE2(this.expression, { LABEL: 'within' });
    });
  });

  /** `belief exact z natural u`, `belief z ~ Normal(mean = m, log_sd = s)` */
  protected belief: Rule = this.RULE('belief', () => {
    this.CONSUME(k.belief);
    const exact = (): boolean =>
      this.isNameAt(2) && (this.LA(2).tokenType !== k.natural || this.LA(3).tokenType === k.natural);
    this.OPTION({ GATE: exact, DEF: () => this.CONSUME(k.exact) });
    this.SUBRULE(this.name);
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(k.natural);
            this.SUBRULE(this.names);
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Tilde);
            this.SUBRULE(this.call);
          },
        },
      ],
      ERR_MSG: '`natural` and names for its natural parameters, or `~` and a family',
    });
  });

  /** `start u = prior`, `start s1, s2 by feedforward` */
  protected start: Rule = this.RULE('start', () => {
    this.CONSUME(k.start);
    this.SUBRULE(this.names);
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.Equals);
            this.SUBRULE(this.expression);
          },
        },
        {
          ALT: () => {
            this.CONSUME(k.by);
            this.SUBRULE(this.name);
          },
        },
      ],
      ERR_MSG: '`=` and a value, or `by` and a method',
    });
  });

  /** `guard u, step(u) within soft(-8, 10)` */
  protected guard: Rule = this.RULE('guard', () => {
    this.CONSUME(k.guard);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.guarded), ERR_MSG: someName });
    this.CONSUME(k.within);
    this.SUBRULE(this.expression);
  });

  protected guarded: Rule = this.RULE('guarded', () => {
    this.OR({
      DEF: [
        {
          GATE: () => this.LA(2).tokenType === t.LeftParenthesis,
          ALT: () => {
            this.CONSUME(k.step);
            this.CONSUME(t.LeftParenthesis);
            this.SUBRULE(this.name);
            this.CONSUME(t.RightParenthesis);
          },
        },
        { ALT: () => this.SUBRULE2(this.name), IGNORE_AMBIGUITIES: true },
      ],
      ERR_MSG: someName,
    });
  });

  /** `repeat steps until change < 1e-3 { ... }` */
  protected repeat: Rule = this.RULE('repeat', () => {
    this.CONSUME(k.repeat);
    this.SUBRULE(this.expression, { LABEL: 'times' });
    this.OPTION(() => {
      this.CONSUME(k.until);
      this.SUBRULE2(this.expression, { LABEL: 'until' });
    });
    this.SUBRULE(this.statements);
  });

  /** `phase model { from data; repeat k { sample v; sample h } }` */
  protected phase: Rule = this.RULE('phase', () => {
    this.CONSUME(k.phase);
    this.SUBRULE(this.name);
    this.SUBRULE(this.statements);
  });

  /** `descend free_energy at each step over Phi by SGD(rate = 1) through inference by relaxed(0.1)` */
  protected descend: Rule = this.RULE('descend', () => {
    this.CONSUME(k.descend);
    this.SUBRULE(this.expression);
    this.SUBRULE(this.clauses);
  });

  /** `predict soma by branch at end over W1, W2 by SGD(rate = 0.1)` */
  protected predict: Rule = this.RULE('predict', () => {
    this.CONSUME(k.predict);
    this.SUBRULE(this.name, { LABEL: 'target' });
    this.CONSUME(k.by);
    this.SUBRULE2(this.name, { LABEL: 'unit' });
    this.SUBRULE(this.clauses);
  });

  /** The clauses of `descend` and `predict`, in any order; `build.ts` sees to it that none is missing or double. */
  protected clauses: Rule = this.RULE('clauses', () => {
    this.MANY(() => this.SUBRULE(this.clause));
  });

  protected clause: Rule = this.RULE('clause', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(k.with);
          this.CONSUME(k.mean);
          this.SUBRULE(this.names, { LABEL: 'withMean' });
        },
      },
      {
        ALT: () => {
          this.CONSUME(k.at);
          this.OR2({
            DEF: [
              { ALT: () => this.CONSUME(k.end) },
              {
                ALT: () => {
                  this.CONSUME(k.each);
                  this.CONSUME(k.step);
                },
              },
            ],
            ERR_MSG: '`end` or `each step`',
          });
        },
      },
      {
        ALT: () => {
          this.CONSUME(k.over);
          this.SUBRULE2(this.names, { LABEL: 'over' });
        },
      },
      {
        ALT: () => {
          this.CONSUME(k.by);
          this.SUBRULE(this.call, { LABEL: 'dynamics' });
        },
      },
      {
        ALT: () => {
          this.CONSUME(k.through);
          this.CONSUME(k.inference);
          this.OPTION(() => {
            this.CONSUME2(k.by);
            this.SUBRULE(this.expression, { LABEL: 'estimator' });
          });
        },
      },
    ]);
  });

  /** `rolling prior` */
  protected rolling: Rule = this.RULE('rolling', () => {
    this.CONSUME(k.rolling);
    this.SUBRULE(this.name);
  });

  /** `interneurons by Langevin(dt = 0.05)`, `interneurons over x0, x1 by Langevin(dt = 0.05)` */
  protected interneurons: Rule = this.RULE('interneurons', () => {
    this.CONSUME(k.interneurons);
    this.OPTION(() => {
      this.CONSUME(k.over);
      this.SUBRULE(this.names);
    });
    this.CONSUME(k.by);
    this.SUBRULE(this.call);
  });

  /** `set nudge = beta` */
  protected set: Rule = this.RULE('set', () => {
    this.CONSUME(k.set);
    this.SUBRULE(this.name);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expression);
  });

  /** `free x0`, `clamp v`, `sample h` */
  protected namesStatement: Rule = this.RULE('namesStatement', () => {
    this.OR([
      { ALT: () => this.CONSUME(k.free, { LABEL: 'verb' }) },
      { ALT: () => this.CONSUME(k.clamp, { LABEL: 'verb' }) },
      { ALT: () => this.CONSUME(k.sample, { LABEL: 'verb' }) },
    ]);
    this.SUBRULE(this.names);
  });

  /** `draw x2, x1, x0 by Langevin(dt = 0.05) for burn` */
  protected draw: Rule = this.RULE('draw', () => {
    this.CONSUME(k.draw);
    this.SUBRULE(this.names);
    this.OPTION(() => {
      this.CONSUME(k.by);
      this.SUBRULE(this.call);
    });
    this.OPTION2(() => {
      this.CONSUME(k.for);
      this.SUBRULE(this.expression);
    });
  });

  /** `from data` */
  protected fromPhase: Rule = this.RULE('fromPhase', () => {
    this.CONSUME(k.from);
    this.SUBRULE(this.name);
  });

  /** `persist per chain` */
  protected persist: Rule = this.RULE('persist', () => {
    this.CONSUME(k.persist);
    this.CONSUME(k.per);
    this.SUBRULE(this.name);
  });
}
