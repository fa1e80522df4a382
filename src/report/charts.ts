import type { TopLevelSpec } from 'vega-lite';

/** Points with a y that is not finite are left out. */
export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
  /** The series that it is held against: it has that one's colour, dashed. */
  readonly against?: string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Ends of a bar through the point. */
  readonly spread?: { readonly low: number; readonly high: number };
}

export interface Axis {
  readonly title: string;
  /** `log2` marks 1, 2, 4, ...; both logarithms leave out values that are not positive. */
  readonly scale?: 'linear' | 'log' | 'log2';
  readonly domain?: readonly [number, number];
  /** d3-format specifier of the tick labels. */
  readonly format?: string;
}

export interface Chart {
  /** What the chart shows, for readers who cannot see it. */
  readonly alternative: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly mark: 'line' | 'point';
  readonly series: readonly Series[];
  /** Dashed lines that limits are read from. */
  readonly rules?: { readonly x?: number; readonly y?: number };
}

/** Legible on white and on near-black; also told apart by dash and shape. */
const palette = ['#2f7fc1', '#d9772b', '#3f9e6e', '#a06ab4', '#b5493f', '#7a7f2a', '#3aa0a8', '#8a6d5a'];
const ink = 'currentColor';

/**
 * Draws charts as SVG elements that scale to their column and take the page's text colour. vega is imported
 * when the first chart is drawn: it is large, and no other command needs it.
 */
export async function drawCharts(charts: readonly Chart[]): Promise<string[]> {
  if (charts.length === 0) return [];
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  return Promise.all(
    charts.map(async (chart, place) => {
      const runtime = vega.parse(vegaLite.compile(chartSpecification(chart)).spec);
      const svg = await new vega.View(runtime, { renderer: 'none' }).toSVG();
      return inlineSvg(svg, chart.alternative, `chart${place}-`);
    }),
  );
}

