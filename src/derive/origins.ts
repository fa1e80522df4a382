/**
 * Where the values come from that a proposal reads. The ratio of Metropolis and Hastings compares the way there with the way back, so a
 * proposal may read what is the same on both, and what is a formula of the present value, which the way back has anew at its own
 * beginning. What remembers where the variable was is neither.
 */
import type { Expression } from '../calculus/expression.ts';
import { readNames, replaceNames } from '../calculus/substitute.ts';
import type { Dynamics, DynamicsStep } from '../check/typed.ts';
import { partOf } from './integrate.ts';

/** From what is known without the chain to what knows most of it. */
const order = ['settled', 'drawn', 'adapted', 'remembered'] as const;
/**
 * `settled`: settings, clocks and what they make; `drawn`: noise that has moved nothing by itself; `adapted`: follows what was
 * accepted; `remembered`: knows where the variable was, or what moved it.
 */
export type Origin = (typeof order)[number];

/** What is known of states and intermediate values at one place of the steps. */
export interface Known {
  readonly origins: ReadonlyMap<string, Origin>;
  /** Intermediate values that still are the formulas they were made by: nothing that they read has changed. */
  readonly present: ReadonlyMap<string, Expression>;
  /** Intermediate values that hold noise of their own. */
  readonly noisy: ReadonlySet<string>;
  /** Whether `acceptance` is that of a decision: before the first one it is 1. */
  readonly decided: boolean;
}

/** What stands for the moved variable, and what its objective answers about it. */
const answers: readonly string[] = [
  '@gradient',
  '@natural_gradient',
  '@curvature',
  '@conditional_mean',
  '@conditional_draw',
  '@flipped',
  '@gradient_norm',
];
export const noises: readonly string[] = ['@noise', '@uniform'];

const readsAny = (node: Expression, among: readonly string[]): boolean => {
  const names = readNames(node);
  return among.some((name) => names.has(name));
};
export const readsState = (node: Expression, variable: string): boolean =>
  readsAny(node, [variable, ...answers]);
export const readsNoise = (node: Expression): boolean => readsAny(node, noises);

/** The formula with intermediate values written out: those of the present, which hold no noise of their own. */
export const writtenOut = (node: Expression, known: Known): Expression =>
  replaceNames(
    node,
    Object.fromEntries(
      [...known.present].flatMap(([name, value]) =>
        known.noisy.has(name) || !readNames(node).has(name) ? [] : [[name, writtenOut(value, known)]],
      ),
    ),
  );

/** What is known at the beginning of each step, however many turns there were before. */
export const knownAt = (dynamics: Dynamics): readonly Known[] => {
  let begin = new Map<string, Origin>();
  for (;;) {
    const places = walk(dynamics, begin);
    const end = places.at(-1)!.origins;
    const next = new Map(
      dynamics.states.map(({ name }): [string, Origin] => [name, most([of(begin, name), of(end, name)])]),
    );
    if ([...next].every(([name, origin]) => origin === of(begin, name))) return places;
    begin = next;
  }
};

const of = (origins: ReadonlyMap<string, Origin>, name: string): Origin => origins.get(name) ?? 'settled';
const most = (found: readonly Origin[]): Origin =>
  order[Math.max(0, ...found.map((origin) => order.indexOf(origin)))]!;

const walk = (dynamics: Dynamics, origins: ReadonlyMap<string, Origin>): readonly Known[] => {
  const places: Known[] = [{ origins, present: new Map(), noisy: new Set(), decided: false }];
  for (const step of dynamics.steps) places.push(after(dynamics, places.at(-1)!, step));
  return places;
};

const after = (dynamics: Dynamics, known: Known, step: DynamicsStep): Known => {
  const { variable } = dynamics;
  switch (step.kind) {
    case 'let': {
      const isNoisy =
        readsNoise(step.value) || [...readNames(step.value)].some((name) => known.noisy.has(name));
      return {
        ...known,
        origins: new Map([...known.origins, [step.target, originOf(dynamics, known, step.value)]]),
        present: new Map([...known.present, [step.target, step.value]]),
        noisy: isNoisy ? new Set([...known.noisy, step.target]) : known.noisy,
      };
    }
    case 'assign': {
      const origin = originOf(dynamics, known, step.value);
      const others = [...readNames(step.value)].filter((name) => name !== step.target);
      const origins = moversOf(dynamics).has(step.target) ? used(known, others) : known.origins;
      const next = step.target === variable ? origins : new Map([...origins, [step.target, origin] as const]);
      return changed(dynamics, { ...known, origins: next }, [step.target]);
    }
    case 'propose':
      return changed(dynamics, known, [variable]);
    case 'trajectory':
    case 'integrate': {
      const lines =
        step.parts.length === 0
          ? dynamics.differentials
          : [...new Set(step.parts)].flatMap((part) => partOf(dynamics, part));
      const moved = lines.map(({ target }) => target);
      const read = lines.flatMap(({ drift, noise }) => [...readNames(drift), ...readNames(noise)]);
      // What a trajectory reads beside momenta is the same all along, and its decision keeps the law given that.
      const origins = step.kind === 'trajectory' ? known.origins : used(known, read);
      const states = moved.filter((name) => name !== variable);
      return changed(
        dynamics,
        { ...known, origins: new Map([...origins, ...states.map((name) => [name, 'remembered'] as const)]) },
        moved,
      );
    }
    case 'accept':
      // A refused trajectory takes its momenta back.
      return { ...changed(dynamics, known, [...moversOf(dynamics), '@acceptance']), decided: true };
    case 'swap':
      return changed(dynamics, known, [variable]);
  }
};

/** The variable and the states that equations move with it. */
const moversOf = ({ variable, differentials }: Dynamics): ReadonlySet<string> =>
  new Set([variable, ...differentials.map(({ target }) => target)]);

const originOf = (dynamics: Dynamics, known: Known, node: Expression): Origin => {
  const movers = moversOf(dynamics);
  return most(
    [...readNames(node)].map((name) => {
      if (movers.has(name) || answers.includes(name)) return 'remembered';
      if (noises.includes(name)) return 'drawn';
      if (name === '@acceptance') return known.decided ? 'adapted' : 'settled';
      return of(known.origins, name);
    }),
  );
};

/** Noise that has moved something without being asked about is in what it moved; all of it, since values may be made of one noise. */
const used = ({ origins }: Known, names: readonly string[]): ReadonlyMap<string, Origin> =>
  names.some((name) => of(origins, name) === 'drawn')
    ? new Map(
        [...origins].map(([name, origin]) => [name, origin === 'drawn' ? 'remembered' : origin] as const),
      )
    : origins;

/** Formulas of what has changed are formulas of the present no more. */
const changed = ({ variable }: Dynamics, known: Known, names: readonly string[]): Known => ({
  ...known,
  present: new Map(
    [...known.present].filter(
      ([, value]) => !readsAny(value, names) && !(names.includes(variable) && readsState(value, variable)),
    ),
  ),
});
