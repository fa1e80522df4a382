/** What is asked of a draw, what it gives, and the values of a member that all kinds of draws start from. */
import type { Expression, Index } from '../calculus/expression.ts';
import type { Distribution, Estimator, Family } from '../check/typed.ts';
import { atNaturals, fixedArguments, naturals } from '../derive/family/family.ts';
import { meanOfValue } from '../derive/family/moments.ts';
import type { SourceParameter } from './program.ts';

export interface DrawRequest {
  readonly wish: string;
  readonly indices: readonly Index[];
  /** Puts the current values of variables and parameters into an expression of the member's arguments. */
  readonly resolve: (node: Expression) => Expression;
  readonly estimator: Estimator | null;
  /** Whether to compute how the draw moves with each natural parameter while its cumulative probability stays, too. */
  readonly slopes?: boolean;
  readonly note: string | null;
}

export interface Drawn {
  readonly value: Expression;
  /**
   * Registers of the noise, by kind, and of the slopes ∂x/∂η_k, as `implicit_k`. Of a relaxed draw also `first` and
   * `last`: what the `pathwise` line as it stands gives were all entries of a list the least one, or the greatest.
   */
  readonly noise: ReadonlyMap<string, Expression>;
}

/** A member's values as a program has them: natural parameters and fixed arguments. */
export interface Resolved {
  readonly natural: readonly Expression[];
  readonly fixed: Readonly<Record<string, Expression>>;
  /** Both, under the names that formulas of the family read. */
  readonly parameters: readonly SourceParameter[];
}

/** A member's values where a draw is asked for. */
export const resolved = (member: Distribution, { resolve }: DrawRequest): Resolved => {
  const { family } = member;
  const natural = naturals(member).map(resolve);
  const fixed = Object.fromEntries(
    Object.entries(fixedArguments(member)).map(([name, value]) => [name, resolve(value)]),
  );
  const parameters = [
    ...family.natural.map(({ name }, i) => ({ name, value: natural[i]! })),
    ...Object.entries(fixed).map(([name, value]) => ({ name, value })),
  ];
  return { natural, fixed, parameters };
};

/** E[x] at a member, for `straight_through`; null for other estimators, or where it has no closed form. */
export const surrogateOf = (
  family: Family,
  member: () => Resolved,
  estimator: Estimator | null,
): Expression | null => {
  const mean = estimator?.kind === 'straight_through' ? meanOfValue(family) : null;
  if (mean === null) return null;
  const { natural, fixed } = member();
  return atNaturals(mean, family, natural, fixed);
};
