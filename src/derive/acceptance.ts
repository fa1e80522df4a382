/**
 * The acceptance ratio of a proposal (Metropolis et al. 1953, Hastings 1970), derived from how the proposal is written: a walk, a
 * step with normal or uniform noise, a choice between two values, or a reversible trajectory that preserves volume (Duane et al. 1987).
 */
import {
  add,
  divide,
  half,
  isConstant,
  multiply,
  negate,
  one,
  read,
  subtract,
  zero,
} from '../calculus/build.ts';
import { derivative } from '../calculus/differentiate.ts';
import { expand } from '../calculus/expand.ts';
import type { Expression } from '../calculus/expression.ts';
import { readNames, replaceNames, replaceReads } from '../calculus/substitute.ts';
import type { Dynamics, DynamicsStep } from '../check/typed.ts';
import { bare, sameNumber } from './fokker-planck.ts';
import { partOf, splittingOf } from './integrate.ts';
import { isFlip, momentumAt, touches, type Momentum } from './momenta.ts';
import { knownAt, readsNoise, readsState, writtenOut, type Known } from './origins.ts';

export type Ratio =
  /** As likely as the way back. */
  | { readonly kind: 'symmetric' }
  /** The density of m(s) + k(s) n with standard normal n; of m(s) exp(k(s) n); of m(s) + k(s) u with u uniform on (0, 1). */
  | { readonly kind: 'normal' | 'log_normal' | 'uniform'; readonly formula: Expression }
  /** `first` with probability `chance`, else `second`, each unit by itself. */
  | {
      readonly kind: 'two_valued';
      readonly chance: Expression;
      readonly first: Expression;
      readonly second: Expression;
    }
  /** A deterministic map; the momenta, of normal laws around 0, are part of what is accepted. */
  | { readonly kind: 'trajectory'; readonly momenta: readonly Momentum[] }
  | {
      readonly kind: 'none';
      readonly why: string;
      /** The step at fault, where it is not the proposal. */
      readonly at: DynamicsStep | null;
      /** What to do, where it is not another form. */
      readonly mend: string | null;
    };

export type Proposal = Extract<DynamicsStep, { kind: 'propose' | 'trajectory' }>;

/** The ratio of the proposal that stands at this place of the steps. */
export const ratioOf = (dynamics: Dynamics, place: number): Ratio => {
  const step = dynamics.steps[place] as Proposal;
  const known = knownAt(dynamics)[place]!;
  const ratio =
    step.kind === 'trajectory'
      ? ofTrajectory(dynamics, place, step, known)
      : ofFormula(dynamics, step.value, known);
  return ratio.kind === 'none' ? ratio : (changedBeforeDecision(dynamics, place, ratio) ?? ratio);
};

const none = (why: string, mend: string | null = null): Ratio => ({ kind: 'none', why, at: null, mend });

/** The steps between a proposal and the decision about it. */
const beforeDecision = ({ steps }: Dynamics, place: number): readonly DynamicsStep[] => {
  const decision = steps.findIndex(({ kind }, n) => n > place && kind === 'accept');
  return steps.slice(place + 1, decision === -1 ? steps.length : decision);
};

/** What is decided about is what was proposed, and the ratio compares formulas that read the same states before and after. */
const changedBeforeDecision = (dynamics: Dynamics, place: number, ratio: Ratio): Ratio | null => {
  const { steps, variable, states } = dynamics;
  const proposal = steps[place] as Proposal;
  const momenta = ratio.kind === 'trajectory' ? ratio.momenta.map(({ name }) => name) : [];
  const others = [
    ...readBy(dynamics, proposal),
    ...formulasOf(ratio).flatMap((node) => [...readNames(node)]),
  ];
  const names = [
    variable,
    ...momenta,
    ...states.map(({ name }) => name).filter((name) => !momenta.includes(name) && others.includes(name)),
  ];
  for (const step of beforeDecision(dynamics, place))
    for (const name of names) {
      if (!touches(dynamics, step, name)) continue;
      if (momenta.includes(name) && step.kind === 'assign' && isFlip(step)) continue;
      return {
        kind: 'none',
        why: `\`${name}\` changes after the proposal, and before it is decided about`,
        at: step,
        mend: 'Move this line below the `accept`, or above the proposal.',
      };
    }
  return null;
};

