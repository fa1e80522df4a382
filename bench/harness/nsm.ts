/** The nsm variants: through the compiler, on whatever target it has. */
import type { DrawTape, RunContext, Value } from '../../src/runtime/executable.ts';
import type { ModelPlan, TensorFlow } from '../../src/runtime/plan.ts';
import { placeOf } from '../../src/runtime/executable.ts';
import type { Load } from '../../src/targets/plan.ts';
import { dispose, upload, type NumberArray, type NumberArrays } from '../../src/runtime/state.ts';
import { openModel } from '../open.ts';
import { downloaded } from './tensors.ts';
import type { Compared, Inputs, PrepareNsm, Variant } from './workload.ts';

interface Source {
  readonly file: string;
  readonly sizes: Readonly<Record<string, number>>;
  /** Examples, or chains. */
  readonly examples: number;
  /** Names of the program's draws, in the order of their sites, each with its shape for one turn and the number of turns inside. */
  readonly draws: readonly DrawShape[];
  /** Outputs to be compared. */
  readonly outputs: readonly string[];
}

interface DrawShape {
  readonly name: string;
  /** Axes of all turns of the loops around it, but the outermost. */
  readonly inner: readonly number[];
  readonly shape: readonly number[];
}

export interface InferenceSource extends Source {
  readonly inference: string;
  /** Steps of a timed run, and of one that is compared. */
  readonly steps: number;
  readonly compared: number;
}

/** The steps of an inference, in one go, from its own start. */
export const inferenceVariant =
  (source: InferenceSource): PrepareNsm =>
  (tf, inputs, load) => {
    const { plan, given, context } = opened(tf, source, inputs, load);
    const inference = plan.inferences.find(({ name }) => name === source.inference)!;
    const all = { ...plan.settings, ...inference.settings, iteration: 0, progress: 1, ...given };
    const begun = inference.start(all, context);
    const advance = (count: number, tape?: DrawTape) =>
      inference.advance(
        { ...all, ...begun, first_step: 0, step_count: count },
        { ...context, ...(tape && { draws: tape }) },
      );
    return variantOf(source, () => advance(source.steps), (tape) => advance(source.compared, tape)); // prettier-ignore
  };

export interface LearningSource extends Source {
  readonly learning: string;
}

/** One update. Timed ones all begin with the same parameters, so that their activity stays what it was. */
export const learningVariant =
  (source: LearningSource): PrepareNsm =>
  (tf, inputs, load) => {
    const { plan, given, context } = opened(tf, source, inputs, load);
    const learning = plan.learnings.find(({ name }) => name === source.learning)!;
    const inference = plan.inferences.find(({ name }) => name === learning.inference)!;
    const all = { ...plan.settings, ...inference.settings, ...learning.settings, ...given };
    const update = (tape?: DrawTape) => learning.update(all, { ...context, ...(tape && { draws: tape }) });
    return variantOf(source, update, update);
  };

type Update = (tape?: DrawTape) => ReturnType<ModelPlan['sample']>;

const variantOf = (source: Source, run: Update, compare: Update): Variant => ({
  run: () => dispose(run()),
  compare: (draws) => {
    const own: DrawTape = { mode: 'record', values: new Map() };
    const results = compare(own);
    if (draws === null) return told(source, results, stacked(own, source.draws));
    dispose(results);
    return told(source, compare(replaced(own, source.draws, draws)), draws);
  },
});

const told = ({ outputs }: Source, results: ReturnType<Update>, draws: NumberArrays): Compared => {
  const chosen = downloaded(Object.fromEntries(outputs.map((name) => [name, results[name]!])));
  dispose(results);
  return { outputs: chosen, draws };
};

const opened = (
  tf: TensorFlow,
  { file, sizes, examples }: Source,
  { numbers, arrays }: Inputs,
  load?: Load,
) => {
  const { plan } = openModel(tf, file, sizes, load && { load });
  const given: Record<string, Value> = { ...numbers, ...upload(plan, arrays) };
  const context: RunContext = { seed: 1, firstExample: 0, sizes: { ...plan.sizes, example: examples } };
  return { plan, given, context };
};

/** Where the draws of each name stand in a tape, in the order of their turns. */
const placesOf = (tape: DrawTape, names: readonly DrawShape[]): readonly (readonly string[])[] => {
  const folds = [...tape.values.keys()].map((place) => place.split('/').map(Number));
  const sites = [...new Set(folds.map(([site]) => site!))].sort((a, b) => a - b);
  return names.map((_, which) =>
    folds
      .filter(([site]) => site === sites[which])
      .sort(inOrder)
      .map(placeOf),
  );
};

/** The tape with other draws in its places: those that {@link stacked} made of another tape. */
const replaced = (tape: DrawTape, names: readonly DrawShape[], draws: NumberArrays): DrawTape => {
  const places = placesOf(tape, names);
  const values = names.flatMap(({ name }, which) => {
    const turns = places[which]!;
    const all = draws[name]!.values;
    const size = all.length / turns.length;
    return turns.map((place, turn) => [place, all.subarray(turn * size, (turn + 1) * size)] as const);
  });
  return { mode: 'replay', values: new Map(values) };
};

/** The draws of a tape by name, those of all turns in one array. */
const stacked = (tape: DrawTape, names: readonly DrawShape[]): NumberArrays => {
  const places = placesOf(tape, names);
  return Object.fromEntries(
    names.map(({ name, inner, shape }, which): [string, NumberArray] => {
      const turns = places[which]!;
      const values = turns.map((place) => tape.values.get(place)!);
      const size = shape.reduce((product, length) => product * length, 1);
      const joined = new Float32Array(values.length * size);
      values.forEach((value, turn) => joined.set(value, turn * size));
      const perTurn = inner.reduce((product, length) => product * length, 1);
      return [name, { shape: [turns.length / perTurn, ...inner, ...shape], values: joined }];
    }),
  );
};

const inOrder = (left: readonly number[], right: readonly number[]): number => {
  const place = left.findIndex((value, i) => value !== right[i]);
  return place < 0 ? 0 : left[place]! - right[place]!;
};
