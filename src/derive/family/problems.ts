/**
 * What is wrong with the formulas of a family, found by trying them in float64 at members spread over its parameters. A
 * formula that passes may still be wrong (`nsm verify` compares it with quadrature); one that fails is wrong.
 */
import type { NamedArray } from '../../calculus/evaluate.ts';
import type { Expression } from '../../calculus/expression.ts';
import { print } from '../../calculus/print.ts';
import { readNames } from '../../calculus/substitute.ts';
import type { Family } from '../../check/typed.ts';
import { error } from '../../diagnostics/construct.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { numberText } from '../../diagnostics/number.ts';
import { eventIndices } from './family.ts';
import { fisherOf, logPartitionOf, measureOf, memberOf, valueAt, type Member } from './member.ts';
import { narrowerSupport } from './narrower-support.ts';
import { dependenceProblem, tiedProblem } from './dependence.ts';
import { firstMember, hasValues, sampleMembers, sampleValues } from './sample-members.ts';

export const familyProblems = (family: Family): readonly Diagnostic[] => {
  // Arrays take longer, and have more numbers in each member.
  const isPlain = family.natural.every((_, i) => eventIndices(family, i).length === 0);
  const members = sampleMembers(family, isPlain ? 32 : 12);
  const empty = emptyProblem(family, members);
  if (empty !== null) return [empty];
  const onSupport = valueProblems(family, members);
  const atMembers = partitionProblem(family, members);
  // What has no value has no inverse, and no rank.
  if (onSupport.length > 0 || atMembers !== null)
    return [...onSupport, ...(atMembers === null ? [] : [atMembers])];
  const inverse = standardProblem(family, members);
  const rank = dependenceProblem(family, members);
  const tied = tiedProblem(family, members);
  return [tied, inverse, rank].filter((problem) => problem !== null);
};

const isFinite = (values: Iterable<number>): boolean => [...values].every(Number.isFinite);

// ---- the support -------------------------------------------------------------------------------------------------

/** Bounds that leave no values between them: by the defaults of what is fixed, or whatever that is. */
const emptyProblem = (family: Family, members: readonly Member[]): Diagnostic | null => {
  const bounds = [family.range.low, family.range.high].flatMap((bound) =>
    bound === null ? [] : [...readNames(bound)],
  );
  const read = family.parameters.filter(({ name }) => bounds.includes(name));
  const hasDefaults = read.length > 0 && read.every(({ initial }) => initial !== null);
  const usual = firstMember(family);
  if (members.length > 0 && (!hasDefaults || hasValues(usual))) return null;
  const { low, high } = measureOf(usual)!;
  return error(
    'NSM4010',
    family.supportSpan,
    `there are no values between these bounds: from ${shown(low)} up to ${shown(high)}${hasDefaults ? ' by the defaults' : ''}${shownFixed(usual)}`,
    {
      secondary: read.map(({ span }) => ({ span, label: 'a bound' })),
      hint: 'The bound after `from` must be less than the one after `up to`.',
    },
  );
};

// ---- statistics and base measure on the support ------------------------------------------------------------------

const valueProblems = (family: Family, members: readonly Member[]): readonly Diagnostic[] => {
  const lines = [
    ...family.statistic.map(({ value, span }, i) => ({
      value,
      span,
      indices: eventIndices(family, i),
      what: 'statistic',
    })),
    { value: family.logBase, span: family.logBaseSpan, indices: [], what: 'base measure' },
  ];
  // Only fixed arguments matter here.
  const some = members.slice(0, family.parameters.some(({ fixed }) => fixed) ? 8 : 1);
  return lines.flatMap(({ value, span, indices, what }) => {
    for (const member of some)
      for (const x of sampleValues(member)) {
        const found = valueAt(member, value, indices, x);
        if (isFinite(found)) continue;
        const where = `x = ${shownArray(x)}${shownFixed(member)}`;
        return [
          error(
            'NSM4011',
            span,
            `the ${what} \`${print(value)}\` is ${shownBad(found)} at ${where}, which the support holds`,
            {
              secondary: [{ span: family.supportSpan, label: 'the support' }],
              hint: supportHint(family, value, some),
            },
          ),
        ];
      }
    return [];
  });
};

