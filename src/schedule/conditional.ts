/**
 * Draws of a variable from its law given all others. Units that do not read each other are drawn at once; others one after the other,
 * in a loop over the axes that couple them, so that each is drawn given the values that the units before it have got.
 */
import {
  add,
  apply,
  constant,
  divide,
  multiply,
  one,
  position,
  power,
  read,
  size,
  sqrt,
  subtract,
  sum,
} from '../calculus/build.ts';
import { axisOf, type Expression, type Index } from '../calculus/expression.ts';
import { freshIndex, mapChildren, renameIndices } from '../calculus/substitute.ts';
import type { Model, Variable } from '../check/typed.ts';
import { conditionalLaw, type Conditional, type Law } from '../derive/conditional.ts';
import { example, variableRead } from '../derive/free-energy.ts';
import { emitDraw } from './draw.ts';
import { assign, makeBlock, readRegister, register, type Block } from './names.ts';
import type { DrawSource } from './program.ts';

export type KnownLaw = Extract<Conditional, { kind: 'law' }>;

/** The law of a variable for which `conditionalProblems` has found one. */
export const lawOf = (model: Model, variable: Variable): KnownLaw => {
  const found = conditionalLaw(model, variable);
  if (found.kind === 'none') throw new Error(`${variable.name} has no conditional law: ${found.why}`);
  return found;
};

type Values = ReadonlyMap<string, Expression>;
/** Puts the current values of variables, parameters and settings into a formula. */
type ResolveWith = (values: Values) => (node: Expression) => Expression;

/** Emits a draw of all units; returns their new values. */
export const emitConditionalDraw = (
  block: Block,
  { law, coupled }: KnownLaw,
  variable: Variable,
  values: Values,
  at: ResolveWith,
): Expression =>
  coupled.length === 0
    ? emitLaw(block, law, variable, { indices: variable.indices, resolve: at(values) })
    : emitSweep(block, law, coupled, variable, values, at);

interface Units {
  /** Of what is drawn, without the example's. */
  readonly indices: readonly Index[];
  readonly resolve: (node: Expression) => Expression;
}

const emitLaw = (block: Block, law: Law, { name }: Variable, { indices, resolve }: Units): Expression => {
  const places = [example, ...indices];
  const note = `${name} given all others`;
  const draw = (wish: string, over: readonly Index[], source: DrawSource): Expression => {
    const target = register(block.names, wish, over);
    const site = block.names.nextSite();
    block.statements.push({ kind: 'draw', target, site, source, surrogate: null });
    return readRegister(target);
  };
  const noise = (distribution: 'standard_uniform' | 'standard_normal'): Expression =>
    draw(`${name}_noise`, places, { kind: 'noise', distribution });
  switch (law.kind) {
    case 'two_point': {
      const isHigh = apply('less', noise('standard_uniform'), apply('sigmoid', resolve(law.logOdds)));
      const value = add(constant(law.low), multiply(constant(law.high - law.low), isHigh));
      return assign(block, name, places, value, note);
    }
    case 'choice': {
      // Vectors are drawn along the last index.
      const inOrder = [...places.filter((index) => index !== law.over), law.over];
      const source = { kind: 'choice', over: law.over, logits: resolve(law.logits) } as const;
      const drawn = draw(name, inOrder, source);
      return inOrder.join() === places.join() ? drawn : assign(block, name, places, drawn, note);
    }
    case 'normal': {
      const scale = power(sqrt(resolve(law.precision)), -1);
      const value = add(resolve(law.mean), multiply(scale, noise('standard_normal')));
      return assign(block, name, places, value, note);
    }
    case 'member':
      return emitDraw(block, law.member, { wish: name, indices: places, resolve, estimator: null, note })
        .value;
  }
};

/** One unit after the other along the coupled axes, in the order of their entries. */
const emitSweep = (
  block: Block,
  law: Law,
  coupled: readonly Index[],
  variable: Variable,
  values: Values,
  at: ResolveWith,
): Expression => {
  const { name } = variable;
  const places = [example, ...variable.indices];
  const inner = makeBlock(block.names);
  const carried = register(block.names, name, places);
  const result = register(block.names, name, places);
  const counter = register(block.names, 'unit', [], 'host');
  const sizes = coupled.map((index) => size(axisOf(index)));
  const marks = coupled.map((index, n) => {
    const place = placeOf(read(counter.name), sizes, n);
    return assign(inner, 'here', [index], apply('equal', position(index), place));
  });
  const own = readRegister(carried);
  const resolve = at(new Map([...values, [name, own]]));
  const here = (node: Expression): Expression =>
    coupled.reduce((entry, index, n) => entryAt(entry, index, marks[n]!), resolve(node));
  const rest = variable.indices.filter((index) => !coupled.includes(index));
  const drawn = emitLaw(inner, law, variable, { indices: rest, resolve: here });
  const mark = multiply(...marks);
  // Exact, and faster than a choice between arrays of different shapes.
  const kept = add(multiply(mark, drawn), multiply(subtract(one, mark), own));
  const next = assign(inner, name, places, kept, 'the other units stay as they are');
  block.statements.push({
    kind: 'repeat',
    label: register(block.names, `${name}_unit_by_unit`, []).name,
    times: multiply(...sizes),
    first: constant(0),
    counter,
    direction: 'forward',
    carried: [{ register: carried, initial: values.get(name) ?? variableRead(variable), next, result }],
    body: inner.statements,
    saved: [],
    replays: null,
    whileAny: null,
  });
  return readRegister(result);
};

/** The place along the n-th of some axes at a turn of a loop over all of their entries, the last axis fastest. */
const placeOf = (turn: Expression, sizes: readonly Expression[], n: number): Expression => {
  const faster = sizes.slice(n + 1);
  const step = faster.length === 0 ? turn : apply('floor', divide(turn, multiply(...faster)));
  return n === 0 ? step : subtract(step, multiply(sizes[n]!, apply('floor', divide(step, sizes[n]!))));
};

/** A formula at one entry along an index, which a mark of 1 among 0s shows: only what reads the index is picked. */
const entryAt = (node: Expression, index: Index, mark: Expression): Expression => {
  if (!node.indices.includes(index)) return node;
  switch (node.kind) {
    case 'add':
    case 'multiply':
    case 'power':
    case 'apply':
    case 'sum':
    case 'maximum':
      return mapChildren(node, (child) => entryAt(child, index, mark));
    default: {
      const bound = freshIndex(index);
      const renames = new Map([[index, bound]]);
      return sum([bound], multiply(renameIndices(mark, renames), renameIndices(node, renames)));
    }
  }
};
