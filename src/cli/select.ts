/** Which model and learning of a file a command means, and whether its settings are theirs. */
import type { Checked, Learning, Model, Setting } from '../check/typed.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import { fault } from './problem.ts';

export interface Selection {
  readonly model: Model;
  readonly learning: Learning | null;
}

export interface SelectionRequest {
  readonly model?: string | undefined;
  readonly learning?: string | undefined;
}

/**
 * The model and learning asked for; without names, the first learning and its model.
 * Throws NSM6002 for a name that is not there, NSM6011 when the file has no model.
 */
export function select(checked: Checked, request: SelectionRequest): Selection {
  const { models, learnings } = checked;
  if (request.model !== undefined) requireName('model', request.model, models);
  if (request.learning !== undefined) requireName('learning', request.learning, learnings);
  const fitting = learnings.filter(
    ({ model }) => request.model === undefined || model.name === request.model,
  );
  const learning =
    request.learning === undefined ? fitting[0] : fitting.find(({ name }) => name === request.learning);
  if (request.learning !== undefined && learning === undefined) {
    const owner = learnings.find(({ name }) => name === request.learning)!.model.name;
    throw fault(
      'NSM6002',
      `the learning "${request.learning}" is of the model ${owner}, not of ${request.model}`,
      `${request.model} has ${list(fitting)}`,
    );
  }
  const model =
    learning?.model ?? models.find(({ name }) => request.model === undefined || name === request.model);
  if (model === undefined) {
    throw fault(
      'NSM6011',
      'the file declares no model',
      'declare one, as in `model Name(pixels: dim = 256) { ... }`',
    );
  }
  return { model, learning: learning ?? null };
}

/** Throws NSM6011 when the model has no learning. */
export function requireLearning({ model, learning }: Selection): Learning {
  if (learning !== null) return learning;
  throw fault(
    'NSM6011',
    `the model ${model.name} has no learning, so there is nothing to train`,
    `declare one, as in \`learning Name of ${model.name} by Inference { ... }\``,
  );
}

/** Throws NSM6004 when a setting of the model or learning has no value. */
export function requireSettings({ model, learning }: Selection, set: Readonly<Record<string, number>>): void {
  const settings = [
    ...model.settings,
    ...(learning?.inference.settings ?? []),
    ...(learning?.settings ?? []),
  ];
  const missing = settings.find(({ name, initial }) => initial === null && !Object.hasOwn(set, name));
  if (missing === undefined) return;
  const { name, kind } = missing;
  throw fault(
    'NSM6004',
    `"${name}" has no value: it is declared without a default`,
    `give one with --set ${name}=${kinds[kind].example}, or write one in the declaration`,
  );
}

function requireName(kind: string, name: string, entries: readonly { readonly name: string }[]): void {
  const names = entries.map((entry) => entry.name);
  if (names.includes(name)) return;
  throw fault(
    'NSM6002',
    `the file has no ${kind} "${name}"`,
    `${didYouMean(name, names)}it has ${list(entries)}`,
  );
}

const list = (entries: readonly { readonly name: string }[]): string =>
  entries.length === 0 ? 'none' : entries.map(({ name }) => name).join(', ');

/** Everything that `--set` can give a value. */
export const settingsIn = (checked: Checked, { model, learning }: Selection): readonly Setting[] => [
  ...model.settings,
  ...(learning?.settings ?? []),
  ...checked.inferences
    .filter((inference) => inference.model === model)
    .flatMap((inference) => inference.settings),
];

/** Throws NSM6003 for a setting that nothing selected declares, NSM6004 for a value of the wrong kind. */
export function checkSettings(
  checked: Checked,
  selection: Selection,
  set: Readonly<Record<string, number>>,
): void {
  const { model, learning } = selection;
  const settings = settingsIn(checked, selection);
  const names = [...new Set(settings.map(({ name }) => name))];
  for (const [name, value] of Object.entries(set)) {
    const setting = settings.find((entry) => entry.name === name);
    if (setting === undefined) {
      const owner = learning === null ? model.name : `${model.name} with ${learning.name}`;
      const there = names.length === 0 ? `${owner} has no settings` : `${owner} has ${names.join(', ')}`;
      throw fault('NSM6003', `unknown setting "${name}"`, `${didYouMean(name, names)}${there}`);
    }
    const expected = kinds[setting.kind];
    if (expected.fits(value)) continue;
    throw fault(
      'NSM6004',
      `"${name}" is ${expected.words}, so it cannot be ${value}`,
      `write ${name}=${expected.example}`,
    );
  }
}

const kinds: Readonly<
  Record<
    Setting['kind'],
    { readonly fits: (value: number) => boolean; readonly words: string; readonly example: string }
  >
> = {
  dim: {
    fits: (value) => Number.isSafeInteger(value) && value >= 1,
    words: 'the size of an axis',
    example: '64',
  },
  int: { fits: Number.isSafeInteger, words: 'a whole number', example: '16' },
  positive: { fits: (value) => value > 0, words: 'positive', example: '0.1' },
  real: { fits: Number.isFinite, words: 'a number', example: '0.5' },
};
