/** `nsm infer`: inference with the parameters of a run, measured step by step. */
import { loadData } from '../data/load.ts';
import { defineModel } from '../runtime/model.ts';
import { openBackend } from './backend.ts';
import { ended, type Output } from './execute.ts';
import { requireValues } from './fit.ts';
import { isInterrupted, listenForInterrupt } from './interrupt.ts';
import { measure, metricsLine, metricsTable, requireFinite, rowsOf, stepsToMeasure } from './measure.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import { fault } from './problem.ts';
import { restoreRun } from './definition.ts';
import { readCheckpoint, readRecord } from './run-directory.ts';

export interface InferRequest {
  readonly run: string;
  readonly data?: string | undefined;
  readonly inference?: string | undefined;
  readonly steps?: number | undefined;
  readonly seed?: number | undefined;
}

export async function infer(request: InferRequest, output: Output): Promise<number> {
  const interrupt = listenForInterrupt(() => output.note('stopping'));
  try {
    return await inferAndShow(request, output, interrupt.signal);
  } catch (error) {
    if (isInterrupted(error)) return ended.interrupted;
    throw error;
  } finally {
    interrupt.release();
  }
}

async function inferAndShow(request: InferRequest, output: Output, signal: AbortSignal): Promise<number> {
  const record = readRecord(request.run);
  const { definition } = restoreRun(request.run, record);
  const inference =
    request.inference ?? definition.learnings.find(({ name }) => name === record.learning)?.inference;
  const names = definition.inferences.map(({ name }) => name);
  if (inference === undefined || !names.includes(inference)) {
    throw fault(
      'NSM6002',
      `the model ${record.model} has no inference "${inference ?? ''}"`,
      `${didYouMean(inference ?? '', names)}it has ${names.join(', ')}`,
    );
  }
  const uri = request.data ?? record.test ?? record.data;
  const data = await loadData(uri, { signal });
  requireValues(definition, data);
  const backend = await openBackend();
  const model = defineModel(backend.plan(definition));
  const state = readCheckpoint(request.run, model.create({ seed: record.seed }));
  if (state === null) {
    throw fault(
      'NSM6008',
      `${request.run} holds no parameters: training was stopped before it saved any`,
      'train it with --resume first',
    );
  }
  const heldOut = request.data === undefined && record.test === null ? record.held_out : 0;
  const first = heldOut === 0 ? 0 : data.rows - heldOut;
  const steps = stepsToMeasure(model, inference, request.steps ?? null);
  output.note(
    `${inference} of ${record.model} after ${state.iteration} iterations, ${data.rows - first} examples of ${uri}, ` +
      `${steps} steps`,
  );
  const rows = rowsOf(data, first, data.rows);
  const seed = request.seed === undefined ? {} : { seed: request.seed };
  const result = await measure({ model, state, data: rows, inference, steps, ...seed, signal }, output);
  for (const { step, r2, zeros, free_energy } of result.steps) output.event({ step, r2, zeros, free_energy });
  output.say(`${metricsTable(result.steps)}\n\n${metricsLine(result.steps.at(-1)!)}`);
  requireFinite(inference, result.steps);
  return ended.well;
}
