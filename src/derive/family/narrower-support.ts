/** The part of a support on which a formula has finite values, as a `support` line would say it: for hints. */
import { print } from '../../calculus/print.ts';
import type { Expression } from '../../calculus/expression.ts';
import type { Family } from '../../check/typed.ts';
import { numberText } from '../../diagnostics/number.ts';
import { functionOfValue, isOneNumber, measureOf, type Member } from './member.ts';
import type { Measure } from './quadrature.ts';
import { sampleValues } from './sample-members.ts';

/** `positive`, `count up to trials`, ...; null where there is no such interval, or no words for its ends. */
export const narrowerSupport = (
  family: Family,
  formula: Expression,
  members: readonly Member[],
): string | null => {
  if (!isOneNumber(family) || family.atom !== null || formula.indices.length > 0) return null;
  const found = members.map((member) => finiteInterval(member, formula));
  const intervals = found.filter((interval) => interval !== null);
  if (intervals.length < found.length || intervals.length === 0) return null;
  const low = endText(
    family.range.low,
    members,
    intervals.map((one) => one.low),
  );
  const high = endText(
    family.range.high,
    members,
    intervals.map((one) => one.high),
  );
  return low === null || high === null ? null : supportText(family.support.kind, low, high);
};

/** Ends of an interval; null where the support goes on as it is. */
interface Interval {
  readonly low: number | null;
  readonly high: number | null;
}

const finiteInterval = (member: Member, formula: Expression): Interval | null => {
  const measure = measureOf(member)!;
  const at = functionOfValue(member, formula);
  const isGood = (x: number): boolean => Number.isFinite(at(x));
  const values = (sampleValues(member) as readonly number[]).toSorted((a, b) => a - b);
  const [first, last] = [values.findIndex(isGood), values.findLastIndex(isGood)];
  if (first < 0 || !values.slice(first, last + 1).every(isGood)) return null;
  const edge = (good: number, bad: number | undefined): number | null =>
    bad === undefined ? null : edgeBetween(good, bad, measure.kind, isGood);
  return { low: edge(values[first]!, values[first - 1]), high: edge(values[last]!, values[last + 1]) };
};

/** The last good value on the way from a good one to a bad one; on a line the place where they meet. */
const edgeBetween = (
  good: number,
  bad: number,
  kind: Measure['kind'],
  isGood: (x: number) => boolean,
): number => {
  let [inside, outside] = [good, bad];
  for (let turn = 0; turn < 60; turn++) {
    const middle = kind === 'points' ? Math.trunc((inside + outside) / 2) : inside + (outside - inside) / 2;
    if (middle === inside || middle === outside) break;
    if (isGood(middle)) inside = middle;
    else outside = middle;
  }
  return kind === 'points' ? inside : outside;
};

/** An end that is the same number for all members, or the same fixed argument; '' for none, null where there are no words. */
const endText = (
  own: Expression | null,
  members: readonly Member[],
  ends: readonly (number | null)[],
): string | null => {
  if (ends.every((end) => end === null)) return own === null ? '' : print(own).replace('−', '-');
  const isAll = (of: (member: Member) => number): boolean =>
    ends.every(
      (end, k) => end !== null && Math.abs(end - of(members[k]!)) <= 1e-6 * Math.max(1, Math.abs(end)),
    );
  const { family } = members[0]!;
  const named = family.parameters.find(
    ({ name, fixed, over }) =>
      fixed &&
      over.length === 0 &&
      members.length > 1 &&
      isAll((member) => member.parameters[name]!.values[0]!),
  );
  if (named !== undefined) return named.name;
  return isAll(() => ends[0]!) ? numberText(ends[0]!, 6).replace(/^-0$/, '0') : null;
};

const supportText = (kind: Family['support']['kind'], low: string, high: string): string | null => {
  const bounded = (word: string): string =>
    `\`${word}${low === '' ? '' : ` from ${low}`}${high === '' ? '' : ` up to ${high}`}\``;
  switch (kind) {
    case 'real':
    case 'positive':
    case 'unit':
      if (low === '0' && high === '') return '`positive`';
      if (low === '0' && high === '1') return '`unit`';
      return low === '0' && kind === 'positive'
        ? `\`positive up to ${high}\``
        : bounded(kind === 'unit' ? 'real' : kind);
    case 'integer':
    case 'count':
      if (low === '0') return `\`count${high === '' ? '' : ` up to ${high}`}\``;
      return bounded(Number(low) > 0 ? 'count' : kind);
    default:
      return null;
  }
};
