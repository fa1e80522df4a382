/**
 * Statements of one step of any dynamics, for all variables that it moves together: every line is computed for all of them
 * from the values before it (design.md section 3, "Order"). What a line asks of its objective is answered at the values that the
 * variables have there.
 */
import { multiply, one, zero } from '../calculus/build.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import { readNames } from '../calculus/substitute.ts';
import type { BoundDynamics } from '../check/typed.ts';
import { ratiosOf } from '../derive/acceptance.ts';
import { memoryName } from '../derive/dynamics.ts';
import { linesOf, type Line, type TogetherLine } from '../derive/integrate.ts';
import { folded, projected, type Bounds } from './bounds.ts';
import { emitAccept, emitSwap } from './move-decision.ts';
import { gradientOf, valueAt, type Run } from './move-formula.ts';
import { assign, makeBlock, readRegister, register, type Block } from './names.ts';
import { emitReplicas, firstReplica, replicasName, withReplicas } from './replicas.ts';

export type Values = ReadonlyMap<string, Expression>;

/** Something that a dynamics moves, with its plate's index. */
export interface Target {
  readonly name: string;
  readonly indices: readonly Index[];
  /** Where its values lie, or null for the whole line. */
  readonly bounds: Bounds | null;
  /** The two values of a two-valued unit. */
  readonly ends: readonly [low: number, high: number] | null;
}

export interface MoveRequest {
  readonly by: BoundDynamics;
  readonly targets: readonly Target[];
  /** Current values of the targets and of the dynamics' own states. */
  readonly values: Values;
  /** Indices of one chain: what `accept` decides about at once is everything else. */
  readonly plate: readonly Index[];
  /** Axis of the replicas of a dynamics that has some. */
  readonly replicas: Index | null;
  /** Steps so far, this one included. */
  readonly iteration: Expression;
  /** Puts current values and effective parameters into settings and formulas. */
  readonly resolve: (node: Expression, values: Values) => Expression;
  readonly objective: Answers;
}

/** What a dynamics may ask of its objective; answers may emit statements. */
export interface Answers {
  readonly gradient: (name: string, values: Values) => Expression;
  readonly naturalGradient?: (name: string, values: Values) => Expression;
  readonly curvature?: (name: string, values: Values) => Expression;
  readonly conditionalMean?: (name: string, values: Values) => Expression;
  readonly conditionalDraw?: (name: string, values: Values) => Expression;
  /** The objective of each chain; absent when it has a gradient but no value. */
  readonly value?: (values: Values) => Expression;
  readonly gradientNorm?: Expression;
}

/** Emits one step; returns the values after it. */
export const emitMove = (block: Block, request: MoveRequest): Values => {
  const { replicas, targets, plate } = request;
  const lines = linesOf(request.by.dynamics);
  const started = targets.map(({ name, indices }): readonly [string, Expression] => [
    name,
    replicas === null
      ? request.values.get(name)!
      : emitReplicas(block, { name, indices }, replicas, request.values),
  ]);
  const run: Run = {
    block,
    request,
    targets: targets.map((target) => ({ ...target, indices: withReplicas(target.indices, replicas) })),
    plate: withReplicas(plate, replicas),
    replicas,
    values: new Map([...request.values, ...started]),
    lets: new Map(),
    gradients: new Map(),
    proposal: null,
    acceptance: one,
    isSampler: lines.some((line) => holds(line, ['@noise', '@uniform'])),
  };
  const ratios = ratiosOf(request.by.dynamics);
  let proposals = 0;
  for (const line of lines) {
    if (line.kind === 'propose' || line.kind === 'trajectory')
      run.proposal = { before: run.values, ratio: ratios[proposals++]!.ratio };
    emitLine(line, run);
  }
  if (replicas === null) return run.values;
  const seen = targets.flatMap((target): readonly (readonly [string, Expression])[] => {
    const all = run.values.get(target.name)!;
    return [
      [replicasName(target.name), all],
      [target.name, firstReplica(block, target, replicas, all)],
    ];
  });
  return new Map([...run.values, ...seen]);
};

/** Whether a line asks for one of some names. */
const holds = (line: Line, names: readonly string[]): boolean =>
  formulas(line).some((node) => names.some((name) => readNames(node).has(name)));

const formulas = (line: Line): readonly Expression[] => {
  switch (line.kind) {
    case 'let':
    case 'assign':
    case 'propose':
      return [line.value];
    case 'together':
      return line.assigns.map(({ value }) => value);
    case 'trajectory':
      return line.lines.flatMap(formulas);
    case 'accept':
    case 'swap':
      return [line.temperature];
  }
};

const emitLine = (line: Line, run: Run): void => {
  const { dynamics } = run.request.by;
  switch (line.kind) {
    case 'let':
      for (const target of run.targets) {
        const own = run.lets.get(target.name) ?? new Map<string, Expression>();
        own.set(line.target, valueAt(line.value, target, run));
        run.lets.set(target.name, own);
      }
      return;
    case 'assign':
      return emitAssigns([line], run);
    case 'together':
      return emitAssigns(line.assigns, run);
    case 'propose':
      return emitAssigns([{ target: dynamics.variable, value: line.value }], run, false);
    case 'trajectory':
      return emitTrajectory(line, run);
    case 'accept':
      return emitAccept(line.temperature, run);
    case 'swap':
      return emitSwap(line.temperature, run);
  }
};

