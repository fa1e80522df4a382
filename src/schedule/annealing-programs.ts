/** The programs of annealed importance sampling: see `annealing.ts`. */
import {
  add,
  apply,
  constant,
  divide,
  multiply,
  negate,
  one,
  read,
  subtract,
  zero,
} from '../calculus/build.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import type { Variable } from '../check/typed.ts';
import { neutral, type BaseLaw } from '../derive/base.ts';
import { example, variableRead } from '../derive/free-energy.ts';
import { betaName, emitTransition, memoriesOf, resolver, type Plan, type Values } from './annealing-step.ts';
import { emitConditionalDraw } from './conditional.ts';
import { assign, makeBlock, makeNames, readRegister, register, type Block } from './names.ts';
import type { Program } from './program.ts';
import { finish } from './programs.ts';

/** Draw sites of their own, after those of `programs.ts`. */
const sites = { begin: 1000, anneal: 1100, follow: 1200 } as const;

/** Names that inputs may have. Every variable may be one: clamped, or where a chain stands. */
const namesFor = ({ model, settings }: Plan, site: number) =>
  makeNames(site, [
    ...['iteration', 'first_step', 'step_count', 'origin', 'direction', 'temperatures'],
    ...model.variables.map(({ name }) => name),
    ...model.parameters.map(({ name }) => name),
    ...[...model.settings, ...settings].map(({ name }) => name),
  ]);

/** The base laws' arrays, per example. */
const emitBase = (block: Block, plan: Plan): Values => {
  const resolve = resolver(plan)(new Map());
  return new Map(
    plan.laws.flatMap(({ values }) =>
      values.map(({ name, indices, value }): [string, Expression] => [
        name,
        assign(block, name, indices, resolve(value), 'of the independent units that annealing begins with'),
      ]),
    ),
  );
};

export const beginProgram = (plan: Plan): Program => {
  const block = makeBlock(namesFor(plan, sites.begin));
  const at = resolver(plan);
  const base = emitBase(block, plan);
  const drawn = plan.best.kept.map((variable) => {
    const { law } = plan.laws.find((one) => one.variable === variable)!;
    const value = emitBaseDraw(block, plan, variable, law, base);
    return { name: variable.name, value, indices: [example, ...variable.indices] };
  });
  const logZ = at(base)(negate(plan.baseFreeEnergy));
  return finish(
    `${plan.model.name}_anneal_begin`,
    'Draws of independent units.',
    plan.model.parameters,
    block,
    [...drawn, ...emitMemories(block, plan, drawn, base), { name: 'log_z', value: logZ, indices: [example] }],
  );
};

/** What movers remember before their first step. */
const emitMemories = (
  block: Block,
  plan: Plan,
  standing: readonly { readonly name: string; readonly value: Expression }[],
  base: Values,
): readonly { readonly name: string; readonly value: Expression; readonly indices: readonly Index[] }[] => {
  const values = new Map([
    ...base,
    ...standing.map(({ name, value }): [string, Expression] => [name, value]),
  ]);
  return memoriesOf(plan).map(({ name, indices, initial }) => ({
    name,
    value: assign(block, name, indices, resolver(plan)(values)(initial ?? zero)),
    indices,
  }));
};

/** Variables without data begin at a neutral value and are then drawn in turn. */
export const followProgram = (plan: Plan, known: ReadonlySet<string>): Program => {
  const block = makeBlock(namesFor(plan, sites.follow));
  const at = resolver(plan);
  const base = emitBase(block, plan);
  const begins = plan.laws.map(({ variable, law }): [string, Expression] => {
    const { name } = variable;
    if (known.has(name)) return [name, variableRead(variable)];
    return [
      name,
      plan.conditionals.has(name) ? neutral(variable) : emitBaseDraw(block, plan, variable, law, base),
    ];
  });
  let values: Values = new Map([[betaName, one], ...base, ...begins]);
  for (const { variable } of plan.laws) {
    const law = plan.conditionals.get(variable.name);
    if (known.has(variable.name) || law === undefined) continue;
    values = new Map([...values, [variable.name, emitConditionalDraw(block, law, variable, values, at)]]);
  }
  const standing = plan.best.kept.map((variable) => ({
    name: variable.name,
    value: values.get(variable.name)!,
    indices: [example, ...variable.indices],
  }));
  return finish(
    `${plan.model.name}_anneal_follow`,
    'Where chains that start at the data begin.',
    plan.model.parameters,
    block,
    [...standing, ...emitMemories(block, plan, standing, base)],
  );
};

