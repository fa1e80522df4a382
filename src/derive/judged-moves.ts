/**
 * The moves that one step of a dynamics is made of, and the law that each keeps: equations that are solved, states drawn anew,
 * proposals that are accepted or not, exchanges.
 */
import { one, read, subtract, zero } from '../calculus/build.ts';
import { derivative } from '../calculus/differentiate.ts';
import type { Expression } from '../calculus/expression.ts';
import { readNames, replaceNames } from '../calculus/substitute.ts';
import type { Dynamics, DynamicsStep } from '../check/typed.ts';
import { ratioOf } from './acceptance.ts';
import { bare, keptLaw, sameNumber, tidy, type Field, type Kept } from './fokker-planck.ts';
import { partOf, solve, splittingOf } from './integrate.ts';
import { isFlip, letsBefore, momentumAt, refreshOf, type Update } from './momenta.ts';
import { readsState } from './origins.ts';
import type { Verdict } from './verdict.ts';

/** One part of a step, and the law that it keeps. */
export interface Move {
  readonly what: string;
  readonly temperature: Expression | null;
  readonly variances: ReadonlyMap<string, Expression>;
  readonly order: 0 | 1 | 2;
}
export type Judged =
  { readonly kind: 'move'; readonly move: Move } | Exclude<Verdict, { readonly kind: 'sampler' }>;

/** Each move of a step, in order; updates without an accept step that follow each other are one splitting. */
export const judgedMoves = (dynamics: Dynamics): readonly Judged[] => {
  const refreshed = refreshes(dynamics);
  const known = new Map(refreshed.flatMap(({ variances }) => [...variances]));
  const updates = dynamics.steps.flatMap((step, n) => (step.kind === 'assign' ? [{ step, n }] : []));
  return [
    ...refreshed.map((move): Judged => ({ kind: 'move', move })),
    ...dynamics.steps.flatMap((step, n): readonly Judged[] => {
      switch (step.kind) {
        case 'let':
        case 'assign':
        case 'propose':
        case 'trajectory':
          return [];
        case 'integrate':
          return [ofEquations(dynamics, step, n, known)];
        case 'accept':
          return [ofDecision(dynamics, step, n)];
        case 'swap': {
          const temperature = bare(replaceNames(step.temperature, letsBefore(dynamics, n)));
          return [move('neighbouring replicas exchanged by Metropolis', temperature, new Map(), 0)];
        }
      }
    }),
    ...ofUpdates(
      dynamics,
      updates.map(({ step, n }) => ({
        target: step.target,
        value: replaceNames(step.value, letsBefore(dynamics, n)),
      })),
      known,
    ),
  ];
};

const move = (
  what: string,
  temperature: Expression | null,
  variances: ReadonlyMap<string, Expression>,
  order: Move['order'],
): Judged => ({ kind: 'move', move: { what, temperature, variances, order } });

const refreshes = (dynamics: Dynamics): readonly Move[] =>
  dynamics.steps.flatMap((step, n) => {
    if (step.kind !== 'assign' || step.target === dynamics.variable) return [];
    const value = replaceNames(step.value, letsBefore(dynamics, n));
    const refresh = refreshOf(dynamics, { target: step.target, value });
    if (refresh === null) return [];
    return [
      {
        what: '',
        temperature: null,
        variances: new Map([[step.target, refresh.variance]]),
        order: 0 as const,
      },
    ];
  });

