/** Errors of a run that its user can act on. */
import { didYouMean } from '../diagnostics/suggest.ts';
import type { ModelState } from './state.ts';

/** What is wrong, as one error to show as it is: its message ends with what to do. */
export type RunError = Error & {
  readonly name: 'RunError';
  readonly what: string;
  readonly hint: string;
  /** Where in the source it comes from, `ipvae.nsm:12:3`; null where that is not known or in none. */
  readonly place: string | null;
};

export function runError(what: string, hint: string, place: string | null = null): RunError {
  const error = new Error(messageOf(what, hint, place));
  return Object.assign(error, { name: 'RunError' as const, what, hint, place });
}

const messageOf = (what: string, hint: string, place: string | null): string =>
  [what, ...(place === null ? [] : [`  at:   ${place}`]), `  try:  ${hint}`].join('\n');

export const isRunError = (error: unknown): error is RunError =>
  error instanceof Error && error.name === 'RunError';

/** Training stopped because numbers are no longer finite. */
export type TrainingStopped = Error & {
  readonly name: 'TrainingStopped';
  readonly what: string;
  readonly hint: string;
  /** What is written where the first number arose that is not finite, `ipvae.nsm:12:3`, or null. */
  readonly place: string | null;
  /** The iteration whose numbers were found not finite. */
  readonly iteration: number;
  /** The last state whose parameters were found finite. */
  readonly lastGood: ModelState;
};

export function trainingStopped(
  iteration: number,
  parameters: readonly string[],
  objective: number,
  lastGood: ModelState,
  place: string | null,
): TrainingStopped {
  const found =
    parameters.length === 0
      ? `the objective became ${objective}`
      : `${parameters.join(', ')} ${parameters.length === 1 ? 'is' : 'are'} no longer finite`;
  const what = `training diverged at iteration ${iteration}: ${found}`;
  const hint =
    'lower the learning rate, start the parameters smaller, or bound what runs away with `guard` or `within`; ' +
    `the last finite state is that after iteration ${lastGood.iteration}`;
  const error = new Error(messageOf(what, hint, place));
  return Object.assign(error, { name: 'TrainingStopped' as const, what, hint, place, iteration, lastGood });
}

export const isTrainingStopped = (error: unknown): error is TrainingStopped =>
  error instanceof Error && error.name === 'TrainingStopped';

/** The entry of that name, the first when no name is given. Throws a `RunError` that lists the names there are. */
export function choose<Entry extends { readonly name: string }>(
  kind: string,
  name: string | undefined,
  entries: readonly Entry[],
): Entry {
  const names = entries.map((entry) => entry.name);
  const chosen = name === undefined ? entries[0] : entries.find((entry) => entry.name === name);
  if (chosen !== undefined) return chosen;
  if (name === undefined)
    throw runError(`the model has no ${kind}`, `declare one: ${kind} Name of Model { ... }`);
  const there = names.length === 0 ? `the model has no ${kind}` : `there is ${names.join(', ')}`;
  throw runError(`the model has no ${kind} "${name}"`, `${didYouMean(name, names)}${there}`);
}
