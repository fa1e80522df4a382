import { exponentOf } from './growth-fit.ts';
import type { Grown } from './growth-chart.ts';

/** The points of one kind of run along one axis, a line for each, and how steeply they grow. */
export const growthTable = (points: readonly Grown[]): readonly string[] => {
  const [{ axis, kind }] = points as readonly [Grown];
  const slope = (ms: (point: Grown) => number): string =>
    exponentOf(points.map((point) => ({ x: point.size, y: ms(point) }))).toFixed(2);
  return [
    `${kind} against ${axis}; ms per run`,
    '    size  active  measured  quartiles           predicted  measured / predicted',
    ...points.map(({ size, activity, measured: { median, low, high }, predicted }) =>
      [
        `  ${axis === 'activity' ? '' : size}`.padEnd(8),
        `${(100 * activity).toFixed(1)} %`.padStart(6),
        figure(median).padStart(8),
        `${figure(low)} to ${figure(high)}`.padEnd(18),
        figure(predicted).padStart(9),
        (median / predicted).toFixed(2).padStart(5),
      ].join('  '),
    ),
    `  grows with the power ${slope(({ measured }) => measured.median)}, predicted ${slope(({ predicted }) => predicted)}`,
  ];
};

const figure = (value: number): string => Number(value.toPrecision(3)).toString();