/** What a dynamics asks of a variable given all others. */
const conditionals: readonly string[] = ['@conditional_mean', '@conditional_draw'];

const emitAssigns = (
  assigns: readonly { readonly target: string; readonly value: Expression }[],
  run: Run,
  bounded = true,
): void => {
  const { block, request } = run;
  const { variable } = request.by.dynamics;
  // Each variable given the others as they are by then: together they would be drawn given values that are gone.
  const inTurn = assigns.some(({ value }) => conditionals.some((name) => readNames(value).has(name)));
  const next = new Map(run.values);
  for (const target of run.targets) {
    for (const { target: name, value } of assigns) {
      const key = keyOf(target, name, variable);
      next.set(key, assign(block, key, target.indices, valueAt(value, target, run)));
    }
    if (inTurn) run.values = new Map(next);
  }
  run.values = next;
  if (!assigns.some(({ target }) => target === variable)) return;
  if (bounded) emitBounds(run);
  run.gradients = new Map();
};

/** Under which name the values of the moved variable, or of a state of the dynamics, are known. */
const keyOf = (target: Target, name: string, variable: string): string =>
  name === variable ? target.name : memoryName(target.name, name);

/** Keeps what moved inside: at the nearest value, or for samplers by reflection, which leaves no atoms at the ends. */
const emitBounds = (run: Run): void => {
  const { block, request, isSampler } = run;
  const { variable, states } = request.by.dynamics;
  const carriers = request.by.dynamics.differentials
    .filter(({ target }) => target === variable)
    .flatMap(({ drift }) => states.filter(({ name }) => readNames(drift).has(name)));
  const next = new Map(run.values);
  for (const { name, indices, bounds } of run.targets) {
    if (bounds === null) continue;
    const value = run.values.get(name)!;
    const put = (node: Expression): Expression => request.resolve(node, run.values);
    if (!isSampler) {
      next.set(name, assign(block, name, indices, projected(value, bounds, put)));
      continue;
    }
    const { inside: kept, direction } = folded(value, bounds, put);
    next.set(name, assign(block, name, indices, kept));
    if (direction === null) continue;
    // A velocity that met the wall turns round.
    for (const { name: state } of carriers) {
      const key = memoryName(name, state);
      next.set(key, assign(block, key, indices, multiply(direction, run.values.get(key)!)));
    }
  }
  run.values = next;
};

/** A proposal that runs through its parts, over and over. The slope at the end of a turn is the one that the next begins with. */
const emitTrajectory = (line: Extract<Line, { kind: 'trajectory' }>, run: Run): void => {
  const { block, request, targets } = run;
  const { variable } = request.by.dynamics;
  const slopesFirst = asksForSlope(line.lines, variable);
  if (slopesFirst) for (const target of targets) gradientOf(target, run);
  const names = [...new Set(line.lines.flatMap(({ assigns }) => assigns.map(({ target }) => target)))];
  const held = targets.flatMap((target) =>
    names.map((name) => ({ name: keyOf(target, name, variable), indices: target.indices })),
  );
  const inner = makeBlock(block.names);
  const fresh = (wish: string, indices: readonly Index[]) => register(block.names, wish, indices);
  const carried = held.map(({ name, indices }) => ({
    name,
    register: fresh(name, indices),
    result: fresh(name, indices),
  }));
  const slopes = slopesFirst
    ? targets.map((target) => ({
        target,
        register: fresh(`${target.name}_gradient`, target.indices),
        result: fresh(`${target.name}_gradient`, target.indices),
      }))
    : [];
  const turn: Run = {
    ...run,
    block: inner,
    values: new Map([
      ...run.values,
      ...carried.map((one): [string, Expression] => [one.name, readRegister(one.register)]),
    ]),
    gradients: new Map(slopes.map((one) => [one.target.name, readRegister(one.register)])),
  };
  for (const part of line.lines) emitLine(part, turn);
  block.statements.push({
    kind: 'repeat',
    label: fresh('trajectory', []).name,
    times: valueAt(line.times, targets[0]!, run),
    first: zero,
    counter: register(block.names, 'leap', [], 'host'),
    direction: 'forward',
    carried: [
      ...carried.map((one) => ({
        register: one.register,
        initial: run.values.get(one.name)!,
        next: turn.values.get(one.name)!,
        result: one.result,
      })),
      ...slopes.map((one) => ({
        register: one.register,
        initial: run.gradients.get(one.target.name)!,
        next: gradientOf(one.target, turn),
        result: one.result,
      })),
    ],
    body: inner.statements,
    saved: [],
    replays: null,
    whileAny: null,
  });
  run.values = new Map([
    ...run.values,
    ...carried.map((one): [string, Expression] => [one.name, readRegister(one.result)]),
  ]);
  run.gradients = new Map(slopes.map((one) => [one.target.name, readRegister(one.result)]));
};

/** Whether the gradient is asked for before the variable moves. */
const asksForSlope = (lines: readonly TogetherLine[], variable: string): boolean => {
  const first = lines.find(
    (line) => holds(line, ['@gradient']) || line.assigns.some(({ target }) => target === variable),
  );
  return first !== undefined && holds(first, ['@gradient']);
};
