/** Lowers `start`: a formula, which may read draws, or a feed-forward sweep from what is clamped. */
import { add, multiply, subtract } from '../calculus/build.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import { replaceReads } from '../calculus/substitute.ts';
import type { InferenceStatement, RandomInitialiser } from '../check/typed.ts';
import { feedforward, knownBefore } from '../derive/feedforward.ts';
import { example } from '../derive/free-energy.ts';
import { boundsOf, landed, projected } from './bounds.ts';
import { assign, readRegister, register, type Block } from './names.ts';
import { put, resolveAt, type Point, type Setting } from './point.ts';
import { indicesOf } from './states.ts';

type Start = Extract<InferenceStatement, { kind: 'start' }>;

export const emitStart = (block: Block, setting: Setting, point: Point, statement: Start): Point => {
  const { targets, value } = statement;
  if (value.kind === 'feedforward') return emitFeedforward(block, setting, point, statement);
  return targets.reduce((before, name) => {
    const indices = indicesOf(setting, name);
    const drawn = new Map(
      value.draws.map((draw) => [draw.name, emitRandom(block, name, indices, draw.initialiser)]),
    );
    const wanted = replaceReads(value.value, (found) => drawn.get(found.name) ?? null);
    const variable = setting.model.variables.find((one) => one.name === name);
    const bounds = variable === undefined ? null : boundsOf(variable);
    const free = resolveAt(setting, before)(wanted);
    const place = bounds === null ? free : landed(free, bounds);
    return put(before, [[name, assign(block, name, indices, place, `start ${name}`)]]);
  }, point);
};

/** Each state in order, where its force would vanish if the branches not yet known said the same (papers.md 2.3). */
const emitFeedforward = (block: Block, setting: Setting, point: Point, statement: Start): Point => {
  const given = new Set([...knownBefore(setting.inference, statement), ...point.values.keys()]);
  const plan = feedforward(setting.model, statement.targets, given);
  if (plan.kind !== 'steps') throw new Error('a feed-forward start was let through that has no order');
  return plan.steps.reduce((before, { variable, value, known, branches }) => {
    const resolve = resolveAt(setting, before);
    const bounds = boundsOf(variable);
    const free = resolve(value);
    const inside = bounds === null ? free : projected(free, bounds, resolve);
    const note = `start ${variable.name} by its ${known.length === branches.length ? '' : 'known '}branches ${known.map(({ name }) => name).join(', ')}`;
    return put(before, [
      [variable.name, assign(block, variable.name, [example, ...variable.indices], inside, note)],
    ]);
  }, point);
};

/** A random array, one number for each entry. */
const emitRandom = (
  block: Block,
  wish: string,
  indices: readonly Index[],
  initialiser: RandomInitialiser,
): Expression => {
  const noise = (distribution: 'standard_normal' | 'standard_uniform'): Expression => {
    const target = register(block.names, `${wish}_noise`, indices);
    block.statements.push({
      kind: 'draw',
      target,
      site: block.names.nextSite(),
      source: { kind: 'noise', distribution },
      surrogate: null,
    });
    return readRegister(target);
  };
  switch (initialiser.kind) {
    case 'normal':
      return add(initialiser.mean, multiply(initialiser.sd, noise('standard_normal')));
    case 'uniform':
      return add(
        initialiser.low,
        multiply(subtract(initialiser.high, initialiser.low), noise('standard_uniform')),
      );
  }
};
