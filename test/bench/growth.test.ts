/** What `node bench/growth.ts` makes of times, and the settings that it measures. */
import { describe, expect, it } from 'vitest';
import { growthChart, type Grown } from '../../bench/growth-chart.ts';
import { growthTable } from '../../bench/growth-table.ts';
import { exponentOf, priceOf } from '../../bench/growth-fit.ts';
import type { axisNames } from '../../bench/growth-settings.ts';
import { middle, settingsOf, workOf, type Setting } from '../../bench/growth-settings.ts';
import { drawCharts } from '../../src/report/charts.ts';

describe('the price of work', () => {
  it('is that of every point where all agree', () => {
    const points = [1, 10, 1000].map((work) => ({ work, ms: 0.3 * work }));
    expect(priceOf(points)).toBeCloseTo(0.3, 12);
  });

  it('is as far below one point as above another, however long they take', () => {
    const points = [
      { work: 1, ms: 2 },
      { work: 1000, ms: 500 },
    ];
    expect(priceOf(points)).toBeCloseTo(1, 12);
  });
});

it('an exponent is that of a power, whatever stands before it', () => {
  const points = [1, 2, 4, 8].map((x) => ({ x, y: 7 * x ** 1.5 }));
  expect(exponentOf(points)).toBeCloseTo(1.5, 12);
  expect(exponentOf(points.map(({ x }) => ({ x, y: 7 })))).toBeCloseTo(0, 12);
});

describe('the settings of an axis', () => {
  const own = (axis: (typeof axisNames)[number], kind: Setting['kind']): readonly Setting[] =>
    settingsOf(axis).filter((setting) => setting.kind === kind);

  it.each(['batch', 'neurons', 'pixels', 'steps'] as const)('%s: double it, over a factor of 16', (axis) => {
    for (const kind of ['inference', 'training'] as const) {
      const sizes = own(axis, kind).map((setting) => setting.sizes);
      expect(sizes.map((each) => each[axis] / sizes[0]![axis])).toEqual([1, 2, 4, 8, 16]);
      expect(sizes[2]).toEqual(middle[kind]);
      for (const each of sizes) expect({ ...each, [axis]: 0 }).toEqual({ ...middle[kind], [axis]: 0 });
    }
  });

  it('activity: begin with the share of units active that they are for', () => {
    const shares = own('activity', 'inference').flatMap((setting) =>
      setting.kind === 'inference' ? [1 - Math.exp(-Math.exp(setting.logRate))] : [],
    );
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.4].forEach((share, place) => expect(shares[place]).toBeCloseTo(share, 12));
    expect(own('activity', 'training')).toEqual([]);
  });
});

it('work grows with the share of units that are active, as the products with them do', () => {
  for (const kind of ['inference', 'training'] as const) {
    const setting = settingsOf('steps').find((each) => each.kind === kind)!;
    const [none, some, more] = [0, 0.1, 0.2].map((activity) => workOf(setting, activity)) as [number, number, number]; // prettier-ignore
    expect(some).toBeGreaterThan(none);
    expect(more - some).toBeCloseTo(some - none, -1);
  }
});

const point = (kind: Setting['kind'], size: number, ms: number): Grown => ({
  axis: 'batch',
  kind,
  size,
  activity: 0.05,
  measured: { median: ms, low: 0.9 * ms, high: 1.2 * ms },
  predicted: 0.8 * ms,
});
const points = [
  point('inference', 50, 10),
  point('inference', 100, 18),
  point('training', 16, 5),
  point('training', 32, 7),
];
it('the table of an axis has a line for each point, and the powers that they grow with', () => {
  const lines = growthTable(points.slice(0, 2));
  expect(lines[0]).toBe('inference against batch; ms per run');
  expect(lines.slice(2).map((line) => line.trim().replaceAll(/ +/g, ' '))).toEqual([
    '50 5.0 % 10 9 to 12 8 1.25',
    '100 5.0 % 18 16.2 to 21.6 14.4 1.25',
    'grows with the power 0.85, predicted 0.85',
  ]);
});

describe('the picture of an axis', () => {
  const drawn = async (axis: (typeof axisNames)[number], shown: readonly Grown[]): Promise<string> =>
    (await drawCharts([growthChart(axis, shown)]))[0]!;
  /** Colour and dash of the path of each curve. */
  const curves = (svg: string): readonly string[] =>
    [...svg.matchAll(/mark-line[^>]*><path ([^>]*)>/g)].map(([, path]) => {
      const dash = /stroke-dasharray="([^"]*)"/.exec(path!)?.[1] ?? '';
      return `${/stroke="([^"]*)"/.exec(path!)![1]!} ${dash === '1,0' ? '' : dash}`;
    });

  it('has a curve for each series, the predicted one in the colour of the measured one, dashed', async () => {
    const found = curves(await drawn('batch', points));
    expect(found).toHaveLength(4);
    const [inference, predicted, training, last] = found.map((curve) => curve.split(' ')) as [
      string,
      string,
    ][];
    expect(inference![0]).toBe(predicted![0]);
    expect(training![0]).toBe(last![0]);
    expect(inference![0]).not.toBe(training![0]);
    expect([inference, predicted, training, last].map((curve) => curve![1] !== '')).toEqual([false, true, false, true]); // prettier-ignore
  });

  it('has a bar of quartiles through each measured point', async () => {
    const bars = (await drawn('batch', points)).match(/<line [^>]*stroke-width="2"/g) ?? [];
    expect(bars).toHaveLength(points.length);
  });

  it('leaves out points of other axes, and kinds without any', async () => {
    const others = points.slice(0, 2).map((each) => ({ ...each, axis: 'steps' as const }));
    expect(growthChart('batch', [...points.slice(0, 2), ...others]).series).toHaveLength(2);
  });
});
