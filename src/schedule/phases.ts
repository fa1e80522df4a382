/**
 * The phases of a learning, in order (design.md section 3, "Order"): where each begins, what the variables are at its end, and what
 * is kept of it from one iteration to the next.
 */
import { add, apply, multiply, one, read } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import type { Learning, Objective, Phase } from '../check/typed.ts';
import { energyOf } from '../derive/energy.ts';
import { withMean } from '../derive/marginal.ts';
import { beliefEnergy, statementsTo } from '../derive/contrast.ts';
import { example } from '../derive/free-energy.ts';
import type { LearningDefinition } from './definition.ts';
import { emitDraws } from './descend.ts';
import { assign, from, register, type Block } from './names.ts';
import { resolveAt, type Point, type Setting } from './point.ts';
import type { Register } from './program.ts';
import { activeName, helperStates, indicesOf, movedVariables, sampledLayers, turnsName } from './states.ts';
import type { StateEntry } from './states.ts';
import { emitHelpers, emitStatements, withSampled } from './statements.ts';

/** The variables at the end of a phase, and the setting in which formulas are read there. */
export interface PhaseEnd {
  readonly setting: Setting;
  readonly point: Point;
}

/** Whether a learning names an inference: one whose phases do all the moving has one of its own name in which nothing happens. */
export const hasInference = ({ name, inference }: Learning): boolean => inference.name !== name;

/** Name of a state that is kept: `h in model`. */
const particleName = (phase: Phase, state: string): string => `${state} in ${phase.name}`;
/** Name of the mark that is 1 where particles have been kept before. */
const begunName = (phase: Phase): string => `${phase.name} begun`;

/** What a phase keeps: the variables that it moves, with the states of their dynamics, which live as long as they do. */
const keptStates = (setting: Setting, phase: Phase): readonly StateEntry[] =>
  phase.persist === null
    ? []
    : [
        ...movedVariables(setting, phase.body).map(({ name }) => ({
          name,
          indices: indicesOf(setting, name),
          initial: null,
        })),
        ...helperStates(setting, phase.body),
      ];

/** Everything that a learning keeps from one iteration to the next for each chain or example. */
export const particlesOf = (learning: Learning, setting: Setting): LearningDefinition['particles'] =>
  learning.phases.flatMap((phase) => {
    const { persist } = phase;
    if (persist === null) return [];
    const kept = keptStates(settingIn(setting, learning, phase), phase);
    return [
      { name: begunName(phase), axes: [], persist },
      ...kept.map(({ name, indices }) => ({
        name: particleName(phase, name),
        axes: indices.slice(1),
        persist,
      })),
    ];
  });

/** A phase as an inference whose statements are its own, after those that led to it. */
const settingIn = (setting: Setting, learning: Learning, phase: Phase): Setting => ({
  ...setting,
  inference: {
    ...setting.inference,
    name: `${learning.name}_${phase.name}`,
    body: statementsTo(learning, phase),
  },
});

export interface Phases {
  readonly ends: ReadonlyMap<string, PhaseEnd>;
  readonly kept: readonly { readonly name: string; readonly register: Register }[];
}

/** @param entry what the learning's inference ended with */
export const emitPhases = (block: Block, setting: Setting, learning: Learning, entry: Point): Phases => {
  const ends = new Map<string, PhaseEnd>();
  const kept: Phases['kept'][number][] = [];
  for (const phase of learning.phases) {
    const own = settingIn(setting, learning, phase);
    const begin =
      phase.from === null ? withDraws(block, setting, ended(entry)) : ended(ends.get(phase.from)!.point);
    const point = from(block, phase.span, () => emitPhase(block, own, phase, begin));
    ends.set(phase.name, { setting: own, point });
    if (phase.persist !== null)
      kept.push(
        { name: begunName(phase), register: keep(block, begunName(phase), [example], one) },
        ...keptStates(own, phase).map(({ name, indices }) => ({
          name: particleName(phase, name),
          register: keep(block, particleName(phase, name), indices, point.values.get(name)!),
        })),
      );
  }
  return { ends, kept };
};

const keep = (block: Block, name: string, indices: readonly string[], value: Expression): Register => {
  const target = register(block.names, `${name} kept`, indices);
  block.statements.push({ kind: 'assign', target, value, note: null });
  return target;
};

/** What an `until` knows belongs to its own repetition. */
const ended = (point: Point): Point => ({
  ...point,
  values: new Map([...point.values].filter(([name]) => name !== activeName && name !== turnsName)),
});

/** Latents with a belief are drawn from it where a phase begins. */
const withDraws = (block: Block, setting: Setting, point: Point): Point => {
  const latents = setting.inference.beliefs.map(({ latent }) => latent);
  const drawn = emitDraws(block, setting, point, new Set(latents), null);
  return { ...point, values: new Map([...point.values, ...drawn]) };
};

const emitPhase = (block: Block, setting: Setting, phase: Phase, begin: Point): Point => {
  const place = { counter: null, isFast: false } as const;
  const entry = withSampled(block, setting, begin, phase.body);
  if (phase.persist === null) return emitStatements(block, setting, entry, phase.body, place);
  // Starts give the first values; from then on the phase goes on from what was kept.
  const isStart = ({ kind }: Phase['body'][number]): boolean => kind === 'start';
  const started = emitHelpers(
    block,
    setting,
    emitStatements(block, setting, entry, phase.body.filter(isStart), place),
    phase.body,
  );
  const begun = read(begunName(phase), [example]);
  const values = new Map(started.values);
  for (const { name, indices } of keptStates(setting, phase)) {
    const value = apply('where', begun, read(particleName(phase, name), indices), values.get(name)!);
    values.set(name, assign(block, name, indices, value, `${name} where ${phase.name} left it`));
  }
  const rest = phase.body.filter((statement) => !isStart(statement));
  return emitStatements(block, setting, { ...started, values }, rest, place);
};

/** The weighted sum of the energies at the ends of phases, of each example. States are constants: the gradient is partial. */
export const contrastAt = (
  objective: Extract<Objective, { kind: 'contrast' }>,
  ends: ReadonlyMap<string, PhaseEnd>,
  detached: (point: Point) => Point,
): Expression =>
  add(
    ...objective.terms.map(({ what, weight, phase }) => {
      const { setting, point } = ends.get(phase)!;
      const sampled = new Set(sampledLayers(setting).map(({ name }) => name));
      const whole =
        what === 'energy' ? energyOf(setting.model, sampled) : beliefEnergy(setting.model, setting.inference);
      const reduced = withMean(setting.model, whole, objective.withMean);
      if (reduced.kind === 'none') throw new Error(reduced.why);
      const before: Point = { values: new Map(), rolled: null };
      return multiply(resolveAt(setting, before)(weight), resolveAt(setting, detached(point))(reduced.value));
    }),
  );
