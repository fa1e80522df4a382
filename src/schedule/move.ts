/**
 * Statements of one step of any dynamics, for all variables that it moves together: every line is computed for all of them
 * from the values before it (design.md section 3, "Order"). What a line asks of its objective is answered at the values that the
 * variables have there.
 */
import {
  add,
  apply,
  constant,
  exp,
  half,
  log,
  multiply,
  negate,
  one,
  read,
  square,
  subtract,
  sum,
  zero,
} from '../calculus/build.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import { readNames, replaceNames, replaceReads } from '../calculus/substitute.ts';
import type { BoundDynamics } from '../check/typed.ts';
import { memoryName } from '../derive/dynamics.ts';
import { linesOf, type Line } from '../derive/integrate.ts';
import { folded, inside, projected, type Bounds } from './bounds.ts';
import { assign, readRegister, register, type Block } from './names.ts';

export type Values = ReadonlyMap<string, Expression>;

/** Something that a dynamics moves, with its plate's index. */
export interface Target {
  readonly name: string;
  readonly indices: readonly Index[];
  /** Where its values lie, or null for the whole line. */
  readonly bounds: Bounds | null;
}

export interface MoveRequest {
  readonly by: BoundDynamics;
  readonly targets: readonly Target[];
  /** Current values of the targets and of the dynamics' own states. */
  readonly values: Values;
  /** Indices of one chain: what `accept` decides about at once is everything else. */
  readonly plate: readonly Index[];
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
  const lines = linesOf(request.by.dynamics);
  const run: Run = {
    block,
    request,
    values: new Map(request.values),
    lets: new Map(),
    formulas: new Map(),
    gradients: new Map(),
    proposal: null,
    acceptance: one,
    isSampler: lines.some((line) => formulas(line).some((node) => readNames(node).has('@noise'))),
  };
  for (const line of lines) emitLine(line, run);
  return run.values;
};

interface Run {
  readonly block: Block;
  readonly request: MoveRequest;
  values: Values;
  /** Values of `let` names, for each target. */
  readonly lets: Map<string, Map<string, Expression>>;
  /** Formulas of `let` lines, which a proposal is taken back through. */
  readonly formulas: Map<string, Expression>;
  /** Gradients at the current values. */
  gradients: Map<string, Expression>;
  proposal: { readonly before: Values; readonly formula: Expression } | null;
  acceptance: Expression;
  readonly isSampler: boolean;
}

const formulas = (line: Line): readonly Expression[] => {
  switch (line.kind) {
    case 'let':
    case 'assign':
    case 'propose':
      return [line.value];
    case 'together':
      return line.assigns.map(({ value }) => value);
    case 'accept':
      return [];
  }
};

