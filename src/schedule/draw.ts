/**
 * Statements that draw from a member of a family, as its sampler says (`src/derive/family/sampler.ts`). Estimators decide what a
 * derivative sees in place of the draw.
 */
import {
  add,
  apply,
  constant,
  delta,
  divide,
  maximum,
  negate,
  one,
  read,
  subtract,
  zero,
} from '../calculus/build.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import { freshIndex, readNames, renameIndices, replaceNames, replaceReads } from '../calculus/substitute.ts';
import type { Distribution, Family } from '../check/typed.ts';
import { atNaturals, logDensity, unnormalisedLogDensity } from '../derive/family/family.ts';
import { meanOfValue } from '../derive/family/moments.ts';
import { samplerFromNaturals, samplerOf, type Sampler } from '../derive/family/sampler.ts';
import { massRatio } from '../derive/family/stein.ts';
import { relaxSteps } from '../derive/family/through.ts';
import { emitDensity, emitSlopes, slopesByName } from './draw-density.ts';
import { resolved, surrogateOf, type Drawn, type DrawRequest, type Resolved } from './draw-request.ts';
import { assign, readRegister, register, type Block } from './names.ts';
import type { Noise } from './program.ts';

export type { Drawn, DrawRequest } from './draw-request.ts';

const noises: readonly string[] = [
  'standard_normal',
  'standard_uniform',
  'standard_exponential',
  'standard_logistic',
  'arrival_times',
] satisfies Noise[];

/** Emits the statements of one draw. */
export const emitDraw = (block: Block, member: Distribution, request: DrawRequest): Drawn => {
  const { family } = member;
  const relaxed = request.estimator?.kind === 'relaxed' ? request.estimator.temperature : null;
  if (relaxed !== null && family.pathwise !== null)
    return emitPath(block, member, family.pathwise, request, relaxed);
  const sampler = samplerOfMember(member);
  switch (sampler.kind) {
    case 'inversion':
      return emitInversion(block, family, sampler, resolved(member, request), request);
    case 'choice':
      return emitChoice(block, family, sampler.over, resolved(member, request), request);
    case 'pathwise':
      return emitPath(block, member, sampler.path, request, null);
    case 'log_concave':
    case 'bell':
    case 'langevin':
      return emitDensity(block, family, sampler, resolved(member, request), request);
    case 'none':
      throw new Error(`${family.name} cannot be drawn: ${sampler.why}`);
  }
};

/** The sampler of a member; of one that is known by its natural parameters alone, a sampler that needs no others. */
export const samplerOfMember = ({ family, arguments: given, natural }: Distribution): Sampler => {
  const own = samplerOf(family);
  if (own.kind !== 'pathwise' || natural === undefined) return own;
  const used = new Set([own.path, ...drawnArguments(family)].flatMap((node) => [...readNames(node)]));
  const isKnown = family.parameters.every(({ name }) => !used.has(name) || Object.hasOwn(given, name));
  return isKnown ? own : samplerFromNaturals(family);
};

const drawnArguments = ({ draws }: Family): readonly Expression[] =>
  draws.flatMap(({ distribution }) => Object.values(distribution.arguments));

const emitInversion = (
  block: Block,
  family: Family,
  { drawn, value }: Extract<Sampler, { kind: 'inversion' }>,
  member: Resolved,
  request: DrawRequest,
): Drawn => {
  const { low, high } = drawn.range;
  // Of a spin x, a coin (x + 1) / 2 is drawn.
  const isItself = drawn === family;
  const coin = (mean: Expression | null): Expression | null =>
    mean === null || isItself ? mean : divide(add(mean, one), constant(2));
  const target = register(block.names, isItself ? request.wish : `${request.wish}_coin`, request.indices);
  block.statements.push({
    kind: 'draw',
    target,
    site: block.names.nextSite(),
    source: {
      kind: 'inversion',
      family: family.name,
      parameters: member.parameters,
      low,
      high,
      // Any start is as exact; without a mean the search begins at an end.
      mean: coin(meanOfValue(family)) ?? low ?? high ?? zero,
      logMass: logDensity(drawn),
      ratio: massRatio(drawn),
    },
    surrogate: coin(surrogateOf(family, () => member, request.estimator)),
  });
  const noise = new Map<string, Expression>();
  if (isItself) return { value: readRegister(target), noise };
  const whole = replaceNames(value, { x: readRegister(target) });
  return { value: assign(block, request.wish, request.indices, whole, request.note), noise };
};

