/** From a checked file to a definition: chooses what to run, binds sizes and settings, lowers every program and optimises it when it is first asked for. */
import { scalarValue } from '../calculus/scalar-value.ts';
import { readNames } from '../calculus/substitute.ts';
import type { Checked, Distribution, Inference, Learning, Model, Variable } from '../check/typed.ts';
import { withBeliefArguments } from '../derive/belief.ts';
import { countProblems } from '../derive/counts.ts';
import { derivationProblems } from '../derive/problems.ts';
import { settingValues } from '../derive/setting-values.ts';
import { weightProblems } from '../derive/weight-problems.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { optimize, type Hints } from '../optimize/optimize.ts';
import type { ArrayDefinition, Definition, InferenceDefinition, LearningDefinition } from './definition.ts';
import { memoryOf, settingOf, updateProgram, valueMissing } from './learning.ts';
import { once } from './lazy.ts';
import { limitsOf } from './limits.ts';
import { declaredOrigins, located, locator } from './locate.ts';
import { inferenceProblems, learningProblems } from './lowerable.ts';
import { observedDefinition } from './observed.ts';
import { parameterDefinition } from './parameters.ts';
import { hasInference, particlesOf } from './phases.ts';
import type { Setting } from './point.ts';
import type { Program } from './program.ts';
import { measureProgram } from './measure.ts';
import { advanceProgram, sampleProgram, startProgram } from './programs.ts';
import { mainRepeat, replicaAxes, statesOf } from './states.ts';

export interface DefineRequest {
  /** Name of the model; the first one in the file when left out. */
  readonly model?: string | undefined;
  /** Values of settings, by name: sizes, model, inference and learning settings. */
  readonly set?: Readonly<Record<string, number>>;
}

export interface Defined {
  /** Null when an error stopped it. */
  readonly definition: Definition | null;
  readonly diagnostics: readonly Diagnostic[];
}

export const define = (file: Checked, request: DefineRequest = {}): Defined => {
  const checked = withBeliefArguments(file);
  const model =
    request.model === undefined
      ? checked.models[0]
      : checked.models.find(({ name }) => name === request.model);
  if (model === undefined) return { definition: null, diagnostics: [] };
  const inferences = checked.inferences.filter((inference) => inference.model.name === model.name);
  const learnings = checked.learnings.filter((learning) => learning.model.name === model.name);
  const diagnostics = [
    ...derivationProblems({ ...checked, inferences, learnings }),
    ...inferences.flatMap((inference) => inferenceProblems(inference)),
    ...learnings.flatMap((learning) => learningProblems(learning)),
  ];
  if (diagnostics.length > 0) return { definition: null, diagnostics };

  const set = request.set ?? {};
  const ofSettings = [
    ...countProblems({ inferences, learnings }, set),
    ...learnings.flatMap((learning) => weightProblems(learning, set)),
  ];
  if (ofSettings.length > 0) return { definition: null, diagnostics: ofSettings };
  const { own, sizes } = boundIn(model, inferences, learnings, set);
  const locate = locator(checked);
  const finish: Finish = (program, hints) => located(optimize(program, hints), locate);
  const drawn = sampleProgram(model);
  const sample = once(() => finish(drawn.sample, { sizes, scalars: own }));
  const definition: Definition = {
    model: model.name,
    doc: model.doc,
    sizes,
    settings: pick(own, (name) => !dimensionsOf(model).has(name)),
    parameters: [
      ...model.parameters.map((param) => parameterDefinition(param, null, own)),
      ...inferences.flatMap((inference) =>
        inference.parameters.map((param) =>
          parameterDefinition(param, inference.name, settingValues(inference.settings, set, own)),
        ),
      ),
    ],
    observed: model.variables
      .filter(({ role }) => role === 'observed')
      .map((variable) => observedDefinition(variable, own)),
    latents: arrays(model.variables, 'latent', 'state'),
    inferences: inferences.map((inference) => inferenceDefinition(model, inference, set, own, sizes, finish)),
    learnings: learnings.map((learning) => learningDefinition(learning, set, own, sizes, finish)),
    undrawn: drawn.undrawn,
    origins: declaredOrigins(model, inferences, learnings, locate),
    get sample() {
      return sample();
    },
  };
  return { definition, diagnostics: [] };
};

/** What is done to a program that was derived: it is optimised, and its registers get their places. */
type Finish = (program: Program, hints: Hints) => Program;

/** A program as it is derived, and what the optimiser knows of its sizes. */
export interface Derived {
  readonly program: Program;
  readonly hints: Hints;
}

/** The programs of a model that run again and again, before they are optimised: steps of its inferences, updates of its learnings. */
export const derivedPrograms = (
  file: Checked,
  name: string,
  set: Readonly<Record<string, number>>,
): readonly Derived[] => {
  const checked = withBeliefArguments(file);
  const inferences = checked.inferences.filter(({ model }) => model.name === name);
  const learnings = checked.learnings.filter(({ model }) => model.name === name);
  const { own, sizes } = boundIn(
    checked.models.find((model) => model.name === name)!,
    inferences,
    learnings,
    set,
  );
  return [
    ...inferences.map((inference) => ({
      program: advanceProgram(plainSetting(inference)),
      hints: hintsOfInference(inference, set, own, sizes),
    })),
    ...learnings.map((learning) => ({
      program: updateProgram(learning),
      hints: { sizes, scalars: scalarsOf(learning, set, own) },
    })),
  ];
};

