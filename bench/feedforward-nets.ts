/** The networks whose feed-forward starts are measured, and the weights that they get. */
import type { TensorFlow } from '../src/runtime/plan.ts';
import { fillBlocks, keyOf, uniform53 } from '../src/runtime/random.ts';
import type { ModelState, NumberArray, NumberArrays } from '../src/runtime/state.ts';
import { openModel } from './open.ts';

export interface Net {
  readonly name: string;
  readonly file: string;
  readonly set: Readonly<Record<string, number>>;
  /** States that relax, those of hidden units first. */
  readonly states: readonly string[];
  readonly hidden: readonly string[];
  /** Layers from below: the weights and biases of the encoder and the decoder of each. */
  readonly layers: readonly {
    readonly W: string;
    readonly b: string;
    readonly a: string;
    readonly units: number;
  }[];
}

const oneLayer = (hidden: number): Net => ({
  name: `784-${hidden}`,
  file: 'stdlib/models/attractor.nsm',
  set: { hidden },
  states: ['s', 'r'],
  hidden: ['s'],
  layers: [{ W: 'W', b: 'b', a: 'a', units: hidden }],
});

export const nets: readonly Net[] = [
  oneLayer(500),
  oneLayer(1000),
  {
    name: '784-500-500',
    file: 'stdlib/models/deep_attractor.nsm',
    set: { hidden1: 500, hidden2: 500 },
    states: ['s1', 's2'],
    hidden: ['s1', 's2'],
    layers: [
      { W: 'W1', b: 'b1', a: 'a0', units: 500 },
      { W: 'W2', b: 'b2', a: 'a1', units: 500 },
    ],
  },
];

export interface Training {
  readonly iterations: number;
  readonly batch: number;
}

/** Weights and biases of layerwise denoising auto-encoders with tied weights: each learns the codes of the one below. */
export const autoencoders = async (
  tf: TensorFlow,
  { layers }: Net,
  data: Float32Array,
  seed: number,
  training: Training,
): Promise<NumberArrays> => {
  let rows = data;
  let pixels = 784;
  const found: Record<string, NumberArray> = {};
  for (const { W, b, a, units } of layers) {
    const model = openModel(tf, 'stdlib/models/tied_autoencoder.nsm', { pixels, hidden: units });
    const trained = await model.train(model.create({ seed }), rows, training);
    found[W] = trained.parameters['W']!;
    found[b] = trained.parameters['b']!;
    found[a] = trained.parameters['a']!;
    rows = codesOf(tf, rows, pixels, trained.parameters);
    pixels = units;
  }
  return found;
};

/** hard_sigmoid(Wᵀ x + b) of every row. */
const codesOf = (
  tf: TensorFlow,
  rows: Float32Array,
  pixels: number,
  { W, b }: NumberArrays,
): Float32Array => {
  const codes = tf.tidy(() => {
    const weights = tf.tensor(W!.values, [...W!.shape] as [number, number]);
    return tf
      .tensor(rows, [rows.length / pixels, pixels])
      .matMul(weights)
      .add(b!.values)
      .clipByValue(0, 1);
  });
  const values = Float32Array.from(codes.dataSync());
  codes.dispose();
  return values;
};

/** The same entries in an order of their own. */
export const shuffled = ({ shape, values }: NumberArray, seed: number, which: number): NumberArray => {
  const words = new Int32Array(2 * values.length);
  fillBlocks(keyOf(seed, which), 0, values.length, words);
  const mixed = Float32Array.from(values);
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(uniform53(words[2 * i]!, words[2 * i + 1]!) * (i + 1));
    [mixed[i], mixed[j]] = [mixed[j]!, mixed[i]!];
  }
  return { shape, values: mixed };
};

export const scaled = ({ shape, values }: NumberArray, by: number): NumberArray => ({
  shape,
  values: values.map((value) => by * value),
});

export const withParameters = (state: ModelState, parameters: NumberArrays): ModelState => ({
  ...state,
  parameters: { ...state.parameters, ...parameters },
});
