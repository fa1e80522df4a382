/**
 * Draws from a density on the line, and how they move with the natural parameters: implicit reparametrisation, so that a
 * derivative goes through a draw that no formula gives.
 */
import { add, apply, multiply, subtract } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { replaceNames } from '../calculus/substitute.ts';
import type { Family } from '../check/typed.ts';
import { inCoordinate } from '../derive/family/coordinate.ts';
import { meanParameters } from '../derive/family/family.ts';
import {
  atomLogProbability,
  lineDensity,
  langevinSteps,
  type Density,
  type Sampler,
} from '../derive/family/sampler.ts';
import { surrogateOf, type Drawn, type DrawRequest, type Resolved } from './draw-request.ts';
import { assign, readRegister, register, type Block } from './names.ts';
import type { DrawSource } from './program.ts';

type DensitySampler = Extract<Sampler, Density>;

export const emitDensity = (
  block: Block,
  family: Family,
  sampler: DensitySampler,
  member: Resolved,
  request: DrawRequest,
): Drawn => {
  const isPathwise = request.estimator?.kind === 'pathwise';
  const target = register(block.names, isPathwise ? `${request.wish}_draw` : request.wish, request.indices);
  const site = block.names.nextSite();
  block.statements.push({
    kind: 'draw',
    target,
    site,
    source: densitySource(family, sampler, member),
    surrogate: surrogateOf(family, () => member, request.estimator),
  });
  const drawn = readRegister(target);
  if (!isPathwise && request.slopes !== true) return { value: drawn, noise: new Map() };
  const slopes = emitSlopes(block, family, site, member, request, drawn);
  const noise = slopesByName(slopes);
  if (!isPathwise) return { value: drawn, noise };
  // The draw itself, with the derivative Σ ∂x/∂η_k dη_k.
  const moves = slopes.map((slope, k) => {
    const eta = member.natural[k]!;
    return multiply(apply('detach', slope), subtract(eta, apply('detach', eta)));
  });
  const note = request.note === null ? null : `${request.note}, and how it moves with its parameters`;
  return { value: assign(block, request.wish, request.indices, add(drawn, ...moves), note), noise };
};

/** ∂x/∂η_k of a value that was drawn at `site`, in whatever way. */
export const emitSlopes = (
  block: Block,
  family: Family,
  site: number,
  member: Resolved,
  { wish, indices }: DrawRequest,
  drawn: Expression,
): readonly Expression[] =>
  family.natural.map(({ name }, k) => {
    const slope = register(block.names, `${wish}_by_${name}`, indices);
    const source = implicitSource(family, k, member, drawn);
    block.statements.push({ kind: 'draw', target: slope, site, source, surrogate: null });
    return readRegister(slope);
  });

/** Under the names by which a program finds them. */
export const slopesByName = (slopes: readonly Expression[]): ReadonlyMap<string, Expression> =>
  new Map(slopes.map((slope, k) => [`implicit_${k}`, slope]));

const densitySource = (family: Family, sampler: DensitySampler, { parameters }: Resolved): DrawSource => {
  const { kind, coordinate, isPeriodic, logDensity, slope, curvature, atom } = sampler;
  return {
    kind: 'density',
    family: family.name,
    method: kind,
    steps: langevinSteps,
    isPeriodic,
    parameters,
    low: coordinate.low,
    high: coordinate.high,
    logDensity,
    slope,
    curvature,
    value: coordinate.value,
    range: family.range,
    atom: atom === null ? null : { value: atom.value, logProbability: atomLogProbability(family, atom) },
  };
};

/** ∂x/∂η_k, on an unbounded line: there a statistic that is infinite at a bound grows slower than the density falls. */
const implicitSource = (
  family: Family,
  k: number,
  { parameters }: Resolved,
  drawn: Expression,
): DrawSource => {
  const { coordinate, isPeriodic, logDensity, slope, curvature, atom } = lineDensity(family);
  const statistic = family.statistic[k]!.value;
  return {
    kind: 'implicit',
    family: family.name,
    natural: family.natural[k]!.name,
    isPeriodic,
    isLogarithm: coordinate.kind !== 'identity',
    parameters: [{ name: 'x', value: drawn }, ...parameters],
    coordinate: coordinate.inverse,
    jacobian: coordinate.jacobian,
    statistic: inCoordinate(statistic, coordinate),
    mean: family.logPartition === null ? null : meanParameters(family)[k]!,
    logDensity,
    slope,
    curvature,
    atom:
      atom === null
        ? null
        : {
            value: atom.value,
            statistic: replaceNames(statistic, { x: atom.value }),
            logMass: atom.logMass,
            place: replaceNames(coordinate.inverse, { x: atom.value }),
          },
  };
};
