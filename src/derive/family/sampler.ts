/**
 * How values of a family are drawn: a property of its support and its density (papers.md 4.2, "exact sampler"). Nothing here
 * knows a family by name.
 *
 * - Whole numbers: inversion of the mass, one uniform number each. Spins are drawn as 0 or 1. One-hot vectors: by log weights.
 * - The family's own `pathwise` line, where it has one.
 * - Densities on the line: exact rejection under tangents of the log density where that is concave in a coordinate of the
 *   value (Gilks and Wild 1992); on the circle under tangents and chords where it is concave around its mode alone. The
 *   exactness does not rest on where the tangents touch, only on the concavity, and that is checked here (`concavity.ts`).
 * - Other densities on the line: the end of a Langevin chain with accept steps. The log-partition is not needed.
 */
import { add, constant, multiply, negate, one, read, subtract } from '../../calculus/build.ts';
import type { Expression, Index } from '../../calculus/expression.ts';
import { readNames, replaceNames } from '../../calculus/substitute.ts';
import type { Family, Support } from '../../check/typed.ts';
import { isBell, isConcave, isPeriodic } from './concavity.ts';
import { identityCoordinate, lineCoordinate, logDensityIn, slopeOf, type Coordinate } from './coordinate.ts';
import { unnormalisedLogDensity } from './family.ts';

export type Sampler =
  /** `drawn` is the family of the whole numbers that are drawn, and `value` what they stand for, in terms of `x`. */
  | { readonly kind: 'inversion'; readonly drawn: Family; readonly value: Expression; readonly why: string }
  | { readonly kind: 'choice'; readonly over: Index; readonly why: string }
  | { readonly kind: 'pathwise'; readonly path: Expression; readonly why: string }
  | ({
      /** `bell`: on the circle, concave around the mode and convex beyond. */
      readonly kind: 'log_concave' | 'bell' | 'langevin';
      readonly why: string;
    } & Density)
  | { readonly kind: 'none'; readonly why: string };

/** A density on the line, in terms of `@y`, the natural parameters and the fixed ones. */
export interface Density {
  readonly coordinate: Coordinate;
  /** Whether its ends join: a circle. */
  readonly isPeriodic: boolean;
  /** Up to the log-partition. */
  readonly logDensity: Expression;
  readonly slope: Expression;
  readonly curvature: Expression;
  /** A value with a probability of its own, and the log of that up to the log-partition. */
  readonly atom: { readonly value: Expression; readonly logMass: Expression } | null;
}

/** Steps of a Langevin chain: some 40 times as many as a Gaussian needs to forget where it started. */
export const langevinSteps = 128;

const known = new WeakMap<Family, Sampler>();
/** The sampler of a family. */
export const samplerOf = (family: Family): Sampler => {
  let found = known.get(family);
  if (found === undefined) {
    found = discreteSampler(family) ?? pathSampler(family) ?? densitySampler(family);
    known.set(family, found);
  }
  return found;
};

/** The sampler of members that are known by their natural parameters alone: a `pathwise` line reads others. */
export const samplerFromNaturals = (family: Family): Sampler => {
  const own = samplerOf(family);
  return own.kind === 'pathwise' ? (discreteSampler(family) ?? densitySampler(family)) : own;
};

/** Whether a draw can be made at all. */
export const canDraw = (family: Family): boolean => samplerOf(family).kind !== 'none';

/** Whether draws have the density itself, rather than that of the end of a chain. */
export const drawsExactly = (family: Family): boolean =>
  !['langevin', 'none'].includes(samplerOf(family).kind);

/** Whether the values are isolated points, so that a draw cannot move smoothly with the parameters. */
export const isDiscrete = ({ support }: { readonly support: Support }): boolean =>
  support.kind === 'count' ||
  support.kind === 'integer' ||
  support.kind === 'binary' ||
  support.kind === 'spin' ||
  support.kind === 'one_hot';

