/** Inference on data, measured and shown. */
import type { Data } from '../../runtime/examples.ts';
import type { InferResult } from '../../runtime/infer.ts';
import { powersOfTwo, type StepMetrics } from '../../runtime/metrics.ts';
import type { Model } from '../../runtime/model.ts';
import type { MetricDefinition } from '../../schedule/definition.ts';
import type { InferencePlan } from '../../runtime/plan.ts';
import type { ModelState } from '../../runtime/state.ts';
import type { Output } from '../execute.ts';
import { faultIn, type LoadedProgram } from '../program.ts';
import { showProgress, silent } from '../progress.ts';

/** Beliefs settle long after the steps that learning looks at, so measurements of them run at least this far. */
const leastSteps = 1000;

export interface MeasureRequest {
  readonly model: Model;
  readonly state: ModelState;
  readonly data: Data;
  readonly inference: string;
  readonly steps: number | null;
  /** Steps at which to measure; 1, 2, 4, ... and the last when left out. */
  readonly record?: readonly number[];
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

interface Inferences {
  readonly learnings: readonly { readonly name: string; readonly inference: string | null }[];
  readonly inferences: readonly {
    readonly name: string;
    readonly observed: readonly string[];
    readonly states: readonly { readonly name: string }[];
  }[];
  readonly observed: readonly { readonly name: string }[];
}

/** The inference of a learning, or the model's first that perceives: one that moves nothing of what is observed, where there is one. */
export const inferenceOf = (
  { learnings, inferences, observed }: Inferences,
  learning: string,
): string | null => {
  const names = new Set(observed.map(({ name }) => name));
  const fromData = inferences.filter((inference) => inference.observed.length > 0);
  const perceiving = fromData.find(({ states }) => !states.some(({ name }) => names.has(name)));
  return (
    learnings.find(({ name }) => name === learning)?.inference ?? (perceiving ?? fromData[0])?.name ?? null
  );
};

/** As asked; else of beliefs a fixed number at least, of states the inference's own. Null where it repeats nothing. */
export function stepsToMeasure(model: Model, inference: string, steps: number | null): number | null {
  const found = inferenceNamed(model, inference);
  if (steps !== null || found.steps === 0) return steps;
  return found.metrics.some(({ name }) => name === 'free_energy')
    ? Math.max(leastSteps, found.steps)
    : found.steps;
}

/** Where a state follows forces, it is measured right after its start too. */
export function stepsToRecord(model: Model, inference: string, steps: number | null): readonly number[] {
  const found = inferenceNamed(model, inference);
  const later = powersOfTwo(steps ?? found.steps);
  return later[0] !== 0 && found.metrics.some(({ name }) => name === 'force') ? [0, ...later] : later;
}

export async function measure(request: MeasureRequest, output: Output): Promise<InferResult> {
  const { model, state, data, inference, record, seed, signal } = request;
  const steps = stepsToMeasure(model, inference, request.steps);
  const progress = output.json ? silent : showProgress('measuring', 'steps', steps ?? 1);
  try {
    return await model.infer(state, data, {
      inference,
      ...(steps === null ? {} : { steps }),
      ...(record === undefined ? {} : { record }),
      ...(seed === undefined ? {} : { seed }),
      ...(signal === undefined ? {} : { signal }),
      onProgress: ({ done, of }) => progress.update(of > 0 ? Math.floor(((steps ?? 1) * done) / of) : 0, ''),
    });
  } finally {
    progress.stop();
  }
}

export const inferenceNamed = ({ plan }: Model, name: string): InferencePlan =>
  plan.inferences.find((inference) => inference.name === name)!;

/** The metrics that an inference was measured by, of which there are data. */
export const measuredBy = (model: Model, { inference, steps }: InferResult): readonly MetricDefinition[] =>
  inferenceNamed(model, inference).metrics.filter(({ name }) => Object.hasOwn(steps[0] ?? {}, name));

/** Throws NSM6015 when inference ran away: what was measured before that is shown and saved by then. */
export function requireFinite(program: LoadedProgram, model: Model, result: InferResult): void {
  for (const { name, label, unit } of measuredBy(model, result)) {
    const lost = result.steps.find((step) => !Number.isFinite(step[name]));
    if (lost === undefined || (unit !== 'nats' && unit !== 'size')) continue;
    throw faultIn(program, {
      code: 'NSM6015',
      message: `${result.inference} diverged: its ${label} is not finite any more at step ${lost.step}`,
      hint:
        'the parameters are finite and saved; bound what runs away with `guard`, lower the rate of the inference, or measure ' +
        'fewer steps with `nsm infer RUN --steps N`',
      place: result.brokenAt,
    });
  }
}

/** The table, the figures of the last step in words, and what has no figure. */
export function metricsText(model: Model, result: InferResult): string {
  const metrics = measuredBy(model, result);
  const shown =
    metrics.length === 0
      ? [`there is nothing to measure of ${result.inference}`]
      : [metricsTable(metrics, result.steps), '', metricsLine(metrics, result.steps.at(-1)!)];
  const missing = inferenceNamed(model, result.inference).unmeasured.map(
    ({ name, why }) => `no ${name} is shown: ${why}`,
  );
  return [...shown, ...missing].join('\n');
}

/** The table of metrics at the recorded steps. */
function metricsTable(metrics: readonly MetricDefinition[], steps: readonly StepMetrics[]): string {
  const rows = [
    ['step', ...metrics.map(({ label }) => label)],
    ...steps.map((step) => [
      String(step.step),
      ...metrics.map((metric) => inTable(metric, step[metric.name]!)),
    ]),
  ];
  const widths = rows[0]!.map((label, column) => (column === 0 ? 8 : Math.max(13, label.length + 2)));
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column]!)).join('')).join('\n');
}

const inTable = ({ unit }: MetricDefinition, value: number): string => {
  switch (unit) {
    case 'explained':
    case 'share':
      return value.toFixed(4);
    case 'nats':
      return value.toFixed(2);
    case 'size':
    case 'turns':
    case 'number':
      return value.toPrecision(4);
  }
};

/** `R² 0.804, zeros 0.888, free energy -152.3 nats per example` */
const metricsLine = (metrics: readonly MetricDefinition[], step: StepMetrics): string =>
  metrics.map((metric) => inWords(metric, step[metric.name]!)).join(', ');

const inWords = ({ label, unit }: MetricDefinition, value: number): string => {
  switch (unit) {
    case 'explained':
    case 'share':
      return `${label} ${value.toFixed(3)}`;
    case 'nats':
      return `${label} ${value.toFixed(1)} nats per example`;
    case 'turns':
      return `${label} ${value.toFixed(1)}`;
    case 'size':
    case 'number':
      return `${label} ${value.toPrecision(3)}`;
  }
};