/** Equations solved by parts, or all at once. */
const ofEquations = (
  dynamics: Dynamics,
  step: Extract<DynamicsStep, { kind: 'integrate' }>,
  place: number,
  known: ReadonlyMap<string, Expression>,
): Judged => {
  const { variable } = dynamics;
  const lets = letsBefore(dynamics, place);
  const fieldsOf = (lines: Dynamics['differentials']): readonly Field[] =>
    lines.map(({ target, drift, noise }) => ({
      target,
      drift: replaceNames(drift, lets),
      noise: replaceNames(noise, lets),
    }));
  const isWhole = step.parts.length === 0;
  const lines = isWhole
    ? dynamics.differentials
    : [...new Set(step.parts)].flatMap((part) => partOf(dynamics, part));
  const law = keptLaw(fieldsOf(lines), variable, known);
  if (law.kind !== 'law') return refusal(law);
  const rescaled = lines.find(
    ({ target }) => known.has(target) && momentumAt(dynamics, target, place) === null,
  );
  if (rescaled !== undefined)
    return {
      kind: 'unknown',
      why: `\`${rescaled.target} <- ...\` changes \`${rescaled.target}\` beside the noise that draws it anew, so that its spread is not known`,
    };
  const { method } = solve(dynamics, lines, read('dt'));
  const isEuler = isWhole && step.method === 'euler' && method === 'euler';
  const early = measuredBefore(dynamics, lines, lets);
  if (early !== undefined && !isEuler)
    return move(
      `equations whose \`${early}\` is measured once, before them`,
      law.temperature,
      law.variances,
      1,
    );
  if (isWhole) {
    const additive = lines.every(
      ({ noise }) => ![...readNames(noise)].some((name) => dependent(dynamics, name)),
    );
    if (method !== 'euler' && step.method === 'euler')
      return move('its equations solved exactly', law.temperature, law.variances, 0);
    return step.method === 'heun'
      ? move("its equations solved by Heun's method", law.temperature, law.variances, additive ? 2 : 1)
      : move('its equations solved by Euler and Maruyama', law.temperature, law.variances, 1);
  }
  const solved = splittingOf(dynamics, step.parts);
  const bent = step.parts.find((_, i) => solved[i]!.method === 'euler');
  if (bent !== undefined)
    return move(`part ${bent} solved by Euler and Maruyama`, law.temperature, law.variances, 1);
  const alone = step.parts.every((part) => {
    const own = keptLaw(fieldsOf(partOf(dynamics, part)), variable, law.variances);
    return own.kind === 'law' && sameNumber(own.temperature, law.temperature);
  });
  if (alone) return move('parts that each keep the law, solved exactly', law.temperature, law.variances, 0);
  if (isPalindrome(step.parts))
    return move('a palindrome of parts that are each solved exactly', law.temperature, law.variances, 2);
  const shifted = shiftedPart(dynamics, step.parts);
  return shifted !== null
    ? move(
        `parts that are each solved exactly: a palindrome but for half of ${shifted}, which does not move \`${variable}\``,
        law.temperature,
        law.variances,
        2,
      )
    : move(
        'parts that are each solved exactly, in an order that is not the same backwards',
        law.temperature,
        law.variances,
        1,
      );
};

const isPalindrome = (parts: readonly string[]): boolean =>
  parts.every((part, i) => part === parts.at(-1 - i));

/**
 * The part at one end of an order that would be a palindrome with half of it at each end. Step after step the two orders are the same but
 * for the first half and the last; where that half moves helper states only, the variable goes the same way (Leimkuhler and Matthews 2013;
 * Zhang et al. 2019, J. Phys. Chem. A 123).
 */
const shiftedPart = (dynamics: Dynamics, parts: readonly string[]): string | null => {
  const isShifted = (end: string, others: readonly string[]): boolean =>
    !others.includes(end) &&
    isPalindrome(others) &&
    partOf(dynamics, end).every(({ target }) => target !== dynamics.variable);
  const [first, last] = [parts[0]!, parts.at(-1)!];
  if (isShifted(first, parts.slice(1))) return first;
  return isShifted(last, parts.slice(0, -1)) ? last : null;
};

/** An intermediate value of its equations that does not follow what they move. */
const measuredBefore = (
  { variable }: Dynamics,
  lines: Dynamics['differentials'],
  lets: Readonly<Record<string, Expression>>,
): string | undefined => {
  const moved = lines.map(({ target }) => target);
  return lines
    .flatMap(({ drift, noise }) => [...readNames(drift), ...readNames(noise)])
    .find((name) => {
      const value = Object.hasOwn(lets, name) ? lets[name]! : null;
      return (
        value !== null &&
        (readsState(value, variable) || moved.some((target) => readNames(value).has(target)))
      );
    });
};

const dependent = ({ variable, states }: Dynamics, name: string): boolean =>
  name === variable || name.startsWith('@') || states.some((state) => state.name === name);

