/**
 * The acceptance ratio of a proposal (Metropolis et al. 1953, Hastings 1970), derived from how the proposal is written: a walk, a
 * step with normal noise, a choice between two values, or a reversible trajectory that preserves volume (Duane et al. 1987).
 */
import { add, isConstant, multiply, negate, one, read, subtract, zero } from '../calculus/build.ts';
import { derivative } from '../calculus/differentiate.ts';
import { expand } from '../calculus/expand.ts';
import type { Expression } from '../calculus/expression.ts';
import { readNames, replaceNames, replaceReads } from '../calculus/substitute.ts';
import type { Dynamics, DynamicsStep } from '../check/typed.ts';
import { partOf, splittingOf } from './integrate.ts';

export type Ratio =
  /** As likely as the way back. */
  | { readonly kind: 'symmetric' }
  /** m(s) + k(s) n with standard normal n: a normal density. */
  | { readonly kind: 'gaussian'; readonly formula: Expression }
  /** `first` with probability `chance`, else `second`, each unit by itself. */
  | {
      readonly kind: 'two_valued';
      readonly chance: Expression;
      readonly first: Expression;
      readonly second: Expression;
    }
  /** A deterministic map; the momenta, refreshed before from a standard normal law, are part of what is accepted. */
  | { readonly kind: 'trajectory'; readonly momenta: readonly string[] }
  | { readonly kind: 'none'; readonly why: string };

type Proposal = Extract<DynamicsStep, { kind: 'propose' | 'trajectory' }>;

/** The ratio of the proposal that stands at this place of the steps. */
export const ratioOf = (dynamics: Dynamics, place: number): Ratio => {
  const step = dynamics.steps[place] as Proposal;
  const lets = letsBefore(dynamics, place);
  const remembered = rememberedStates(dynamics, place);
  return step.kind === 'trajectory'
    ? ofTrajectory(dynamics, place, step, lets, remembered)
    : ofFormula(dynamics, replaceNames(step.value, lets), remembered);
};

const none = (why: string): Ratio => ({ kind: 'none', why });

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
const readsState = (node: Expression, variable: string): boolean => {
  const names = readNames(node);
  return names.has(variable) || answers.some((name) => names.has(name));
};

/** Intermediate values written out in what they are made of. */
export const letsBefore = ({ steps }: Dynamics, place: number): Record<string, Expression> => {
  const lets: Record<string, Expression> = {};
  for (const step of steps.slice(0, place))
    if (step.kind === 'let') lets[step.target] = replaceNames(step.value, lets);
  return lets;
};

/**
 * States of the dynamics that may know where the variable is or was: a proposal made with them is not one from the present value
 * alone. Those set to fresh noise in this step do not, nor do those that follow what was accepted alone, as step sizes do.
 */
const rememberedStates = (dynamics: Dynamics, place: number): ReadonlySet<string> => {
  const { steps, states, variable } = dynamics;
  const fresh = new Set<string>();
  steps.forEach((step, n) => {
    if (step.kind !== 'assign' || n > place) return;
    const value = replaceNames(step.value, letsBefore(dynamics, n));
    const known = [variable, ...answers, ...states.map(({ name }) => name)];
    if ([...readNames(value)].some((name) => known.includes(name))) fresh.delete(step.target);
    else fresh.add(step.target);
  });
  const remembered = new Set<string>();
  const follows = (value: Expression): boolean =>
    readsState(value, variable) || [...readNames(value)].some((name) => remembered.has(name));
  for (let before = -1; before < remembered.size;) {
    before = remembered.size;
    steps.forEach((step, n) => {
      if (step.kind === 'assign' && step.target !== variable && !fresh.has(step.target))
        if (follows(replaceNames(step.value, letsBefore(dynamics, n)))) remembered.add(step.target);
    });
    for (const { target, drift, noise } of dynamics.differentials)
      if (target !== variable && !fresh.has(target) && (follows(drift) || follows(noise)))
        remembered.add(target);
  }
  return remembered;
};

const ofFormula = ({ variable }: Dynamics, formula: Expression, remembered: ReadonlySet<string>): Ratio => {
  const names = readNames(formula);
  const memory = [...remembered].find((state) => names.has(state));
  if (memory !== undefined)
    return none(
      `it reads \`${memory}\`, which depends on where \`${variable}\` was: the way back would have had another`,
    );
  if (names.has('@conditional_draw')) return none('a conditional draw is a move by itself, not a proposal');
  const [normal, uniform] = [names.has('@noise'), names.has('@uniform')];
  if (normal && uniform) return none('it mixes normal and uniform noise');
  if (!normal && !uniform) return none('it holds no noise: the way back has probability 0');
  return normal ? ofNormal(variable, formula) : ofUniform(variable, formula);
};

const all = ['*'];
const ofNormal = (variable: string, formula: Expression): Ratio => {
  const scale = slope(formula, '@noise');
  if (readNames(scale).has('@noise'))
    return none('normal noise enters it otherwise than as `mean + scale * noise`');
  const walk = expand(subtract(formula, add(read(variable, all), multiply(scale, read('@noise', all)))));
  return walk === zero && !readsState(scale, variable)
    ? { kind: 'symmetric' }
    : { kind: 'gaussian', formula };
};

