import { columnNorms } from './analysis.ts';
import type { Chart } from './charts.ts';
import type { ImageShape } from './gabor.ts';
import type { ReportInput } from './input.ts';
import { axisOf, cellOf, groupsOf, seriesOf, titleOf, type Metric } from './metrics.ts';
import { figure, image, paragraph, readableNumber, readablePercent, section, table } from './page.ts';
import { dictionaryPicture, pngAddress, reconstructionPicture } from './pictures.ts';
import { evenly, objectiveAxis, shareDomain, thinned } from './series.ts';

/** A part of the report: charts are drawn together, then handed to `body` in order. */
export interface Part {
  readonly charts: readonly Chart[];
  readonly body: (charts: readonly string[]) => string;
}

/** A part that has no data. */
export const nothing: Part = { charts: [], body: () => '' };

/** The objective against iteration. */
export function training({ training: points, untold }: ReportInput): Part {
  if (untold !== null)
    return { charts: [], body: () => section('Training', paragraph(`No objective is shown: ${untold}.`)) };
  if (points.length === 0) return nothing;
  const finite = points.filter((point) => Number.isFinite(point.objective));
  const lost = points.length - finite.length;
  const objective = thinned(finite.map((point) => ({ x: point.iteration, y: point.objective })));
  const axis = objectiveAxis(objective.points.map((point) => point.y));
  const charts: Chart[] =
    finite.length > 1
      ? [
          {
            alternative: `Line chart of the training objective against iteration, ending at ${readableNumber(finite.at(-1)!.objective)}.`,
            x: { title: 'iteration' },
            y: { title: 'objective (nats)', ...axis },
            mark: 'line',
            series: [{ name: 'objective', points: objective.points }],
          },
        ]
      : [];
  const caption =
    `The objective that learning descends, ${axis.scale === 'log' ? 'on a logarithmic axis' : 'in nats'}` +
    `${objective.width > 1 ? `; each point is the mean of up to ${objective.width} logged values` : ''}` +
    `${axis.domain ? '; the first, much larger values lie above the plot' : ''}.`;
  const rows = evenly(points, 9).map(({ iteration, objective: value }) => [
    readableNumber(iteration),
    readableNumber(value),
  ]);
  return {
    charts,
    body: (drawn) =>
      section(
        'Training',
        lost > 0
          ? paragraph(`The objective was not finite at ${lost} of ${points.length} logged iterations.`)
          : '',
        '<div class="pair">',
        ...drawn.map((chart) => figure(chart, caption)),
        table('The same numbers at some iterations', ['iteration', 'objective (nats)'], rows),
        '</div>',
      ),
  };
}

/** The metrics against inference step. */
export function inference({ metrics, inference: points, unmeasured }: ReportInput): Part {
  const missing = unmeasured.map(({ name, why }) => paragraph(`No ${name} is shown: ${why}.`));
  if (points.length === 0) return nothing;
  const step = {
    title: 'inference step',
    scale: points.length > 1 ? ('log2' as const) : ('linear' as const),
    format: 'd',
  };
  const last = points.at(-1)!;
  const drawable = groupsOf(metrics).flatMap((group) => {
    const series = seriesOf(group, points);
    const shown = group.filter(({ label }) => series.some(({ name }) => name === label));
    return series.length === 0 ? [] : [{ shown, series }];
  });
  const charts = drawable.map(({ shown, series }): Chart => {
    const [first] = shown as [Metric, ...Metric[]];
    const isShare = first.unit === 'explained' || first.unit === 'share';
    return {
      alternative:
        `Line chart of ${shown.map(({ label }) => label).join(' and of ')} against inference step, ` +
        `ending at ${shown.map((metric) => cellOf(metric, last)).join(' and ')}.`,
      x: step,
      y: isShare
        ? { title: 'share', domain: shareDomain(series) }
        : { title: titleOf(first), ...axisOf(first, series) },
      mark: 'line',
      series,
    };
  });
  const powers = points.filter((point) => Number.isInteger(Math.log2(point.step)) || point === last);
  const chosen = points.length <= 14 ? points : powers.length >= 4 ? powers : evenly(points, 12);
  return {
    charts,
    body: (drawn) =>
      section(
        'Inference',
        ...missing,
        '<div class="pair">',
        ...drawn.map((chart, place) => figure(chart, captionOf(drawable[place]!.shown))),
        '</div>',
        table(
          'The same numbers',
          ['step', ...metrics.map(titleOf)],
          chosen.map((point) => [
            readableNumber(point.step),
            ...metrics.map((metric) => cellOf(metric, point)),
          ]),
        ),
      ),
  };
}

