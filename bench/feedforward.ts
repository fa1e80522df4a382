/**
 * Does a feed-forward pass land next to a fixed point (Bengio, Scellier, Bilaniuk, Sacramento and Senn 2016; docs/feedforward.md)? For
 * networks with 500, 1000 and 500-500 hidden units, with weights of auto-encoders, their entries shuffled, and tied random weights:
 * distance of the start from the fixed point over that of zeros, and the way there step by step. Then the dendritic rule alone, from random
 * weights.
 *
 *     npm run feedforward -- --data idx:train-images-idx3-ubyte.gz --test "idx:t10k-images-idx3-ubyte.gz?limit=100"
 *
 * `--seeds 1,2,3`, `--iterations 1000` of each auto-encoder layer, `--out runs/feedforward` for the picture and all numbers.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOptions } from './options.ts';
import { loadData } from '../src/data/load.ts';
import { drawCharts } from '../src/report/charts.ts';
import type { Model } from '../src/runtime/model.ts';
import type { ModelState } from '../src/runtime/state.ts';
import { loadBackend } from '../src/targets/tfjs/backend.ts';
import { autoencoders, nets, scaled, shuffled, withParameters, type Net } from './feedforward-nets.ts';
import { openModel } from './open.ts';
import { distanceChart } from './feedforward-chart.ts';
import { distance, exponentialFit, norm, wayOf, type Way } from './fixed-point.ts';

const { values: given } = readOptions({
  options: {
    data: { type: 'string', default: 'idx:train-images-idx3-ubyte.gz' },
    test: { type: 'string', default: 'idx:t10k-images-idx3-ubyte.gz?limit=100' },
    seeds: { type: 'string', default: '1,2,3' },
    iterations: { type: 'string', default: '1000' },
    out: { type: 'string', default: 'runs/feedforward' },
  },
});
const seeds = given.seeds.split(',').map(Number);
const training = { iterations: Number(given.iterations), batch: 64 };
/** Updates of the dendritic rule after which the network is looked at. */
const looks = [0, 20, 40, 80, 160] as const;
const shown = 60;

const { tf } = await loadBackend();
const [train, test] = [(await loadData(given.data)).values, (await loadData(given.test)).values];
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const figure = (value: number, digits = 3): string => value.toFixed(digits);

interface Measured {
  readonly net: string;
  readonly weights: string;
  readonly seed: number;
  /** ‖s_ff − s*‖ / ‖s_0 − s*‖ over all states that relax. */
  readonly ratio: number;
  /** Steps in which the distance of the feed-forward start falls to 1/e. */
  readonly timeConstant: number;
  readonly firstChange: { readonly zero: number; readonly feedforward: number };
  /** ‖s*‖ of the hidden units. */
  readonly norm: number;
  /** Of the pixels as their branch tells them at the fixed point. */
  readonly r2: number;
  /** Distance between the fixed points reached from both starts, over ‖s*‖. */
  readonly apart: number;
  readonly distances: readonly number[];
  readonly iteration?: number;
}

const measure = (
  model: Model,
  net: Net,
  state: ModelState,
  labels: Pick<Measured, 'weights' | 'seed' | 'iteration'>,
): Measured => {
  const way = (inference: string): Way =>
    wayOf({
      plan: model.plan,
      inference,
      state,
      data: test,
      names: net.states,
      shown,
      tolerance: 1e-5,
      most: 1500,
    });
  const [swept, zero] = [way('Relaxation'), way('FromZero')];
  return {
    net: net.name,
    ...labels,
    ratio: swept.distances[0]! / zero.distances[0]!,
    timeConstant: exponentialFit(swept.distances).steps,
    firstChange: { zero: zero.firstChange, feedforward: swept.firstChange },
    norm: norm(swept.end, net.hidden),
    r2: reconstruction(net, state, swept),
    apart: distance(swept.end, zero.end) / norm(swept.end),
    distances: swept.distances,
  };
};