/** The vega-lite specification of a chart. */
function chartSpecification(chart: Chart): TopLevelSpec {
  const { x, y, series } = chart;
  const usable = (value: number, axis: Axis): boolean =>
    Number.isFinite(value) && ((axis.scale ?? 'linear') === 'linear' || value > 0);
  const values = series.flatMap(({ name, points }) =>
    points.filter((point) => usable(point.x, x) && usable(point.y, y)).map((point) => ({ ...point, name })),
  );
  const names = series.map(({ name }) => name);
  const colours = names.filter((_, place) => series[place]!.against === undefined);
  const range = series.map(({ name, against = name }) => palette[colours.indexOf(against) % palette.length]!);
  const several = names.length > 1;
  const crowded = values.length > 40 * Math.max(1, names.length);
  const legend = several
    ? {
        title: null,
        orient: 'top' as const,
        ...(chart.mark === 'line' ? { symbolType: 'stroke', symbolSize: 400 } : { symbolSize: 100 }),
        labelLimit: 320,
        offset: 6,
        columnPadding: 24,
        columns: 2,
      }
    : null;
  const channel = (field: 'x' | 'y', axis: Axis) => ({
    field,
    type: 'quantitative' as const,
    title: axis.title,
    axis: {
      ...(axis.format ? { format: axis.format } : {}),
      ...ticks(
        values.map((point) => point[field]),
        axis,
      ),
    },
    scale: {
      type: axis.scale === 'log2' || axis.scale === 'log' ? ('log' as const) : ('linear' as const),
      ...(axis.scale === 'log2' ? { base: 2 } : {}),
      ...(axis.domain ? { domain: [...axis.domain], nice: false } : { nice: axis.scale !== 'log2' }),
      ...(axis.scale === 'log' || axis.scale === 'log2' ? {} : { zero: false }),
    },
  });
  const colour = { field: 'name', type: 'nominal' as const, scale: { domain: names, range }, legend };
  const encoding = { x: channel('x', x), y: channel('y', y), color: colour };
  const outside = ({ domain }: Axis, field: 'x' | 'y'): boolean =>
    domain !== undefined && values.some((point) => point[field] < domain[0] || point[field] > domain[1]);
  const clip = outside(x, 'x') || outside(y, 'y');
  const byName = { field: 'name', type: 'nominal' as const, legend };
  const dashes =
    colours.length < names.length
      ? series.map(({ against }) => (against === undefined ? [1, 0] : [6, 3]))
      : [[1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [10, 3], [4, 4], [8, 2, 2, 2, 2, 2], [1, 3]]; // prettier-ignore
  const dash = { ...byName, scale: { domain: names, range: dashes } };
  const shape = {
    ...byName,
    scale: {
      domain: names,
      range: [
        'circle',
        'square',
        'diamond',
        'triangle-up',
        'cross',
        'triangle-down',
        'triangle-right',
        'triangle-left',
      ],
    },
  };
  const point = { filled: true, size: 28, opacity: 1, clip };
  const marks =
    chart.mark === 'line'
      ? {
          mark: { type: 'line' as const, clip, strokeWidth: 2, point: crowded ? false : point },
          encoding: { ...encoding, strokeDash: dash },
        }
      : { mark: { type: 'point' as const, ...point, opacity: 0.6 }, encoding: { ...encoding, shape } };
  const bars = values.flatMap(({ x, name, spread }) =>
    spread === undefined ? [] : [{ x, name, ...spread }],
  );
  const rule = { type: 'rule' as const, strokeDash: [3, 3], color: ink, opacity: 0.6 };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: 440,
    height: 280,
    padding: 4,
    autosize: { type: 'fit', contains: 'padding' },
    layer: [
      ...(chart.rules?.x !== undefined ? [{ data: { values: [{}] }, mark: rule, encoding: { x: { datum: chart.rules.x } } }] : []), // prettier-ignore
      ...(chart.rules?.y !== undefined ? [{ data: { values: [{}] }, mark: rule, encoding: { y: { datum: chart.rules.y } } }] : []), // prettier-ignore
      { data: { values }, ...marks },
      ...(bars.length > 0 ? [{ data: { values: bars }, mark: { type: 'rule' as const, clip, strokeWidth: 2 }, encoding: { x: encoding.x, y: { ...encoding.y, field: 'low' }, y2: { field: 'high' }, color: colour } }] : []), // prettier-ignore
    ],
    config: {
      background: undefined,
      font: 'system-ui, sans-serif',
      aria: false,
      view: { stroke: null },
      axis: {
        ...{ labelColor: ink, titleColor: ink, domainColor: ink, tickColor: ink, gridColor: ink },
        ...{ gridOpacity: 0.12, domainOpacity: 0.4, tickOpacity: 0.4, labelOpacity: 0.85 },
        ...{
          labelFontSize: 12,
          titleFontSize: 13,
          titleFontWeight: 'normal',
          titlePadding: 8,
          tickSize: 4,
          tickCount: 5,
        },
      },
      legend: { labelColor: ink, labelFontSize: 12.5 },
    },
  };
}

/** On a base-2 axis every power of two is marked, or every second one when there are many. */
function ticks(
  values: readonly number[],
  axis: Axis,
): { values?: number[]; tickCount?: number; labelOverlap?: false } {
  if (axis.scale !== 'log2' || values.length === 0) return {};
  const highest = Math.floor(Math.log2(values.reduce((a, b) => Math.max(a, b))));
  const lowest = Math.ceil(Math.log2(values.reduce((a, b) => Math.min(a, b))));
  const stride = highest - lowest > 10 ? 2 : 1;
  const length = Math.floor((highest - lowest) / stride) + 1;
  return {
    values: Array.from({ length }, (_, place) => 2 ** (lowest + place * stride)),
    tickCount: length,
    labelOverlap: false,
  };
}

/**
 * Names the drawing, and numbers its clip paths by themselves: vega counts them over the life of the process,
 * and two charts of one page must not share them.
 */
function inlineSvg(svg: string, alternative: string, prefix: string): string {
  const identifiers = [...new Set([...svg.matchAll(/\bid="([^"]+)"/g)].map((match) => match[1]!))];
  return svg
    .replace(/\bid="([^"]+)"/g, (_, name: string) => `id="${prefix}${identifiers.indexOf(name)}"`)
    .replace(/url\(#([^)]+)\)/g, (_, name: string) => `url(#${prefix}${identifiers.indexOf(name)})`)
    .replace(/^<svg /, `<svg role="img" aria-label="${escapeHtml(alternative)}" `);
}

/** Text as HTML or SVG character data, also inside quoted attributes. */
export function escapeHtml(text: string): string {
  const names: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => names[character]!);
}
