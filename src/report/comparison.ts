import { drawCharts, escapeHtml, type Chart, type Series } from './charts.ts';
import { axisOf, cellOf, seriesOf, titleOf, valueOf, type Metric, type MetricPoint } from './metrics.ts';
import { code, figure, page, paragraph, section, table } from './page.ts';

/** One run among those that are compared. */
export interface ComparedRun {
  /** What tells the run from the others. */
  readonly name: string;
  readonly learning: string;
  /** Families of the latent variables: `z ~ Poisson(log_rate = prior[neurons])`. */
  readonly latents: string;
  readonly data: string;
  readonly iterations: number;
  readonly seed: number;
  /** Command line that repeats the run. */
  readonly command: string;
  /** What it was measured by. */
  readonly metrics: readonly Metric[];
  /** Measurements after training by inference step, at least one. */
  readonly steps: readonly MetricPoint[];
}

/** Runs side by side as one HTML file: a table of their last measurements, and how these came about step by step. */
export async function comparison(runs: readonly ComparedRun[]): Promise<string> {
  const drawable = comparedMetrics(runs).flatMap((metric) => {
    const series = runs.flatMap(({ name, steps }) =>
      seriesOf([metric], steps).map(({ points }): Series => ({ name, points })),
    );
    return series.length === 0
      ? []
      : [{ chart: lines(titleOf(metric), series, axisOf(metric, series)), caption: metric.doc }];
  });
  const drawn = await drawCharts(drawable.map(({ chart }) => chart));
  const title = `${runs.length} runs compared`;
  return page(
    title,
    [
      `<header><h1>${escapeHtml(title)}</h1><p class="byline">${escapeHtml([...new Set(runs.map(({ data }) => data))].join('; '))}</p></header>`,
      section(
        'At the last step of inference',
        table('One row per run', comparedColumns(runs), comparedRows(runs), true, 3),
      ),
      section(
        'Step by step',
        '<div class="pair">',
        ...drawn.map((chart, place) => figure(chart, drawable[place]!.caption)),
        '</div>',
      ),
      section(
        'How to reproduce',
        paragraph('These commands repeat the runs.'),
        code(runs.map(({ command }) => command).join('\n')),
      ),
    ].join('\n'),
  );
}

/** The metrics of all runs, in the order in which the first of them has them. */
const comparedMetrics = (runs: readonly ComparedRun[]): readonly Metric[] => [
  ...new Map(runs.flatMap(({ metrics }) => metrics).map((metric) => [metric.name, metric])).values(),
];

export const comparedColumns = (runs: readonly ComparedRun[]): readonly string[] => [
  'run',
  'latents',
  'learning',
  ...comparedMetrics(runs).map(titleOf),
  'iterations',
  'seed',
];

/** The cells of the table, one row per run, in the order given. */
export const comparedRows = (runs: readonly ComparedRun[]): readonly (readonly string[])[] =>
  runs.map(({ name, latents, learning, steps, iterations, seed }) => [
    name,
    latents,
    learning,
    ...comparedMetrics(runs).map((metric) => {
      const value = valueOf(metric, steps.at(-1)!);
      const digits = metric.unit === 'nats' ? 1 : metric.unit === 'explained' ? 3 : null;
      return digits !== null && Number.isFinite(value)
        ? value.toFixed(digits)
        : cellOf(metric, steps.at(-1)!);
    }),
    String(iterations),
    String(seed),
  ]);

const lines = (title: string, series: readonly Series[], axis: Partial<Chart['y']>): Chart => ({
  alternative: `Line chart of ${title} against inference step, one line for each of ${series.length} run${series.length === 1 ? '' : 's'}.`,
  x: { title: 'inference step', scale: 'log2', format: 'd' },
  y: { title, ...axis },
  mark: 'line',
  series,
});
