/** The end of training: measure on test data, write the report. */
import { join } from 'node:path';
import type { Dataset } from '../../data/load.ts';
import { analyseDictionary } from '../../report/analysis.ts';
import type { ReportDictionary, ReportInput } from '../../report/input.ts';
import { principalComponents } from '../../report/pca.ts';
import { dictionaryPicture } from '../../report/pictures.ts';
import { report } from '../../report/report.ts';
import { pictureShape } from '../../report/shape.ts';
import type { InferResult } from '../../runtime/infer.ts';
import type { StepMetrics } from '../../runtime/metrics.ts';
import type { Model } from '../../runtime/model.ts';
import { shapeOf, type ModelState } from '../../runtime/state.ts';
import type { Run } from './begin.ts';
import type { Output } from '../execute.ts';
import { datasetsNote, rowsOf } from './datasets.ts';
import { inferenceOf, measure, inferenceNamed, measuredBy, metricsText, requireFinite } from './measure.ts';
import { writeAtomic } from '../files.ts';
import { appendMetrics, readMetrics } from './directory.ts';

const mostMeasured = 1000;
const mostFromTraining = 250;
const examplesShown = 20;
const rowsForComponents = 4000;
const pointsOfCurve = 1000;

/** The metrics at the last step, or null for a model without an inference to measure by. */
export async function finish(run: Run, output: Output, signal: AbortSignal): Promise<StepMetrics | null> {
  const { model, record, directory } = run;
  const inference = inferenceOf(model.plan, record.learning);
  const measured = inference === null ? null : await measureRun(run, inference, output, signal);
  if (measured === null) output.say(`nothing is measured: ${record.model} has no inference from data`);
  const path = join(directory, 'report.html');
  const input = reportInput(run, measured);
  writeAtomic(path, await report(input));
  if (input.dictionary !== null && input.imageShape !== null) {
    const { values, pixels, neurons } = input.dictionary;
    writeAtomic(
      join(directory, 'dictionary.png'),
      dictionaryPicture(values, pixels, neurons, input.imageShape),
    );
  }
  output.event({ event: 'report', path });
  output.say(`report: ${path}`);
  if (measured === null) return null;
  requireFinite(run.program, model, measured.result);
  return measured.result.steps.at(-1)!;
}

interface Measured {
  readonly result: InferResult;
  readonly rows: Rows;
}

/** Measures, shows and keeps the figures. */
async function measureRun(
  run: Run,
  inference: string,
  output: Output,
  signal: AbortSignal,
): Promise<Measured> {
  const { model, state, directory } = run;
  const { rows, words } = testRows(run);
  const result = await measure({ model, state, data: rows, inference, steps: null, signal }, output);
  appendMetrics(
    directory,
    result.steps.map((metrics) => ({ event: 'evaluate', iteration: state.iteration, ...metrics })),
  );
  for (const metrics of result.steps) output.event({ event: 'evaluate', inference, ...metrics });
  const last = result.steps.at(-1)!.step;
  output.say(
    `\n${inference} on ${result.examples} examples ${words}${last === 0 ? '' : `, ${last} steps`}:\n\n` +
      metricsText(model, result),
  );
  return { result, rows };
}

type Rows = ReturnType<typeof rowsOf>;

function testRows({ data, test, record }: Run): { readonly rows: Rows; readonly words: string } {
  if (test !== null)
    return { rows: rowsOf(test, 0, Math.min(test.rows, mostMeasured)), words: 'of the test data' };
  if (record.held_out > 0) {
    return { rows: rowsOf(data, data.rows - record.held_out, data.rows), words: 'that were not trained on' };
  }
  return { rows: rowsOf(data, 0, Math.min(data.rows, mostFromTraining)), words: 'of the training data' };
}

