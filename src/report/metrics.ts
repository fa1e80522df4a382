/** The figures of an inference as words, cells and charts. */
import type { MetricDefinition } from '../schedule/definition.ts';
import type { Chart, Series } from './charts.ts';
import { readableNumber, readablePercent } from './page.ts';
import { extent, objectiveAxis, shareDomain, thinned } from './series.ts';

export type Metric = Pick<MetricDefinition, 'name' | 'label' | 'doc' | 'unit'>;

/** Figures of one step by the names of the metrics; any of them may not be finite. */
export type MetricPoint = Readonly<Record<string, number>> & { readonly step: number };

/** The title of a column or an axis. */
export const titleOf = ({ label, unit }: Metric): string => (unit === 'nats' ? `${label} (nats)` : label);

export const valueOf = ({ name }: Metric, point: Readonly<Record<string, number>>): number =>
  point[name] ?? NaN;

export function cellOf(metric: Metric, point: Readonly<Record<string, number>>): string {
  const value = valueOf(metric, point);
  switch (metric.unit) {
    case 'explained':
      return Number.isFinite(value) ? value.toFixed(3).replace('-', '−') : '–';
    case 'share':
      return readablePercent(value);
    case 'nats':
    case 'size':
    case 'turns':
    case 'number':
      return readableNumber(value);
  }
}

/** `R² 0.761`, `88.8 % zeros`, `free energy −152.3 nats per example`; empty where the figure is not finite. */
export function wordsOf(metric: Metric, point: Readonly<Record<string, number>>): string {
  if (!Number.isFinite(valueOf(metric, point))) return '';
  const cell = cellOf(metric, point);
  switch (metric.unit) {
    case 'share':
      return `${cell} ${metric.label}`;
    case 'nats':
      return `${metric.label} ${cell} nats per example`;
    case 'turns':
      return `${cell} ${metric.label}`;
    case 'explained':
    case 'size':
    case 'number':
      return `${metric.label} ${cell}`;
  }
}

/** One line for each of some metrics against the step; those without finite values are left out. */
export const seriesOf = (metrics: readonly Metric[], points: readonly MetricPoint[]): readonly Series[] =>
  metrics
    .map((metric) => ({
      name: metric.label,
      points: thinned(
        points
          .map((point) => ({ x: point.step, y: valueOf(metric, point) }))
          .filter(({ y }) => Number.isFinite(y)),
      ).points,
    }))
    .filter(({ points: own }) => own.length > 0);

/** Where a metric's axis lies. */
export function axisOf(metric: Metric, series: readonly Series[]): Partial<Chart['y']> {
  const values = series.flatMap(({ points }) => points.map(({ y }) => y));
  switch (metric.unit) {
    case 'explained':
      return { domain: shareDomain(series) };
    case 'share':
      return { domain: [0, 1] };
    case 'nats':
      return objectiveAxis(values);
    case 'size':
    case 'turns':
    case 'number': {
      const [low, high] = extent(values);
      return low > 0 && high / low > 30 ? { scale: 'log' } : {};
    }
  }
}

/** Metrics that share an axis: all shares together, any other by itself. */
export function groupsOf(metrics: readonly Metric[]): readonly (readonly Metric[])[] {
  const isShare = ({ unit }: Metric): boolean => unit === 'explained' || unit === 'share';
  const shares = metrics.filter(isShare);
  return [
    ...(shares.length === 0 ? [] : [shares]),
    ...metrics.filter((metric) => !isShare(metric)).map((metric) => [metric]),
  ];
}
