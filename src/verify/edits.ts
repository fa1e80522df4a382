/**
 * Formulas that differ from a given one by one slip: a sign, a factor of 2, a dropped or doubled term, a neighbouring
 * function, an argument off by one. Where exactly one line of a family has such a neighbour with which all holds, that line
 * is to blame.
 */
import {
  add,
  apply,
  constant,
  log,
  multiply,
  negate,
  one,
  power,
  read,
  subtract,
} from '../calculus/build.ts';
import type { Expression, Operator } from '../calculus/expression.ts';
import { matrixFunction, readNames, replaceNames } from '../calculus/substitute.ts';
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
      return [one, negate(one), half, negate(half)].map((step) => add(node, step));
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

/** A formula with one name replaced wherever it stands: off by one, turned, scaled, or another power of it. */
export const substitutions = (node: Expression, names: readonly string[]): readonly Expression[] =>
  names
    .filter((name) => readNames(node).has(name))
    .flatMap((name) => {
      const value = read(name);
      return [
        add(value, one),
        add(value, negate(one)),
        negate(value),
        multiply(two, value),
        multiply(half, value),
        power(value, two),
        power(value, half),
        power(value, -1),
      ].map((instead) => replaceNames(node, { [name]: instead }));
    });

/**
 * Terms that are forgotten in, or wrongly added to, a base measure: Jacobians of `x`, factorials, and the number of ways to
 * choose `x` of as many as a fixed argument says.
 */
export const baseTerms = (isDiscrete: boolean, fixed: readonly string[]): readonly Expression[] => {
  const x = read('x');
  const factorial = (value: Expression): Expression => apply('log_gamma', add(value, one));
  const chosen = fixed
    .map((name) => read(name))
    .map((all) => add(factorial(all), negate(factorial(x)), negate(factorial(subtract(all, x)))));
  const terms = isDiscrete
    ? [factorial(x), log(add(x, one)), x, ...chosen]
    : [log(x), log(subtract(one, x)), log(add(one, x)), multiply(half, power(x, two)), x];
  return terms.flatMap((term) =>
    [1, 0.5, 1.5, 2, 3].flatMap((coefficient) => [
      multiply(constant(-coefficient), term),
      multiply(constant(coefficient), term),
    ]),
  );
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