function reportInput(run: Run, measured: Measured | null): ReportInput {
  const { model, state, record, program, changes } = run;
  // Pictures are of the first observed variable.
  const { variable, data } = run.data.parts[0]!;
  const imageShape = pictureShape(data.shape, data.columns);
  const dictionary = dictionaryOf(model, state);
  const activity =
    dictionary === null || measured === null ? null : activityOf(model, measured.result, dictionary.neurons);
  return {
    title: `${record.model} by ${record.learning}`,
    modelName: record.model,
    learningName: record.learning,
    command: record.command,
    dataNote: datasetsNote(run.data),
    settings: {
      ...record.sizes,
      ...record.settings,
      iterations: record.iterations,
      batch: record.batch,
      seed: record.seed,
    },
    source: program.texts.get(program.entry) ?? '',
    changes,
    imageShape,
    dictionary,
    meanActivity: activity,
    training: trainingCurve(run.directory),
    untold: model.plan.learnings.find(({ name }) => name === record.learning)!.unmeasured,
    metrics: measured === null ? [] : measuredBy(model, measured.result),
    inference: measured?.result.steps ?? [],
    reconstructions: measured === null ? [] : examplesOf(model, variable, measured),
    analysis:
      dictionary === null || imageShape === null ? null : analyse(dictionary, imageShape, data, activity),
    final: measured?.result.steps.at(-1) ?? {},
    unmeasured: measured === null ? [] : inferenceNamed(model, measured.result.inference).unmeasured,
  };
}

/** The first parameter with one axis of the observed variable and one of a latent variable. */
function dictionaryOf({ plan }: Model, state: ModelState): ReportDictionary | null {
  const [observed] = plan.observed;
  if (observed?.axes.length !== 1) return null;
  const [pixelAxis] = observed.axes;
  const latentAxes = plan.latents.filter(({ axes }) => axes.length === 1).map(({ axes }) => axes[0]!);
  for (const { name, axes, owner, coordinates } of plan.parameters) {
    if (axes.length !== 2 || owner !== null || coordinates !== 'identity') continue;
    const [first, second] = axes as readonly [string, string];
    const upright = first === pixelAxis && latentAxes.includes(second);
    if (!upright && !(second === pixelAxis && latentAxes.includes(first))) continue;
    const { values } = state.parameters[name]!;
    const [rows, columns] = shapeOf(axes, state.sizes) as readonly [number, number];
    if (upright) return { name, values, pixels: rows, neurons: columns };
    return { name, values: transpose(values, rows, columns), pixels: columns, neurons: rows };
  }
  return null;
}

function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const transposed = new Float32Array(values.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      transposed[column * rows + row] = values[row * columns + column]!;
    }
  }
  return transposed;
}

function activityOf({ plan }: Model, result: InferResult, neurons: number): Float32Array | null {
  const found = plan.latents
    .map(({ name }) => result.activity[name])
    .find((array) => array?.shape.length === 1 && array.values.length === neurons);
  // A mean below 0 is that of values with a sign: it says nothing of how often a unit takes part.
  return found?.values.every((value) => value >= 0) === true ? found.values : null;
}

function analyse(
  dictionary: ReportDictionary,
  shape: readonly [number, number],
  data: Dataset,
  activity: Float32Array | null,
): ReportInput['analysis'] {
  const { pixels, neurons } = dictionary;
  const rows = Math.min(data.rows, rowsForComponents);
  const values = data.values.subarray(0, rows * data.columns);
  const components =
    rows < 2 ? null : principalComponents(values, rows, data.columns, Math.min(neurons, pixels));
  const control = components === null ? null : { values: components.components, count: components.count };
  return analyseDictionary(dictionary.values, pixels, neurons, shape, { activity, control });
}

/** Some examples of a variable, and what the others make of it. */
function examplesOf(
  model: Model,
  variable: string,
  { result, rows }: Measured,
): ReportInput['reconstructions'] {
  const { examples, inference, reconstruction } = result;
  const original = rows[variable];
  if (reconstruction === null || original === undefined) return [];
  if (inferenceNamed(model, inference).reconstruction?.of !== variable) return [];
  const columns = original.length / examples;
  const row = (values: Float32Array, example: number): Float32Array =>
    values.slice(example * columns, (example + 1) * columns);
  return Array.from({ length: Math.min(examplesShown, examples) }, (_, example) => ({
    original: row(original, example),
    reconstruction: row(reconstruction.values, example),
  }));
}

/** At most a thousand points of the curve, each the mean of its neighbours. */
function trainingCurve(directory: string): ReportInput['training'] {
  const lines = readMetrics(directory).filter((line) => line['event'] === 'iteration');
  const width = Math.ceil(lines.length / pointsOfCurve);
  const points: { iteration: number; objective: number }[] = [];
  for (let from = 0; from < lines.length; from += width) {
    const part = lines.slice(from, from + width);
    const objectives = part.map((line) => (line['objective'] === null ? NaN : Number(line['objective'])));
    points.push({
      iteration: Number(part.at(-1)!['iteration']),
      objective: objectives.reduce((total, value) => total + value, 0) / objectives.length,
    });
  }
  return points;
}