const refusal = (law: Exclude<Kept, { kind: 'law' }>): Judged =>
  law.kind === 'none' ? { kind: 'not_a_sampler', why: law.why } : law;

const ofDecision = (
  dynamics: Dynamics,
  step: Extract<DynamicsStep, { kind: 'accept' | 'swap' }>,
  place: number,
): Judged => {
  const proposal = dynamics.steps.findLastIndex(
    ({ kind }, n) => n < place && (kind === 'propose' || kind === 'trajectory'),
  );
  const ratio = ratioOf(dynamics, proposal);
  const temperature = bare(replaceNames(step.temperature, letsBefore(dynamics, place)));
  switch (ratio.kind) {
    case 'none':
      return { kind: 'not_a_sampler', why: `no acceptance ratio can be derived: ${ratio.why}` };
    case 'symmetric':
      return move('a symmetric proposal, accepted by Metropolis', temperature, new Map(), 0);
    case 'normal':
    case 'log_normal':
    case 'uniform':
    case 'two_valued':
      return move(
        'a proposal accepted by Metropolis and Hastings with its derived ratio',
        temperature,
        new Map(),
        0,
      );
    case 'trajectory':
      return move(
        'a trajectory that can be run back and keeps volume, accepted by the change of the whole energy',
        temperature,
        new Map(ratio.momenta.map(({ name, variance }) => [name, variance])),
        0,
      );
  }
};

/** Updates by `<-`: conditional draws, and steps that are read as equations over a time of 1. */
const ofUpdates = (
  dynamics: Dynamics,
  updates: readonly Update[],
  known: ReadonlyMap<string, Expression>,
): readonly Judged[] => {
  const { variable } = dynamics;
  const moves = updates.filter(({ target }) => target === variable);
  if (moves.length === 0) return [];
  if (moves.every(({ value }) => value === read('@conditional_draw', ['*'])))
    return [move('draws from the law given all others', one, new Map(), 0)];
  const driving = drivingStates(moves, updates);
  const own = updates.filter(({ target }) => target === variable || driving.has(target));
  const fields = own.flatMap((update): readonly (Field | null)[] => {
    const isKept = update.target !== variable && (refreshOf(dynamics, update) !== null || isFlip(update));
    return isKept ? [] : [fieldOf(update)];
  });
  if (fields.some((field) => field === null))
    return [
      {
        kind: 'unknown',
        why: 'its updates are not steps with normal noise: write equations, or a proposal that is accepted',
      },
    ];
  const law = keptLaw(
    fields.flatMap((field) => field ?? []),
    variable,
    known,
  );
  if (law.kind === 'law')
    return [move('updates that follow its equations to first order', law.temperature, law.variances, 1)];
  const isBare = fields.every((field) => field === null || field.noise === zero);
  if (!isBare || !dynamics.steps.some(({ kind }) => kind === 'accept')) return [refusal(law)];
  return [
    {
      kind: 'not_a_sampler',
      why: `\`${variable} <- ...\` moves \`${variable}\` outside the accept step, so that nothing accepts or refuses what it does, and by itself it keeps no law of its objective`,
    },
  ];
};

/** States that what moves the variable reads, and what these read. */
const drivingStates = (moves: readonly Update[], updates: readonly Update[]): ReadonlySet<string> => {
  const found = new Set<string>();
  const visit = ({ value }: Update): void =>
    readNames(value).forEach((name) => {
      if (found.has(name)) return;
      const own = updates.filter(({ target }) => target === name);
      if (own.length > 0) found.add(name);
      own.forEach(visit);
    });
  moves.forEach(visit);
  return found;
};

/** x ← x + b + k noise as dx = b dt + k dW over a time of 1. */
const fieldOf = ({ target, value }: Update): Field | null => {
  const formula = bare(value);
  const noise = tidy(derivative(formula, '@noise', []));
  if (
    readNames(noise).has('@noise') ||
    [...readNames(formula)].some((name) => name === '@uniform' || name === '@conditional_draw')
  )
    return null;
  const drift = tidy(subtract(replaceNames(formula, { '@noise': zero }), read(target)));
  return { target, drift, noise };
};
