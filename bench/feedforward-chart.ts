import type { Chart } from '../src/report/charts.ts';
import { exponentialFit } from './fixed-point.ts';

export interface Start {
  readonly net: string;
  readonly weights: string;
  readonly distances: readonly number[];
}

/** Distance to the fixed point against step, over that of the start, with exponential fits: of the first seed of each kind of weights. */
export const distanceChart = (net: string, starts: readonly Start[]): Chart => ({
  alternative: `${net}: distance to the fixed point against step`,
  x: { title: `step (${net})` },
  y: { title: 'distance / distance of the start', scale: 'log', domain: [0.01, 1.2] },
  mark: 'line',
  series: ['auto-encoder', 'shuffled', 'random'].flatMap((weights) => {
    const { distances } = starts.find((each) => each.net === net && each.weights === weights)!;
    const fit = exponentialFit(distances);
    const points = (values: readonly number[]) =>
      values.map((value, step) => ({ x: step, y: value / distances[0]! }));
    return [
      { name: weights, points: points(distances) },
      {
        name: `1/e in ${fit.steps.toFixed(1)} steps`,
        points: points(distances.map((_, step) => fit.first * Math.exp(-step / fit.steps))),
      },
    ];
  }),
});
