/** Concrete tree -> expressions, types and parameters. */
import type { CstNode } from 'chevrotain';
import {
  maybeNode,
  maybeToken,
  nameOf,
  nameOfToken,
  namesOf,
  node,
  nodes,
  spanOf,
  spanOfToken,
  token,
  tokens,
} from './concrete.ts';
import type { Context } from './concrete.ts';
import { cover } from './span.ts';
import type { CallExpression, Expression, Name, Parameter, Type } from './tree.ts';

type BinaryOperator = Extract<Expression, { kind: 'binary' }>['operator'];
type CompareOperator = Extract<Expression, { kind: 'compare' }>['operator'];

export const expressionOf = (context: Context, of: CstNode): Expression => {
  const [left, right] = nodes(of, 'additive').map((each) => additiveOf(context, each)) as [
    Expression,
    Expression?,
  ];
  if (right === undefined) return left;
  const operator = token(of, 'operator').image as CompareOperator;
  return { kind: 'compare', operator, left, right, span: spanOf(context, of) };
};

export const additiveOf = (context: Context, of: CstNode): Expression =>
  leftToRight(context, of, nodes(of, 'multiplicative'), multiplicativeOf);

export const multiplicativeOf = (context: Context, of: CstNode): Expression =>
  leftToRight(context, of, nodes(of, 'unary'), unaryOf);

const leftToRight = (
  context: Context,
  of: CstNode,
  operands: readonly CstNode[],
  build: (context: Context, of: CstNode) => Expression,
): Expression => {
  const [first, ...rest] = operands as [CstNode, ...CstNode[]];
  const operators = tokens(of, 'operator');
  return rest.reduce<Expression>(
    (left, operand, position) => ({
      kind: 'binary',
      operator: (operators[position]?.image ?? '+') as BinaryOperator,
      left,
      right: build(context, operand),
      span: cover(spanOf(context, first), spanOf(context, operand)),
    }),
    build(context, first),
  );
};

const unaryOf = (context: Context, of: CstNode): Expression => {
  const power = maybeNode(of, 'power');
  if (power !== null) return powerOf(context, power);
  return { kind: 'negate', value: unaryOf(context, node(of, 'unary')), span: spanOf(context, of) };
};

const powerOf = (context: Context, of: CstNode): Expression => {
  const left = postfixOf(context, node(of, 'postfix'));
  const exponent = maybeNode(of, 'unary');
  if (exponent === null) return left;
  return {
    kind: 'binary',
    operator: '^',
    left,
    right: unaryOf(context, exponent),
    span: spanOf(context, of),
  };
};

const postfixOf = (context: Context, of: CstNode): Expression => {
  const primary = node(of, 'primary');
  const indexed = nodes(of, 'subscripts').reduce<Expression>(
    (target, each) => ({
      kind: 'index',
      target,
      subscripts: nodes(each, 'expression').map((subscript) => expressionOf(context, subscript)),
      span: cover(spanOf(context, primary), spanOf(context, each)),
    }),
    primaryOf(context, primary),
  );
  const phase = maybeNode(of, 'phase');
  if (phase === null) return indexed;
  return { kind: 'in_phase', value: indexed, phase: nameOf(context, phase), span: spanOf(context, of) };
};

const primaryOf = (context: Context, of: CstNode): Expression => {
  const number = maybeToken(of, 'NumberLiteral');
  if (number !== null) {
    const percent = number.image.endsWith('%');
    const written = Number.parseFloat(number.image);
    return {
      kind: 'number',
      value: percent ? written / 100 : written,
      percent,
      span: spanOfToken(context, number),
    };
  }
  const grouping = maybeNode(of, 'grouping');
  if (grouping === null) return callOrName(context, node(of, 'call'));
  const [low, high] = nodes(grouping, 'expression').map((each) => expressionOf(context, each)) as [
    Expression,
    Expression?,
  ];
  return high === undefined ? low : { kind: 'interval', low, high, span: spanOf(context, grouping) };
};

const callOrName = (context: Context, of: CstNode): CallExpression | Name =>
  maybeToken(of, 'LeftParenthesis') === null
    ? nameOfToken(context, token(of, 'Identifier'))
    : callOf(context, of);

/** A call; a bare name is a call without arguments. */
export const callOf = (context: Context, of: CstNode): CallExpression => ({
  kind: 'call',
  callee: nameOfToken(context, token(of, 'Identifier')),
  arguments: nodes(of, 'argument').map((each) => {
    const name = maybeNode(each, 'name');
    return {
      name: name === null ? null : nameOf(context, name),
      value: expressionOf(context, node(each, 'expression')),
      span: spanOf(context, each),
    };
  }),
  over: namesOf(context, maybeNode(of, 'names')),
  span: spanOf(context, of),
});

export const definitionOf = (
  context: Context,
  of: CstNode,
): { readonly name: Name; readonly value: Expression } => ({
  name: nameOf(context, node(of, 'name')),
  value: expressionOf(context, node(of, 'expression')),
});

export const maybeExpression = (context: Context, of: CstNode | null): Expression | null =>
  of === null ? null : expressionOf(context, of);

export const typeOf = (context: Context, of: CstNode): Type => {
  const upTo = maybeNode(of, 'additive');
  return {
    kind: 'type',
    support: nameOf(context, node(of, 'support')),
    axes: namesOf(context, maybeNode(of, 'axes')),
    over: nodes(of, 'over').map((each) => nameOf(context, each)),
    upTo: upTo === null ? null : additiveOf(context, upTo),
    span: spanOf(context, of),
  };
};

export const maybeType = (context: Context, of: CstNode | null): Type | null =>
  of === null ? null : typeOf(context, of);

export const parametersOf = (context: Context, of: CstNode | null): readonly Parameter[] =>
  of === null
    ? []
    : nodes(of, 'parameter').map((each) => ({
        kind: 'parameter',
        name: nameOf(context, node(each, 'name')),
        fixed: maybeToken(each, 'Fixed') !== null,
        type: maybeType(context, maybeNode(each, 'type')),
        initial: maybeExpression(context, maybeNode(each, 'expression')),
        span: spanOf(context, each),
      }));
