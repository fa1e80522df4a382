/** What is known when lines are blamed, and what comes of it. */
import type { Family } from '../check/typed.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Drawn } from './draws.ts';
import { titles, type Check, type Identity, type Outcome, type Subjects } from './identity.ts';
import type { TestMember } from './members.ts';
import type { Unfit } from './problem-words.ts';

export interface Evidence {
  readonly subjects: Subjects;
  readonly groups: readonly (readonly TestMember[])[];
  readonly unfit: readonly Unfit[];
  readonly outcomes: readonly Outcome[];
  readonly forms: readonly { readonly also: Family['also'][number]; readonly checks: readonly Check[] }[];
  readonly drawn: Drawn;
  /** Draws by the `pathwise` line of a discrete family. */
  readonly relaxed: Drawn;
}

export interface Verdict {
  /** The identity that shows the mistake. */
  readonly identity: Identity;
  readonly diagnostic: Diagnostic;
}

/** The worst of the checks that fail. */
export const worstOf = ({ checks }: Outcome): Check =>
  checks
    .filter(({ ok }) => !ok)
    .reduce((most, next) => (next.measured / next.tolerance > most.measured / most.tolerance ? next : most));

/** Other identities that fail with one, in a sentence. */
export const consequences = (identity: Identity, names: readonly Identity[]): string => {
  const others = names.filter((name) => name !== identity).map((name) => titles[name]);
  return others.length === 0
    ? ''
    : ` With it ${others.length === 1 ? 'fails' : 'fail'}: ${others.join(', ')}.`;
};
