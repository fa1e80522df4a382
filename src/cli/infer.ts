/** `nsm infer`: inference with the parameters of a run, measured step by step. */
import { ended, type Output } from './execute.ts';
import { dataText, loadDatasets, rowsOf, type DataNames } from './run/datasets.ts';
import { requireValues, requireParts } from './run/fit.ts';
import { interruptible } from './interrupt.ts';
import {
  inferenceOf,
  measure,
  metricsText,
  requireFinite,
  stepsToMeasure,
  stepsToRecord,
} from './run/measure.ts';
import { restoreRun } from './definition.ts';
import { readRun } from './run/directory.ts';
import { openTrained, requireInference } from './run/trained.ts';
import { counted } from './words.ts';

export interface InferRequest {
  readonly run: string;
  readonly data?: DataNames | undefined;
  readonly inference?: string | undefined;
  readonly steps?: number | undefined;
  readonly seed?: number | undefined;
  readonly fast?: true | undefined;
}

export const infer = (request: InferRequest, output: Output): Promise<number> =>
  interruptible(
    () => output.note('stopping'),
    (signal) => inferAndShow(request, output, signal),
  );

async function inferAndShow(request: InferRequest, output: Output, signal: AbortSignal): Promise<number> {
  const stored = readRun(request.run);
  const { record } = stored;
  const { program, definition } = restoreRun(stored);
  const { name: inference, observed: needed } = requireInference(
    definition,
    request.inference ?? inferenceOf(definition, record.learning) ?? definition.inferences[0]?.name ?? null,
  );
  const names = request.data ?? record.test ?? record.data;
  const observed = definition.observed.map(({ name }) => name);
  const data = await loadDatasets(names, definition.model, observed, { signal });
  requireValues(program, definition, data, 'fixed');
  requireParts(needed, inference, 'data', data);
  const { model, state } = await openTrained(request.run, record, definition, request, output);
  const heldOut = request.data === undefined && record.test === null ? record.held_out : 0;
  const first = heldOut === 0 ? 0 : data.rows - heldOut;
  const steps = stepsToMeasure(model, inference, request.steps ?? null);
  output.note(
    `${inference} of ${record.model} after ${counted(state.iteration, 'iteration')}, ${counted(data.rows - first, 'example')} of ${dataText(names)}` +
      (steps === null ? '' : `, ${steps} steps`),
  );
  const rows = rowsOf(data, first, data.rows);
  const seed = request.seed === undefined ? {} : { seed: request.seed };
  const at = stepsToRecord(model, inference, steps);
  const result = await measure(
    { model, state, data: rows, inference, steps, record: at, ...seed, signal },
    output,
  );
  for (const step of result.steps) output.event(step);
  output.say(metricsText(model, result));
  requireFinite(program, model, result);
  return ended.well;
}
