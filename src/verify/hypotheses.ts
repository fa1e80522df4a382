/** Families that differ from a given one by one mistake in one line, in the order in which they are to be believed. */
import {
  add,
  apply,
  constant,
  isConstant,
  multiply,
  negate,
  one,
  power,
  read,
  zero,
} from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { print } from '../calculus/print.ts';
import { readNames } from '../calculus/substitute.ts';
import type { Family, Support } from '../check/typed.ts';
import type { Span } from '../syntax/span.ts';
import { baseTerms, edits, fixedEdits } from './edits.ts';
import { valueAxes } from './value-function.ts';

export type Line = 'support' | 'statistic' | 'natural' | 'log_partition' | 'log_base';

export interface Hypothesis {
  readonly line: Line;
  readonly span: Span;
  readonly family: Family;
  /** What the mistake would be. */
  readonly words: string;
  /** The line as it would have to read. */
  readonly instead: string;
}

/** Mistakes of form: the order of the statistics, bounds of the support. */
export const formHypotheses = (family: Family): readonly Hypothesis[] => [
  ...swapped(family, 'statistic'),
  ...supports(family),
];

/**
 * Natural parameters outside what the log-partition is for: their order, signs and factors. They explain members that have no
 * density at all; where there is one, the other lines contradict each other at any natural parameters.
 */
export const naturalHypotheses = (family: Family): readonly Hypothesis[] => [
  ...swapped(family, 'natural'),
  ...turned(family),
];

/** Statistics or natural parameters in another order. */
const swapped = (family: Family, line: 'statistic' | 'natural'): readonly Hypothesis[] => {
  const { statistic, natural } = family;
  const pairs = statistic.flatMap((_, i) =>
    statistic.flatMap((__, j) =>
      i < j && sameShape(family, i, j) && statistic[i]!.value !== statistic[j]!.value
        ? [[i, j] as const]
        : [],
    ),
  );
  return pairs.flatMap(([i, j]): readonly Hypothesis[] => {
    const T = exchanged(statistic, i, j, (old, value) => ({ ...old, value }));
    const eta = exchanged(natural, i, j, (old, value) => ({ ...old, value }));
    return line === 'statistic'
      ? [
          {
            line,
            span: statistic[i]!.span,
            family: { ...family, statistic: T },
            words: 'the statistics stand in another order than the natural parameters that belong to them',
            instead: `statistic ${T.map(({ value }) => print(value)).join(', ')}`,
          },
        ]
      : [
          {
            line,
            span: natural[i]!.span,
            family: { ...family, natural: eta },
            words: 'the natural parameters stand in another order than the statistics and the log-partition',
            instead: naturalText(eta),
          },
        ];
  });
};

const naturalText = (natural: Family['natural']): string =>
  `natural ${natural.map(({ name, value }) => `${name} = ${print(value)}`).join(', ')}`;

const sameShape = ({ natural }: Family, i: number, j: number): boolean =>
  natural[i]!.value.indices.join() === natural[j]!.value.indices.join();

const exchanged = <Item extends { readonly value: Expression }>(
  list: readonly Item[],
  i: number,
  j: number,
  put: (line: Item, value: Expression) => Item,
): readonly Item[] =>
  list.map((line, n) => (n === i ? put(line, list[j]!.value) : n === j ? put(line, list[i]!.value) : line));

/** A natural parameter with another sign or factor: the formulas of the density are then right, at other members. */
const turned = (family: Family): readonly Hypothesis[] =>
  family.natural.flatMap((line, i) =>
    [...new Set([negate(line.value), ...edits(line.value)])]
      .filter((value) => [...readNames(line.value)].every((name) => readNames(value).has(name)))
      .map((value): Hypothesis => ({
        line: 'natural',
        span: line.span,
        family: {
          ...family,
          natural: family.natural.map((other, n) => (n === i ? { ...other, value } : other)),
        },
        words: `\`${line.name}\` lies outside what the log-partition and the density are for`,
        instead: `${line.name} = ${print(value)}`,
      })),
  );

const wholeKinds: readonly Support['kind'][] = ['count', 'integer', 'binary', 'spin'];

/** Other bounds, another measure, an atom more or less. */
const supports = (family: Family): readonly Hypothesis[] => {
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
    ...(atom === null ? [] : [{ support, range, atom: null, words: 'there is no atom' }]),
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

/** Slips in the log-partition. Cheap to try: the density stays as it is. */
export const partitionHypotheses = (family: Family): readonly Hypothesis[] => {
  const partition = family.logPartition;
  if (partition === null) return [];
  const wrapped = [apply('log', partition), apply('exp', partition), apply('softplus', partition)];
  return [...edits(partition), ...wrapped, ...fixedEdits(partition, fixedNames(family))].map(
    (logPartition) => ({
      line: 'log_partition',
      span: family.logPartitionSpan,
      family: { ...family, logPartition },
      words: 'the log-partition is not that of the density',
      instead: `log_partition ${print(logPartition)}`,
    }),
  );
};

/** Slips in the base measure, forgotten Jacobians and factorials. */
export const baseHypotheses = (family: Family): readonly Hypothesis[] => {
  const { logBase } = family;
  const added = valueAxes(family).length > 0 ? [] : baseTerms(wholeKinds.includes(family.support.kind));
  const all = [
    ...(isConstant(logBase) ? [] : edits(logBase)),
    ...added.map((term) => add(logBase, term)),
    ...fixedEdits(logBase, fixedNames(family)),
  ];
  return [...new Set(all)].map((edited) => ({
    line: 'log_base',
    span: family.logBaseSpan,
    family: { ...family, logBase: edited },
    words: 'the base measure is another one than the log-partition is for',
    instead: `log_base ${print(edited)}`,
  }));
};

/** Another statistic in one place: a sign, a power, a logarithm. */
export const statisticHypotheses = (family: Family): readonly Hypothesis[] =>
  family.statistic.flatMap(({ value, span }, i) => {
    const fixed = fixedNames(family).map((name) => read(name));
    const wrapped = [
      power(value, 2),
      power(value, -1),
      apply('log', value),
      apply('abs', value),
      ...fixed.flatMap((name) => [
        power(value, name),
        multiply(value, name),
        apply('abs', add(value, negate(name))),
      ]),
    ];
    return [...new Set([...edits(value), ...wrapped])].map((edited): Hypothesis => ({
      line: 'statistic',
      span,
      family: {
        ...family,
        statistic: family.statistic.map((line, n) => (n === i ? { ...line, value: edited } : line)),
      },
      words: 'the statistic is another one than the log-partition is for',
      instead: `statistic ${family.statistic.map((line, n) => print(n === i ? edited : line.value)).join(', ')}`,
    }));
  });

const fixedNames = ({ parameters }: Family): readonly string[] =>
  parameters.filter(({ fixed, over }) => fixed && over.length === 0).map(({ name }) => name);
