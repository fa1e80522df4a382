/** Belief coordinates descend the free energy: draws, the derived gradients, one step of a rule, and the guards. */
import { add, one, subtract } from '../calculus/build.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import { readNames, replaceReads } from '../calculus/substitute.ts';
import type { Belief, Estimator, InferenceStatement } from '../check/typed.ts';
import { ancestors, drawingOrder } from '../derive/belief-order.ts';
import { applyDynamics, type Moves } from '../derive/dynamics.ts';
import { noiseName } from '../derive/estimate.ts';
import { beliefOf, example, variableOf } from '../derive/free-energy.ts';
import { beliefGradients } from '../derive/natural-gradient.ts';
import { emitDraw } from './draw.ts';
import { assign, type Block } from './names.ts';
import { coordinatesOf, priorKind, resolveAt, type Point, type Setting } from './point.ts';

const movesOf = (
  statement: Extract<InferenceStatement, { kind: 'descend' }>,
  coordinate: { readonly name: string; readonly indices: readonly Index[] },
  gradient: Expression,
  naturalGradient: Expression,
  iteration: Expression,
): Moves =>
  applyDynamics(
    statement.by,
    { name: coordinate.name, indices: [example, ...coordinate.indices] },
    { gradient, naturalGradient, gradientNorm: one, iteration },
  );

export const emitBeliefDescent = (
  block: Block,
  setting: Setting,
  point: Point,
  statement: Extract<InferenceStatement, { kind: 'descend' }>,
  counter: Expression,
): Point => {
  const { model, inference } = setting;
  if (statement.objective.kind !== 'free_energy') throw new Error('beliefs descend the free energy');
  const objective = statement.objective;
  const beliefs = [
    ...new Set(
      statement.over.map((name) => coordinatesOf(inference).find((one) => one.name === name)!.belief),
    ),
  ];
  const gradients = beliefs.flatMap(
    (belief) => beliefGradients(model, inference, belief, objective, priorKind(point)).gradients,
  );
  const drawn = emitDraws(
    block,
    setting,
    point,
    new Set(gradients.flatMap(({ natural }) => [...readNames(natural)])),
    setting.estimator,
  );
  const resolve = resolveAt(setting, point, drawn);

  const values = new Map(point.values);
  for (const name of statement.over) {
    const coordinate = coordinatesOf(inference).find((candidate) => candidate.name === name)!;
    const derived = gradients.find((gradient) => gradient.coordinate === name)!;
    const moves = movesOf(statement, coordinate, derived.plain, derived.natural, add(counter, one));
    for (const state of moves.states)
      values.set(
        state.name,
        assign(block, state.name, [example, ...coordinate.indices], resolve(state.next)),
      );
    const before = point.values.get(name)!;
    const after = applyGuards(setting, point, name, before, resolve(moves.value));
    values.set(
      name,
      assign(
        block,
        name,
        [example, ...coordinate.indices],
        after,
        `${name}: one step of ${statement.by.dynamics.name}`,
      ),
    );
  }
  return { ...point, values };
};

/** Applies the guards of a coordinate: to the step first, then to the value it leads to. */
export const applyGuards = (
  setting: Setting,
  point: Point,
  name: string,
  before: Expression,
  after: Expression,
): Expression => {
  const { guards } = setting.inference;
  const resolve = resolveAt(setting, point);
  const through = (within: Expression, value: Expression): Expression =>
    replaceReads(resolve(within), (found) => (found.name === 'self' ? value : null));
  const stepped = guards
    .filter((guard) => guard.target === name && guard.step)
    .reduce((value, guard) => add(before, through(guard.within, subtract(value, before))), after);
  return guards
    .filter((guard) => guard.target === name && !guard.step)
    .reduce((value, guard) => through(guard.within, value), stepped);
};

/** Draws every latent that is named, and those that their beliefs read, from their current beliefs; returns what to read in place. */
export const emitDraws = (
  block: Block,
  setting: Setting,
  point: Point,
  names: ReadonlySet<string>,
  estimator: Estimator | null,
): ReadonlyMap<string, Expression> => {
  const drawn = new Map<string, Expression>();
  const { inference } = setting;
  const asked = ({ latent }: Belief): boolean =>
    names.has(latent) || [...names].some((name) => name.startsWith(`@${latent}.`));
  const needed = new Set(
    inference.beliefs.filter(asked).flatMap(({ latent }) => [...ancestors(latent, inference)]),
  );
  for (const { latent } of drawingOrder(inference)) {
    if (!needed.has(latent)) continue;
    const { indices } = variableOf(setting.model, latent);
    const result = emitDraw(block, beliefOf(setting.inference, latent).distribution, {
      wish: latent,
      indices: [example, ...indices],
      // A belief may read latents that are drawn before it.
      resolve: resolveAt(setting, point, drawn),
      estimator,
      slopes: [...names].some((name) => name.startsWith(noiseName(latent, 'implicit_'))),
      note: `a draw of ${latent} from its belief`,
    });
    drawn.set(latent, result.value);
    for (const [kind, noise] of result.noise) drawn.set(noiseName(latent, kind), noise);
  }
  return drawn;
};
