/** Momenta: states that noise makes, and the normal laws that they have when a trajectory begins. */
import { add, divide, isConstant, one, read, square, subtract, zero } from '../calculus/build.ts';
import { derivative } from '../calculus/differentiate.ts';
import type { Expression } from '../calculus/expression.ts';
import { readNames, replaceNames } from '../calculus/substitute.ts';
import type { Dynamics, DynamicsStep } from '../check/typed.ts';
import { bare, sameNumber, tidy } from './fokker-planck.ts';
import { partOf } from './integrate.ts';

export interface Update {
  readonly target: string;
  readonly value: Expression;
}

/** Intermediate values written out in what they are made of. */
export const letsBefore = ({ steps }: Dynamics, place: number): Record<string, Expression> => {
  const lets: Record<string, Expression> = {};
  for (const step of steps.slice(0, place))
    if (step.kind === 'let') lets[step.target] = replaceNames(step.value, lets);
  return lets;
};

/** p ← a p + b noise with numbers a and b: it keeps a normal law of variance b²/(1 − a²), and with a = 0 makes it. */
export interface Refresh {
  readonly variance: Expression;
  /** Whether nothing is left of what was before. */
  readonly isWhole: boolean;
}

export const refreshOf = (dynamics: Dynamics, { target, value }: Update): Refresh | null => {
  const formula = bare(value);
  const [decay, noise] = [derivative(formula, target, []), derivative(formula, '@noise', [])];
  const rest = tidy(replaceNames(formula, { [target]: zero, '@noise': zero }));
  const changing = [dynamics.variable, ...dynamics.states.map(({ name }) => name)];
  const isNumber = (node: Expression): boolean =>
    [...readNames(node)].every(
      (name) => !changing.includes(name) && (name === '@replica' || !name.startsWith('@')),
    );
  if (noise === zero || rest !== zero || !isNumber(decay) || !isNumber(noise)) return null;
  if (decay.kind === 'constant' && Math.abs(decay.value) >= 1) return null;
  return { variance: tidy(divide(square(noise), subtract(one, square(decay)))), isWhole: decay === zero };
};

const updateAt = (dynamics: Dynamics, place: number): Update | null => {
  const step = dynamics.steps[place]!;
  return step.kind === 'assign'
    ? { target: step.target, value: replaceNames(step.value, letsBefore(dynamics, place)) }
    : null;
};

/** p ← −p, which keeps every law that is the same on both sides of 0. */
export const isFlip = ({ target, value }: Update): boolean =>
  isConstant(tidy(add(bare(value), read(target))), 0);

/** Whether a step gives a state another value. */
export const touches = (dynamics: Dynamics, step: DynamicsStep, name: string): boolean => {
  switch (step.kind) {
    case 'assign':
      return step.target === name;
    case 'integrate':
    case 'trajectory':
      return (
        step.parts.length === 0
          ? dynamics.differentials
          : step.parts.flatMap((part) => partOf(dynamics, part))
      ).some(({ target }) => target === name);
    case 'propose':
    case 'accept':
    case 'swap':
      return name === dynamics.variable;
    case 'let':
      return false;
  }
};

/** What is known of a state where it begins to move the variable: its variance, if it has a normal law around 0 whatever the variable is. */
export interface Momentum {
  readonly name: string;
  readonly variance: Expression;
  /** Whether it was drawn anew; otherwise it has its law because everything keeps it that happens to it. */
  readonly isFresh: boolean;
}

export const momentumAt = (dynamics: Dynamics, name: string, place: number): Momentum | null => {
  const { steps } = dynamics;
  // What happened to it last, in this turn or in the one before.
  const turn = [...steps.keys()].slice(place + 1).concat([...steps.keys()].slice(0, place));
  const last = turn.findLast((n) => touches(dynamics, steps[n]!, name)) ?? -1;
  const latest = last === -1 ? null : updateAt(dynamics, last);
  const refresh = latest === null ? null : refreshOf(dynamics, latest);
  if (refresh?.isWhole) return { name, variance: refresh.variance, isFresh: true };
  const refreshes: Refresh[] = [];
  for (const [n, step] of steps.entries()) {
    // Equations are judged by the law that they keep.
    if (!touches(dynamics, step, name) || step.kind === 'trajectory' || step.kind === 'integrate') continue;
    const update = updateAt(dynamics, n);
    const found = update === null ? null : refreshOf(dynamics, update);
    if (found !== null) refreshes.push(found);
    else if (update === null || !isFlip(update)) return null;
  }
  const [first] = refreshes;
  return first !== undefined && refreshes.every(({ variance }) => sameNumber(variance, first.variance))
    ? { name, variance: first.variance, isFresh: false }
    : null;
};
