/** Decisions of Metropolis and Hastings: whether a proposal stays, and whether neighbouring replicas change places. */
import {
  add,
  apply,
  constant,
  divide,
  exp,
  half,
  log,
  multiply,
  negate,
  one,
  position,
  size,
  square,
  subtract,
  sum,
  zero,
} from '../calculus/build.ts';
import { axisOf, type Expression } from '../calculus/expression.ts';
import { freshIndex, renameIndices } from '../calculus/substitute.ts';
import type { Ratio } from '../derive/acceptance.ts';
import { memoryName } from '../derive/dynamics.ts';
import { inside, landed } from './bounds.ts';
import { emitDrawn, valueAt, type Run } from './move-formula.ts';
import type { Target, Values } from './move.ts';
import { assign } from './names.ts';
import { decisionNames } from './states.ts';

/** Sums what belongs to one chain. */
const totalOf = ({ plate }: Run, node: Expression, { indices }: Target): Expression =>
  sum(
    indices.filter((index) => !plate.includes(index)),
    node,
  );

const energyAt = ({ request }: Run, values: Values): Expression => {
  const { objective, by } = request;
  if (objective.value === undefined)
    throw new Error(`${by.dynamics.name} decides about an objective that has no value`);
  return objective.value(values);
};

/** min(1, e^ratio), and 0 where the ratio is not a number: no such number is at most another. */
const probabilityOf = (ratio: Expression): Expression =>
  apply('where', apply('less_equal', ratio, apply('max', ratio, zero)), exp(apply('min', ratio, zero)), zero);

/**
 * The proposal stays with probability min(1, e^((E − E′) / T) q(s | s′) / q(s′ | s)); outside of the bounds the density is 0. Each
 * chain decides for itself.
 */
export const emitAccept = (temperature: Expression, run: Run): void => {
  const { block, request, proposal, plate, targets } = run;
  const { before, ratio } = proposal!;
  const after = new Map(run.values);
  const turns = new Map<string, Expression>();
  for (const { name, indices, bounds } of targets) {
    const value = after.get(name)!;
    const place = bounds === null ? value : landed(value, bounds);
    if (place === value) continue;
    after.set(name, assign(block, name, indices, place, `${name} where it comes to lie`));
    turns.set(name, subtract(value, after.get(name)!));
  }
  const change = divide(
    subtract(energyAt(run, before), energyAt(run, after)),
    valueAt(temperature, targets[0]!, run),
  );
  const logRatio = assign(
    block,
    'log_ratio',
    plate,
    add(change, asymmetryOf(ratio, { before, after, turns }, run)),
    'log of the acceptance ratio',
  );
  const outside = targets.flatMap((target) => {
    if (target.bounds === null) return [];
    const within = inside(after.get(target.name)!, target.bounds, (node) => request.resolve(node, after));
    return [totalOf(run, subtract(one, within), target)];
  });
  const possible = outside.length === 0 ? one : apply('equal', add(...outside), zero);
  run.acceptance = assign(
    block,
    'acceptance',
    plate,
    multiply(possible, probabilityOf(logRatio)),
    'probability of staying with the proposal',
  );
  const coin = emitDrawn(block, 'coin', plate, 'standard_uniform');
  const accepted = assign(block, 'accepted', plate, apply('less', coin, run.acceptance));
  const next = new Map(after);
  for (const target of targets)
    for (const key of decidedNames(ratio, target))
      next.set(
        key,
        assign(block, key, target.indices, apply('where', accepted, after.get(key)!, before.get(key)!)),
      );
  countDecision(run, next);
  run.values = next;
  run.proposal = null;
  run.gradients = new Map();
};

/** Adds to what is known of the decisions so far, where it is kept: of replicas their mean. */
const countDecision = (
  { block, request, plate, targets, acceptance }: Run,
  next: Map<string, Expression>,
): void => {
  const [accepted, proposals] = decisionNames(targets.map(({ name }) => name));
  const [before, made] = [next.get(accepted), next.get(proposals)];
  if (before === undefined || made === undefined) return;
  const others = plate.filter((index) => !request.plate.includes(index));
  const mean = divide(sum(others, acceptance), multiply(one, ...others.map((index) => size(axisOf(index)))));
  next.set(accepted, assign(block, accepted, request.plate, add(before, mean)));
  next.set(proposals, assign(block, proposals, request.plate, add(made, one)));
};

/** What goes back when a proposal is refused. */
const decidedNames = (ratio: Ratio, { name }: Target): readonly string[] =>
  ratio.kind === 'trajectory'
    ? [name, ...ratio.momenta.map((momentum) => memoryName(name, momentum.name))]
    : [name];

interface Proposed {
  readonly before: Values;
  readonly after: Values;
  /** The full turns of an angle on the way from one to the other: the way back takes them back. */
  readonly turns: Values;
}

