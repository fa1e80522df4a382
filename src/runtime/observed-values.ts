/** Data held against the support of the variable that they are values of, before anything is computed from them. */
import type { LineRange, ObservedDefinition, PointRange, VectorRange } from '../schedule/definition.ts';

/** What is wrong with data, and what to do. */
export interface ValueFault {
  readonly what: string;
  readonly hint: string;
}

type Numbers = Readonly<Record<string, number>>;

/**
 * The first value that the variable cannot have, or null. `rows` follow each other in `data`, of the given shape each. Bounds
 * that rest on settings hold for those of `planned`; where `current` has others, they are not asked for.
 */
export function valueFault(
  { values: range, axes }: ObservedDefinition,
  shape: readonly number[],
  data: Float32Array,
  planned: Numbers,
  current: Numbers,
): ValueFault | null {
  const columns = shape.reduce((total, size) => total * size, 1);
  const placeOf = (element: number): string => placeText(axes, shape, element, columns);
  const broken = data.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0)
    return {
      what: `the data are not finite: ${data[broken]} at ${placeOf(broken)}`,
      hint: 'replace or drop such examples before they are given to a model',
    };
  if (range === null) return null;
  if ('along' in range) return vectorFault(range, shape, data, placeOf);
  const isCurrent = range.restsOn.every((name) => planned[name] === current[name]);
  const asked: ScalarRange = isCurrent ? range : { ...range, low: -Infinity, high: Infinity };
  const isValue = membership(asked);
  let [first, bad] = [-1, 0];
  for (let element = 0; element < data.length; element++) {
    if (isValue(data[element]!)) continue;
    if (first < 0) first = element;
    bad += 1;
  }
  if (first < 0) return null;
  const others = bad === 1 ? '' : `, and ${bad - 1} more of ${data.length} numbers`;
  return {
    what: `${shown(data[first]!)} at ${placeOf(first)} is no value of ${range.of}, which takes ${rangeText(asked)}${others}`,
    hint: hintOf(asked, data[first]!),
  };
}

type ScalarRange = PointRange | LineRange;

/** An end that is a value itself may be passed by what rounding adds to numbers of its size: 1.0000001 is a unit. */
const rounding = 1e-6;

const membership = (range: ScalarRange): ((value: number) => boolean) => {
  const [low, high] = [Math.fround(range.low), Math.fround(range.high)];
  const least = low - rounding * Math.max(1, Math.abs(low));
  const greatest = high + rounding * Math.max(1, Math.abs(high));
  switch (range.kind) {
    case 'spin':
      return (value) => value === -1 || value === 1;
    case 'binary':
    case 'count':
    case 'integer':
      return (value) => value >= low && value <= high && Number.isInteger(value);
    case 'real':
    case 'positive':
    case 'unit':
    case 'angle': {
      const { hasLow, hasHigh } = range;
      return (value) =>
        (hasLow ? value >= least : value > low) && (hasHigh ? value <= greatest : value < high);
    }
  }
};

/** Shares that were rounded to three digits still add up to 1 within this. */
const roundedShares = 5e-3;

const vectorFault = (
  { of, kind, along }: VectorRange,
  shape: readonly number[],
  data: Float32Array,
  placeOf: (element: number) => string,
): ValueFault | null => {
  const length = shape[along]!;
  const stride = shape.slice(along + 1).reduce((total, size) => total * size, 1);
  const takes =
    kind === 'one_hot' ? 'vectors with one 1 among 0s' : 'vectors of non-negative numbers that add up to 1';
  const hint =
    kind === 'one_hot'
      ? 'turn class numbers into vectors first: `?one_hot=10` after the name of their file, or `numpy.eye(classes)[labels]`'
      : 'divide each vector by its sum, for example `array / array.sum(-1, keepdims=True)`';
  const isEntry = kind === 'one_hot' ? (x: number) => x === 0 || x === 1 : (x: number) => x >= 0 && x <= 1;
  for (let block = 0; block < data.length; block += length * stride)
    for (let offset = 0; offset < stride; offset++) {
      let sum = 0;
      for (let entry = 0; entry < length; entry++) {
        const element = block + entry * stride + offset;
        const value = data[element]!;
        if (!isEntry(value))
          return {
            what: `${shown(value)} at ${placeOf(element)} is no entry of a value of ${of}, which takes ${takes}`,
            hint,
          };
        sum += value;
      }
      if (Math.abs(sum - 1) > (kind === 'one_hot' ? 0 : roundedShares))
        return {
          what: `the entries from ${placeOf(block + offset)} on add up to ${shown(sum)}, and ${of} takes ${takes}`,
          hint,
        };
    }
  return null;
};

const shown = (value: number): string => String(Number(value.toPrecision(6)));

/** `row 3, pixels 17`: counted from 0, as rows of data are. */
const placeText = (
  axes: readonly string[],
  shape: readonly number[],
  element: number,
  columns: number,
): string => {
  let rest = element % columns;
  const places = shape.map((_, axis) => {
    const stride = shape.slice(axis + 1).reduce((total, size) => total * size, 1);
    const at = Math.floor(rest / stride);
    rest %= stride;
    return `${axes[axis]} ${at}`;
  });
  return [`row ${Math.floor(element / columns)}`, ...places].join(', ');
};

const rangeText = (range: ScalarRange): string => {
  const { low, high } = range;
  switch (range.kind) {
    case 'binary':
      return '0 and 1';
    case 'spin':
      return '-1 and 1';
    case 'count':
    case 'integer':
      return `whole numbers${low === -Infinity ? '' : ` from ${shown(low)}`}${high === Infinity ? '' : ` up to ${shown(high)}`}`;
    case 'angle':
      return 'angles in radians, from -pi to pi';
    case 'real':
    case 'positive':
    case 'unit': {
      const ends = [
        ...(low === -Infinity ? [] : [`${range.hasLow ? 'from' : 'above'} ${shown(low)}`]),
        ...(high === Infinity ? [] : [`${range.hasHigh ? 'up to' : 'below'} ${shown(high)}`]),
      ];
      return ends.length === 0 ? 'real numbers' : `numbers ${ends.join(' and ')}`;
    }
  }
};

const hintOf = (range: ScalarRange, value: number): string => {
  const other = 'choose a family or support that has such values';
  switch (range.kind) {
    case 'binary':
      return `make the data 0 and 1 first: \`?threshold=0.5\` after the name of their file, or \`array > 0.5\`; or ${other}`;
    case 'spin':
      return `make the data -1 and 1 first, for example \`where(array > 0.5, 1, -1)\`, or ${other}`;
    case 'count':
    case 'integer':
      return Number.isInteger(value)
        ? `shift or drop what is out of bounds, or ${other}`
        : `give counts and not rates or grey levels, for example \`rint(array)\`, or ${other}`;
    case 'angle':
      return 'bring the data to radians from -pi to pi, for example `angle(exp(1j * array))`';
    case 'real':
    case 'positive':
    case 'unit':
      return value === range.low || value === range.high
        ? `the density has no value there: move the data off the end by a little, or ${other}`
        : `shift or rescale the data, or ${other}`;
  }
};