const emitBaseDraw = (
  block: Block,
  plan: Plan,
  variable: Variable,
  law: BaseLaw['law'],
  base: Values,
): Expression =>
  emitConditionalDraw(block, { kind: 'law', law, coupled: [] }, variable, base, resolver(plan));

/** How much steeper the middle of the path is than its ends: most of what happens, happens near them. */
const steepness = 4;

/**
 * β at a place from 0 to 1: a logistic function, stretched to reach 0 and 1 (Grosse, Ghahramani and Adams 2015).
 */
const betaAt = (place: Expression): Expression => {
  const [low, high] = [-steepness, steepness].map((x) => 1 / (1 + Math.exp(-x))) as [number, number];
  const curve = apply('sigmoid', multiply(constant(steepness), subtract(multiply(constant(2), place), one)));
  return divide(subtract(curve, constant(low)), constant(high - low));
};

export const annealProgram = (plan: Plan): Program => {
  const { kept } = plan.best;
  const block = makeBlock(namesFor(plan, sites.anneal));
  const base = emitBase(block, plan);
  const counter = register(block.names, 'turn', [], 'host');
  const inner = makeBlock(block.names);
  const entries = [
    ...kept.map(({ name, indices }) => ({ name, indices: [example, ...indices] })),
    ...memoriesOf(plan),
  ];
  for (const { name } of entries) block.names.taken.add(name);
  const places = entries.map(({ name, indices }) => ({
    name,
    carried: register(block.names, name, indices),
    result: register(block.names, name, indices),
    initial: read(name, indices),
  }));
  const weight = register(block.names, 'log_weight', [example]);
  const weightAfter = register(block.names, 'log_weight', [example]);
  const standing: Values = new Map([
    ...base,
    ...places.map(({ name, carried }): [string, Expression] => [name, readRegister(carried)]),
  ]);
  const place = (turn: Expression): Expression =>
    divide(add(read('origin'), multiply(read('direction'), turn)), read('temperatures'));
  const turn = readRegister(counter);
  const host = (wish: string, value: Expression): Expression => assignHost(inner, wish, value);
  const before = host('inverse_temperature_before', betaAt(place(turn)));
  const after = host('inverse_temperature', betaAt(place(add(turn, one))));
  const at = resolver(plan);
  const energyAt = (inverse: Expression): Expression =>
    at(new Map([...standing, [betaName, inverse]]))(plan.best.value);
  const gained = assign(
    inner,
    'gained',
    [example],
    subtract(energyAt(before), energyAt(after)),
    'log weight of this change of temperature',
  );
  const moved = emitTransition(inner, plan, new Map([...standing, [betaName, after]]), turn);
  block.statements.push({
    kind: 'repeat',
    label: 'annealing',
    times: read('step_count'),
    first: read('first_step'),
    counter,
    direction: 'forward',
    carried: [
      ...places.map(({ name, carried, initial, result }) => ({
        register: carried,
        initial,
        next: moved.get(name)!,
        result,
      })),
      { register: weight, initial: zero, next: add(readRegister(weight), gained), result: weightAfter },
    ],
    body: inner.statements,
    saved: [],
    replays: null,
    whileAny: null,
  });
  return finish(
    `${plan.model.name}_anneal`,
    'Steps of annealed importance sampling.',
    plan.model.parameters,
    block,
    [
      ...places.map(({ name, result }) => ({
        name,
        value: readRegister(result),
        indices: result.indices,
      })),
      { name: 'log_weight', value: readRegister(weightAfter), indices: [example] },
    ],
  );
};

const assignHost = (block: Block, wish: string, value: Expression): Expression => {
  const target = register(block.names, wish, [], 'host');
  block.statements.push({ kind: 'assign', target, value, note: null });
  return readRegister(target);
};
