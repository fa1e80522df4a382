/** Formulas of a dynamics for one variable that it moves, at the values that everything has by then. */
import { constant, position, size, subtract } from '../calculus/build.ts';
import { axisOf, type Expression, type Index } from '../calculus/expression.ts';
import { replaceReads } from '../calculus/substitute.ts';
import { memoryName } from '../derive/dynamics.ts';
import type { Ratio } from '../derive/acceptance.ts';
import type { MoveRequest, Target, Values } from './move.ts';
import { assign, readRegister, register, type Block } from './names.ts';
import type { Noise } from './program.ts';

/** One step of a dynamics as it is emitted. */
export interface Run {
  readonly block: Block;
  readonly request: MoveRequest;
  /** What it moves, and the indices of one chain: with the replicas' where there are any. */
  readonly targets: readonly Target[];
  readonly plate: readonly Index[];
  readonly replicas: Index | null;
  values: Values;
  /** Values of `let` names, for each target. */
  readonly lets: Map<string, Map<string, Expression>>;
  /** Gradients at the current values. */
  gradients: Map<string, Expression>;
  proposal: { readonly before: Values; readonly ratio: Ratio } | null;
  acceptance: Expression;
  /** Whether it holds noise: a sampler keeps bounded values inside by reflection. */
  readonly isSampler: boolean;
}

/** A formula of the dynamics for one target, at the current values; `noise` stands for its noise where it is given. */
export const valueAt = (
  node: Expression,
  target: Target,
  run: Run,
  noise: Expression | null = null,
): Expression => {
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
      case '@flipped': {
        const [low, high] = target.ends ?? unknown('the other value of a two-valued unit');
        return subtract(constant(low + high), run.values.get(target.name)!);
      }
      case '@acceptance':
        return run.acceptance;
      case '@replica':
        return position(run.replicas!);
      case '@noise':
        return noise ?? emitNoise(block, target, 'standard_normal');
      case '@uniform':
        return noise ?? emitNoise(block, target, 'standard_uniform');
      case 'iteration':
        return request.iteration;
      default:
        return null;
    }
  };
  const known = new Map<string, Expression>();
  return replaceReads(node, (found) => {
    const { name } = found;
    // However many replicas a run was compiled for, formulas see that many.
    if (found === dynamics.replicas) return size(axisOf(run.replicas!));
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

export const gradientOf = (target: Target, run: Run): Expression => {
  const known = run.gradients.get(target.name);
  if (known !== undefined) return known;
  const value = run.request.objective.gradient(target.name, run.values);
  const made = assign(run.block, `${target.name}_gradient`, target.indices, value);
  run.gradients.set(target.name, made);
  return made;
};

const emitNoise = (block: Block, { name, indices }: Target, distribution: Noise): Expression =>
  emitDrawn(block, `${name}_noise`, indices, distribution);

/** A fresh random array. */
export const emitDrawn = (
  block: Block,
  wish: string,
  indices: readonly Index[],
  distribution: Noise,
): Expression => {
  const target = register(block.names, wish, indices);
  const site = block.names.nextSite();
  block.statements.push({
    kind: 'draw',
    target,
    site,
    source: { kind: 'noise', distribution },
    surrogate: null,
  });
  return readRegister(target);
};
