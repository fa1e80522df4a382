/** Concrete tree -> the statements of inference and learning bodies. */
import type { CstNode } from 'chevrotain';
import { error } from '../diagnostics/construct.ts';
import type { Fix } from '../diagnostics/diagnostic.ts';
import { addition, removal } from '../diagnostics/fixes.ts';
import { callOf, expressionOf, maybeExpression, typeOf } from './build-expressions.ts';
import {
  choice,
  docOf,
  maybeNode,
  maybeToken,
  nameOf,
  namesOf,
  node,
  nodes,
  spanOf,
  spanOfToken,
  token,
} from './concrete.ts';
import type { Context } from './concrete.ts';
import type { Span } from './span.ts';
import type {
  BeliefStatement,
  DescendStatement,
  ParamMember,
  PredictStatement,
  StartStatement,
  Statement,
} from './tree.ts';

/** Statements that miss a clause they need are reported and left out. */
export const statementsOf = (context: Context, of: readonly CstNode[]): readonly Statement[] =>
  of.flatMap((each) => statementOf(context, each) ?? []);

export const paramOf = (context: Context, of: CstNode): ParamMember => ({
  kind: 'param',
  name: nameOf(context, node(of, 'name')),
  type: typeOf(context, node(of, 'type')),
  initial: maybeExpression(context, maybeNode(of, 'initial')),
  within: maybeExpression(context, maybeNode(of, 'within')),
  doc: docOf(context, of),
  span: spanOf(context, of),
});

const bodyOf = (context: Context, of: CstNode): readonly Statement[] =>
  statementsOf(context, nodes(node(of, 'statements'), 'statement'));

const statementOf = (context: Context, statement: CstNode): Statement | null => {
  const span = spanOf(context, statement);
  const of = choice(statement);
  if (!('children' in of)) return { kind: 'local', span };
  switch (of.name) {
    case 'param':
      return paramOf(context, of);
    case 'belief':
      return beliefOf(context, of, span);
    case 'start':
      return startOf(context, of, span);
    case 'guard': {
      const targets = nodes(of, 'guarded').map((each) => ({
        name: nameOf(context, node(each, 'name')),
        step: maybeToken(each, 'Step') !== null,
        span: spanOf(context, each),
      }));
      return { kind: 'guard', targets, within: expressionOf(context, node(of, 'expression')), span };
    }
    case 'repeat': {
      const until = maybeExpression(context, maybeNode(of, 'until'));
      return {
        kind: 'repeat',
        times: expressionOf(context, node(of, 'times')),
        until,
        body: bodyOf(context, of),
        span,
      };
    }
    case 'phase':
      return { kind: 'phase', name: nameOf(context, node(of, 'name')), body: bodyOf(context, of), span };
    case 'descend':
      return descendOf(context, of, span);
    case 'predict':
      return predictOf(context, of, span);
    case 'rolling':
      return { kind: 'rolling', what: nameOf(context, node(of, 'name')), span };
    case 'interneurons': {
      const over = maybeNode(of, 'names');
      return {
        kind: 'interneurons',
        over: over === null ? null : namesOf(context, over),
        by: callOf(context, node(of, 'call')),
        span,
      };
    }
    case 'set':
      return {
        kind: 'set',
        target: nameOf(context, node(of, 'name')),
        value: expressionOf(context, node(of, 'expression')),
        span,
      };
    case 'namesStatement': {
      const kind = token(of, 'verb').image as 'free' | 'clamp' | 'sample';
      return { kind, names: namesOf(context, node(of, 'names')), span };
    }
    case 'draw': {
      const by = maybeNode(of, 'call');
      return {
        kind: 'draw',
        names: namesOf(context, node(of, 'names')),
        by: by === null ? null : callOf(context, by),
        steps: maybeExpression(context, maybeNode(of, 'expression')),
        span,
      };
    }
    case 'fromPhase':
      return { kind: 'from', phase: nameOf(context, node(of, 'name')), span };
    case 'persist':
      return { kind: 'persist', per: nameOf(context, node(of, 'name')), span };
    default:
      throw new Error(`internal: no statement is built from ${of.name}`);
  }
};

const beliefOf = (context: Context, of: CstNode, span: Span): BeliefStatement => {
  const natural = maybeNode(of, 'names');
  return {
    kind: 'belief',
    latent: nameOf(context, node(of, 'name')),
    exact: maybeToken(of, 'Exact') !== null,
    form:
      natural !== null
        ? { kind: 'natural', names: namesOf(context, natural) }
        : { kind: 'family', call: callOf(context, node(of, 'call')) },
    span,
  };
};

const startOf = (context: Context, of: CstNode, span: Span): StartStatement => {
  const value = maybeExpression(context, maybeNode(of, 'expression'));
  return {
    kind: 'start',
    targets: namesOf(context, node(of, 'names')),
    value: value ?? { kind: 'by', method: nameOf(context, node(of, 'name')) },
    span,
  };
};