const emitLine = (line: Line, run: Run): void => {
  const { dynamics } = run.request.by;
  switch (line.kind) {
    case 'let':
      run.formulas.set(line.target, replaceNames(line.value, Object.fromEntries(run.formulas)));
      for (const target of run.request.targets) {
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
      run.proposal = {
        before: run.values,
        formula: replaceNames(line.value, Object.fromEntries(run.formulas)),
      };
      return emitAssigns([{ target: dynamics.variable, value: line.value }], run, false);
    case 'accept':
      return emitAccept(run);
  }
};

const emitAssigns = (
  assigns: readonly { readonly target: string; readonly value: Expression }[],
  run: Run,
  bounded = true,
): void => {
  const { block, request } = run;
  const { variable } = request.by.dynamics;
  const next = new Map(run.values);
  for (const target of request.targets)
    for (const { target: name, value } of assigns) {
      const key = name === variable ? target.name : memoryName(target.name, name);
      next.set(key, assign(block, key, target.indices, valueAt(value, target, run)));
    }
  run.values = next;
  if (!assigns.some(({ target }) => target === variable)) return;
  if (bounded) emitBounds(run);
  run.gradients = new Map();
};

/** Keeps what moved inside its bounds: by projection, or for samplers by reflection, which leaves no atoms at the ends. */
const emitBounds = (run: Run): void => {
  const { block, request, isSampler } = run;
  const { variable, states } = request.by.dynamics;
  const carriers = request.by.dynamics.differentials
    .filter(({ target }) => target === variable)
    .flatMap(({ drift }) => states.filter(({ name }) => readNames(drift).has(name)));
  const next = new Map(run.values);
  for (const { name, indices, bounds } of request.targets) {
    if (bounds === null) continue;
    const value = run.values.get(name)!;
    const put = (node: Expression): Expression => request.resolve(node, run.values);
    if (!isSampler) {
      next.set(name, assign(block, name, indices, projected(value, bounds, put)));
      continue;
    }
    const { inside: kept, direction } = folded(value, bounds, put);
    next.set(name, assign(block, name, indices, kept));
    // A velocity that met the wall turns round.
    for (const { name: state } of carriers) {
      const key = memoryName(name, state);
      next.set(key, assign(block, key, indices, multiply(direction, run.values.get(key)!)));
    }
  }
  run.values = next;
};

/** A formula of the dynamics for one target, at the current values. */
const valueAt = (node: Expression, target: Target, run: Run, noise: Expression | null = null): Expression => {
  const { block, request } = run;
  const { dynamics, arguments: given } = request.by;
  const { objective } = request;
  const states = new Set(dynamics.states.map(({ name }) => name));
  const unknown = (what: string): never => {
    throw new Error(`${dynamics.name} asks for ${what}, which its objective does not have`);
  };
  const answer = (kind: string): Expression | null => {
    switch (kind) {
      case '@gradient':
        return gradientOf(target, run);
      case '@natural_gradient':
        return objective.naturalGradient?.(target.name, run.values) ?? unknown('the natural gradient');
      case '@curvature':
        return objective.curvature?.(target.name, run.values) ?? unknown('the curvature');
      case '@conditional_mean':
        return objective.conditionalMean?.(target.name, run.values) ?? unknown('a conditional mean');
      case '@conditional_draw':
        return objective.conditionalDraw?.(target.name, run.values) ?? unknown('a conditional draw');
      case '@gradient_norm':
        return objective.gradientNorm ?? unknown('the norm of all gradients');
      case '@acceptance':
        return run.acceptance;
      case '@noise':
        return noise ?? emitNoise(block, target);
      case 'iteration':
        return request.iteration;
      default:
        return null;
    }
  };
  const known = new Map<string, Expression>();
  return replaceReads(node, ({ name }) => {
    const own = run.lets.get(target.name)?.get(name);
    if (own !== undefined) return own;
    if (name === dynamics.variable) return run.values.get(target.name)!;
    if (states.has(name)) return run.values.get(memoryName(target.name, name))!;
    if (Object.hasOwn(given, name)) return request.resolve(given[name]!, run.values);
    const before = known.get(name);
    if (before !== undefined) return before;
    const value = answer(name);
    if (value !== null) known.set(name, value);
    return value;
  });
};

const gradientOf = (target: Target, run: Run): Expression => {
  const known = run.gradients.get(target.name);
  if (known !== undefined) return known;
  const value = run.request.objective.gradient(target.name, run.values);
  const made = assign(run.block, `${target.name}_gradient`, target.indices, value);
  run.gradients.set(target.name, made);
  return made;
};

const emitNoise = (block: Block, { name, indices }: Target): Expression => {
  const target = register(block.names, `${name}_noise`, indices);
  block.statements.push({
    kind: 'draw',
    target,
    site: block.names.nextSite(),
    source: { kind: 'noise', distribution: 'standard_normal' },
    surrogate: null,
  });
  return readRegister(target);
};

/**
 * Metropolis and Hastings: the proposal stays with probability min(1, e^(E − E′) q(s | s′) / q(s′ | s)). A proposal that is
 * affine in standard noise, m(s) + k(s) n, has the density q of a normal; outside of the bounds the density is 0.
 */
const emitAccept = (run: Run): void => {
  const { block, request, proposal } = run;
  const { targets, objective, plate } = request;
  const { dynamics } = request.by;
  if (proposal === null || objective.value === undefined)
    throw new Error(`${dynamics.name} has nothing to accept, or its objective has no value`);
  const after = run.values;
  const total = (node: Expression, { indices }: Target): Expression =>
    sum(
      indices.filter((index) => !plate.includes(index)),
      node,
    );
  const at = (values: Values, formula: Expression, target: Target, noise: Expression): Expression => {
    const there: Run = { ...run, values, gradients: new Map(), lets: new Map() };
    return valueAt(formula, target, there, noise);
  };
  /** −log q(to | from), without its constant. */
  const cost = (from: Values, to: Values, target: Target): Expression => {
    const centre = assign(
      block,
      `${target.name}_proposal`,
      target.indices,
      at(from, proposal.formula, target, zero),
    );
    const scale = subtract(at(from, proposal.formula, target, one), at(from, proposal.formula, target, zero));
    const distance = multiply(subtract(to.get(target.name)!, centre), apply('exp', negate(log(scale))));
    return total(add(multiply(half, square(distance)), log(scale)), target);
  };
  const change = subtract(objective.value(proposal.before), objective.value(after));
  const asymmetry = isSymmetric(proposal.formula, dynamics.variable)
    ? zero
    : add(
        ...targets.map((target) =>
          subtract(cost(proposal.before, after, target), cost(after, proposal.before, target)),
        ),
      );
  const ratio = assign(block, 'log_ratio', plate, add(change, asymmetry), 'log of the acceptance ratio');
  const allowed = targets.flatMap((target) =>
    target.bounds === null
      ? []
      : [
          total(
            subtract(
              one,
              inside(after.get(target.name)!, target.bounds, (node) => request.resolve(node, after)),
            ),
            target,
          ),
        ],
  );
  const possible = allowed.length === 0 ? one : apply('equal', add(...allowed), zero);
  run.acceptance = assign(
    block,
    'acceptance',
    plate,
    multiply(possible, exp(apply('min', ratio, constant(0)))),
    'probability of staying with the proposal',
  );
  const uniform = register(block.names, 'coin', plate);
  block.statements.push({
    kind: 'draw',
    target: uniform,
    site: block.names.nextSite(),
    source: { kind: 'noise', distribution: 'standard_uniform' },
    surrogate: null,
  });
  const accepted = assign(block, 'accepted', plate, apply('less', readRegister(uniform), run.acceptance));
  const next = new Map(after);
  for (const { name, indices } of targets) {
    const chosen = apply('where', accepted, after.get(name)!, proposal.before.get(name)!);
    next.set(name, assign(block, name, indices, chosen));
  }
  run.values = next;
  run.gradients = new Map();
};

/** A walk of constant spread around the current value: q(s′ | s) = q(s | s′). */
const isSymmetric = (formula: Expression, variable: string): boolean => {
  const walk = subtract(formula, read(variable, ['*']));
  const names = readNames(walk);
  return !names.has(variable) && ![...names].some((name) => name.startsWith('@') && name !== '@noise');
};