/** The slope of an elementwise formula in the entry of an array that it stands for. */
const slope = (formula: Expression, name: string): Expression => {
  const bare = replaceReads(formula, (found) => (found.name === name ? read(name) : null));
  return replaceReads(derivative(bare, name, []), (found) => (found.name === name ? read(name, all) : null));
};

/** `where(uniform < chance, first, second)` */
const ofUniform = (variable: string, formula: Expression): Ratio => {
  const shape = none('uniform noise must choose between two values, as in `where(uniform < chance, a, b)`');
  if (formula.kind !== 'apply' || formula.operator !== 'where') return shape;
  const [condition, first, second] = formula.arguments as readonly [Expression, Expression, Expression];
  if (condition.kind !== 'apply' || !['less', 'less_equal'].includes(condition.operator)) return shape;
  const [left, right] = condition.arguments as readonly [Expression, Expression];
  const drawn = read('@uniform', all);
  const chance = left === drawn ? right : right === drawn ? subtract(one, left) : null;
  if (chance === null || [chance, first, second].some((part) => readNames(part).has('@uniform')))
    return shape;
  const turns =
    [first, second].includes(read('@flipped', all)) && [first, second].includes(read(variable, all));
  return turns && !readsState(chance, variable)
    ? { kind: 'symmetric' }
    : { kind: 'two_valued', chance, first, second };
};

/**
 * A trajectory of shears in palindromic order, run back with its momenta turned round, comes to where it began, and it preserves
 * volume: with momenta fresh from a standard normal law the ratio is that of the whole energies, E + p²/2.
 */
const ofTrajectory = (
  dynamics: Dynamics,
  place: number,
  { parts }: Extract<DynamicsStep, { kind: 'trajectory' }>,
  lets: Readonly<Record<string, Expression>>,
  remembered: ReadonlySet<string>,
): Ratio => {
  const { variable } = dynamics;
  if (parts.some((part, i) => part !== parts[parts.length - 1 - i]))
    return none(
      `the parts ${parts.join(' ')} do not read the same backwards, so the way back is another trajectory`,
    );
  const differentials = [...new Set(parts)].flatMap((part) => partOf(dynamics, part));
  if (differentials.some(({ noise }) => noise !== zero))
    return none('there is noise along the trajectory; refresh momenta before it');
  const bent = parts.find((_, i) => splittingOf(dynamics, parts)[i]!.method !== 'shear');
  if (bent !== undefined)
    return none(`the part ${bent} reads what it moves, so that volume is not known to be preserved`);
  const momenta = [...new Set(differentials.map(({ target }) => target))].filter((name) => name !== variable);
  const clock = Object.hasOwn(lets, 'dt') ? lets['dt']! : read('dt');
  for (const node of [clock, ...differentials.map(({ drift }) => replaceNames(drift, lets))]) {
    const names = readNames(node);
    const state = [...names].find((name) => remembered.has(name) && !momenta.includes(name));
    if (state !== undefined) return none(`it reads \`${state}\`, which depends on where \`${variable}\` was`);
  }
  const fixed = [
    clock,
    ...Object.entries(lets).flatMap(([name, value]) => (used(name, differentials) ? [value] : [])),
  ];
  if (fixed.some((node) => readsState(node, variable) || momenta.some((name) => readNames(node).has(name))))
    return none('its step is measured at its beginning: the way back would measure another');
  const stale = momenta.find((name) => !isRefreshed(dynamics, name, place));
  if (stale !== undefined)
    return none(
      `\`${stale}\` is not drawn anew from standard noise before it: add \`${stale} <- noise\` above`,
    );
  for (const { target, drift } of differentials) {
    const turned = replaceNames(
      drift,
      Object.fromEntries(momenta.map((name) => [name, negate(read(name, all))])),
    );
    const change = expand(target === variable ? add(drift, turned) : subtract(drift, turned));
    if (!isConstant(change, 0))
      return none(
        target === variable
          ? `with momenta turned round \`${variable}\` does not go back the way it came`
          : `what drives \`${target}\` changes when momenta are turned round`,
      );
  }
  return { kind: 'trajectory', momenta };
};

const used = (name: string, differentials: Dynamics['differentials']): boolean =>
  differentials.some(({ drift }) => readNames(drift).has(name));

/** Whether a state is standard noise when the trajectory begins. */
const isRefreshed = ({ steps }: Dynamics, name: string, place: number): boolean => {
  const last = steps.findLast(
    (step, n) =>
      n < place &&
      ((step.kind === 'assign' && step.target === name) ||
        step.kind === 'integrate' ||
        step.kind === 'trajectory'),
  );
  return last?.kind === 'assign' && last.value === read('@noise', all);
};

/** Every proposal of a dynamics with its ratio, in order. */
export const ratiosOf = (dynamics: Dynamics): readonly { readonly ratio: Ratio; readonly step: Proposal }[] =>
  dynamics.steps.flatMap((step, place) =>
    step.kind === 'propose' || step.kind === 'trajectory' ? [{ ratio: ratioOf(dynamics, place), step }] : [],
  );
