import { fitGabor, type Gabor, type ImageShape } from './gabor.ts';
import { orientationSelectivity, windowEnergy } from './locality.ts';

/** The limits an element has to pass; every one is stated in `DictionaryAnalysis.description`. */
export interface AnalysisThresholds {
  /** Used: norm of at least this share of the median norm of the larger half. */
  readonly norm: number;
  /** Used: expected count of at least this much, where activity is known. */
  readonly activity: number;
  /** Localised: at least this share of the energy in one window of half the height and half the width. */
  readonly windowEnergy: number;
  /** Oriented: orientation selectivity of at least this much. */
  readonly selectivity: number;
  /** Oriented: a Gabor function explains at least this share of the energy. */
  readonly gaborR2: number;
}

export const defaultThresholds: AnalysisThresholds = {
  norm: 0.2,
  activity: 1e-3,
  windowEnergy: 0.5,
  selectivity: 0.4,
  gaborR2: 0.5,
};

export interface ElementMeasure {
  /** Column of the dictionary. */
  readonly element: number;
  readonly norm: number;
  readonly used: boolean;
  /** Largest share of the energy in a window of a quarter of the area; 0 for an unused element. */
  readonly windowEnergy: number;
  /** 0 to 1; 0 for an unused element. */
  readonly selectivity: number;
  /** Share of the energy that the best Gabor explains; 0 for an unused element. */
  readonly gaborR2: number;
  readonly gabor: Gabor | null;
  readonly localised: boolean;
  readonly oriented: boolean;
}

export interface DictionaryMeasure {
  readonly elements: readonly ElementMeasure[];
  readonly used: number;
  readonly localised: number;
  readonly oriented: number;
  readonly localisedAndOriented: number;
  /** localisedAndOriented / used; 0 when no element is used. */
  readonly share: number;
}

/** The same measure on a comparison set of elements, with the elements so that they can be shown. */
export interface ControlAnalysis {
  readonly name: string;
  /** [pixels, count], row-major: element k is column k. */
  readonly values: Float32Array;
  readonly count: number;
  readonly measure: DictionaryMeasure;
}

export type DictionaryAnalysis = DictionaryMeasure & {
  /** The measure in words with its thresholds: one paragraph. */
  readonly description: string;
  readonly thresholds: AnalysisThresholds;
  readonly control: ControlAnalysis | null;
};

export interface AnalysisOptions {
  /** Expected count per neuron. */
  readonly activity?: Float32Array | null;
  /** Elements to hold against the dictionary, usually principal components of the same data: [pixels, count]. */
  readonly control?: { readonly name?: string; readonly values: Float32Array; readonly count: number } | null;
  readonly thresholds?: Partial<AnalysisThresholds>;
}

/**
 * Which elements of a dictionary are used, and which of those are localised and oriented as simple-cell
 * receptive fields are.
 *
 * @param values row-major [pixels, neurons]: element k is column k
 * @param shape height and width of an element, in pixels
 * @throws RangeError when the sizes do not fit
 */
export function analyseDictionary(
  values: Float32Array,
  pixels: number,
  neurons: number,
  shape: ImageShape,
  options: AnalysisOptions = {},
): DictionaryAnalysis {
  const thresholds = { ...defaultThresholds, ...options.thresholds };
  const activity = options.activity ?? null;
  if (activity && activity.length !== neurons) {
    throw new RangeError(
      `analyseDictionary: ${activity.length} activities are not one for each of ${neurons} neurons`,
    );
  }
  const measure = measureElements(values, pixels, neurons, shape, activity, thresholds);
  const control = options.control ?? null;
  return {
    ...measure,
    description: describe(shape, thresholds, activity !== null),
    thresholds,
    control: control && {
      name: control.name ?? 'principal components',
      values: control.values,
      count: control.count,
      measure: measureElements(control.values, pixels, control.count, shape, null, thresholds),
    },
  };
}

