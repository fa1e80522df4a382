import { drawCharts, escapeHtml, type Chart, type Series } from './charts.ts';
import type { InferencePoint } from './input.ts';
import { code, figure, page, paragraph, readablePercent, section, table } from './page.ts';
import { objectiveAxis, shareDomain } from './series.ts';

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
  /** Measurements after training by inference step, at least one. */
  readonly steps: readonly InferencePoint[];
}

/** Runs side by side as one HTML file: a table of their last measurements, and how these came about step by step. */
export async function comparison(runs: readonly ComparedRun[]): Promise<string> {
  const series = (of: (point: InferencePoint) => number): Series[] =>
    runs
      .map(({ name, steps }) => ({
        name,
        points: steps.map((point) => ({ x: point.step, y: of(point) })).filter(({ y }) => Number.isFinite(y)),
      }))
      .filter(({ points }) => points.length > 0);
  const [explained, zeros, energy] = [
    series(({ r2 }) => r2),
    series((point) => point.zeros),
    series((point) => point.free_energy),
  ];
  const energies = energy.flatMap(({ points }) => points.map(({ y }) => y));
  const charts: readonly { readonly chart: Chart; readonly caption: string }[] = [
    {
      chart: lines('R²', explained, { domain: shareDomain(explained) }),
      caption: 'R², pooled over the test examples, by inference step.',
    },
    {
      chart: lines('fraction of zeros', zeros, { domain: [0, 1] }),
      caption: 'Share of latent values that are exactly zero.',
    },
    {
      chart: lines('free energy (nats)', energy, objectiveAxis(energies)),
      caption: 'Free energy under each model’s own prior, mean per example.',
    },
  ];
  const drawable = charts.filter(({ chart }) => chart.series.length > 0);
  const drawn = await drawCharts(drawable.map(({ chart }) => chart));
  const title = `${runs.length} runs compared`;
  return page(
    title,
    [
      `<header><h1>${escapeHtml(title)}</h1><p class="byline">${escapeHtml([...new Set(runs.map(({ data }) => data))].join('; '))}</p></header>`,
      section(
        'At the last step of inference',
        table('One row per run', comparedColumns, comparedRows(runs), true, 3),
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

export const comparedColumns: readonly string[] = [
  'run',
  'latents',
  'learning',
  'R²',
  'zeros',
  'free energy (nats)',
  'iterations',
  'seed',
];

/** The cells of the table, one row per run, in the order given. */
export const comparedRows = (runs: readonly ComparedRun[]): readonly (readonly string[])[] =>
  runs.map(({ name, latents, learning, steps, iterations, seed }) => {
    const { r2, zeros, free_energy } = steps.at(-1)!;
    return [
      name,
      latents,
      learning,
      Number.isFinite(r2) ? r2.toFixed(3) : '–',
      readablePercent(zeros),
      Number.isFinite(free_energy) ? free_energy.toFixed(1) : '–',
      String(iterations),
      String(seed),
    ];
  });

const lines = (title: string, series: readonly Series[], axis: Partial<Chart['y']>): Chart => ({
  alternative: `Line chart of ${title} against inference step, one line for each of ${series.length} run${series.length === 1 ? '' : 's'}.`,
  x: { title: 'inference step', scale: 'log2', format: 'd' },
  y: { title, ...axis },
  mark: 'line',
  series,
});