const shownBad = (values: Float64Array): string => {
  const bad = values.find((value) => !Number.isFinite(value))!;
  return Number.isNaN(bad) ? 'no number' : bad > 0 ? 'infinite' : 'minus infinity';
};

const supportHint = (family: Family, formula: Expression, members: readonly Member[]): string => {
  const narrower = narrowerSupport(family, formula, members);
  return narrower === null
    ? 'Every value of the support needs a finite one here.'
    : `Every value of the support needs a finite one here; it has one on ${narrower}.`;
};

// ---- the log-partition -------------------------------------------------------------------------------------------

const partitionProblem = (family: Family, members: readonly Member[]): Diagnostic | null => {
  for (const member of members) {
    const bad = family.natural.findIndex((_, i) => !isFinite(member.naturals[i]!.values));
    if (bad >= 0) {
      const { name, value, span } = family.natural[bad]!;
      return error(
        'NSM4015',
        span,
        `\`${name} = ${print(value)}\` has no value at ${shownParameters(member)}`,
        {
          hint: 'Natural parameters are numbers for all values that the types of the parameters allow. Give a parameter a narrower type, or change the formula.',
        },
      );
    }
    if (family.logPartition === null) continue;
    const where = shownNaturals(member);
    if (!Number.isFinite(logPartitionOf(member)))
      return error('NSM4015', family.logPartitionSpan, `the log-partition has no value at ${where}`, {
        secondary: family.natural.map(({ span }) => ({ span, label: 'or this formula' })),
        hint: `It is a number for all natural parameters of the family: this one belongs to ${shownParameters(member)}.${orderHint(family, members)}`,
      });
    const hessian = fisherOf(member);
    if (!hessian.every(isFinite))
      return error(
        'NSM4015',
        family.logPartitionSpan,
        `the second derivatives of the log-partition have no value at ${where}`,
        {
          hint: `They are the covariance of the statistics of the member with ${shownParameters(member)}.`,
        },
      );
    if (isSemidefinite(hessian)) continue;
    const [only] = hessian;
    return error(
      'NSM4012',
      family.logPartitionSpan,
      hessian.length === 1
        ? `the log-partition is not convex: its second derivative is ${shown(only![0]!)} at ${where}`
        : `the log-partition is not convex: its Hessian has a negative eigenvalue at ${where}`,
      {
        hint: 'The second derivatives of a log-partition are the covariance of the statistics. Look for a wrong sign, here or in `natural`.',
      },
    );
  }
  return null;
};

/** Whether the formulas of two natural parameters stand in each other's place. */
const orderHint = (family: Family, members: readonly Member[]): string => {
  const { natural } = family;
  const swaps = natural.flatMap((first, i) =>
    natural
      .slice(i + 1)
      .map((second, after) =>
        natural.map((line, n) =>
          n === i
            ? { ...line, value: second.value }
            : n === i + 1 + after
              ? { ...line, value: first.value }
              : line,
        ),
      ),
  );
  const found = swaps.find((swapped) =>
    members.every(({ parameters, sizes }) => {
      try {
        return Number.isFinite(logPartitionOf(memberOf({ ...family, natural: swapped }, parameters, sizes)));
      } catch {
        // Formulas with other axes do not fit in each other's place.
        return false;
      }
    }),
  );
  return found === undefined
    ? ''
    : ` With \`natural ${found.map(({ name, value }) => `${name} = ${print(value)}`).join(', ')}\` it is one at every member tried.`;
};

/**
 * Whether a symmetric matrix has no negative eigenvalue beyond rounding: Cholesky's factorisation of its correlations with
 * 1e-6 on the diagonal, which formulas that lose half of their digits still pass.
 */