/** Euclidean norm of each column of a row-major [pixels, neurons] matrix. */
export function columnNorms(values: Float32Array, pixels: number, neurons: number): Float64Array {
  const squares = new Float64Array(neurons);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let neuron = 0; neuron < neurons; neuron++) {
      squares[neuron] = squares[neuron]! + values[pixel * neurons + neuron]! ** 2;
    }
  }
  return squares.map(Math.sqrt);
}

function measureElements(
  values: Float32Array,
  pixels: number,
  neurons: number,
  shape: ImageShape,
  activity: Float32Array | null,
  thresholds: AnalysisThresholds,
): DictionaryMeasure {
  if (values.length !== pixels * neurons || pixels !== shape[0] * shape[1]) {
    throw new RangeError(
      `analyseDictionary: ${values.length} values are not ${neurons} elements of ${shape[0]} x ${shape[1]} pixels`,
    );
  }
  const norms = columnNorms(values, pixels, neurons);
  const floor = thresholds.norm * medianOfLargerHalf(norms);
  const selectivityOf = orientationSelectivity(shape);
  const picture = new Float64Array(pixels);
  const elements = Array.from(norms, (norm, element): ElementMeasure => {
    const unused = { element, norm, used: false, windowEnergy: 0, selectivity: 0, gaborR2: 0, gabor: null };
    const active = activity === null || activity[element]! >= thresholds.activity;
    if (!active || !(norm > 0) || norm < floor || !Number.isFinite(norm)) {
      return { ...unused, localised: false, oriented: false };
    }
    for (let pixel = 0; pixel < pixels; pixel++) picture[pixel] = values[pixel * neurons + element]! / norm;
    const window = windowEnergy(picture, shape);
    const selectivity = selectivityOf(picture);
    const { gabor, r2 } = fitGabor(picture, shape, window);
    return {
      ...{ element, norm, used: true, windowEnergy: window.share, selectivity, gaborR2: r2, gabor },
      localised: window.share >= thresholds.windowEnergy,
      oriented: selectivity >= thresholds.selectivity && r2 >= thresholds.gaborR2,
    };
  });
  const count = (test: (element: ElementMeasure) => boolean): number => elements.filter(test).length;
  const used = count((element) => element.used);
  const localisedAndOriented = count((element) => element.localised && element.oriented);
  return {
    elements,
    used,
    localised: count((element) => element.localised),
    oriented: count((element) => element.oriented),
    localisedAndOriented,
    share: used > 0 ? localisedAndOriented / used : 0,
  };
}

function medianOfLargerHalf(norms: Float64Array): number {
  const sorted = norms.filter(Number.isFinite).sort();
  const larger = sorted.subarray(Math.floor(sorted.length / 2));
  return larger[Math.floor(larger.length / 2)] ?? 0;
}

function describe(
  [height, width]: ImageShape,
  thresholds: AnalysisThresholds,
  withActivity: boolean,
): string {
  const percent = (share: number): string => `${+(100 * share).toFixed(1)} %`;
  const rows = Math.max(1, Math.round(height / 2));
  const columns = Math.max(1, Math.round(width / 2));
  return [
    `An element is used when its norm is at least ${percent(thresholds.norm)} of the median norm of the larger half`,
    withActivity ? ` and its expected count is at least ${thresholds.activity}.` : '.',
    ` It is localised when some window of ${rows} × ${columns} pixels, a quarter of the picture, holds at least `,
    `${percent(thresholds.windowEnergy)} of its energy (the sum of its squared values); white noise reaches about 35 %.`,
    ` It is oriented when its orientation selectivity |Σ P exp(2iθ)| / Σ P, over its power spectrum P between 0 and`,
    ` 0.5 cycles per pixel, is at least ${thresholds.selectivity} (0 for spots, constants and checkerboards, 1 for a`,
    ` grating) and the best Gabor function explains at least ${percent(thresholds.gaborR2)} of its energy (windows of`,
    ` 0.8 pixels to half the picture's side, at most 0.5 cycles per pixel). The share counts the elements that`,
    ` are both, among the used ones.`,
  ].join('');
}