const discreteSampler = (family: Family): Sampler | null => {
  if (!isDiscrete(family)) return null;
  const { support } = family;
  const x = read('x');
  if (support.kind === 'one_hot')
    return support.over.length === 1
      ? {
          kind: 'choice',
          over: support.over[0]!,
          why: 'one of finitely many classes, chosen by its weight: the density at each one-hot vector',
        }
      : { kind: 'none', why: 'one-hot values over more than one axis are not drawn' };
  if (family.logPartition === null)
    return (
      pathSampler(family) ?? {
        kind: 'none',
        why: 'without a log-partition the masses of the values are not known, and the family has no `pathwise` line',
      }
    );
  if (family.natural.some(({ value }) => value.indices.length > 0))
    return { kind: 'none', why: 'a natural parameter of one value is an array' };
  if (support.kind !== 'spin') {
    const why =
      support.kind === 'binary'
        ? 'two possible values: one uniform number decides'
        : 'whole numbers: their masses are taken off a uniform number, from the mode outward, until it is used up';
    return { kind: 'inversion', drawn: family, value: x, why };
  }
  const value = subtract(multiply(constant(2), x), one);
  const at = (node: Expression): Expression => replaceNames(node, { x: value });
  const drawn: Family = {
    ...family,
    support: { kind: 'binary' },
    range: { low: constant(0), high: one },
    statistic: family.statistic.map((line) => ({ ...line, value: at(line.value) })),
    logBase: at(family.logBase),
  };
  return { kind: 'inversion', drawn, value, why: 'two possible values: one uniform number decides' };
};

const pathSampler = (family: Family): Sampler | null => {
  const path = family.pathwise;
  // Arrival times are cut off after so many: they serve the relaxed estimator, not exact draws.
  if (path === null || readNames(path).has('arrival_times')) return null;
  const others = [...new Set(family.draws.map(({ distribution }) => distribution.family.name))];
  const from = others.length === 0 ? 'standard noise' : `draws of ${others.join(' and ')}`;
  return { kind: 'pathwise', path, why: `the family says how a draw follows from ${from}` };
};

const densitySampler = (family: Family): Sampler => {
  const problem = densityProblem(family);
  if (problem !== null) return { kind: 'none', why: problem };
  const line = lineDensity(family);
  if (line.isPeriodic && isBell(family, line))
    return {
      kind: 'bell',
      ...line,
      why: 'exact rejection: on the circle the log density is concave around its mode and convex beyond, so tangents and chords lie above it',
    };
  const identity = line.coordinate.kind === 'identity' ? line : densityIn(family, identityCoordinate(family));
  const concave = line.isPeriodic ? [] : [identity, line];
  for (const density of concave)
    if (isConcave(family, density))
      return {
        kind: 'log_concave',
        ...density,
        why: `exact rejection under tangents: the log density is concave in ${density.coordinate.words}`,
      };
  const { words } = line.coordinate;
  return {
    kind: 'langevin',
    ...line,
    why: `the log density is not concave in ${[...new Set(['x', words])].join(' or ')}, so each is the end of ${langevinSteps} Langevin steps in ${words}; tails that fall slower than an exponential come out too light or too heavy, and a narrow peak far from the highest one may be missed`,
  };
};

const lines = new WeakMap<Family, Density>();
/** The density on a line without ends: the circle, or the coordinate that has none. */
export const lineDensity = (family: Family): Density => {
  let found = lines.get(family);
  if (found === undefined) {
    const identity = densityIn(family, identityCoordinate(family));
    const coordinate = lineCoordinate(family);
    found =
      family.support.kind === 'angle' && isPeriodic(family, identity)
        ? { ...identity, isPeriodic: true }
        : coordinate.kind === 'identity'
          ? identity
          : densityIn(family, coordinate);
    lines.set(family, found);
  }
  return found;
};

const densityProblem = (family: Family): string | null => {
  const { support, parameters, natural, atom, logPartition } = family;
  if (
    support.kind !== 'real' &&
    support.kind !== 'positive' &&
    support.kind !== 'unit' &&
    support.kind !== 'angle'
  )
    return 'a value is an array, and the family has no `pathwise` line';
  const isArray =
    natural.some(({ value }) => value.indices.length > 0) ||
    parameters.some(({ fixed, over }) => fixed && over.length > 0);
  if (isArray) return 'a parameter of one value is an array, and the family has no `pathwise` line';
  if (atom !== null && support.kind === 'angle') return 'a circle with an atom is not drawn';
  if (atom !== null && logPartition === null)
    return 'the probability of the atom is not known: the log-partition is intractable';
  return null;
};

/** The density in a coordinate, with its first two derivatives. */
const densityIn = (family: Family, coordinate: Coordinate): Density => {
  const logDensity = logDensityIn(family, coordinate);
  const slope = slopeOf(logDensity);
  const atom =
    family.atom === null
      ? null
      : { value: family.atom, logMass: replaceNames(unnormalisedLogDensity(family), { x: family.atom }) };
  return { coordinate, isPeriodic: false, logDensity, slope, curvature: slopeOf(slope), atom };
};

/** log P(atom), for families that have one. */
export const atomLogProbability = (family: Family, { logMass }: NonNullable<Density['atom']>): Expression =>
  add(logMass, negate(family.logPartition!));