const captionOf = (metrics: readonly Metric[]): string =>
  metrics.length === 1
    ? metrics[0]!.doc
    : metrics.map(({ label, doc }) => `${label}: ${doc.charAt(0).toLowerCase()}${doc.slice(1)}`).join(' ');

/** All elements in one picture, and their norms. */
export function dictionary({ dictionary, imageShape, meanActivity }: ReportInput): Part {
  if (!dictionary) return nothing;
  const { name, values, pixels, neurons } = dictionary;
  const sorted = columnNorms(values, pixels, neurons).sort().reverse();
  const activity = meanActivity ? Float64Array.from(meanActivity).sort().reverse() : null;
  const ranks = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1].map((share) => Math.round(share * (neurons - 1)));
  const charts: Chart[] = [
    {
      alternative: `Norms of the ${neurons} elements of ${name}, sorted, from ${readableNumber(sorted[0] ?? NaN)} down to ${readableNumber(sorted[neurons - 1] ?? NaN)}.`,
      x: { title: 'rank', domain: [1, Math.max(2, neurons)] },
      y: { title: 'norm', domain: [0, 1.05 * (sorted[0] || 1)] },
      mark: 'line',
      series: [
        { name: 'norm', points: thinned(Array.from(sorted, (y, rank) => ({ x: rank + 1, y }))).points },
      ],
    },
  ];
  const shape = pictureShape(imageShape, pixels);
  return {
    charts,
    body: ([norms = '']) =>
      section(
        'Dictionary',
        shape
          ? figure(
              image(
                pngAddress(dictionaryPicture(values, pixels, neurons, shape)),
                `All ${neurons} elements of ${name} as small grey pictures, largest norm first.`,
              ),
              `All ${neurons} elements of ${name}, ${shape[0]} × ${shape[1]} pixels each, sorted by norm, largest first, ` +
                'row by row. Each is scaled by itself and symmetrically about grey: grey is zero, and its largest absolute ' +
                'value is black or white. Elements with a small norm look as strong as the others here; the curve below tells.',
            )
          : paragraph(
              `${name} has ${neurons} elements of ${pixels} values; they are no pictures of a known shape.`,
            ),
        '<div class="pair">',
        figure(norms, `Euclidean norms of the elements of ${name}, sorted.`),
        table(
          activity ? 'The same numbers; expected counts are sorted by themselves' : 'The same numbers',
          ['rank', 'norm', ...(activity ? ['expected count'] : [])],
          [...new Set(ranks)].map((rank) => [
            readableNumber(rank + 1),
            readableNumber(sorted[rank] ?? NaN),
            ...(activity ? [readableNumber(activity[rank] ?? NaN)] : []),
          ]),
        ),
        '</div>',
      ),
  };
}

/** Originals above their reconstructions. */
export function reconstructions({ reconstructions: pairs, imageShape }: ReportInput): Part {
  const shape = pictureShape(imageShape, pairs[0]?.original.length ?? 0);
  if (pairs.length === 0 || !shape) return nothing;
  const caption =
    'Each band: originals above, reconstructions below. A pair shares the grey scale of its original; ' +
    'values beyond it are clipped.';
  return {
    charts: [],
    body: () =>
      section(
        'Reconstructions',
        figure(
          image(
            pngAddress(reconstructionPicture(pairs, shape)),
            `${pairs.length} examples above their reconstructions.`,
          ),
          caption,
        ),
      ),
  };
}

