/** Families that differ from a given one by one mistake in one line, in the order in which they are to be believed. */
import { add, apply, isConstant, multiply, negate, power, read, subtract } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { print } from '../calculus/print.ts';
import { readNames, replaceNames } from '../calculus/substitute.ts';
import type { Family } from '../check/typed.ts';
import { baseTerms, edits, fixedEdits, substitutions } from './edits.ts';
import { wholeKinds } from './hypotheses-support.ts';
import type { Hypothesis } from './hypothesis.ts';
import { valueAxes } from './value-function.ts';

/** Statistics in another order than the natural parameters that belong to them. */
export const orderHypotheses = (family: Family): readonly Hypothesis[] => swapped(family, 'statistic');

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
            words: '`statistic` and `natural` are not in the same order',
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

/** Slips in the log-partition. Cheap to try: the density stays as it is. */
export const partitionHypotheses = (family: Family): readonly Hypothesis[] => {
  const partition = family.logPartition;
  if (partition === null) return [];
  const wrapped = [apply('log', partition), apply('exp', partition), apply('softplus', partition)];
  return otherPartitions(family, [
    ...edits(partition),
    ...wrapped,
    ...fixedEdits(partition, fixedNames(family)),
    ...substitutions(partition, fixedNames(family)),
  ]);
};

/** A natural parameter that the log-partition takes for another one wherever it reads it: less likely than a slip in one place. */
export const misreadHypotheses = (family: Family): readonly Hypothesis[] =>
  family.logPartition === null
    ? []
    : otherPartitions(family, substitutions(family.logPartition, scalarNaturals(family)));

const otherPartitions = (family: Family, all: readonly Expression[]): readonly Hypothesis[] =>
  [...new Set(all)].map((logPartition) => ({
    line: 'log_partition',
    span: family.logPartitionSpan,
    family: { ...family, logPartition },
    words: 'the log-partition is not that of the density',
    instead: `log_partition ${print(logPartition)}`,
  }));

/** Slips in the base measure, forgotten Jacobians and factorials. */
export const baseHypotheses = (family: Family): readonly Hypothesis[] => {
  const { logBase } = family;
  const added =
    valueAxes(family).length > 0
      ? []
      : baseTerms(wholeKinds.includes(family.support.kind), fixedNames(family));
  const all = [
    ...(isConstant(logBase) ? [] : edits(logBase)),
    ...added.map((term) => add(logBase, term)),
    ...fixedEdits(logBase, fixedNames(family)),
    ...substitutions(logBase, [...fixedNames(family), ...valueNames(family)]),
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
    const x = read('x');
    const alone =
      valueAxes(family).length > 0 ? [] : [x, power(x, 2), power(x, -1), apply('log', x), apply('abs', x)];
    const wrapped = [
      ...alone,
      power(value, 2),
      power(value, -1),
      apply('log', value),
      apply('abs', value),
      ...fixed.flatMap((name) => [
        power(value, name),
        multiply(value, name),
        ...(alone.length === 0 ? [] : [replaceNames(value, { x: subtract(x, name) })]),
        apply('abs', add(value, negate(name))),
      ]),
      ...substitutions(value, [...fixedNames(family), ...valueNames(family)]),
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

const valueNames = (family: Family): readonly string[] => (valueAxes(family).length > 0 ? [] : ['x']);

const scalarNaturals = ({ natural }: Family): readonly string[] =>
  natural.filter(({ value }) => value.indices.length === 0).map(({ name }) => name);

const fixedNames = ({ parameters }: Family): readonly string[] =>
  parameters.filter(({ fixed, over }) => fixed && over.length === 0).map(({ name }) => name);