const formulasOf = (ratio: Ratio): readonly Expression[] => {
  switch (ratio.kind) {
    case 'normal':
    case 'log_normal':
    case 'uniform':
      return [ratio.formula];
    case 'two_valued':
      return [ratio.chance, ratio.first, ratio.second];
    case 'symmetric':
    case 'trajectory':
    case 'none':
      return [];
  }
};

/** Names that a proposal reads, its clock included. */
export const readBy = (dynamics: Dynamics, step: Proposal): readonly string[] => {
  if (step.kind === 'propose') return [...readNames(step.value)];
  const lines = [...new Set(step.parts)].flatMap((part) => partOf(dynamics, part));
  return [
    ...new Set(['dt', ...readNames(step.times), ...lines.flatMap(({ drift }) => [...readNames(drift)])]),
  ];
};

const all = ['*'];
const ofFormula = (dynamics: Dynamics, written: Expression, known: Known): Ratio => {
  const { variable } = dynamics;
  const formula = withItsNoise(dynamics, writtenOut(written, known), known);
  if (formula === null)
    return none('its noise is drawn above, in several lines or for other lines too: draw it in the proposal');
  const names = readNames(formula);
  const memory = [...names].find((name) => known.origins.get(name) === 'remembered');
  if (memory !== undefined)
    return none(
      `it reads \`${memory}\`, which depends on where \`${variable}\` was: the way back would have had another`,
      `Make it of the present \`${variable}\`: in the proposal, or in a \`let\` right above it.`,
    );
  if (names.has('@conditional_draw')) return none('a conditional draw is a move by itself, not a proposal');
  const [normal, uniform] = [names.has('@noise'), names.has('@uniform')];
  if (normal && uniform) return none('it mixes normal and uniform noise');
  if (!normal && !uniform) return none('it holds no noise: the way back has probability 0');
  return normal ? ofNormal(variable, formula) : ofUniform(variable, formula);
};

/**
 * A proposal that draws no noise has that of an intermediate value, if nothing else reads it. Beside noise of its own, such a value is
 * the same on the way back.
 */
const withItsNoise = (dynamics: Dynamics, formula: Expression, known: Known): Expression | null => {
  if (readsNoise(formula)) return formula;
  const [name, second] = [...readNames(formula)].filter((one) => known.noisy.has(one));
  if (name === undefined) return formula;
  const value = known.present.get(name);
  if (second !== undefined || value === undefined || readersOf(dynamics, name) > 1) return null;
  const holdsBoth = readsNoise(value) && [...readNames(value)].some((one) => known.noisy.has(one));
  return holdsBoth
    ? null
    : withItsNoise(dynamics, writtenOut(replaceNames(formula, { [name]: value }), known), known);
};

const readersOf = ({ steps, differentials }: Dynamics, name: string): number =>
  [
    ...steps.flatMap((step): readonly (readonly Expression[])[] => {
      switch (step.kind) {
        case 'let':
        case 'assign':
        case 'propose':
          return [[step.value]];
        case 'trajectory':
          return [[step.times]];
        case 'accept':
        case 'swap':
          return [[step.temperature]];
        case 'integrate':
          return [];
      }
    }),
    ...differentials.map(({ drift, noise }) => [drift, noise]),
  ].filter((formulas) => formulas.some((node) => readNames(node).has(name))).length;

const ofNormal = (variable: string, formula: Expression): Ratio => {
  const scale = slope(formula, '@noise');
  if (readNames(scale).has('@noise'))
    return isExponential(formula)
      ? { kind: 'log_normal', formula }
      : none(
          'normal noise enters it otherwise than as `mean + scale * noise` or `centre * exp(scale * noise)`',
        );
  const walk = expand(subtract(formula, add(read(variable, all), multiply(scale, read('@noise', all)))));
  return walk === zero && !readsState(scale, variable) ? { kind: 'symmetric' } : { kind: 'normal', formula };
};

