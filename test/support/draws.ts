/** Draws of single members by the programs that the compiler makes, and distribution functions by quadrature to compare them with. */
import { constant } from '../../src/calculus/build.ts';
import type { Family } from '../../src/check/typed.ts';
import { unnormalisedLogDensity } from '../../src/derive/family/family.ts';
import { functionOfValue, memberOf, type Member } from '../../src/derive/family/member.ts';
import type { RunContext } from '../../src/runtime/executable.ts';
import { emitDraw, type DrawRequest } from '../../src/schedule/draw.ts';
import { makeBlock, makeNames } from '../../src/schedule/names.ts';
import type { Program } from '../../src/schedule/program.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { checkedFile } from '../derive/support.ts';

export type Numbers = Readonly<Record<string, number>>;

export const standardFamily = (name: string): Family =>
  checkedFile(`stdlib/families/${name}.nsm`).families.find((family) => family.name === name)!;

/**
 * A program without inputs that draws one unit for each example: output `z`, and `implicit_k` where the sampler has slopes.
 *
 * @param by whether the member is given by its parameters or by its natural parameters, which are then float32 numbers
 */
export const drawProgram = (
  family: Family,
  parameters: Numbers,
  by: 'parameters' | 'naturals' = 'parameters',
  request: Partial<DrawRequest> = {},
): Program => {
  const block = makeBlock(makeNames(0));
  const values = memberOf(family, parameters);
  const given = by === 'parameters' ? family.parameters : family.parameters.filter(({ fixed }) => fixed);
  const { value, noise } = emitDraw(
    block,
    {
      family,
      arguments: Object.fromEntries(
        given.map(({ name }) => [name, constant(values.parameters[name]!.values[0]!)]),
      ),
      ...(by === 'naturals'
        ? { natural: values.naturals.map((eta) => constant(Math.fround(eta.values[0]!))) }
        : {}),
      span: family.span,
    },
    {
      wish: 'z',
      indices: ['example'],
      resolve: (node) => node,
      estimator: null,
      slopes: true,
      note: null,
      ...request,
    },
  );
  const outputs = [['z', value] as const, ...noise].flatMap(([name, read]) =>
    read.kind === 'read'
      ? [{ name, register: { name: read.name, indices: read.subscripts, place: 'tensor' as const } }]
      : [],
  );
  const iteration = { name: 'iteration', indices: [], place: 'host' as const };
  return { name: 'draws', doc: null, inputs: [iteration], body: block.statements, outputs };
};

export const contextOf = (count: number, seed: number, firstExample = 0): RunContext => ({
  seed,
  firstExample,
  sizes: { example: count },
});

/** Draws of one member in float64. */
export const drawMember = (
  family: Family,
  parameters: Numbers,
  count: number,
  seed: number,
  by: 'parameters' | 'naturals' = 'parameters',
): Float64Array =>
  interpret(drawProgram(family, parameters, by, { slopes: false }), { iteration: 0 }, contextOf(count, seed))[
    'z'
  ]!.values;

/** A coordinate without bounds in which a density is smooth, and the log of dx/dt. */
interface Line {
  readonly of: (x: number) => number;
  readonly value: (t: number) => number;
  readonly logSlope: (t: number) => number;
}
const real: Line = { of: (x) => x, value: (t) => t, logSlope: () => 0 };

const lineOf = (low: number, high: number): Line => {
  if (low > -Infinity && high < Infinity)
    return {
      of: (x) => Math.log((x - low) / (high - x)),
      value: (t) => low + (high - low) / (1 + Math.exp(-t)),
      logSlope: (t) => -Math.log1p(Math.exp(-Math.abs(t))) * 2 - Math.abs(t) + Math.log(high - low),
    };
  if (low > -Infinity)
    return { of: (x) => Math.log(x - low), value: (t) => low + Math.exp(t), logSlope: (t) => t };
  if (high < Infinity)
    return { of: (x) => -Math.log(high - x), value: (t) => high - Math.exp(-t), logSlope: (t) => -t };
  return real;
};

/**
 * The distribution function of a continuous member, by the trapezoidal rule on 40000 places that reach twice as far as the
 * draws do, in a coordinate without bounds. It does not know how the draws were made.
 */
export const cumulativeOf = (member: Member, draws: ArrayLike<number>): ((x: number) => number) => {
  const { family } = member;
  const bound = (node: Family['range']['low'], none: number): number =>
    node === null ? none : functionOfValue(member, node)(0);
  const isCircle = family.support.kind === 'angle';
  const line = isCircle
    ? real
    : lineOf(bound(family.range.low, -Infinity), bound(family.range.high, Infinity));
  const density = functionOfValue(member, unnormalisedLogDensity(family));
  let [low, high] = [Infinity, -Infinity];
  for (let n = 0; n < draws.length; n++) {
    const t = line.of(draws[n]!);
    low = Math.min(low, t);
    high = Math.max(high, t);
  }
  const half = (high - low) / 2;
  [low, high] = isCircle ? [-Math.PI, Math.PI] : [low - half, high + half];
  const cells = 40_000;
  const width = (high - low) / cells;
  const heights = Float64Array.from({ length: cells + 1 }, (_, n) => {
    const height = density(line.value(low + n * width)) + line.logSlope(low + n * width);
    return Number.isNaN(height) ? -Infinity : height;
  });
  const top = heights.reduce((most, height) => Math.max(most, height), -Infinity);
  const sums = new Float64Array(cells + 1);
  for (let n = 1; n <= cells; n++)
    sums[n] = sums[n - 1]! + (Math.exp(heights[n - 1]! - top) + Math.exp(heights[n]! - top)) / 2;
  return (x) => {
    const place = (line.of(x) - low) / width;
    const cell = Math.min(cells - 1, Math.max(0, Math.floor(place)));
    return (sums[cell]! + (place - cell) * (sums[cell + 1]! - sums[cell]!)) / sums[cells]!;
  };
};
