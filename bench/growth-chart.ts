import type { Axis, Chart } from '../src/report/charts.ts';
import { kinds, type AxisName, type Setting } from './growth-settings.ts';
import type { Spread } from './harness/statistics.ts';

export interface Grown {
  readonly axis: AxisName;
  readonly kind: Setting['kind'];
  /** Along the axis: of activity in per cent. */
  readonly size: number;
  /** Share of units above 0. */
  readonly activity: number;
  /** Milliseconds of a run. */
  readonly measured: Spread;
  readonly predicted: number;
}

/** Milliseconds against one size, with quartiles, and what the cost model says of them: two curves for inference, two for training. */
export const growthChart = (axis: AxisName, points: readonly Grown[]): Chart => {
  const along = points.filter((point) => point.axis === axis);
  const times = along.flatMap(({ measured: { low, high }, predicted }) => [low, high, predicted]);
  const x: Axis =
    axis === 'activity'
      ? { title: 'units active, %', scale: 'log', domain: around(along.map(({ size }) => size)) }
      : { title: axis, scale: 'log2', format: 'd' };
  return {
    alternative: `Milliseconds of a run against ${axis}, measured and predicted`,
    x,
    y: { title: 'ms per run', scale: 'log', domain: around(times) },
    mark: 'line',
    series: kinds.flatMap((kind) => {
      const own = along.filter((point) => point.kind === kind);
      if (own.length === 0) return [];
      const predicted = own.map((one) => ({ x: one.size, y: one.predicted }));
      const measured = own.map(({ size, measured: spread }) => ({ x: size, y: spread.median, spread }));
      return [
        { name: kind, points: measured },
        { name: `${kind}, predicted`, points: predicted, against: kind },
      ];
    }),
  };
};

const around = (values: readonly number[]): readonly [number, number] => [
  Math.min(...values) / 1.2,
  Math.max(...values) * 1.2,
];