/** log q(s | s′) − log q(s′ | s). */
const asymmetryOf = (ratio: Ratio, { before, after, turns }: Proposed, run: Run): Expression => {
  const { block, targets } = run;
  const at = (values: Values, formula: Expression, target: Target, noise: Expression | null): Expression =>
    valueAt(formula, target, { ...run, values, gradients: new Map() }, noise);
  const total = (cost: (target: Target) => Expression): Expression =>
    add(...targets.map((target) => totalOf(run, cost(target), target)));
  const turnsOf = ({ name }: Target): Expression => turns.get(name) ?? zero;
  const there = (target: Target): Expression => add(after.get(target.name)!, turnsOf(target));
  const back = (target: Target): Expression => subtract(before.get(target.name)!, turnsOf(target));
  const both = (cost: (from: Values, reached: Expression, target: Target) => Expression): Expression =>
    total((target) => subtract(cost(before, there(target), target), cost(after, back(target), target)));
  const centreAt = (from: Values, formula: Expression, target: Target): Expression =>
    assign(block, `${target.name}_proposal`, target.indices, at(from, formula, target, zero));
  switch (ratio.kind) {
    case 'symmetric':
      return zero;
    // −log q(reached | from), without its constant.
    case 'normal':
      return both((from, reached, target) => {
        const centre = centreAt(from, ratio.formula, target);
        const scale = subtract(at(from, ratio.formula, target, one), at(from, ratio.formula, target, zero));
        const distance = divide(subtract(reached, centre), scale);
        return add(multiply(half, square(distance)), log(apply('abs', scale)));
      });
    case 'log_normal':
      // Normal in the logarithm, on the side of 0 of its centre.
      return both((from, reached, target) => {
        const centre = centreAt(from, ratio.formula, target);
        const scale = log(divide(at(from, ratio.formula, target, one), centre));
        const factor = divide(reached, centre);
        const distance = divide(log(apply('abs', factor)), scale);
        return add(
          multiply(half, square(distance)),
          log(apply('abs', scale)),
          log(apply('abs', reached)),
          negate(log(apply('less', zero, factor))),
        );
      });
    case 'uniform':
      // What was drawn lies inside; whether the way back does is the question.
      return total((target) => {
        const width = (from: Values): Expression =>
          subtract(at(from, ratio.formula, target, one), at(from, ratio.formula, target, zero));
        const share = divide(subtract(back(target), centreAt(after, ratio.formula, target)), width(after));
        const isInside = multiply(apply('less_equal', zero, share), apply('less_equal', share, one));
        return add(log(apply('abs', divide(width(before), width(after)))), log(isInside));
      });
    case 'two_valued':
      return both((from, reached, target) => {
        const formula = (node: Expression): Expression => at(from, node, target, null);
        const chance = apply('min', apply('max', formula(ratio.chance), zero), one);
        const isAt = (node: Expression): Expression => apply('equal', reached, formula(node));
        const probability = add(
          apply('where', isAt(ratio.first), chance, zero),
          apply('where', isAt(ratio.second), subtract(one, chance), zero),
        );
        return negate(log(probability));
      });
    case 'trajectory':
      // Each momentum is normal: log p(after) − log p(before).
      return total((target) =>
        add(
          ...ratio.momenta.map(({ name, variance }) => {
            const [begun, ended] = [before, after].map((values) =>
              square(values.get(memoryName(target.name, name))!),
            );
            return divide(multiply(half, subtract(begun!, ended!)), at(before, variance, target, null));
          }),
        ),
      );
    case 'none':
      throw new Error(`a proposal was let through that has no ratio: ${ratio.why}`);
  }
};

/**
 * Neighbouring replicas exchange their values with probability min(1, e^((1/T_i − 1/T_j)(E_i − E_j))): pairs that begin at even places
 * at even steps, at odd places at odd steps (Geyer 1991).
 */
export const emitSwap = (temperature: Expression, run: Run): void => {
  const { block, request, plate, targets } = run;
  const axis = run.replicas!;
  const here = position(axis);
  const parity = remainder(request.iteration);
  const ahead = subtract(one, multiply(constant(2), remainder(add(here, parity))));
  const there = add(here, ahead);
  const exists = multiply(apply('less_equal', zero, there), apply('less', there, size(axisOf(axis))));
  const partner = assign(
    block,
    'partner',
    [axis],
    apply('where', exists, there, here),
    'who may change places',
  );
  const of = (value: Expression, place: Expression): Expression => {
    const other = freshIndex(axis);
    const picked = apply('equal', position(other), place);
    return sum([other], multiply(picked, renameIndices(value, new Map([[axis, other]]))));
  };
  // Finite, so that 0 times another replica's is 0.
  const energy = assign(
    block,
    'replica_energy',
    plate,
    apply('min', energyAt(run, run.values), constant(1e30)),
  );
  const inverse = assign(
    block,
    'inverse_temperature',
    [axis],
    divide(one, valueAt(temperature, targets[0]!, run)),
  );
  const logRatio = multiply(subtract(inverse, of(inverse, partner)), subtract(energy, of(energy, partner)));
  // Both of a pair go by the coin of the first.
  const coin = emitDrawn(block, 'swap_coin', plate, 'standard_uniform');
  const shared = of(coin, apply('min', here, partner));
  const swapped = assign(block, 'swapped', plate, apply('less', shared, probabilityOf(logRatio)));
  const next = new Map(run.values);
  for (const { name, indices } of targets) {
    const own = run.values.get(name)!;
    next.set(name, assign(block, name, indices, apply('where', swapped, of(own, partner), own)));
  }
  run.values = next;
  run.gradients = new Map();
};

/** n mod 2. */
const remainder = (n: Expression): Expression =>
  subtract(n, multiply(constant(2), apply('floor', divide(n, constant(2)))));
