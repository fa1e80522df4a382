/**
 * What a dynamics does to the law of what it moves (design.md section 3, "Dynamics are judged"). A step is a sequence of moves: equations
 * that are solved, states drawn anew, proposals that are accepted or not, exchanges. It samples exp(−objective / T) when each of them
 * leaves one law of variable and states as it is, up to what the integrator makes of its equations.
 */
import { isConstant, zero } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { print } from '../calculus/print.ts';
import { readNames, replaceNames } from '../calculus/substitute.ts';
import { formulasOf } from '../check/bound-dynamics.ts';
import type { Dynamics } from '../check/typed.ts';
import { adaptationOf, type Adaptation } from './adaptation.ts';
import { samples, sameNumber, tidy } from './fokker-planck.ts';
import { judgedMoves, type Move } from './judged-moves.ts';

export type Verdict =
  /** Samples exp(−objective / temperature), with an error of the order of a power of the step: 0 for none. */
  | {
      readonly kind: 'sampler';
      readonly temperature: Expression;
      readonly order: 0 | 1 | 2;
      readonly why: string;
      /** Whether it changes its own moves by what was accepted. */
      readonly adaptation: Adaptation;
    }
  | { readonly kind: 'not_a_sampler'; readonly why: string }
  | { readonly kind: 'deterministic'; readonly why: string }
  /** Not of a form that can be judged. */
  | { readonly kind: 'unknown'; readonly why: string };

/** The exponent of a law at a temperature. */
export const lawText = (objective: string, temperature: Expression): string => {
  if (isConstant(temperature, 1)) return objective;
  const text = print(temperature);
  const isWord = temperature.kind === 'read' || temperature.kind === 'constant';
  return `${objective} / ${isWord ? text : `(${text})`}`;
};

export const judge = (dynamics: Dynamics): Verdict => {
  if (!isRandom(dynamics)) return { kind: 'deterministic', why: 'there is no noise in it' };
  const shared = sharedNoise(dynamics);
  if (shared !== null)
    return {
      kind: 'unknown',
      why: `the noise in \`${shared}\` enters more than one line, so these are not independent`,
    };
  const judged = judgedMoves(dynamics);
  const moves = judged.flatMap((found) => (found.kind === 'move' ? [found.move] : []));
  const refused = judged.flatMap((found) => (found.kind === 'move' ? [] : [found]));
  if (refused.length > 0) return refused[0]!;
  const clash = disagreement(moves);
  if (clash !== null) return { kind: 'not_a_sampler', why: clash };
  const temperature = moves.find((move) => move.temperature !== null)?.temperature ?? null;
  if (temperature === null) return { kind: 'unknown', why: 'no move of it depends on its objective' };
  const seen = tidy(replaceNames(temperature, { '@replica': zero }));
  const wrong = wrongTemperature(dynamics, seen);
  if (wrong !== null) return { kind: 'not_a_sampler', why: wrong };
  const order = moves.some((move) => move.order === 1) ? 1 : moves.some((move) => move.order === 2) ? 2 : 0;
  return {
    kind: 'sampler',
    temperature: seen,
    order,
    why: [...new Set(moves.map(({ what }) => what))].filter((what) => what !== '').join('; '),
    adaptation: adaptationOf(dynamics),
  };
};

const random: readonly string[] = ['@noise', '@uniform', '@conditional_draw'];
const isRandom = (dynamics: Dynamics): boolean =>
  dynamics.differentials.some(({ noise }) => noise !== zero) ||
  formulasOf(dynamics).some((node) => random.some((name) => readNames(node).has(name)));

/** An intermediate value with noise that several lines read. */
const sharedNoise = ({ steps }: Dynamics): string | null => {
  const noisy = new Set<string>();
  const uses = new Map<string, number>();
  for (const step of steps) {
    if (step.kind !== 'let' && step.kind !== 'assign' && step.kind !== 'propose') continue;
    const names = [...readNames(step.value)];
    for (const name of names) if (noisy.has(name)) uses.set(name, (uses.get(name) ?? 0) + 1);
    if (step.kind === 'let' && names.some((name) => random.includes(name) || noisy.has(name)))
      noisy.add(step.target);
  }
  return [...uses].find(([, count]) => count > 1)?.[0] ?? null;
};

/** Moves that keep different laws keep none together. */
const disagreement = (moves: readonly Move[]): string | null => {
  const temperatures = moves.flatMap(({ temperature }) => temperature ?? []);
  if (temperatures.some((value) => !sameNumber(value, temperatures[0]!)))
    return 'its moves belong to different temperatures';
  const first = new Map<string, Expression>();
  for (const { variances } of moves)
    for (const [name, variance] of variances) {
      const before = first.get(name) ?? variance;
      first.set(name, before);
      if (!sameNumber(before, variance)) return `its moves keep different spreads of \`${name}\``;
    }
  return null;
};

/** A temperature is 1, or a setting that says so, or a formula of settings that is 1 unless something is set. */
const wrongTemperature = (dynamics: Dynamics, temperature: Expression): string | null => {
  const names = [...readNames(temperature)];
  const step = names.find((name) => name === 'dt' || !dynamics.settings.some((one) => one.name === name));
  if (step !== undefined) return `its temperature depends on ${step === 'dt' ? 'its step' : `\`${step}\``}`;
  if (isConstant(temperature, 1) || temperature.kind === 'read') return null;
  const defaults = Object.fromEntries(
    dynamics.settings.flatMap(({ name, initial }) => (initial === null ? [] : [[name, initial] as const])),
  );
  const usual = tidy(replaceNames(temperature, defaults));
  if (samples(usual).every((value) => Math.abs(value - 1) < 1e-9)) return null;
  return `it samples exp(−${lawText('objective', temperature)})`;
};