const isSemidefinite = (matrix: readonly Float64Array[]): boolean => {
  const largest = Math.max(...matrix.map((row, i) => Math.abs(row[i]!)));
  if (matrix.some((row, i) => row[i]! < -1e-9 * largest)) return false;
  const scale = matrix.map((row, i) => Math.sqrt(Math.max(row[i]!, 1e-12 * largest, Number.MIN_VALUE)));
  const factor = matrix.map((row) => new Float64Array(row.length));
  for (let i = 0; i < matrix.length; i++)
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i]![j]! / (scale[i]! * scale[j]!) + (i === j ? 1e-6 : 0);
      for (let k = 0; k < j; k++) rest -= factor[i]![k]! * factor[j]![k]!;
      if (i === j && rest < 0) return false;
      factor[i]![j] = i === j ? Math.sqrt(rest) : factor[j]![j] === 0 ? 0 : rest / factor[j]![j]!;
    }
  return true;
};

// ---- standard parameters -----------------------------------------------------------------------------------------

/** `natural` of `standard` gives back the natural parameters; several parameters may have the same ones. */
const standardProblem = (family: Family, members: readonly Member[]): Diagnostic | null => {
  const { standard } = family;
  if (standard === null) return null;
  for (const member of members) {
    const found = standard.map(({ name, value }) => {
      const over = family.parameters.find((parameter) => parameter.name === name)!.over;
      const shape = over.map((index) => member.parameters[name]!.shape[over.indexOf(index)]!);
      return { name, array: { indices: over, shape, values: valueAt(member, value, over) } };
    });
    const given = Object.fromEntries(found.map(({ name, array }) => [name, array]));
    const again = memberOf(family, { ...member.parameters, ...given }, member.sizes);
    const isReturned = family.natural.every((_, i) =>
      agrees(again.naturals[i]!.values, member.naturals[i]!.values),
    );
    if (isReturned) continue;
    const blamed =
      found.find(({ name, array }) => !agrees(array.values, member.parameters[name]!.values)) ?? found[0]!;
    const line = standard.find(({ name }) => name === blamed.name)!;
    return error(
      'NSM4013',
      line.span,
      `\`standard\` gives ${blamed.name} = ${shownArray(blamed.array)} for the member with ${shownParameters(member)}`,
      {
        hint: `Its natural parameters are ${shownNaturals(member)}, and \`natural\` gives ${shownNaturals(again)} for what \`standard\` gives.`,
      },
    );
  }
  return null;
};

/** To half of the digits: formulas that cancel are not wrong. */
const agrees = (left: Float64Array, right: Float64Array): boolean => {
  const scale = Math.max(1, ...right.map(Math.abs));
  return left.every((value, n) => Math.abs(value - right[n]!) <= 1e-6 * scale);
};

// ---- words -------------------------------------------------------------------------------------------------------

const shown = (value: number): string => numberText(value, 4);
const shownArray = (array: number | NamedArray): string => {
  if (typeof array === 'number') return shown(array);
  const numbers = Array.from(array.values, shown);
  return array.shape.length === 0 ? numbers[0]! : `[${numbers.join(', ')}]`;
};
const shownAll = (pairs: readonly (readonly [name: string, array: NamedArray])[]): string =>
  pairs.map(([name, array]) => `${name} = ${shownArray(array)}`).join(', ');

const shownParameters = ({ family, parameters }: Member): string =>
  shownAll(family.parameters.map(({ name }) => [name, parameters[name]!]));
const shownFixed = ({ family, parameters }: Member): string => {
  const fixed = family.parameters.filter((parameter) => parameter.fixed);
  return fixed.length === 0 ? '' : ` for ${shownAll(fixed.map(({ name }) => [name, parameters[name]!]))}`;
};
const shownNaturals = (member: Member): string =>
  shownAll(member.family.natural.map(({ name }, i) => [name, member.naturals[i]!])) + shownFixed(member);
