/** The update program of a learning: inference on a batch, the objective, its gradient, and one move of each parameter. */
import { add, apply, divide, one, read, size, sqrt, square, sum, zero } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { mapChildren, replaceNames } from '../calculus/substitute.ts';
import type { BoundDynamics, Learning, LearningStep, Param } from '../check/typed.ts';
import { branchErrors, clampedBy, dendrites } from '../derive/dendrites.ts';
import { applyDynamics, memoryName } from '../derive/dynamics.ts';
import { layersCompared } from '../derive/contrast.ts';
import { energyOf, energyTerms } from '../derive/energy.ts';
import { beliefOf, example, freeEnergy, variableOf } from '../derive/free-energy.ts';
import { throughOf } from '../derive/rules.ts';
import type { LearningDefinition } from './definition.ts';
import { emitDraws } from './descend.ts';
import { collectInputs } from './inputs.ts';
import {
  assign,
  from,
  makeBlock,
  makeNames,
  originsIn,
  register,
  readRegister,
  type Block,
} from './names.ts';
import {
  allParameters,
  coordinatesOf,
  inputNames,
  priorKind,
  resolveAt,
  type Point,
  type Setting,
} from './point.ts';
import { isRelaxed, limitsOf, partAtLimit, type Limit } from './limits.ts';
import { contrastAt, emitPhases, type Phases } from './phases.ts';
import type { Carried, Program, Register } from './program.ts';
import { emitStart, emitTurns, sites } from './programs.ts';
import { mainRepeat, sampledLayers } from './states.ts';

export const updateProgram = (learning: Learning): Program => {
  const { model, inference } = learning;
  const params = allParameters({ model, inference });
  const names = makeNames(sites.update, inputNames(model, inference, learning), learning.span);
  const block = makeBlock(names);
  const { steps } = learning;
  const setting = settingOf(learning);

  const limits = limitsOf(learning);
  const { objectives, kept, limited } = emitObjectives(block, setting, learning, limits);
  const outputs: { readonly name: string; readonly register: Register }[] = [...kept];
  steps.forEach((step, i) =>
    outputs.push(...from(block, step.span, () => emitMoves(block, step, objectives[i]!, params))),
  );
  outputs.push({ name: 'objective', register: objectives[0]! });
  limits.forEach(({ output }, i) => outputs.push({ name: output, register: limited[i]! }));
  const stored = new Set(params.map(({ name }) => name));
  const tensors = new Set([...stored, ...memoryOf(learning).map(({ name }) => name)]);
  const program: Program = {
    name: `${learning.name}_update`,
    doc: `One update of ${learning.name} on a batch.`,
    inputs: [],
    body: block.statements,
    outputs,
    origins: originsIn(names),
  };
  const complete = collectInputs(program, tensors);
  return {
    ...complete,
    inputs: [
      ...complete.inputs.filter(({ name }) => !stored.has(name)),
      ...params.map(({ name, indices }) => ({ name, indices, place: 'tensor' as const })),
    ],
  };
};

/** In what a learning's programs read formulas. */
export const settingOf = ({ model, inference, steps }: Learning): Setting => ({
  model,
  inference,
  estimator: steps.map(throughOf).find((through) => through !== null)?.estimator ?? null,
  learned: new Set(steps.flatMap(({ over }) => over)),
});

interface Emitted {
  readonly value: Expression;
  /** For each limit the part of the draws that reach it; none but in the step that is watched. */
  readonly limited: readonly Expression[];
}

interface Objectives {
  readonly objectives: readonly Register[];
  readonly kept: Phases['kept'];
  readonly limited: readonly Register[];
}

/**
 * Runs inference and phases, and leaves one scalar objective per step: the mean over examples, and over turns for `at each step`.
 * Besides, what phases keep.
 */
