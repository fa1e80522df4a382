import { drawCharts, escapeHtml } from './charts.ts';
import type { ReportInput } from './input.ts';
import { wordsOf } from './metrics.ts';
import { code, page, paragraph, readablePercent, section, table } from './page.ts';
import {
  analysis,
  dictionary,
  inference,
  nothing,
  type Part,
  reconstructions,
  training,
} from './sections.ts';

/**
 * The report of a training run as one HTML file: no network, no scripts, charts as SVG and pictures as PNG
 * inside. Parts without data are left out.
 */
export async function report(input: ReportInput): Promise<string> {
  const parts = [
    header(input),
    training(input),
    inference(input),
    dictionary(input),
    reconstructions(input),
    analysis(input),
    settings(input),
    changes(input),
    reproduction(input),
  ];
  const drawn = await drawCharts(parts.flatMap((part) => part.charts));
  let next = 0;
  const bodies = parts.map(({ charts, body }) => body(drawn.slice(next, (next += charts.length))));
  return page(input.title, bodies.filter((body) => body !== '').join('\n'));
}

/** One sentence with the final metrics that exist. */
export function summary({ metrics, final, analysis }: ReportInput): string {
  const words = metrics.map((metric) => wordsOf(metric, final)).filter((metric) => metric !== '');
  const head = words.length > 0 ? words.join(', ') : 'No finite final metric';
  if (!analysis || analysis.used === 0) return `${head}.`;
  const { localisedAndOriented, used, share } = analysis;
  return `${head}; ${localisedAndOriented} of ${used} used elements (${readablePercent(share)}) are localised and oriented.`;
}

function header(input: ReportInput): Part {
  return {
    charts: [],
    body: () =>
      [
        `<header><h1>${escapeHtml(input.title)}</h1>`,
        `<p class="byline">Model ${escapeHtml(input.modelName)}, learning ${escapeHtml(input.learningName)}.`,
        `${escapeHtml(input.dataNote)}</p>`,
        `<p class="summary">${escapeHtml(summary(input))}</p></header>`,
      ].join('\n'),
  };
}

function settings(input: ReportInput): Part {
  const rows = Object.entries(input.settings).map(([name, value]) => [
    name,
    typeof value === 'number' ? String(value) : value,
  ]);
  if (rows.length === 0) return nothing;
  return {
    charts: [],
    body: () => section('Settings', table('As used in this run', ['setting', 'value'], rows, false)),
  };
}

function changes(input: ReportInput): Part {
  if (input.changes.length === 0) return nothing;
  const rows = input.changes.map(({ change, iteration, undoes, what }) => [
    String(change),
    String(iteration),
    undoes === null ? what : `undid change ${undoes}: ${what}`,
  ]);
  const caption = 'What was changed while the run went on; settings and source are those of its end';
  return {
    charts: [],
    body: () =>
      section('Changes', table(caption, ['change', 'after iteration', 'what changed'], rows, false)),
  };
}

function reproduction(input: ReportInput): Part {
  return {
    charts: [],
    body: () =>
      [
        input.source === ''
          ? ''
          : section('Source', paragraph('The model as resolved for this run.'), code(input.source)),
        input.command === ''
          ? ''
          : section(
              'How to reproduce',
              paragraph(
                input.changes.length === 0
                  ? 'This command repeats the run.'
                  : 'This command began the run, which was changed after that.',
              ),
              code(input.command),
            ),
      ].join('\n'),
  };
}
