/**
 * Whether moves are tuned by what was accepted, and for how long. A chain whose moves follow its own past keeps no law, however right each
 * move is (Roberts and Rosenthal 2007); it is exact from where it stops.
 */
import { constant } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { mapChildren, readNames, replaceNames } from '../calculus/substitute.ts';
import type { Dynamics, DynamicsStep } from '../check/typed.ts';
import { readBy } from './acceptance.ts';
import { bare, samples } from './fokker-planck.ts';
import { letsBefore } from './momenta.ts';
import { knownAt, writtenOut } from './origins.ts';

export type Adaptation = 'none' | 'ends' | 'goes_on';

export const adaptationOf = (dynamics: Dynamics): Adaptation => {
  if (!isAdapting(dynamics)) return 'none';
  return isAdapting(inTheLongRun(dynamics)) ? 'goes_on' : 'ends';
};

/** Whether a move reads what follows acceptance. */
const isAdapting = (dynamics: Dynamics): boolean => {
  const places = knownAt(dynamics);
  return dynamics.steps.some((step, n) => {
    if (step.kind !== 'propose' && step.kind !== 'trajectory') return false;
    const known = places[n]!;
    const names = step.kind === 'propose' ? readNames(writtenOut(step.value, known)) : readBy(dynamics, step);
    return [...names].some(
      (name) => known.origins.get(name) === 'adapted' || (name === '@acceptance' && known.decided),
    );
  });
};

/** States that count: each step adds a number. */
const counters = ({ steps, states, differentials }: Dynamics): readonly string[] =>
  states.flatMap(({ name }) => {
    const own = steps.filter((step) => step.kind === 'assign' && step.target === name);
    const [only] = own;
    if (own.length !== 1 || only?.kind !== 'assign') return [];
    if (differentials.some(({ target }) => target === name)) return [];
    const added = replaceNames(bare(only.value), { [name]: constant(0) });
    const grows = added.kind === 'constant' && added.value > 0 && only.value.kind === 'add';
    return grows ? [name] : [];
  });

const always = 1e15;
/** The dynamics with what its conditions on counters, and on the time that is left, come to in the end. */
const inTheLongRun = (dynamics: Dynamics): Dynamics => {
  const clocks: Readonly<Record<string, Expression>> = {
    iteration: constant(always),
    elapsed: constant(1),
    progress: constant(1),
    ...Object.fromEntries(counters(dynamics).map((name) => [name, constant(always)])),
  };
  const settings = new Set(dynamics.settings.map(({ name }) => name));
  const decided = (node: Expression): Expression => {
    const inner = mapChildren(node, decided);
    if (inner.kind !== 'apply' || !['less', 'less_equal'].includes(inner.operator)) return inner;
    const names = [...readNames(inner)];
    const isTimed = names.some((name) => Object.hasOwn(clocks, name));
    if (!isTimed || !names.every((name) => Object.hasOwn(clocks, name) || settings.has(name))) return inner;
    const values = samples(replaceNames(bare(inner), clocks));
    return values.every((value) => value === values[0]) ? constant(values[0]!) : inner;
  };
  const conditions: Record<string, Expression> = {};
  const steps: DynamicsStep[] = [];
  for (const [n, step] of dynamics.steps.entries()) {
    const settled = (node: Expression): Expression => decided(replaceNames(node, conditions));
    switch (step.kind) {
      case 'let': {
        const value = settled(step.value);
        const written = decided(replaceNames(step.value, letsBefore(dynamics, n)));
        if (written.kind === 'constant') conditions[step.target] = written;
        steps.push({ ...step, value });
        break;
      }
      case 'assign':
      case 'propose':
        steps.push({ ...step, value: settled(step.value) });
        break;
      case 'trajectory':
      case 'integrate':
      case 'accept':
      case 'swap':
        steps.push(step);
        break;
    }
  }
  return { ...dynamics, steps };
};
