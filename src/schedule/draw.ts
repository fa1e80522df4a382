/**
 * Draws from a member of a family. Discrete supports are drawn by inversion of the declared mass; continuous ones
 * by their `pathwise` line. Estimators decide what a derivative sees in place of the draw.
 */
import { add, apply, divide, subtract } from '../calculus/build.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import { mapChildren, readNames, renameIndices, replaceNames, replaceReads } from '../calculus/substitute.ts';
import type { Distribution, Estimator, Support } from '../check/typed.ts';
import { massRatio } from '../derive/estimator.ts';
import {
  atNaturals,
  fixedArguments,
  isDiscrete,
  logDensity,
  meanOfValue,
  meanParameters,
  naturals,
} from '../derive/family.ts';
import { readRegister, register, type Block } from './names.ts';
import type { Noise } from './program.ts';

const noises: readonly string[] = [
  'standard_normal',
  'standard_uniform',
  'standard_exponential',
  'standard_logistic',
  'arrival_times',
] satisfies Noise[];

export interface DrawRequest {
  readonly wish: string;
  readonly indices: readonly Index[];
  /** Puts the current values of variables and parameters into an expression of the member's arguments. */
  readonly resolve: (node: Expression) => Expression;
  readonly estimator: Estimator | null;
  readonly note: string | null;
}

/** Emits the statements of one draw and returns its value; `noise` holds the registers of its noise, by kind. */
export const emitDraw = (
  block: Block,
  member: Distribution,
  request: DrawRequest,
): { readonly value: Expression; readonly noise: ReadonlyMap<string, Expression> } => {
  const relaxed = request.estimator?.kind === 'relaxed' ? request.estimator.temperature : null;
  return isDiscrete(member.family) && relaxed === null
    ? emitInversion(block, member, request)
    : emitPath(block, member, request, relaxed);
};

const emitInversion = (block: Block, member: Distribution, request: DrawRequest) => {
  const { family } = member;
  const fixed = fixedArguments(member);
  const natural = naturals(member).map(request.resolve);
  const resolvedFixed = Object.fromEntries(
    Object.entries(fixed).map(([name, value]) => [name, request.resolve(value)]),
  );
  const mean = meanOfValue(family) ?? meanParameters(family)[0]!;
  const target = register(block.names, request.wish, request.indices);
  block.statements.push({
    kind: 'draw',
    target,
    site: block.names.nextSite(),
    source: {
      kind: 'inversion',
      family: family.name,
      support: resolvedSupport(family.support, resolvedFixed),
      parameters: [
        ...family.natural.map(({ name }, i) => ({ name, value: natural[i]! })),
        ...Object.entries(resolvedFixed).map(([name, value]) => ({ name, value })),
      ],
      mean,
      logMass: logDensity(family),
      ratio: massRatio(family),
    },
    surrogate:
      request.estimator?.kind === 'straight_through'
        ? atNaturals(mean, family, natural, resolvedFixed)
        : null,
  });
  return { value: readRegister(target), noise: new Map<string, Expression>() };
};

/** The support with the member's own bound: `count up to trials` becomes `count up to 4`. */
const resolvedSupport = (support: Support, fixed: Readonly<Record<string, Expression>>): Support =>
  support.kind === 'count' && support.upTo !== null
    ? { ...support, upTo: replaceNames(support.upTo, fixed) }
    : support;

const emitPath = (
  block: Block,
  member: Distribution,
  request: DrawRequest,
  temperature: Expression | null,
) => {
  const { family } = member;
  if (family.pathwise === null) throw new Error(`${family.name} has no pathwise line`);
  const used = noises.filter((name) => readNames(family.pathwise!).has(name));
  const reads = new Map<string, Expression>();
  for (const name of used) {
    const extra = name === 'arrival_times' ? ['arrivals'] : [];
    const target = register(block.names, `${request.wish}_noise`, [...request.indices, ...extra]);
    block.statements.push({
      kind: 'draw',
      target,
      site: block.names.nextSite(),
      source: { kind: 'noise', distribution: name as Noise },
      surrogate: null,
    });
    reads.set(name, readRegister(target));
  }
  const withArguments = replaceNames(family.pathwise, member.arguments);
  const relaxedPath = temperature === null ? withArguments : relaxSteps(withArguments, temperature);
  const path = replaceReads(request.resolve(relaxedPath), (found) => {
    const noise = reads.get(found.name);
    if (noise === undefined) return null;
    const own = found.subscripts[0];
    return own === undefined ? noise : renameIndices(noise, new Map([['arrivals', own]]));
  });
  const value =
    request.estimator?.kind === 'straight_through' ? straightThrough(path, member, request.resolve) : path;
  const target = register(block.names, request.wish, request.indices);
  block.statements.push({ kind: 'assign', target, value, note: request.note });
  return { value: readRegister(target), noise: reads };
};

/** step(a) becomes sigmoid(a / temperature). */
const relaxSteps = (node: Expression, temperature: Expression): Expression =>
  node.kind === 'apply' && node.operator === 'step'
    ? apply('sigmoid', divide(relaxSteps(node.arguments[0]!, temperature), temperature))
    : mapChildren(node, (child) => relaxSteps(child, temperature));

/** The draw, with the derivative of its mean. */
const straightThrough = (
  path: Expression,
  member: Distribution,
  resolve: DrawRequest['resolve'],
): Expression => {
  const mean = meanOfValue(member.family);
  if (mean === null) return path;
  const value = resolve(atNaturals(mean, member.family, naturals(member), fixedArguments(member)));
  return add(apply('detach', subtract(path, value)), value);
};