const emitObjectives = (
  block: Block,
  setting: Setting,
  learning: Learning,
  limits: readonly Limit[],
): Objectives => {
  const { steps } = learning;
  const watched = steps.find(isRelaxed);
  const limitsIn = (step: LearningStep) => (step === watched ? limits : []);
  const limitTotals: Register[] = [];
  const limited: Register[] = [];
  const entry = emitStart(block, setting);
  const totals = new Map<LearningStep, Register>();
  const rolledAtEnd = new Map<string, Register>();
  const { repeat } = mainRepeat(setting.inference);
  let last = entry;
  if (repeat !== null) {
    last = emitTurns(block, setting, {
      entry,
      times: repeat.times,
      first: zero,
      extend: (inner, point) => {
        const carried: Carried[] = [];
        for (const step of steps.filter(({ when }) => when === 'each_step')) {
          const emitted = from(inner, step.span, () =>
            emitObjective(inner, setting, step, point, limitsIn(step)),
          );
          const summed = (wish: string, value: Expression): Register => {
            const total = register(block.names, wish, []);
            const result = register(block.names, wish, []);
            carried.push({ register: total, initial: zero, next: add(readRegister(total), value), result });
            return result;
          };
          totals.set(step, summed('objective_sum', emitted.value));
          limitTotals.push(...emitted.limited.map((part) => summed('limited_sum', part)));
        }
        if (point.rolled !== null && steps.some(({ when }) => when === 'end'))
          carried.push(...keepRolled(block, setting, point, rolledAtEnd));
        return carried;
      },
    });
  }
  const rolled =
    rolledAtEnd.size === 0
      ? null
      : new Map([...rolledAtEnd].map(([name, kept]) => [name, readRegister(kept)]));
  const end: Point = { values: last.values, rolled };
  const { ends, kept } = emitPhases(block, setting, learning, end);
  const perTurn = (total: Register): Expression => divide(readRegister(total), repeat?.times ?? one);
  const objectives = steps.map((step) => {
    const target = register(block.names, 'objective', []);
    const total = totals.get(step);
    const { value, limited: parts } =
      total === undefined
        ? from(block, step.span, () => emitObjective(block, setting, step, end, limitsIn(step), ends))
        : { value: perTurn(total), limited: step === watched ? limitTotals.map(perTurn) : [] };
    block.statements.push({ kind: 'assign', target, value, note: 'the objective: mean over examples' });
    for (const part of parts) {
      const at = register(block.names, 'limited', []);
      block.statements.push({
        kind: 'assign',
        target: at,
        value: part,
        note: 'part of the draws at their limit',
      });
      limited.push(at);
    }
    return target;
  });
  return { objectives, kept, limited };
};

/** Carries the prior of the last turn out of the loop. */
const keepRolled = (
  block: Block,
  setting: Setting,
  point: Point,
  kept: Map<string, Register>,
): readonly Carried[] =>
  coordinatesOf(setting.inference).map(({ name, indices }) => {
    const target = register(block.names, `${name}_prior`, [example, ...indices]);
    const result = register(block.names, `${name}_prior`, [example, ...indices]);
    kept.set(name, result);
    return { register: target, initial: zero, next: point.rolled!.get(name)!, result };
  });

/** Why the first step's objective has a gradient but no value; null where it has one. */
export const valueMissing = (learning: Learning): string | null => {
  const [step] = learning.steps;
  if (step?.kind !== 'descend' || step.objective.kind === 'free_energy') return null;
  const setting = settingOf(learning);
  const sampled = new Set(sampledLayers(setting).map(({ name }) => name));
  const valueless = energyTerms(setting.model, sampled).flatMap(({ name, hasValue }) =>
    hasValue ? [] : [variableOf(setting.model, name)],
  );
  const layers =
    step.objective.kind === 'energy' ? valueless : layersCompared(learning, step.objective, valueless);
  const names = layers.map(({ name }) => name).join(' and ');
  return names === ''
    ? null
    : `the log-partition of ${names} is not computed, so it has a gradient but no value`;
};

/** The objective at one point, a mean over examples. Without `through inference` states, draws and priors are constants. */
const emitObjective = (
  block: Block,
  setting: Setting,
  step: LearningStep,
  point: Point,
  limits: readonly Limit[],
  ends: Phases['ends'] = new Map(),
): Emitted => {
  const through = throughOf(step);
  const seen: Point = through === null ? detached(point) : point;
  const mean = (value: Expression): Expression => divide(sum([example], value), size(example));
  if (step.kind === 'predict') {
    const { predictions } = predictionsOf(setting, step.over);
    const value = resolveAt(setting, seen)(mean(branchErrors(predictions)));
    return unlimited(
      assign(block, 'objective_now', [], value, 'what the branches miss of their shares of the soma'),
    );
  }
  switch (step.objective.kind) {
    case 'free_energy': {
      const latents = new Set(
        setting.model.variables.filter(({ role }) => role === 'latent').map(({ name }) => name),
      );
      const drawn = emitDraws(block, setting, point, latents, through?.estimator ?? null);
      const fixed = new Map(
        [...drawn].map(([name, value]) => [name, through === null ? apply('detach', value) : value]),
      );
      const energy = freeEnergy(setting.model, setting.inference, step.objective, priorKind(point));
      const value = resolveAt(setting, seen, fixed)(mean(energy));
      return {
        value: assign(block, 'objective_now', [], value, 'free energy of fresh draws'),
        limited: limits.map((limit) =>
          partAtLimit(beliefOf(setting.inference, limit.latent).distribution, drawn, limit),
        ),
      };
    }
    case 'energy': {
      const sampled = new Set(sampledLayers(setting).map(({ name }) => name));
      const value = resolveAt(setting, seen)(mean(energyOf(setting.model, sampled)));
      return unlimited(assign(block, 'objective_now', [], value, 'energy of the present states'));
    }
    case 'contrast':
      return unlimited(
        assign(
          block,
          'objective_now',
          [],
          mean(contrastAt(step.objective, ends, detached)),
          'energies at the ends of phases, compared',
        ),
      );
  }
};

