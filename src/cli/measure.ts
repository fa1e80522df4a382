/** Inference on data, measured and shown. */
import type { Dataset } from '../data/load.ts';
import type { InferResult } from '../runtime/infer.ts';
import type { StepMetrics } from '../runtime/metrics.ts';
import type { Model } from '../runtime/model.ts';
import type { ModelState } from '../runtime/state.ts';
import type { Output } from './execute.ts';
import { fault } from './problem.ts';
import { showProgress, silent } from './progress.ts';

/** Inference settles long after the steps that learning looks at, so measurements run at least this far. */
const leastSteps = 1000;

export interface MeasureRequest {
  readonly model: Model;
  readonly state: ModelState;
  readonly data: Float32Array;
  readonly inference: string;
  readonly steps: number | null;
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

export const stepsToMeasure = (model: Model, inference: string, steps: number | null): number =>
  steps ?? Math.max(leastSteps, model.plan.inferences.find(({ name }) => name === inference)?.steps ?? 0);

export async function measure(request: MeasureRequest, output: Output): Promise<InferResult> {
  const { model, state, data, inference, seed, signal } = request;
  const steps = stepsToMeasure(model, inference, request.steps);
  const progress = output.json ? silent : showProgress('measuring', 'steps', steps);
  try {
    return await model.infer(state, data, {
      inference,
      steps,
      ...(seed === undefined ? {} : { seed }),
      ...(signal === undefined ? {} : { signal }),
      onProgress: ({ done, of }) => progress.update(Math.floor((steps * done) / of), ''),
    });
  } finally {
    progress.stop();
  }
}

/** Throws NSM6015 when inference ran away: what was measured before that is shown and saved by then. */
export function requireFinite(inference: string, steps: readonly StepMetrics[]): void {
  const lost = steps.find(({ free_energy }) => !Number.isFinite(free_energy));
  if (lost === undefined) return;
  throw fault(
    'NSM6015',
    `${inference} diverged: its free energy is not finite any more at step ${lost.step}`,
    'the parameters are finite and saved; bound what runs away with `guard`, lower the rate of the inference, or measure ' +
      'fewer steps with `nsm infer RUN --steps N`',
  );
}

/** The table of metrics at the recorded steps. */
export function metricsTable(steps: readonly StepMetrics[]): string {
  const row = (cells: readonly string[]): string =>
    cells
      .map((cell) => cell.padStart(13))
      .join('')
      .slice(5);
  return [
    row(['step', 'R²', 'zeros', 'free energy']),
    ...steps.map(({ step, r2, zeros, free_energy }) =>
      row([String(step), r2.toFixed(4), zeros.toFixed(4), free_energy.toFixed(2)]),
    ),
  ].join('\n');
}

export const metricsLine = ({ r2, zeros, free_energy }: StepMetrics): string =>
  `R² ${r2.toFixed(3)}, zeros ${zeros.toFixed(3)}, free energy ${free_energy.toFixed(1)} nats per example`;

/** Rows `from` to `to` of a data set. */
export const rowsOf = (data: Dataset, from: number, to: number): Float32Array =>
  data.values.subarray(from * data.columns, to * data.columns);
