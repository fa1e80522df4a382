/**
 * Time scales of nested populations. What stands in a repetition within a turn of another is fast, and is meant to have settled for the
 * slow: of rates, time passed per turn, the averaging principle asks that neighbours differ by 10 or more (papers.md 1.2).
 */
import type { Expression } from '../calculus/expression.ts';
import { scalarValue } from '../calculus/scalar-value.ts';
import type { Inference, InferenceStatement, Setting } from '../check/typed.ts';
import { warning } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Span } from '../syntax/span.ts';
import { servedLayers } from './energy.ts';
import { movedNames } from './moved.ts';

/** What one statement moves, and how fast. */
export interface Population {
  readonly what: string;
  /** Steps within a turn of the repetition that is looked at, and the time of each. */
  readonly steps: number;
  readonly dt: number;
  readonly span: Span;
}

/** A fast population beside a slow one. */
export interface Pair {
  readonly fast: Population;
  readonly slow: Population;
  /** Of their rates, steps times dt. */
  readonly ratio: number;
}

const enough = 10;

export const timeScaleProblems = (inference: Inference): readonly Diagnostic[] =>
  neighbours(inference)
    .filter(({ ratio }) => ratio < enough)
    .map(({ fast, slow, ratio }) =>
      warning(
        'NSM9010',
        fast.span,
        `${fast.what} ${isMany(fast) ? 'are' : 'is'} ${shown(ratio)} times as fast as ${slow.what}: ${pace(fast)} in a turn against ${pace(slow)}`,
        {
          secondary: [{ span: slow.span, label: 'the slow one' }],
          hint: `What is fast should have settled before the slow moves on: make it ${enough} times as fast by more steps, or let the slow take smaller ones.`,
        },
      ),
    );

const isMany = ({ what }: Population): boolean => what.startsWith('interneurons') || what.includes(',');
const shown = (value: number): string => String(Number(value.toPrecision(2)));
const pace = ({ steps, dt }: Population): string =>
  `${shown(steps)} ${steps === 1 ? 'step' : 'steps'} of ${shown(dt)}`;

/** In each repetition, the slowest of what is fast in it and the fastest of what is slow. */
export const neighbours = (inference: Inference): readonly Pair[] => {
  const { model, settings, body } = inference;
  const numbers = defaults([...model.settings, ...settings]);
  const numberOf = (node: Expression): number | null => {
    try {
      return scalarValue(node, numbers);
    } catch {
      // A setting without a default, or one that changes while it runs: nothing is known before.
      return null;
    }
  };
  const moved = movedNames(body);
  const populationsOf = (statement: InferenceStatement): readonly Population[] => {
    if (statement.kind !== 'descend' && statement.kind !== 'interneurons') return [];
    const { by, span } = statement;
    const given = by.arguments['dt'];
    const dt = given === undefined ? null : numberOf(given);
    if (dt === null) return [];
    if (statement.kind === 'descend') return [{ what: statement.over.join(', '), steps: 1, dt, span }];
    const layers = servedLayers(model, statement.over, moved).map(({ name }) => name);
    // Here nothing moves what they hear: they are for the parameters.
    if (layers.length === 0) return [];
    const what = `interneurons of ${layers.join(', ')}`;
    return [{ what, steps: 1, dt, span }];
  };
  const visit = (
    statements: readonly InferenceStatement[],
  ): { readonly own: readonly Population[]; readonly pairs: readonly Pair[] } => {
    const inner = statements.flatMap((statement) => {
      if (statement.kind !== 'repeat') return [];
      const { own, pairs } = visit(statement.body);
      const times = numberOf(statement.times);
      const scaled =
        times === null ? [] : own.map((population) => ({ ...population, steps: population.steps * times }));
      return [{ scaled, pairs }];
    });
    const direct = statements.flatMap((statement) =>
      populationsOf(statement).map((one) => ({ one, statement })),
    );
    const slow = direct.flatMap(({ one, statement }) => (statement.kind === 'descend' ? [one] : []));
    const fast = [
      ...inner.flatMap(({ scaled }) => scaled),
      ...direct.flatMap(({ one, statement }) => (statement.kind === 'interneurons' ? [one] : [])),
    ];
    const slowest = least(fast, (one) => rate(one));
    const fastest = least(slow, (one) => -rate(one));
    const pairs =
      slowest === null || fastest === null
        ? []
        : [{ fast: slowest, slow: fastest, ratio: rate(slowest) / rate(fastest) }];
    return {
      own: direct.map(({ one }) => one),
      pairs: [...inner.flatMap((one) => one.pairs), ...pairs],
    };
  };
  // What stands before the first repetition is done once.
  const repeats = body.filter((statement) => statement.kind === 'repeat');
  return repeats.flatMap((statement) => visit(statement.body).pairs);
};

const rate = ({ steps, dt }: Population): number => steps * dt;

const least = <Item>(items: readonly Item[], of: (item: Item) => number): Item | null =>
  items.reduce<Item | null>((best, item) => (best === null || of(item) < of(best) ? item : best), null);

const defaults = (settings: readonly Setting[]): Readonly<Record<string, number>> => {
  const values: Record<string, number> = {};
  for (const { name, initial } of settings) {
    try {
      if (initial !== null) values[name] = scalarValue(initial, values);
    } catch {
      // It reads something that is known at run time only.
    }
  }
  return values;
};
