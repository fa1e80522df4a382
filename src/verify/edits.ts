/**
 * Formulas that differ from a given one by one slip: a sign, a factor of 2, a dropped or doubled term, a neighbouring
 * function, an argument off by one. Where exactly one line of a family has such a neighbour with which all holds, that line
 * is to blame.
 */
import { add, apply, constant, log, multiply, negate, one, power, read } from '../calculus/build.ts';
import type { Expression, Operator } from '../calculus/expression.ts';
import { matrixFunction } from '../calculus/substitute.ts';
import { maximum, sum } from '../calculus/build.ts';

const two = constant(2);
const half = constant(0.5);

/** Functions that are taken for each other. */
const neighbours: Partial<Record<Operator, readonly Operator[]>> = {
  log: ['log1p'],
  log1p: ['log'],
  exp: ['expm1'],
  expm1: ['exp'],
  sin: ['cos'],
  cos: ['sin'],
  softplus: ['exp'],
};

/** Every formula one edit away, each once. */
export const edits = (node: Expression): readonly Expression[] => [
  ...new Set([...whole(node), ...inside(node)].filter((edited) => edited !== node)),
];

/** Edits of a part as a whole. */
const whole = (node: Expression): readonly Expression[] => [
  negate(node),
  multiply(two, node),
  multiply(half, node),
];

/** Edits within a part: its own form, and one of its children edited. */
const inside = (node: Expression): readonly Expression[] => {
  switch (node.kind) {
    case 'constant':
    case 'size':
    case 'position':
    case 'read':
    case 'delta':
    case 'triangle':
      return [];
    case 'add': {
      const single = node.terms.flatMap((term, n) => {
        const others = node.terms.filter((_, other) => other !== n);
        return [add(...others), ...[...whole(term), ...inside(term)].map((edited) => add(...others, edited))];
      });
      // One term as it was written may have become two.
      const pairs = node.terms.flatMap((term, n) =>
        node.terms.slice(n + 1).flatMap((second) => {
          const others = node.terms.filter((other) => other !== term && other !== second);
          return whole(add(term, second)).map((edited) => add(...others, edited));
        }),
      );
      return [...single, ...pairs];
    }
    case 'multiply':
      return node.factors.flatMap((factor, n) => {
        const others = node.factors.filter((_, other) => other !== n);
        return [multiply(...others), ...inside(factor).map((edited) => multiply(...others, edited))];
      });
    case 'power': {
      const { base, exponent } = node;
      const exponents = [
        negate(exponent),
        multiply(two, exponent),
        multiply(half, exponent),
        add(exponent, one),
        one,
      ];
      return [
        ...exponents.map((edited) => power(base, edited)),
        ...inside(exponent).map((edited) => power(base, edited)),
        ...[...whole(base), ...inside(base), add(base, one), add(base, negate(one))].map((edited) =>
          power(edited, exponent),
        ),
      ];
    }
    case 'apply': {
      const { operator } = node;
      const others = (neighbours[operator] ?? []).map((other) => apply(other, ...node.arguments));
      const unwrapped = node.arguments.length === 1 ? [node.arguments[0]!] : [];
      return [
        ...others,
        ...unwrapped,
        ...node.arguments.flatMap((argument, n) =>
          [
            ...whole(argument),
            ...inside(argument),
            add(argument, one),
            add(argument, negate(one)),
            power(argument, 0.5),
            power(argument, two),
          ].map((edited) =>
            apply(operator, ...node.arguments.map((old, other) => (other === n ? edited : old))),
          ),
        ),
      ];
    }
    case 'sum':
      return inside(node.body).map((edited) => sum(node.over, edited));
    case 'maximum':
      return inside(node.body).map((edited) => maximum(node.over, edited));
    case 'inverse':
    case 'log_determinant':
    case 'cholesky':
      return whole(node.body).map((edited) => matrixFunction(node, node.over, edited));
  }
};

/** Terms that are forgotten in, or wrongly added to, a base measure: Jacobians and factorials of `x`. */
export const baseTerms = (isDiscrete: boolean): readonly Expression[] => {
  const x = read('x');
  const terms = isDiscrete
    ? [apply('log_gamma', add(x, one)), log(add(x, one)), x]
    : [log(x), log(add(one, negate(x))), log(add(one, x)), multiply(half, power(x, two)), x];
  return terms.flatMap((term) => [
    term,
    negate(term),
    multiply(half, negate(term)),
    multiply(two, negate(term)),
  ]);
};

/** A formula with a fixed argument put in or taken out, in the ways in which one is forgotten. */
export const fixedEdits = (node: Expression, names: readonly string[]): readonly Expression[] =>
  names.flatMap((name) => {
    const value = read(name);
    const terms = node.kind === 'add' ? node.terms : [node];
    const scaled = terms.flatMap((term, n) =>
      [value, power(value, -1)].map((factor) =>
        add(...terms.map((other, place) => (place === n ? multiply(factor, term) : other))),
      ),
    );
    const added = [log(value), apply('log_gamma', value), apply('log_gamma', add(value, one)), value].flatMap(
      (term) => [1, -1, 0.5, -0.5].map((coefficient) => add(node, multiply(constant(coefficient), term))),
    );
    return [...scaled, ...added, multiply(value, node), multiply(power(value, -1), node)];
  });