type ClauseKey = 'With' | 'At' | 'Over' | 'By' | 'Through';
/** How a clause begins, and one as an example. */
const clauseWords: Readonly<Record<ClauseKey, { readonly begins: string; readonly example: string }>> = {
  With: { begins: 'with mean', example: 'with mean h' },
  At: { begins: 'at', example: 'at each step' },
  Over: { begins: 'over', example: 'over W, b' },
  By: { begins: 'by', example: 'by SGD(rate = 0.01)' },
  Through: { begins: 'through inference', example: 'through inference by straight_through' },
};

/** The clauses by their first word. Reports one that is there twice. */
const clausesOf = (context: Context, of: CstNode, verb: string): ReadonlyMap<ClauseKey, CstNode> => {
  const found = new Map<ClauseKey, CstNode>();
  for (const clause of nodes(node(of, 'clauses'), 'clause')) {
    // `through inference by ...` also holds a `by`, so the order of these keys matters.
    const key = (['Through', 'With', 'At', 'Over', 'By'] as const).find(
      (each) => maybeToken(clause, each) !== null,
    ) as ClauseKey;
    const first = found.get(key);
    if (first === undefined) {
      found.set(key, clause);
      continue;
    }
    const { begins } = clauseWords[key];
    const [one, second] = [spanOf(context, first), spanOf(context, clause)];
    context.diagnostics.push(
      error('NSM1011', second, `this \`${verb}\` has a second \`${begins}\``, {
        hint:
          key === 'Over'
            ? 'Put all names after one `over`, with commas between them.'
            : `Keep one of the two, or write a second \`${verb}\`.`,
        secondary: [{ span: one, label: 'the first one' }],
        fixes:
          key === 'Over' ? joined(one, second) : [removal(second, 'this one'), removal(one, 'the first one')],
      }),
    );
  }
  return found;
};

/** The names after a second `over` behind those of the first. */
const joined = (first: Span, second: Span): readonly Fix[] => {
  if (second.start > first.end + 1) return [removal(second, 'this one')];
  const span = { file: first.file, start: first.end, end: second.start + 'over'.length };
  return [{ title: 'Write one `over`', changes: [{ kind: 'replace', span, text: ',' }] }];
};

/** Reports a clause that is needed and not there. */
const missing = (context: Context, of: CstNode, verb: string, key: 'Over' | 'By'): null => {
  if (context.interrupted.has(spanOf(context, of).end)) return null;
  const span = spanOfToken(context, token(of, verb === 'descend' ? 'Descend' : 'Predict'));
  const what = key === 'Over' ? 'what moves' : 'which dynamics moves it';
  const { begins, example } = clauseWords[key];
  context.diagnostics.push(
    error('NSM1010', span, `this \`${verb}\` does not say ${what}: its \`${begins}\` is missing`, {
      hint: `Add for example \`${example}\`.`,
      fixes: key === 'By' ? [addition(spanOf(context, of), ` ${example}`)] : [],
    }),
  );
  return null;
};

const whenOf = (clause: CstNode | undefined): 'end' | 'each_step' | null => {
  if (clause === undefined) return null;
  return maybeToken(clause, 'End') === null ? 'each_step' : 'end';
};

const descendOf = (context: Context, of: CstNode, span: Span): DescendStatement | null => {
  const clauses = clausesOf(context, of, 'descend');
  const [over, by, through, withMean] = [
    clauses.get('Over'),
    clauses.get('By'),
    clauses.get('Through'),
    clauses.get('With'),
  ];
  if (over === undefined) return missing(context, of, 'descend', 'Over');
  if (by === undefined) return missing(context, of, 'descend', 'By');
  return {
    kind: 'descend',
    objective: expressionOf(context, node(of, 'expression')),
    withMean: withMean === undefined ? [] : namesOf(context, node(withMean, 'withMean')),
    when: whenOf(clauses.get('At')),
    over: namesOf(context, node(over, 'over')),
    by: callOf(context, node(by, 'dynamics')),
    through:
      through === undefined
        ? null
        : {
            estimator: maybeExpression(context, maybeNode(through, 'estimator')),
            span: spanOf(context, through),
          },
    span,
  };
};

const predictOf = (context: Context, of: CstNode, span: Span): PredictStatement | null => {
  const clauses = clausesOf(context, of, 'predict');
  const [over, by] = [clauses.get('Over'), clauses.get('By')];
  const foreign = (['With', 'Through'] as const).find((key) => clauses.has(key));
  if (foreign !== undefined) {
    const clause = clauses.get(foreign) as CstNode;
    const message = `\`predict\` has no \`${clauseWords[foreign].begins}\` clause`;
    context.diagnostics.push(
      error('NSM1001', spanOf(context, clause), message, {
        hint: 'Only `descend` has one.',
        fixes: [removal(spanOf(context, clause), `\`${clauseWords[foreign].begins}\``)],
      }),
    );
  }
  if (over === undefined) return missing(context, of, 'predict', 'Over');
  if (by === undefined) return missing(context, of, 'predict', 'By');
  return {
    kind: 'predict',
    target: nameOf(context, node(of, 'target')),
    unit: nameOf(context, node(of, 'unit')),
    when: whenOf(clauses.get('At')),
    over: namesOf(context, node(over, 'over')),
    by: callOf(context, node(by, 'dynamics')),
    span,
  };
};
