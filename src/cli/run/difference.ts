/** What a change of a run's program or settings does, for events and in one line. */
import type { Editable } from './editable.ts';

export interface Difference {
  /** Files of the program whose text is another. */
  readonly files: readonly string[];
  /** Sizes too; null where there is none. */
  readonly settings: Differing<number>;
  readonly schedules: Differing<string>;
  readonly parameters: {
    /** Go on with their numbers. */
    readonly kept: readonly string[];
    /** Are there now with other numbers: first ones, or those of before the change that is taken back. */
    readonly anew: readonly string[];
    readonly dropped: readonly string[];
  };
}

type Differing<Value> = Readonly<Record<string, { readonly from: Value | null; readonly to: Value | null }>>;

/** @param kept parameters that keep their numbers */
export const difference = (before: Editable, after: Editable, kept: readonly string[]): Difference => ({
  files: Object.keys(before.texts).filter(
    (name) => Object.hasOwn(after.texts, name) && before.texts[name] !== after.texts[name],
  ),
  settings: differing({ ...before.sizes, ...before.settings }, { ...after.sizes, ...after.settings }),
  schedules: differing(before.schedules, after.schedules),
  parameters: {
    kept,
    anew: Object.keys(after.parameters).filter((name) => !kept.includes(name)),
    dropped: Object.keys(before.parameters).filter((name) => !Object.hasOwn(after.parameters, name)),
  },
});

function differing<Value>(
  before: Readonly<Record<string, Value>>,
  after: Readonly<Record<string, Value>>,
): Differing<Value> {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return Object.fromEntries(
    names
      .filter((name) => before[name] !== after[name])
      .map((name) => [name, { from: before[name] ?? null, to: after[name] ?? null }]),
  );
}

/** @param anew how parameters came by other numbers: `anew`, or `as before` */
export function differenceText({ files, settings, schedules, parameters }: Difference, anew: string): string {
  const { kept, dropped } = parameters;
  const among = (names: readonly string[], how: string): readonly string[] =>
    names.length === 0 ? [] : [`${how} ${names.join(', ')}`];
  return [
    ...files,
    ...Object.entries(settings).map(([name, { from, to }]) => `${name} ${from ?? 'none'} -> ${to ?? 'none'}`),
    ...Object.entries(schedules).map(
      ([name, { from, to }]) => `${name}: ${from ?? 'none'} -> ${to ?? 'none'}`,
    ),
    ...among(kept, 'kept'),
    ...among(parameters.anew, anew),
    ...among(dropped, 'dropped'),
  ].join('; ');
}
