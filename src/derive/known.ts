/** What is known of the numbers that a model reads, and the simpler forms that follow from it. */
import { add, apply, isConstant, multiply, negate, one, power, zero } from '../calculus/build.ts';
import { dependsOn } from '../calculus/differentiate.ts';
import type { Expression } from '../calculus/expression.ts';
import {
  closedRange,
  isPositiveRange,
  openRange,
  positiveRange,
  rangeOf,
  uniteRanges,
  wholeLine,
  type Range,
  type Ranges,
} from '../calculus/range.ts';
import { mapChildren } from '../calculus/substitute.ts';
import type { Distribution, Inference, InferenceStatement, Model, Setting, Support } from '../check/typed.ts';
import { rolledName } from './belief.ts';
import { isDiscrete } from './family/sampler.ts';

/** Where settings, parameters, variables and coordinates of beliefs lie, by name; anything else is a number. */
export const rangesOf = (model: Model, inference: Inference | null): Ranges => {
  const known = new Map<string, Range>();
  const ranges: Ranges = (name) => known.get(name) ?? wholeLine;
  for (const { name, kind } of [...model.settings, ...(inference?.settings ?? [])])
    known.set(name, settingRange(kind));
  for (const { name, support, within } of [...model.parameters, ...(inference?.parameters ?? [])])
    known.set(
      name,
      within === null ? supportRange(support) : guardedRange(within, supportRange(support), ranges),
    );
  for (const { name, support, distribution } of model.variables) {
    const beliefs = inference?.beliefs.filter(({ latent }) => latent === name) ?? [];
    const members = [distribution, ...beliefs.map((belief) => belief.distribution)];
    const own = members.flatMap((member) => (member === null ? [] : [memberRange(member, ranges)]));
    known.set(name, own.length === 0 ? supportRange(support) : own.reduce(uniteRanges));
  }
  for (const [name, range] of coordinateRanges(inference, ranges))
    for (const each of [name, rolledName(name)]) known.set(each, range);
  return ranges;
};

const settingRange = (kind: Setting['kind']): Range => {
  switch (kind) {
    case 'dim':
      return { ...openRange(1, Infinity), reachesLow: true };
    case 'positive':
      return positiveRange;
    case 'int':
    case 'real':
      return wholeLine;
  }
};

const supportRange = (support: Support): Range => {
  switch (support.kind) {
    case 'positive':
      return positiveRange;
    case 'unit':
    case 'simplex':
      return openRange(0, 1);
    case 'binary':
    case 'one_hot':
      return closedRange(0, 1);
    case 'spin':
      return closedRange(-1, 1);
    case 'count':
      return { ...positiveRange, reachesLow: true };
    case 'angle':
      return closedRange(-Math.PI, Math.PI);
    case 'real':
    case 'integer':
    case 'vector':
    case 'positive_definite':
      return wholeLine;
  }
};

/** Where the values of a member lie: ends are reached by whole numbers and by atoms. */
const memberRange = ({ family, arguments: given }: Distribution, ranges: Ranges): Range => {
  const inner: Ranges = (name) => (Object.hasOwn(given, name) ? rangeOf(given[name]!, ranges) : wholeLine);
  const whole = supportRange(family.support);
  const [low, high] = [family.range.low, family.range.high].map((bound) =>
    bound === null ? null : rangeOf(bound, inner),
  ) as [Range | null, Range | null];
  const reaches = isDiscrete(family) || family.atom !== null;
  return {
    low: Math.max(whole.low, low?.low ?? -Infinity),
    high: Math.min(whole.high, high?.high ?? Infinity),
    reachesLow: whole.reachesLow || reaches,
    reachesHigh: whole.reachesHigh || (reaches && high !== null),
  };
};

const guardedRange = (within: Expression, self: Range, ranges: Ranges): Range =>
  rangeOf(within, (name) => (name === 'self' ? self : ranges(name)));