/** Pooled R² of W s + a, cut off at 0 and 1, where s is the first hidden layer at the fixed point. */
const reconstruction = ({ layers, hidden }: Net, state: ModelState, { end }: Way): number => {
  const [{ W, a, units }] = [layers[0]!];
  const rows = test.length / 784;
  const told = tf.tidy(() =>
    tf
      .tensor(end[hidden[0]!]!, [rows, units])
      .matMul(tf.tensor(state.parameters[W]!.values, [784, units]), false, true)
      .add(state.parameters[a]!.values)
      .clipByValue(0, 1),
  );
  const values = told.dataSync();
  told.dispose();
  let [error, total] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const own = test.subarray(784 * row, 784 * (row + 1));
    const mean = own.reduce((sum, value) => sum + value, 0) / 784;
    own.forEach((value, i) => {
      error += (value - values[784 * row + i]!) ** 2;
      total += (value - mean) ** 2;
    });
  }
  return 1 - error / total;
};

const line = (one: Measured): string =>
  [
    one.net.padEnd(12),
    (one.iteration === undefined ? one.weights : `${one.weights} ${one.iteration}`).padEnd(18),
    String(one.seed).padStart(4),
    figure(one.ratio).padStart(7),
    figure(one.timeConstant, 1).padStart(7),
    figure(one.firstChange.zero).padStart(8),
    figure(one.firstChange.feedforward).padStart(8),
    figure(one.norm, 1).padStart(8),
    figure(one.r2).padStart(7),
    figure(one.apart, 4).padStart(8),
  ].join(' ');
print('net          weights            seed   ratio   1/e at  change   change    ‖s*‖      R²  two ends');
print('                                               step  from 0  from ff   hidden            apart');

const starts: Measured[] = [];
const rule: Measured[] = [];
for (const net of nets)
  for (const seed of seeds) {
    const model = openModel(tf, net.file, net.set);
    const random = model.create({ seed });
    const trained = withParameters(random, await autoencoders(tf, net, train, seed, training));
    const mixed = withParameters(
      trained,
      Object.fromEntries(net.layers.map(({ W }, i) => [W, shuffled(trained.parameters[W]!, seed, i)])),
    );
    for (const [weights, state] of [
      ['auto-encoder', trained],
      ['shuffled', mixed],
      ['random', random],
    ] as const) {
      starts.push(measure(model, net, state, { weights, seed }));
      print(line(starts.at(-1)!));
    }
    for (const [weights, spread] of [
      ['rule', 1],
      ['rule, half', 0.5],
    ] as const) {
      const first = withParameters(
        random,
        Object.fromEntries(net.layers.map(({ W }) => [W, scaled(random.parameters[W]!, spread)])),
      );
      const seen: [number, ModelState][] = [[0, first]];
      await model.train(first, train, {
        learning: 'DendriticPrediction',
        iterations: looks.at(-1)!,
        batch: 64,
        settings: { steps: 10 },
        onIteration: async ({ iteration, state }) => {
          if (looks.some((look) => look === iteration)) seen.push([iteration, await state()]);
        },
      });
      for (const [iteration, state] of seen) {
        rule.push(measure(model, net, state, { weights, seed, iteration }));
        print(line(rule.at(-1)!));
      }
    }
  }

mkdirSync(given.out, { recursive: true });
writeFileSync(join(given.out, 'feedforward.json'), `${JSON.stringify({ starts, rule }, null, 1)}\n`);
for (const [i, svg] of (await drawCharts(nets.map(({ name }) => distanceChart(name, starts)))).entries())
  writeFileSync(join(given.out, `${nets[i]!.name}.svg`), svg);

const worst = (
  rows: readonly Measured[],
  of: (row: Measured) => number,
  pick: (...all: number[]) => number,
) => pick(...rows.map(of));
for (const { name } of nets) {
  const ratios = (weights: string) => starts.filter((row) => row.net === name && row.weights === weights);
  const shownRange = (weights: string): string =>
    `${figure(worst(ratios(weights), ({ ratio }) => ratio, Math.min))} to ${figure(worst(ratios(weights), ({ ratio }) => ratio, Math.max))}`;
  print(
    `${name}: ratio ${shownRange('auto-encoder')} for auto-encoders, ${shownRange('shuffled')} shuffled, ${shownRange('random')} random`,
  );
}