/** The measure in words, its counts, and the same for the control. */
export function analysis({ analysis, dictionary, imageShape }: ReportInput): Part {
  if (!analysis || !dictionary) return nothing;
  const { control } = analysis;
  const sets = [{ name: dictionary.name, measure: analysis }, ...(control ? [control] : [])];
  const charts: Chart[] = [
    {
      alternative: `Orientation selectivity against energy in a window for every used element of ${sets.map(({ name }) => name).join(' and of ')}.`,
      x: { title: 'energy in the best window', domain: [0, 1] },
      y: { title: 'orientation selectivity', domain: [0, 1] },
      mark: 'point',
      series: sets.map(({ name, measure }) => ({
        name,
        points: measure.elements
          .filter((element) => element.used)
          .map((element) => ({ x: element.windowEnergy, y: element.selectivity })),
      })),
      rules: { x: analysis.thresholds.windowEnergy, y: analysis.thresholds.selectivity },
    },
  ];
  const shape = pictureShape(imageShape, dictionary.pixels);
  const passing = new Set(analysis.elements.filter((e) => e.localised && e.oriented).map((e) => e.element));
  const { values, pixels, neurons } = dictionary;
  return {
    charts,
    body: ([scatter = '']) =>
      section(
        'Localised and oriented elements',
        paragraph(analysis.description),
        '<div class="pair">',
        figure(
          scatter,
          'Every used element. The dashed lines are the limits; a Gabor fit is asked for as well.',
        ),
        table(
          'Counts',
          ['', ...sets.map(({ name }) => name)],
          [
            ['elements', ...sets.map(({ measure }) => readableNumber(measure.elements.length))],
            ['used', ...sets.map(({ measure }) => readableNumber(measure.used))],
            ['localised', ...sets.map(({ measure }) => readableNumber(measure.localised))],
            ['oriented', ...sets.map(({ measure }) => readableNumber(measure.oriented))],
            ['both', ...sets.map(({ measure }) => readableNumber(measure.localisedAndOriented))],
            ['both / used', ...sets.map(({ measure }) => readablePercent(measure.share))],
          ],
        ),
        '</div>',
        shape && passing.size > 0
          ? figure(
              image(
                pngAddress(
                  dictionaryPicture(columns(values, pixels, neurons, passing), pixels, passing.size, shape, {
                    sizedFor: neurons,
                  }),
                ),
                `The ${passing.size} elements of ${dictionary.name} that are localised and oriented.`,
              ),
              `The ${passing.size} elements of ${dictionary.name} that count as localised and oriented, largest norm first, each scaled by itself.`,
            )
          : '',
        shape && control && control.count > 0
          ? figure(
              image(
                pngAddress(
                  dictionaryPicture(control.values, pixels, control.count, shape, {
                    order: 'given',
                    sizedFor: neurons,
                  }),
                ),
                `${control.count} ${control.name} as small grey pictures.`,
              ),
              `The control: ${control.count} ${control.name} of the same data, in their own order, each scaled by itself.`,
            )
          : '',
      ),
  };
}

function pictureShape(shape: ImageShape | null, pixels: number): ImageShape | null {
  return shape && shape[0] * shape[1] === pixels ? shape : null;
}

/** The chosen columns of a row-major [pixels, neurons] matrix. */
function columns(
  values: Float32Array,
  pixels: number,
  neurons: number,
  chosen: ReadonlySet<number>,
): Float32Array {
  const kept = [...chosen];
  return Float32Array.from({ length: pixels * kept.length }, (_, place) => {
    const pixel = Math.floor(place / kept.length);
    return values[pixel * neurons + kept[place % kept.length]!]!;
  });
}