/** Settings of a model, and the sizes of its axes. */
const boundIn = (
  model: Model,
  inferences: readonly Inference[],
  learnings: readonly Learning[],
  set: Readonly<Record<string, number>>,
): { readonly own: Readonly<Record<string, number>>; readonly sizes: Readonly<Record<string, number>> } => {
  const own = settingValues(model.settings, set, {});
  const dimensions = dimensionsOf(model);
  const sizes = {
    ...pick(own, (name) => dimensions.has(name)),
    ...replicaSizes(inferences, learnings, set, own),
  };
  return { own, sizes };
};

const dimensionsOf = ({ settings }: Model): ReadonlySet<string> =>
  new Set(settings.filter(({ kind }) => kind === 'dim').map(({ name }) => name));

const plainSetting = (inference: Inference): Setting => ({
  model: inference.model,
  inference,
  estimator: null,
  learned: new Set(),
});

const hintsOfInference = (
  inference: Inference,
  set: Readonly<Record<string, number>>,
  own: Readonly<Record<string, number>>,
  sizes: Readonly<Record<string, number>>,
): Hints => {
  const scalars = settingValues(inference.settings, set, own);
  return { sizes, scalars: { ...scalars, step_count: Math.max(stepsOf(inference, scalars), 100) } };
};

const stepsOf = (inference: Inference, scalars: Readonly<Record<string, number>>): number => {
  const { repeat } = mainRepeat(inference);
  return repeat === null ? 0 : scalarValue(repeat.times, scalars);
};

const scalarsOf = (
  learning: Learning,
  set: Readonly<Record<string, number>>,
  own: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> =>
  settingValues(learning.settings, set, settingValues(learning.inference.settings, set, own));

const inferenceDefinition = (
  model: Model,
  inference: Inference,
  set: Readonly<Record<string, number>>,
  own: Readonly<Record<string, number>>,
  sizes: Readonly<Record<string, number>>,
  finish: Finish,
): InferenceDefinition => {
  const setting = plainSetting(inference);
  const scalars = settingValues(inference.settings, set, own);
  const hints = hintsOfInference(inference, set, own, sizes);
  const states = statesOf(setting);
  const start = once(() => finish(startProgram(setting), hints));
  const advance = once(() => finish(advanceProgram(setting), hints));
  const observed = once(() =>
    observedIn(model, [
      ...inputsOf(start()),
      ...inputsOf(advance()).filter((name) => states.every((state) => state.name !== name)),
      ...inference.beliefs.flatMap(({ distribution }) => readsOf(distribution)),
    ]),
  );
  const measured = once(() => measureProgram(setting, observed()));
  const measure = once(() => finish(measured().measure, hints));
  return {
    name: inference.name,
    doc: inference.doc,
    settings: pick(scalars, (name) => inference.settings.some((one) => one.name === name)),
    states: states.map(({ name, indices }) => ({ name, doc: null, axes: indices.slice(1) })),
    steps: stepsOf(inference, scalars),
    get observed() {
      return observed();
    },
    get start() {
      return start();
    },
    get advance() {
      return advance();
    },
    get measure() {
      return measure();
    },
    get metrics() {
      return measured().metrics;
    },
    get reconstruction() {
      return measured().reconstruction;
    },
    get unmeasured() {
      return measured().unmeasured;
    },
  };
};

const learningDefinition = (
  learning: Learning,
  set: Readonly<Record<string, number>>,
  own: Readonly<Record<string, number>>,
  sizes: Readonly<Record<string, number>>,
  finish: Finish,
): LearningDefinition => {
  const scalars = scalarsOf(learning, set, own);
  const update = once(() => finish(updateProgram(learning), { sizes, scalars }));
  return {
    name: learning.name,
    doc: learning.doc,
    inference: hasInference(learning) ? learning.inference.name : null,
    settings: pick(scalars, (name) => learning.settings.some((one) => one.name === name)),
    get observed() {
      return observedIn(learning.model, inputsOf(update()));
    },
    unmeasured: valueMissing(learning),
    memory: memoryOf(learning),
    particles: particlesOf(learning, settingOf(learning)),
    limits: limitsOf(learning),
    get update() {
      return update();
    },
  };
};

const readsOf = ({ arguments: given, natural = [] }: Distribution): readonly string[] =>
  [...Object.values(given), ...natural].flatMap((value) => [...readNames(value)]);

const inputsOf = ({ inputs }: Program): readonly string[] => inputs.map(({ name }) => name);

/** Observed variables among inputs. */
const observedIn = ({ variables }: Model, read: readonly string[]): readonly string[] =>
  variables.flatMap(({ role, name }) => (role === 'observed' && read.includes(name) ? [name] : []));

/** How many replicas there are along each axis of them. */
const replicaSizes = (
  inferences: readonly Inference[],
  learnings: readonly Learning[],
  set: Readonly<Record<string, number>>,
  own: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> => {
  const ofInference = ({ settings }: Inference) => settingValues(settings, set, own);
  const counted = [
    ...inferences.flatMap((inference) =>
      replicaAxes(plainSetting(inference), inference.body).map(
        ({ axis, count }) => [axis, scalarValue(count, ofInference(inference))] as const,
      ),
    ),
    ...learnings.flatMap((learning) => {
      const scalars = settingValues(learning.settings, set, ofInference(learning.inference));
      return learning.phases.flatMap(({ body }) =>
        replicaAxes(settingOf(learning), body).map(
          ({ axis, count }) => [axis, scalarValue(count, scalars)] as const,
        ),
      );
    }),
  ];
  return Object.fromEntries(counted);
};

const pick = (
  values: Readonly<Record<string, number>>,
  keep: (name: string) => boolean,
): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => keep(name)));

const arrays = (
  variables: readonly Variable[],
  ...roles: readonly Variable['role'][]
): readonly ArrayDefinition[] =>
  variables
    .filter(({ role }) => roles.includes(role))
    .map(({ name, doc, indices }) => ({ name, doc, axes: indices }));