const emitChoice = (
  block: Block,
  family: Family,
  over: Index,
  member: Resolved,
  request: DrawRequest,
): Drawn => {
  const chosen = freshIndex(over);
  // The log density at each one-hot vector. `x` first: an argument may read a variable of the model that has its name.
  const density = replaceReads(unnormalisedLogDensity(family), (found) =>
    found.name === 'x' ? delta(found.subscripts[0]!, chosen) : null,
  );
  const weights = atNaturals(density, family, member.natural, member.fixed);
  const target = register(block.names, request.wish, request.indices);
  block.statements.push({
    kind: 'draw',
    target,
    site: block.names.nextSite(),
    source: { kind: 'choice', over, logits: renameIndices(weights, new Map([[chosen, over]])) },
    surrogate: surrogateOf(family, () => member, request.estimator),
  });
  return { value: readRegister(target), noise: new Map() };
};

const emitPath = (
  block: Block,
  member: Distribution,
  path: Expression,
  request: DrawRequest,
  temperature: Expression | null,
): Drawn => {
  const { family } = member;
  const events = 'over' in family.support ? family.support.over : [];
  const reads = new Map<string, Entry>();
  const noise = new Map<string, Expression>();
  for (const name of noises) {
    if (!readNames(path).has(name)) continue;
    const extra = name === 'arrival_times' && family.axis !== null ? [family.axis] : [];
    const target = register(block.names, `${request.wish}_noise`, [...request.indices, ...extra]);
    block.statements.push({
      kind: 'draw',
      target,
      site: block.names.nextSite(),
      source: { kind: 'noise', distribution: name as Noise },
      surrogate: null,
    });
    reads.set(name, { value: readRegister(target), axes: extra.length > 0 ? extra : events });
    noise.set(name, readRegister(target));
  }
  // Neither line reads natural parameters: arguments alone are put in, entry by entry.
  const atArguments = (node: Expression): Expression => atNaturals(node, family, [], member.arguments);
  const batch = request.indices.filter((index) => !events.includes(index));
  for (const { name, indices, distribution } of family.draws) {
    const given = Object.entries(distribution.arguments).map(([key, value]) => [key, atArguments(value)]);
    const inner = emitDraw(
      block,
      { ...distribution, arguments: Object.fromEntries(given) as Distribution['arguments'] },
      {
        ...request,
        wish: `${request.wish}_${name}`,
        indices: [...batch, ...indices],
        slopes: false,
        note: `${name}, of which ${request.wish} is made`,
      },
    );
    reads.set(name, { value: inner.value, axes: indices });
    for (const [key, value] of inner.noise) noise.set(`${name}.${key}`, value);
  }
  // What the line itself reads is set apart first: an argument may read a variable of the model that has the same name.
  const apart = replaceReads(path, ({ name, subscripts }) =>
    reads.has(name) ? read(markOf(name), subscripts) : null,
  );
  const filled = (line: Expression, valueOf: (entry: Entry) => Expression): Expression => {
    const values = new Map([...reads].map(([name, entry]) => [markOf(name), entry]));
    return replaceReads(request.resolve(atArguments(line)), ({ name, subscripts }) => {
      const known = values.get(name);
      if (known === undefined) return null;
      return renameIndices(
        valueOf(known),
        new Map(known.axes.map((axis, i) => [axis, subscripts[i] ?? axis])),
      );
    });
  };
  const drawn = filled(temperature === null ? apart : relaxSteps(apart, temperature), ({ value }) => value);
  if (temperature !== null) {
    const isList = ({ axes }: Entry): boolean => family.axis !== null && axes.includes(family.axis);
    const last = (entry: Entry): Expression =>
      isList(entry) ? maximum(entry.axes, entry.value) : entry.value;
    const first = (entry: Entry): Expression =>
      isList(entry) ? negate(maximum(entry.axes, negate(entry.value))) : entry.value;
    noise.set('first', filled(apart, first)).set('last', filled(apart, last));
  }
  const surrogate = surrogateOf(family, () => resolved(member, request), request.estimator);
  const value = surrogate === null ? drawn : add(apply('detach', subtract(drawn, surrogate)), surrogate);
  const result = assign(block, request.wish, request.indices, value, request.note);
  if (request.slopes !== true) return { value: result, noise };
  // A line that does not move smoothly with the parameters draws, and the density says how its draws move.
  const slopes = emitSlopes(
    block,
    family,
    block.names.nextSite(),
    resolved(member, request),
    request,
    result,
  );
  return { value: result, noise: new Map([...noise, ...slopesByName(slopes)]) };
};

/** What a line reads under one name, and along which axes. */
interface Entry {
  readonly value: Expression;
  readonly axes: readonly Index[];
}

const markOf = (name: string): string => `@drawn ${name}`;
