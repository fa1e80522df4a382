/**
 * Draws of the compiled sampler against the density. The reference is the unnormalised density with a normaliser by
 * quadrature, so neither a wrong log-partition nor a wrong `pathwise` line can vouch for itself.
 *
 * Each test statistic has a stated chance of rejecting draws that are right, by inequalities that hold for any law and any
 * number of draws. Values that are numbers: the largest distance of the distribution functions (Dvoretzky, Kiefer and
 * Wolfowitz; Massart 1990). All values: averages of T, and for arrays of waves cos(k · x) and sin(k · x), against their
 * expectations (Bernstein).
 */
import { read } from '../calculus/build.ts';
import type { NamedArray } from '../calculus/evaluate.ts';
import type { Index } from '../calculus/expression.ts';
import { compileScalar } from '../calculus/scalar-function.ts';
import type { Estimator, Family } from '../check/typed.ts';
import type { Member } from '../derive/family/member.ts';
import { samplerOf } from '../derive/family/sampler.ts';
import { emitDraw } from '../schedule/draw.ts';
import { makeBlock, makeNames } from '../schedule/names.ts';
import type { Program, Register } from '../schedule/program.ts';
import { interpret } from '../targets/interpreter.ts';
import {
  checkOf,
  outcomeOf,
  shown,
  skip,
  type Check,
  type Identity,
  type Outcome,
  type Subject,
  type Subjects,
} from './identity.ts';
import { average, boundsOf } from './quadrature.ts';
import { cumulative } from './cumulative.ts';
import { entryNames, statisticEntries, valueAxes } from './value-function.ts';

const mostDraws = 20_000;
/** Inversion searches from the mode outwards: this many steps in all draws of a member, and no fewer draws than a thousand. */
const mostSteps = 2e7;
/** Chance that one test statistic rejects draws that are right. */
const falseAlarm = 1e-8;
const logOdds = Math.log(2 / falseAlarm);
const distanceLimit = (count: number): number => Math.sqrt(logOdds / (2 * count));

export interface DrawReport {
  readonly outcome: Outcome;
  /** Statistics that were tested: the chance of any false alarm is at most this many times that of one. */
  readonly tests: number;
  readonly falseAlarm: number;
}

/** Draws of every member, by subject: `drawsOf(subject)[n]` is the n-th draw's entries. */
export type Drawn = (subject: Subject) => readonly Float64Array[];

export const checkDraws = (subjects: Subjects, drawn: Drawn): DrawReport => {
  const sampler = samplerOf(subjects.family);
  return sampler.kind === 'none'
    ? { outcome: skip('draws', `there is no sampler, because ${sampler.why}`), tests: 0, falseAlarm }
    : fitOfDraws('draws', subjects, drawn, (subject) => subject);
};

/** Draws of every member against the law that they should have. */
export const fitOfDraws = (
  identity: Identity,
  subjects: Subjects,
  drawn: Drawn,
  lawOf: (subject: Subject) => Subject,
): DrawReport => {
  let tests = 0;
  const checks = subjects.groups.flatMap((group) =>
    group.map((subject): Check => {
      const draws = drawn(subject);
      const outside = draws.find((x) => !isInside(subject.member, x));
      if (outside !== undefined)
        return checkOf(
          identity,
          subject.label,
          Infinity,
          1,
          `${Array.from(outside, shown).join(', ')} was drawn, which is outside the support`,
        );
      const found = statisticsOfFit(lawOf(subject), draws);
      tests += found.length;
      const worst = found.reduce((most, next) =>
        next.ratio > most.ratio || Number.isNaN(next.ratio) ? next : most,
      );
      return checkOf(identity, subject.label, worst.ratio, 1, worst.words);
    }),
  );
  return { outcome: outcomeOf(identity, checks), tests, falseAlarm };
};