/** Whether the logarithm of a formula is linear in its noise. */
const isExponential = (formula: Expression): boolean => {
  const rate = bare(divide(slope(formula, '@noise'), formula));
  return sameNumber(rate, replaceNames(rate, { '@noise': zero }));
};

/** The slope of an elementwise formula in the entry of an array that it stands for. */
const slope = (formula: Expression, name: string): Expression => {
  const bareOf = replaceReads(formula, (found) => (found.name === name ? read(name) : null));
  return replaceReads(derivative(bareOf, name, []), (found) =>
    found.name === name ? read(name, all) : null,
  );
};

const drawn = read('@uniform', all);
/** A choice, `where(uniform < chance, first, second)`, or a step of uniform noise. */
const ofUniform = (variable: string, formula: Expression): Ratio => {
  if (formula.kind === 'apply' && formula.operator === 'where') return ofChoice(variable, formula);
  const scale = slope(formula, '@uniform');
  if (readNames(scale).has('@uniform'))
    return none(
      'uniform noise enters it otherwise than as `start + width * uniform` or `where(uniform < chance, a, b)`',
    );
  const walk = subtract(formula, add(read(variable, all), multiply(scale, subtract(drawn, half))));
  return expand(walk) === zero && !readsState(scale, variable)
    ? { kind: 'symmetric' }
    : { kind: 'uniform', formula };
};

const ofChoice = (
  variable: string,
  { arguments: parts }: Extract<Expression, { readonly kind: 'apply' }>,
): Ratio => {
  const shape = none('uniform noise must choose between two values, as in `where(uniform < chance, a, b)`');
  const [condition, first, second] = parts as readonly [Expression, Expression, Expression];
  if (condition.kind !== 'apply' || !['less', 'less_equal'].includes(condition.operator)) return shape;
  const [left, right] = condition.arguments as readonly [Expression, Expression];
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
 * volume: the ratio is that of the whole energies, E + Σ p²/(2v). Momenta drawn anew are as likely turned round; those that are kept
 * from before are turned round with the proposal (Horowitz 1991).
 */
const ofTrajectory = (
  dynamics: Dynamics,
  place: number,
  step: Extract<DynamicsStep, { kind: 'trajectory' }>,
  known: Known,
): Ratio => {
  const { variable } = dynamics;
  const { parts } = step;
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
  const names = [...new Set(differentials.map(({ target }) => target))].filter((name) => name !== variable);
  for (const name of readBy(dynamics, step)) {
    const value = writtenOut(read(name), known);
    if (
      known.present.has(name) &&
      (readsState(value, variable) || names.some((momentum) => readNames(value).has(momentum)))
    )
      return none('its step is measured at its beginning: the way back would measure another');
    if (known.origins.get(name) === 'remembered' && !names.includes(name))
      return none(`it reads \`${name}\`, which depends on where \`${variable}\` was`);
  }
  const momenta: Momentum[] = [];
  const between = beforeDecision(dynamics, place);
  for (const name of names) {
    const momentum = momentumAt(dynamics, name, place);
    if (momentum === null)
      return none(
        `\`${name}\` is not drawn anew from normal noise before it: add \`${name} <- noise\` above`,
      );
    const turns = between.filter((one) => one.kind === 'assign' && one.target === name && isFlip(one));
    if (!momentum.isFresh && turns.length % 2 === 0)
      return none(
        `\`${name}\` is kept from before, so it has to be turned round: add \`${name} <- -${name}\` above the \`accept\` and once more below it, or draw it anew by \`${name} <- noise\` above`,
      );
    momenta.push(momentum);
  }
  for (const { target, drift } of differentials) {
    const turned = replaceNames(
      drift,
      Object.fromEntries(names.map((name) => [name, negate(read(name, all))])),
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

/** Every proposal of a dynamics with its ratio, in order. */
export const ratiosOf = (dynamics: Dynamics): readonly { readonly ratio: Ratio; readonly step: Proposal }[] =>
  dynamics.steps.flatMap((step, place) =>
    step.kind === 'propose' || step.kind === 'trajectory' ? [{ ratio: ratioOf(dynamics, place), step }] : [],
  );
