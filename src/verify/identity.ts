/** What is checked of a family, and the form in which results come. */
import type { Family } from '../check/typed.ts';
import type { Member } from '../derive/family/member.ts';
import { numberText } from '../diagnostics/number.ts';
import type { Quadrature } from './quadrature.ts';

/** In the order in which they are checked: what fails early makes the later ones fail too. */
export const identities = {
  density: 'the density sums or integrates to 1',
  mean: 'the gradient of the log-partition is E[T]',
  fisher: 'the Hessian of the log-partition is Cov[T]',
  derivatives: 'symbolic derivatives of the log-partition agree with differences',
  score: 'the score has mean zero',
  divergence: 'KL(p || p) is 0, KL(p || q) is above 0 and agrees with quadrature',
  entropy: 'the entropy agrees with quadrature',
  maps: 'natural, mean and standard parameters map to each other and back',
  forms: 'every member can be given in each parametrisation, by one value',
  gradient: 'the gradient estimator is unbiased',
  draws: 'draws follow the density',
  relaxed:
    'draws by the `pathwise` line of a discrete family follow the density, and move once its steps are smooth',
  float32: 'float32 agrees with float64',
} as const;
export type Identity = keyof typeof identities;

/** Short names, for tables and messages. */
export const titles: Readonly<Record<Identity, string>> = {
  density: 'normalisation',
  mean: 'mean',
  fisher: 'Fisher information',
  derivatives: 'derivatives',
  score: 'score',
  divergence: 'KL divergence',
  entropy: 'entropy',
  maps: 'round trips',
  forms: 'parametrisations',
  gradient: 'gradient',
  draws: 'draws',
  relaxed: 'relaxed draws',
  float32: 'float32',
};

/** One identity at one member (or for a pair of them). */
export interface Check {
  readonly identity: Identity;
  /** `mean = 0.4, sd = 1.3`. */
  readonly member: string;
  /** The error found, in the units of the tolerance. NaN where something that is needed is not a number. */
  readonly measured: number;
  readonly tolerance: number;
  readonly ok: boolean;
  /** What was compared, in words, for a check that fails. */
  readonly detail: string;
}

/** All checks of one identity; none, and a reason, where it does not apply. */
export interface Outcome {
  readonly identity: Identity;
  readonly checks: readonly Check[];
  readonly skipped: string | null;
}

/** A member with what quadrature says about it. */
export interface Subject {
  readonly member: Member;
  readonly label: string;
  readonly quadrature: Quadrature;
  /** Probabilities of the quadrature's points. */
  readonly weights: Float64Array;
  /** E[T] and Cov[T] by quadrature. */
  readonly mean: Float64Array;
  readonly covariance: readonly Float64Array[];
}

/** A family with its test members, in groups that share their fixed arguments. */
export interface Subjects {
  readonly family: Family;
  readonly groups: readonly (readonly Subject[])[];
}

export const checkOf = (
  identity: Identity,
  member: string,
  measured: number,
  tolerance: number,
  detail: string,
): Check => ({ identity, member, measured, tolerance, ok: measured <= tolerance, detail });

export const outcomeOf = (identity: Identity, checks: readonly Check[]): Outcome => ({
  identity,
  checks,
  skipped: null,
});
export const skip = (identity: Identity, why: string): Outcome => ({ identity, checks: [], skipped: why });

/** A number in a sentence. */
export const shown = (value: number): string => numberText(value, 6);

/** `a = 1.5, b = -0.5`: the natural parameters of a member. */
export const naturalsText = ({ family, naturals }: Member): string =>
  family.natural
    .map(({ name }, i) => {
      const numbers = Array.from(naturals[i]!.values, shown);
      return `${name} = ${numbers.length === 1 ? numbers[0]! : `[${numbers.join(', ')}]`}`;
    })
    .join(', ');

export const largest = (values: Iterable<number>): number => {
  let most = 0;
  for (const value of values) {
    if (Number.isNaN(value)) return NaN;
    most = Math.max(most, value);
  }
  return most;
};
