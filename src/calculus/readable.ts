/**
 * The same mathematics in the words of a textbook: `½ · log(2π)` for 0.918939, `log_sum_exp(eta over classes)` for its stable form,
 * `tanh(a)` for 2 sigmoid(2 a) − 1. The result is for `print` alone: what is put together becomes a name.
 */
import {
  add,
  apply,
  constant,
  divide,
  half,
  log,
  multiply,
  negate,
  one,
  power,
  read,
  splitCoefficient,
  subtract,
  sum,
} from './build.ts';
import { simplest, together } from './collect.ts';
import { expand } from './expand.ts';
import type { Apply, Expression, Index } from './expression.ts';
import { print } from './print.ts';
import { mapChildren, readNames } from './substitute.ts';

export const readable = (node: Expression): Expression => {
  const memo = new Map<Expression, Expression>();
  const visit = (current: Expression): Expression => {
    const known = memo.get(current);
    if (known !== undefined) return known;
    const result = rewrite(visitChildren(overOneDenominator(current), visit));
    memo.set(current, result);
    return result;
  };
  const whole = visit(node);
  // Written out, Mills' ratio cancels here and there.
  return whole === node || !readsMills(whole) ? whole : simplest(expand(whole));
};
const readsMills = (node: Expression): boolean => [...readNames(node)].some((name) => name.startsWith('m('));

const visitChildren = (node: Expression, visit: (child: Expression) => Expression): Expression =>
  // Exponents are numbers like 1.5.
  node.kind === 'power' && node.exponent.kind === 'constant'
    ? power(visit(node.base), node.exponent)
    : mapChildren(node, visit);

const rewrite = (node: Expression): Expression => {
  switch (node.kind) {
    case 'constant':
      return symbolic(node.value) ?? node;
    case 'add':
      return asHyperbolic(asLogSumExp(node.terms));
    case 'multiply':
      return asSoftmax(node.factors);
    case 'apply':
      return asElementary(node);
    default:
      return node;
  }
};

const named = (text: string, indices: readonly Index[] = []): Expression => read(text, indices);
const shownIndices = (indices: readonly Index[]): string => indices.join(', ').replaceAll("'", '′');

/** Functions that are stored as their logarithm, or with the count of their derivatives, written out. */
const asElementary = (node: Apply): Expression => {
  const [first, second] = node.arguments;
  const count = first!.kind === 'constant' ? first.value : null;
  switch (node.operator) {
    case 'expm1':
      return oneMinus(first!);
    case 'log_mills':
      return mills(count, second!) ?? node;
    case 'log_exprel': {
      if (count !== 2) return node;
      const sinh = named(`sinh(${print(multiply(half, second!))})`, second!.indices);
      return subtract(power(second!, -2), multiply(constant(0.25), power(sinh, -2)));
    }
    case 'softplus':
    case 'sigmoid': {
      const odds = exponentialOfLogs(first!);
      if (odds === null) return node;
      return node.operator === 'softplus' ? log(add(one, odds)) : divide(odds, add(one, odds));
    }
    default:
      return node;
  }
};

/** What stands for Mills' ratio at t. */
export const millsName = (t: Expression): string => `m(${print(t)})`;

/** log m, t − 1/m and 1 + t/m − 1/m², where m is Mills' ratio at t. */
const mills = (count: number | null, t: Expression): Expression | null => {
  const m = named(millsName(t), t.indices);
  if (count === 0) return log(m);
  if (count === 1) return subtract(t, divide(one, m));
  return count === 2 ? add(one, divide(t, m), negate(power(m, -2))) : null;
};

/** exp of a sum of logarithms, or null for another argument. */
const exponentialOfLogs = (node: Expression): Expression | null => {
  const terms = node.kind === 'add' ? node.terms : [node];
  const bases = terms.map((term) =>
    term.kind === 'apply' && term.operator === 'log' ? term.arguments[0]! : null,
  );
  return bases.includes(null) ? null : multiply(...bases.map((base) => base!));
};

/** e/(1 − e) + e²/(1 − e)², with e = exp(t), as e/(1 − e)². */
const overOneDenominator = (node: Expression): Expression => {
  if (node.kind !== 'add') return node;
  let found = false;
  const inPowers = (part: Expression): Expression => {
    if (part.kind !== 'power' || part.base.kind !== 'apply' || part.base.operator !== 'expm1')
      return mapChildren(part, inPowers);
    const n = part.exponent.kind === 'constant' ? part.exponent.value : 0.5;
    if (!Number.isInteger(n)) return part;
    found = true;
    const below = subtract(one, apply('exp', part.base.arguments[0]!));
    return multiply(constant(n % 2 === 0 ? 1 : -1), power(below, n));
  };
  const whole = together(inPowers(node));
  return found && whole.kind !== 'add' ? whole : node;
};

/** exp(t) − 1 as −(1 − exp(t)): the families that need it have t < 0. */
const oneMinus = (t: Expression): Expression =>
  multiply(constant(-1), named(`(1 − ${print(apply('exp', t))})`, t.indices));

// Numbers.