/** Whether draws may be of this density, by the same statistics. */
export const fitsDensity = (subject: Subject, draws: readonly Float64Array[]): boolean =>
  draws.every((x) => isInside(subject.member, x)) &&
  statisticsOfFit(subject, draws).every(({ ratio }) => ratio <= 1);

interface Fit {
  /** How large the deviation is, in units of the largest one allowed. */
  readonly ratio: number;
  readonly words: string;
}

const statisticsOfFit = (subject: Subject, draws: readonly Float64Array[]): readonly Fit[] => [
  ...(valueAxes(subject.member.family).length === 0 ? [distance(subject, draws)] : []),
  ...averages(subject, draws),
];

const isInside = (member: Member, x: Float64Array): boolean => {
  const { family } = member;
  switch (family.support.kind) {
    case 'one_hot':
      return x.filter((entry) => entry === 1).length === 1 && x.every((entry) => entry === 0 || entry === 1);
    case 'simplex':
      return x.every((entry) => entry >= 0) && Math.abs(x.reduce((sum, entry) => sum + entry, 0) - 1) < 1e-9;
    case 'vector':
    case 'positive_definite':
      return x.every(Number.isFinite);
    default: {
      const { low, high } = boundsOf(member);
      const value = x[0]!;
      const isWhole = ['count', 'integer', 'binary', 'spin'].includes(family.support.kind);
      if (isWhole && !Number.isInteger(value)) return false;
      if (family.support.kind === 'spin' && Math.abs(value) !== 1) return false;
      // The nearest number to a draw that is a little above the least value may be the least value.
      return value >= low && value <= high;
    }
  }
};

/** The largest distance between the distribution function of the draws and of the density. */
const distance = (subject: Subject, draws: readonly Float64Array[]): Fit => {
  const sorted = Float64Array.from(draws, ([value]) => value!).sort();
  const steps = cumulative(subject, sorted);
  let largest = 0;
  for (const { empirical, expected } of steps) largest = Math.max(largest, Math.abs(empirical - expected));
  const limit = distanceLimit(draws.length);
  return {
    ratio: largest / limit,
    words: `the distribution function of ${draws.length} draws is ${shown(largest)} away from the density's, and at most ${shown(limit)} is chance`,
  };
};

/** Averages of statistics and of waves, in units of the largest deviation that Bernstein's inequality leaves to chance. */
const averages = (subject: Subject, draws: readonly Float64Array[]): readonly Fit[] => {
  const { member, quadrature, weights } = subject;
  const names = entryNames(member);
  const statistics = statisticEntries(member).map((entry, i) => {
    const T = compileScalar(entry, names);
    return {
      words: `statistic ${i + 1}`,
      f: (x: ArrayLike<number>): number => T(...Array.from(x)),
      points: quadrature.statistics.map((at) => at[i]!),
    };
  });
  const waves = frequencies(subject).flatMap((k, n) =>
    [Math.cos, Math.sin].map((wave) => {
      const f = (x: ArrayLike<number>): number => wave(k.reduce((sum, each, i) => sum + each * x[i]!, 0));
      return { words: `wave ${n + 1}`, f, points: quadrature.values.map(f) };
    }),
  );
  return [...statistics, ...waves].map(({ words, f, points }) => {
    const expected = average(weights, (n) => points[n]!);
    const variance = average(weights, (n) => (points[n]! - expected) ** 2);
    const limit = bernstein(variance, farthest(points, weights, expected, draws.length), draws.length);
    const found = draws.reduce((sum, x) => sum + f(x), 0) / draws.length;
    const rounding = 1e-9 * (Math.abs(expected) + 1e-6);
    return {
      ratio: Math.abs(found - expected) / (limit + rounding),
      words: `the average of ${words} over ${draws.length} draws is ${shown(found)}, and ${shown(expected)} give or take ${shown(limit)} is right`,
    };
  });
};

