/** The `support` line of a family: which values it takes, between which bounds, and where one has a probability. */
import { constant, one, zero } from '../calculus/build.ts';
import type { Expression as Mathematics } from '../calculus/expression.ts';
import type { SupportLine } from '../syntax/tree.ts';
import { evaluate, type Environment } from './expressions.ts';
import { error, showAxes, type Report, type Value } from './scope.ts';
import { describe, domainOf, fits, type Domain } from './supports.ts';
import type { Family, Support } from './typed.ts';
import { resolveType } from './types.ts';

export interface CheckedSupport extends Pick<Family, 'support' | 'range' | 'atom'> {
  /** What is known of `x`. */
  readonly domain: Domain;
}

/** Null when the line is wrong, which has been reported then. */
export const checkSupport = (line: SupportLine, environment: Environment): CheckedSupport | null => {
  const { report } = environment;
  const resolved = resolveType({ ...line.type, upTo: null }, report, { axes: null, ofFamily: true });
  if (resolved === null) return null;
  const { support: kind, axes, over } = resolved;
  if (!isOneValue(kind, axes, over, line, report)) return null;
  const unbounded: Support = kind.kind === 'real' && over.length > 0 ? { kind: 'vector', over } : kind;

  const written = { from: line.from, upTo: line.type.upTo };
  const beyond = written.from ?? written.upTo;
  if (beyond !== null && !boundable.includes(unbounded.kind))
    return error(report, 'NSM4010', beyond.span, `values of \`${resolved.name}\` have no such bound`, {
      hint: 'Bounds may follow `real`, `positive`, `count` and `integer`.',
    });
  if (line.atom !== null && !['real', 'positive', 'unit'].includes(unbounded.kind))
    return error(
      report,
      'NSM4010',
      line.atom.span,
      `an atom stands out of a continuum, and \`${resolved.name}\` is none`,
      { hint: 'An atom may follow `real`, `positive` and `unit`.' },
    );
  const number = (expression: Parameters<typeof evaluate>[0] | null): Value | null | 'wrong' => {
    if (expression === null) return null;
    const value = evaluate(expression, environment);
    return value !== null && isBound(value, unbounded, report) ? value : 'wrong';
  };
  const [from, upTo, atom] = [number(written.from), number(written.upTo), number(line.atom)];
  if (from === 'wrong' || upTo === 'wrong' || atom === 'wrong') return null;

  const support: Support =
    unbounded.kind === 'count' ? { kind: 'count', upTo: upTo?.expression ?? null } : unbounded;
  const whole = rangeOf(support);
  const own = domainOf(support);
  const ends = support.kind === 'angle' ? { low: -Math.PI, high: Math.PI } : own;
  const domain: Domain = {
    ...own,
    low: Math.max(ends.low, from?.domain.low ?? -Infinity),
    high: Math.min(ends.high, upTo?.domain.high ?? Infinity),
  };
  if (domain.low >= domain.high)
    return error(report, 'NSM4010', line.span, `there are no values between these bounds`, {
      hint: 'The bound after `from` must be less than the one after `up to`.',
    });
  if (atom !== null && (atom.domain.high < domain.low || atom.domain.low > domain.high))
    return error(report, 'NSM4010', atom.span, `the atom lies outside the support`, {
      hint: 'An atom is one of the values between the bounds, or a bound.',
    });
  return {
    support,
    range: { low: from?.expression ?? whole.low, high: upTo?.expression ?? whole.high },
    atom: atom?.expression ?? null,
    domain,
  };
};

const boundable: readonly Support['kind'][] = ['real', 'positive', 'count', 'integer'];

/** Families describe one value: a number, or what lies along the axes after `over`. */
const isOneValue = (
  { kind }: Support,
  axes: readonly string[],
  over: readonly string[],
  line: SupportLine,
  report: Report,
): boolean => {
  const tell = (message: string, hint: string): false => {
    error(report, 'NSM4010', line.type.span, message, { hint });
    return false;
  };
  const name = line.type.support.text;
  if (axes.length > 0)
    return tell(
      'a family describes one value, and the arguments bring the axes along which there are more',
      `Write \`${name}\`, or \`real over ${axes.join(', ')}\` where one value is a vector.`,
    );
  if (kind === 'positive_definite')
    return tell(
      'values of a family are numbers or vectors, and these are matrices',
      "Matrices may be parameters: `precision: positive_definite over dims, dims'`.",
    );
  if ((kind === 'one_hot' || kind === 'simplex') && over.length !== 1)
    return tell(`values of \`${name}\` lie along one axis`, `Name it: \`${name} over classes\`.`);
  if (over.length > 0 && !['one_hot', 'simplex', 'real'].includes(kind))
    return tell(
      `a value of \`${name}\` is a single number`,
      'Only `real`, `one_hot` and `simplex` may be followed by `over` here.',
    );
  return true;
};

/** Bounds and atoms are numbers that could be values themselves; the end of an open support counts as one. */
const isBound = (value: Value, support: Support, report: Report): boolean => {
  if (value.axes.length > 0) {
    error(report, 'NSM3007', value.span, `a bound is a single number, and this is ${showAxes(value.axes)}`);
    return false;
  }
  const { low, high } = value.domain;
  const end = (support.kind === 'positive' || support.kind === 'unit') && low === 0 && high === 0;
  if (end || fits(value.domain, support)) return true;
  error(
    report,
    'NSM4010',
    value.span,
    `this is ${describe(value.domain)}, and the values of the family are ${support.kind}`,
    { hint: 'A bound, and an atom, is a number that the family could take.' },
  );
  return false;
};

/** The bounds that a kind of support has by itself. */
const rangeOf = (
  support: Support,
): { readonly low: Mathematics | null; readonly high: Mathematics | null } => {
  switch (support.kind) {
    case 'count':
      return { low: zero, high: support.upTo };
    case 'binary':
    case 'unit':
      return { low: zero, high: one };
    case 'positive':
      return { low: zero, high: null };
    case 'spin':
      return { low: constant(-1), high: one };
    case 'angle':
      return { low: constant(-Math.PI), high: constant(Math.PI) };
    case 'real':
    case 'integer':
    case 'one_hot':
    case 'simplex':
    case 'vector':
    case 'positive_definite':
      return { low: null, high: null };
  }
};
