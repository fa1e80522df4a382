/** The end of training: measure on test data, write the report. */
import { join } from 'node:path';
import type { Dataset } from '../data/load.ts';
import { analyseDictionary } from '../report/analysis.ts';
import type { ReportDictionary, ReportInput } from '../report/input.ts';
import { principalComponents } from '../report/pca.ts';
import { dictionaryPicture } from '../report/pictures.ts';
import { report } from '../report/report.ts';
import type { InferResult } from '../runtime/infer.ts';
import type { StepMetrics } from '../runtime/metrics.ts';
import type { Model } from '../runtime/model.ts';
import { choose } from '../runtime/failure.ts';
import { shapeOf, type ModelState } from '../runtime/state.ts';
import type { Run } from './begin.ts';
import type { Output } from './execute.ts';
import { measure, metricsLine, metricsTable, requireFinite, rowsOf } from './measure.ts';
import { writeAtomic } from './files.ts';
import { appendMetrics, readMetrics } from './run-directory.ts';

const mostMeasured = 1000;
const mostFromTraining = 250;
const examplesShown = 20;
const rowsForComponents = 4000;
const pointsOfCurve = 1000;

/** The metrics at the last step. */
export async function finish(
  run: Run,
  state: ModelState,
  output: Output,
  signal: AbortSignal,
): Promise<StepMetrics> {
  const { model, record, directory } = run;
  const { name: inference } = choose('inference', inferenceOf(model, record.learning), model.plan.inferences);
  const test = testRows(run);
  const result = await measure({ model, state, data: test.rows, inference, steps: null, signal }, output);
  const last = result.steps.at(-1)!;
  appendMetrics(
    directory,
    result.steps.map((metrics) => ({ event: 'evaluate', iteration: state.iteration, ...metrics })),
  );
  for (const metrics of result.steps) output.event({ event: 'evaluate', inference, ...metrics });
  output.say(
    `\n${inference} on ${result.examples} examples ${test.words}, ${last.step} steps:\n\n` +
      `${metricsTable(result.steps)}\n\n${metricsLine(last)}`,
  );
  const path = join(directory, 'report.html');
  const input = reportInput(run, state, result, test.rows);
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
  requireFinite(inference, result.steps);
  return last;
}

const inferenceOf = (model: Model, learning: string): string | undefined =>
  model.plan.learnings.find(({ name }) => name === learning)?.inference;

function testRows({ data, test, record }: Run): { readonly rows: Float32Array; readonly words: string } {
  if (test !== null)
    return { rows: rowsOf(test, 0, Math.min(test.rows, mostMeasured)), words: 'of the test data' };
  if (record.held_out > 0) {
    return { rows: rowsOf(data, data.rows - record.held_out, data.rows), words: 'that were not trained on' };
  }
  return { rows: rowsOf(data, 0, Math.min(data.rows, mostFromTraining)), words: 'of the training data' };
}

function reportInput(run: Run, state: ModelState, result: InferResult, tested: Float32Array): ReportInput {
  const { model, record, program, data } = run;
  const imageShape = pictureShape(data);
  const dictionary = dictionaryOf(model, state);
  const activity = dictionary === null ? null : activityOf(model, result, dictionary.neurons);
  return {
    title: `${record.model} by ${record.learning}`,
    modelName: record.model,
    learningName: record.learning,
    command: record.command,
    dataNote: data.note,
    settings: {
      ...record.sizes,
      ...record.settings,
      iterations: record.iterations,
      batch: record.batch,
      seed: record.seed,
    },
    source: program.texts.get(program.entry) ?? '',
    imageShape,
    dictionary,
    meanActivity: activity,
    training: trainingCurve(run.directory),
    inference: result.steps,
    reconstructions: examplesOf(data.columns, tested, result),
    analysis:
      dictionary === null || imageShape === null ? null : analyse(dictionary, imageShape, data, activity),
    final: result.steps.at(-1)!,
  };
}

/** Height and width of examples that are pictures. */
function pictureShape({ shape, columns }: Dataset): readonly [number, number] | null {
  const [height, width, ...rest] = shape;
  if (height !== undefined && width !== undefined && rest.length === 0) return [height, width];
  const side = Math.sqrt(columns);
  return shape.length === 1 && Number.isInteger(side) && side > 2 ? [side, side] : null;
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
  return found?.values ?? null;
}

function analyse(
  { values, pixels, neurons }: ReportDictionary,
  shape: readonly [number, number],
  data: Dataset,
  activity: Float32Array | null,
): ReportInput['analysis'] {
  const rows = Math.min(data.rows, rowsForComponents);
  const components =
    rows < 2
      ? null
      : principalComponents(rowsOf(data, 0, rows), rows, data.columns, Math.min(neurons, pixels));
  const control = components === null ? null : { values: components.components, count: components.count };
  return analyseDictionary(values, pixels, neurons, shape, { activity, control });
}

function examplesOf(
  columns: number,
  tested: Float32Array,
  result: InferResult,
): ReportInput['reconstructions'] {
  const row = (values: Float32Array, example: number): Float32Array =>
    values.slice(example * columns, (example + 1) * columns);
  return Array.from({ length: Math.min(examplesShown, result.examples) }, (_, example) => ({
    original: row(tested, example),
    reconstruction: row(result.reconstruction.values, example),
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