/** The deviation t of an average with P = 2 exp(−N t² / 2 / (σ² + B t / 3)), where B bounds the deviation of one draw. */
const bernstein = (variance: number, bound: number, count: number): number => {
  const linear = (bound * logOdds) / (3 * count);
  return linear + Math.sqrt(linear ** 2 + (2 * variance * logOdds) / count);
};

/** The largest deviation of one draw, apart from those of which some draw of all has less than a thousandth of the chance. */
const farthest = (points: readonly number[], weights: Float64Array, mean: number, count: number): number => {
  const order = Array.from(weights.keys()).sort(
    (a, b) => Math.abs(points[b]! - mean) - Math.abs(points[a]! - mean),
  );
  let beyond = 0;
  for (const n of order) {
    beyond += weights[n]!;
    if (beyond > (1e-3 * falseAlarm) / count) return Math.abs(points[n]! - mean);
  }
  return 0;
};

/** Waves of about one and of a few turns over the spread of each entry; only for values with several entries. */
const frequencies = ({ member, quadrature, weights }: Subject): readonly (readonly number[])[] => {
  const count = entryNames(member).length;
  if (count === 1) return [];
  const entries = Array.from({ length: count }, (_, i) => i);
  const spread = entries.map((i) => {
    const mean = average(weights, (n) => quadrature.values[n]![i]!);
    return Math.sqrt(average(weights, (n) => (quadrature.values[n]![i]! - mean) ** 2)) + 1e-9;
  });
  return [1, 2, 3].flatMap((turn) => [
    ...entries.map((i) => entries.map((j) => (i === j ? turn / spread[i]! : 0))),
    entries.map((j) => (turn * (j % 2 === 0 ? 1 : -1)) / spread[j]!),
  ]);
};

/** One program that draws `example` values of the family, with its parameters as inputs. */
export const drawProgram = (family: Family, estimator: Estimator | null = null): Program => {
  const names = makeNames(
    0,
    family.parameters.map(({ name }) => name),
  );
  const block = makeBlock(names);
  const inputs = family.parameters.map(({ name, over }): Register => ({
    name,
    indices: over,
    place: 'tensor',
  }));
  const indices: readonly Index[] = ['example', ...valueAxes(family)];
  const { value } = emitDraw(
    block,
    {
      family,
      arguments: Object.fromEntries(family.parameters.map(({ name, over }) => [name, read(name, over)])),
      span: family.span,
    },
    { wish: 'drawn', indices, resolve: (node) => node, estimator, note: null },
  );
  const target: Register = { name: 'drawn value', indices, place: 'tensor' };
  block.statements.push({ kind: 'assign', target, value, note: null });
  return {
    name: `draws of ${family.name}`,
    doc: null,
    inputs,
    body: block.statements,
    outputs: [{ name: 'x', register: target }],
  };
};

const drawCount = ({ member, quadrature, weights }: Subject): number => {
  if (!['count', 'integer'].includes(member.family.support.kind)) return mostDraws;
  const mean = average(weights, (n) => quadrature.values[n]![0]!);
  const spread = Math.sqrt(average(weights, (n) => (quadrature.values[n]![0]! - mean) ** 2));
  return Math.max(1000, Math.min(mostDraws, Math.floor(mostSteps / (spread + 1))));
};

/** Draws a member many times with the interpreter. */
export const drawsOf = (
  program: Program,
  subject: Subject,
  seed: number,
  count = drawCount(subject),
): readonly Float64Array[] => drawMember(program, subject.member, seed, count);

export const drawMember = (
  program: Program,
  member: Member,
  seed: number,
  count: number,
): readonly Float64Array[] => {
  const inputs: Record<string, NamedArray> = { ...member.parameters };
  const { x } = interpret(program, inputs, {
    seed,
    firstExample: 0,
    sizes: { ...member.sizes, example: count },
  });
  const width = x!.values.length / count;
  return Array.from({ length: count }, (_, n) => x!.values.subarray(n * width, (n + 1) * width));
};