/** A coordinate lies in its support, and in its guard where it starts inside: guards hold after each step. */
const coordinateRanges = (
  inference: Inference | null,
  ranges: Ranges,
): readonly (readonly [string, Range])[] =>
  (inference?.beliefs ?? []).flatMap(({ coordinates }) =>
    coordinates.map(({ name, support }) => {
      const own = supportRange(support);
      const guards = inference!.guards.filter((guard) => guard.target === name && !guard.step);
      if (guards.length === 0) return [name, own] as const;
      const after = guards.reduce((range, { within }) => guardedRange(within, range, ranges), own);
      const starts = startsOf(inference!.body, name);
      return [name, starts.map((value) => rangeOf(value, ranges)).reduce(uniteRanges, after)] as const;
    }),
  );

const startsOf = (body: readonly InferenceStatement[], name: string): readonly Expression[] =>
  body.flatMap((statement) =>
    statement.kind === 'start' && statement.targets.includes(name) && statement.value.kind === 'value'
      ? [statement.value.value]
      : [],
  );

/**
 * The same function of one variable, without functions that do nothing where it lies (|z| and max(z, 0) of a positive z,
 * √z²), and with cos² + sin² = 1. `detach` is taken off: it is about derivatives, and a function of a value is what it is.
 */
export const simplified = (node: Expression, name: string, ranges: Ranges): Expression => {
  const known = new Map<Expression, Expression>();
  const visit = (current: Expression): Expression => {
    const found = known.get(current);
    if (found !== undefined) return found;
    const result = dependsOn(current, name) ? simplifiedNode(mapChildren(current, visit), ranges) : current;
    known.set(current, result);
    return result;
  };
  return visit(node);
};

const simplifiedNode = (node: Expression, ranges: Ranges): Expression => {
  const at = (part: Expression): Range => rangeOf(part, ranges);
  switch (node.kind) {
    case 'add':
      return withoutCircles(node.terms);
    case 'power':
      return powerOfPositive(node.base, node.exponent, (part) => isPositiveRange(at(part)));
    case 'apply': {
      const [first, second] = node.arguments as readonly [Expression, Expression];
      switch (node.operator) {
        case 'detach':
          // The largest entry in a `log_sum_exp` stays detached: nothing depends on which it is.
          return first.kind === 'maximum' ? node : first;
        case 'abs':
          return at(first).low >= 0 ? first : at(first).high <= 0 ? negate(first) : node;
        case 'sign':
        case 'step': {
          const { low, high } = at(node);
          return low === high ? (low === 1 ? one : low === 0 ? zero : negate(one)) : node;
        }
        case 'max':
          return at(first).low >= at(second).high ? first : at(second).low >= at(first).high ? second : node;
        case 'min':
          return at(first).high <= at(second).low ? first : at(second).high <= at(first).low ? second : node;
        default:
          return node;
      }
    }
    default:
      return node;
  }
};

/** r cos² a + r sin² a = r. */
const withoutCircles = (terms: readonly Expression[]): Expression => {
  for (const term of terms) {
    const factors = term.kind === 'multiply' ? term.factors : [term];
    for (const factor of factors) {
      if (factor.kind !== 'power' || !isConstant(factor.exponent, 2)) continue;
      const { base } = factor;
      if (base.kind !== 'apply' || base.operator !== 'cos') continue;
      const rest = multiply(...factors.filter((other) => other !== factor));
      const other = multiply(rest, power(apply('sin', base.arguments[0]!), 2));
      if (terms.includes(other))
        return withoutCircles([...terms.filter((each) => each !== term && each !== other), rest]);
    }
  }
  return add(...terms);
};

/** (bⁿ)^p = b^(np) and (a b)^p = a^p b^p, for a positive b: whole powers are taken apart as they are built. */
const powerOfPositive = (
  base: Expression,
  exponent: Expression,
  isPositive: (part: Expression) => boolean,
): Expression => {
  if (base.kind === 'power' && isPositive(base.base))
    return power(base.base, multiply(base.exponent, exponent));
  if (base.kind !== 'multiply') return power(base, exponent);
  const apart = base.factors.filter(isPositive);
  return multiply(
    ...apart.map((factor) => powerOfPositive(factor, exponent, isPositive)),
    power(multiply(...base.factors.filter((factor) => !apart.includes(factor))), exponent),
  );
};