const symbols: readonly (readonly [text: string, value: number])[] = [
  ['log(2π)', Math.log(2 * Math.PI)],
  ['log(2)', Math.LN2],
  ['log(π)', Math.log(Math.PI)],
  ['log(π/2)', Math.log(Math.PI / 2)],
  ['√2', Math.SQRT2],
  ['√π', Math.sqrt(Math.PI)],
  ['√(2π)', Math.sqrt(2 * Math.PI)],
  ['e²', Math.E ** 2],
];
const parts = [0.25, 0.5, 1, 1.5, 2].flatMap((size) => [size, -size]);

/** p + q · symbol for small fractions p and q, to the last digits of a float64. */
const symbolic = (value: number): Expression | null => {
  if (!Number.isFinite(value) || Number.isInteger(4 * value)) return null;
  for (const [text, size] of symbols)
    for (const whole of [0, ...parts])
      for (const part of parts)
        if (Math.abs(whole + part * size - value) < 1e-14 * Math.max(1, Math.abs(value)))
          return add(constant(whole), multiply(constant(part), named(text)));
  return null;
};

// log Σ exp and softmax, which are stored with their largest entry taken out.

/** v and M of exp(v − M), where M is the largest entry of v. */
const shifted = (node: Expression): { readonly v: Expression; readonly largest: Expression } | null => {
  if (node.kind !== 'apply' || node.operator !== 'exp') return null;
  const [inside] = node.arguments;
  for (const term of inside!.kind === 'add' ? inside.terms : []) {
    const { coefficient, rest } = splitCoefficient(term);
    if (coefficient !== -1 || rest.kind !== 'apply' || rest.operator !== 'detach') continue;
    if (rest.arguments[0]!.kind === 'maximum') return { v: add(inside!, rest), largest: rest };
  }
  return null;
};

const asLogSumExp = (terms: readonly Expression[]): Expression => {
  for (const term of terms) {
    const { coefficient, rest } = splitCoefficient(term);
    if (rest.kind !== 'apply' || rest.operator !== 'log' || rest.arguments[0]!.kind !== 'sum') continue;
    const total = rest.arguments[0];
    const inside = shifted(total.body);
    const partner = inside === null ? null : multiply(constant(coefficient), inside.largest);
    if (inside === null || partner === null || !terms.includes(partner)) continue;
    const text = `log_sum_exp(${print(inside.v)} over ${shownIndices(total.over)})`;
    const others = terms.filter((one) => one !== term && one !== partner);
    const whole = multiply(constant(coefficient), named(text, total.indices));
    return others.length === 0 ? whole : asLogSumExp([...others, whole]);
  }
  return add(...terms);
};

const asSoftmax = (factors: readonly Expression[]): Expression => {
  for (const below of factors) {
    if (below.kind !== 'power' || below.base.kind !== 'sum') continue;
    const { over, body } = below.base;
    const inside = shifted(body);
    if (inside === null || below.exponent.kind !== 'constant' || below.exponent.value >= 0) continue;
    const text = `softmax(${print(inside.v)} over ${shownIndices(over)})`;
    let folded = 0;
    const most = -below.exponent.value;
    const fold = (factor: Expression): Expression => {
      const own = shifted(factor);
      if (folded < most && own?.largest === inside.largest) {
        folded += 1;
        return named(text, own.v.indices);
      }
      if (factor.kind !== 'sum') return factor;
      const inner = factor.body.kind === 'multiply' ? factor.body.factors : [factor.body];
      return sum(factor.over, multiply(...inner.map(fold)));
    };
    const rest = factors.filter((factor) => factor !== below).map(fold);
    if (folded > 0) return multiply(...rest, power(below.base, folded - most));
  }
  return multiply(...factors);
};

// 2 sigmoid(2 a) − 1 = tanh(a), and softplus(2 a) − a = log(2 cosh(a)).

const halfArgument = (node: Expression, operator: string): Expression | null => {
  if (node.kind !== 'apply' || node.operator !== operator) return null;
  const { coefficient, rest } = splitCoefficient(node.arguments[0]!);
  return coefficient === 2 ? rest : null;
};

const asHyperbolic = (node: Expression): Expression => {
  if (node.kind !== 'add') return node;
  for (const term of node.terms) {
    const { coefficient, rest } = splitCoefficient(term);
    const forms: readonly (readonly [Expression | null, (a: Expression) => Expression, string, number])[] = [
      [halfArgument(rest, 'sigmoid'), () => constant(-coefficient / 2), 'tanh(@)', coefficient / 2],
      [
        halfArgument(rest, 'softplus'),
        (a) => multiply(constant(-coefficient), a),
        'log(2 · cosh(@))',
        coefficient,
      ],
    ];
    for (const [a, partnerOf, text, scale] of forms) {
      if (a === null) continue;
      const partner = partnerOf(a);
      if (!node.terms.includes(partner)) continue;
      const others = node.terms.filter((one) => one !== term && one !== partner);
      return add(...others, multiply(constant(scale), named(text.replace('@', print(a)), a.indices)));
    }
  }
  return node;
};
