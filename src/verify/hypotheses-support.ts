/** Families that differ from a given one by a mistake in their support. */
import { add, constant, isConstant, negate, one, read, zero } from '../calculus/build.ts';
import { print } from '../calculus/print.ts';
import type { Family, Support } from '../check/typed.ts';
import type { Hypothesis } from './hypothesis.ts';
import { valueAxes } from './value-function.ts';

export const wholeKinds: readonly Support['kind'][] = ['count', 'integer', 'binary', 'spin'];

/** Other bounds, another measure, an atom more or less. */
export const supportHypotheses = (family: Family): readonly Hypothesis[] => {
  const { support, range, atom } = family;
  if (valueAxes(family).length > 0) return [];
  const fixed = family.parameters
    .filter((parameter) => parameter.fixed && parameter.over.length === 0)
    .map(({ name }) => read(name));
  const numbers = [zero, one, constant(-1)];
  const ends = [
    null,
    ...numbers,
    ...fixed,
    ...fixed.flatMap((name) => [add(name, one), add(name, negate(one)), negate(name)]),
  ];
  const isWhole = wholeKinds.includes(support.kind);
  // Coins, spins, probabilities and angles have the ends that they have.
  const hasEnds = ['count', 'integer', 'real', 'positive'].includes(support.kind);
  const kind = (whole: boolean): Support => (whole ? { kind: 'integer' } : { kind: 'real' });
  const made = [
    ...(atom === null && !isWhole
      ? [range.low ?? zero].map((place) => ({
          support,
          range,
          atom: place,
          words: `an atom at ${print(place)} is missing`,
        }))
      : []),
    ...(atom === null
      ? []
      : [
          { support, range, atom: null, words: 'there is no atom' },
          ...[range.low, range.high, ...numbers, ...fixed].flatMap((place) =>
            place === null ? [] : [{ support, range, atom: place, words: 'the atom is elsewhere' }],
          ),
        ]),
    ...(hasEnds ? ends : []).flatMap((end) => [
      { support: kind(isWhole), range: { ...range, low: end }, atom, words: 'the values begin elsewhere' },
      { support: kind(isWhole), range: { ...range, high: end }, atom, words: 'the values end elsewhere' },
    ]),
    ...(support.kind === 'binary'
      ? [
          {
            support: { kind: 'spin' } as const,
            range: { low: constant(-1), high: one },
            atom,
            words: 'the values are others',
          },
        ]
      : []),
    ...(support.kind === 'spin'
      ? [
          {
            support: { kind: 'binary' } as const,
            range: { low: zero, high: one },
            atom,
            words: 'the values are others',
          },
        ]
      : []),
    ...(atom === null && support.kind !== 'spin'
      ? [
          {
            support: kind(!isWhole),
            range,
            atom,
            words: isWhole ? 'the values are not whole numbers' : 'the values are whole numbers',
          },
        ]
      : []),
  ];
  return made
    .filter(
      (other) =>
        other.range.low !== range.low ||
        other.range.high !== range.high ||
        other.atom !== atom ||
        other.support.kind !== support.kind,
    )
    .map((other): Hypothesis => {
      const { words, ...change } = other;
      return {
        line: 'support',
        span: family.supportSpan,
        family: { ...family, ...change },
        words,
        instead: supportText(change),
      };
    });
};

const supportText = ({ support, range, atom }: Pick<Family, 'support' | 'range' | 'atom'>): string => {
  if (support.kind === 'spin' || support.kind === 'binary') return `support ${support.kind}`;
  const { low, high } = range;
  const isWhole = wholeKinds.includes(support.kind);
  const from = low !== null && isConstant(low, 0);
  const name = isWhole
    ? low === null
      ? 'integer'
      : 'count'
    : from
      ? high !== null && isConstant(high, 1)
        ? 'unit'
        : 'positive'
      : 'real';
  const start = low === null || from ? '' : ` from ${print(low)}`;
  const stop = high === null || name === 'unit' ? '' : ` up to ${print(high)}`;
  return `support ${name}${start}${stop}${atom === null ? '' : ` with atom at ${print(atom)}`}`;
};