const unlimited = (value: Expression): Emitted => ({ value, limited: [] });

const predictionsOf = ({ model, inference }: Setting, over: readonly string[]) => {
  const found = dendrites(model, over, clampedBy(inference));
  if (found.kind === 'unsolvable') throw new Error(`the force on ${found.variable.name} cannot be solved`);
  return found;
};

const detached = (point: Point): Point => {
  const { values, rolled } = point;
  const constants = (entries: ReadonlyMap<string, Expression>): ReadonlyMap<string, Expression> =>
    new Map([...entries].map(([name, value]) => [name, apply('detach', value)]));
  return { ...point, values: constants(values), rolled: rolled === null ? null : constants(rolled) };
};

/** The gradient of one objective and the moves of its parameters. */
const emitMoves = (block: Block, step: LearningStep, objective: Register, params: readonly Param[]) => {
  const moved = step.over.map((name) => params.find((param) => param.name === name)!);
  const gradients = moved.map((param) => register(block.names, `${param.name}_gradient`, param.indices));
  block.statements.push({
    kind: 'gradient',
    mode: throughOf(step) === null ? 'partial' : 'total',
    objective,
    wrt: moved.map((param, i) => ({
      of: { name: param.name, indices: param.indices, place: 'tensor' },
      result: gradients[i]!,
    })),
  });
  const norm = register(block.names, 'gradient_norm', []);
  const squares = gradients.map((gradient) => sum(gradient.indices, square(readRegister(gradient))));
  block.statements.push({
    kind: 'assign',
    target: norm,
    value: sqrt(add(zero, ...squares)),
    note: 'norm of all gradients together',
  });
  return moved.flatMap((param, i) => {
    const moves = applyDynamics(afterInference(step.by), param, {
      gradient: readRegister(gradients[i]!),
      naturalGradient: null,
      gradientNorm: readRegister(norm),
      iteration: read('iteration'),
    });
    const results: { readonly name: string; readonly register: Register }[] = [];
    for (const state of moves.states) {
      const target = register(block.names, `${state.name}_next`, param.indices);
      block.statements.push({ kind: 'assign', target, value: state.next, note: null });
      results.push({ name: state.name, register: target });
    }
    // States that were just assigned are read back rather than computed twice.
    const value = moves.states.reduce(
      (node, state, k) => shareValue(node, state.next, readRegister(results[k]!.register)),
      moves.value,
    );
    const target = register(block.names, `${param.name}_next`, param.indices);
    block.statements.push({ kind: 'assign', target, value, note: `${param.name}: ${step.by.dynamics.name}` });
    return [...results, { name: param.name, register: target }];
  });
};

/** Parameters move when all turns are done. */
const afterInference = (by: BoundDynamics): BoundDynamics => ({
  ...by,
  arguments: Object.fromEntries(
    Object.entries(by.arguments).map(([name, value]) => [name, replaceNames(value, { elapsed: one })]),
  ),
});

const shareValue = (node: Expression, from: Expression, to: Expression): Expression =>
  node === from ? to : mapChildren(node, (child) => shareValue(child, from, to));

/** Optimiser memory of a learning. */
export const memoryOf = (learning: Learning): LearningDefinition['memory'] => {
  const params = allParameters(learning);
  return learning.steps.flatMap((step) =>
    step.over.flatMap((name) => {
      const param = params.find((candidate) => candidate.name === name)!;
      return step.by.dynamics.states.map((state) => ({
        name: memoryName(name, state.name),
        axes: param.indices,
        initial: state.initial.kind === 'constant' ? state.initial.value : 0,
      }));
    }),
  );
};
