/**
 * Expectations under a density on the line or on whole numbers, in float64, as one fixed rule of points and weights.
 * Nothing is assumed of the density but that it is smooth between its modes: the rule finds them, marches out from each to
 * where the density is negligible, and cuts the way at given levels of the density, so that every piece is well inside the
 * reach of Gauss-Legendre quadrature whatever the location and the scale are.
 */

/** What is integrated over: an interval of the line or whole numbers in it, and a point mass beside. */
export interface Measure {
  readonly kind: 'points' | 'line';
  readonly low: number;
  readonly high: number;
  readonly atom: number | null;
}

/**
 * E[f] = Σ weight · f(point), for the density that the rule was made for: the weights include it. Where a density that is not
 * normalised would overflow, the weights are too small by exp(logScale), which is otherwise 1.
 */
export interface Rule {
  readonly points: Float64Array;
  /** Where a point may lie so near to an end that it loses digits: its distance from there. */
  readonly distances: Float64Array;
  readonly weights: Float64Array;
  readonly logScale: number;
}

/**
 * A function of a point: of its value, and of its distance from the low end (above 0) or, negated, from the high end, from
 * which 1 − x is known next to 1. The distance is 0 where it would tell no more than the value.
 */
export type PointFunction = (x: number, distance: number) => number;

/** Levels of −log density below a mode at which the way outwards is cut. Beyond the last, exp(−700) is the least float64. */
const levels = [0.2, 1, 3, 7, 14, 25, 40, 60, 90, 140, 220, 350, 690];
/** Counts further out than this are summed by the midpoint rule: their masses hardly change from one to the next. */
const longestSum = 20_000;

/** The rule of a density that need not be normalised. Points where it is not a number count as impossible. */
export const ruleOf = (measure: Measure, logDensity: PointFunction): Rule => {
  const points: number[] = [];
  const distances: number[] = [];
  const logWeights: number[] = [];
  const put = (x: number, logWeight: number, distance = 0): void => {
    if (logWeight === -Infinity || Number.isNaN(logWeight)) return;
    points.push(x);
    distances.push(distance);
    logWeights.push(logWeight);
  };
  const { atom } = measure;
  if (atom !== null) put(atom, logDensity(atom, 0));
  if (measure.kind === 'points') sumOutwards(measure, (x) => logDensity(x, 0), put);
  else integrate(mapOnto(measure.low, measure.high), logDensity, put);
  const top = logWeights.reduce((most, value) => Math.max(most, value), -Infinity);
  const logScale = top > 600 ? top : 0;
  const weights = Float64Array.from(logWeights, (value) => Math.exp(value - logScale));
  return { points: Float64Array.from(points), distances: Float64Array.from(distances), weights, logScale };
};

/** Σ weight · f(point). Terms where f is infinite and the weight is as good as nothing do not count. */
export const expectationBy = ({ points, distances, weights }: Rule, f: PointFunction): number => {
  let [total, lost] = [0, 0];
  for (let n = 0; n < points.length; n++) {
    const term = weights[n]! * f(points[n]!, distances[n]!);
    if (!Number.isFinite(term)) {
      if (weights[n]! > 1e-30) return term;
      continue;
    }
    // Kahan's sum: a million small masses keep their digits.
    const add = term - lost;
    const next = total + add;
    lost = next - total - add;
    total = next;
  }
  return total;
};

/** log ∫ density: 0 for a normalised one. */
export const logTotalOf = (rule: Rule): number => Math.log(expectationBy(rule, () => 1)) + rule.logScale;

type Put = (x: number, logWeight: number, distance?: number) => void;

/** A smooth map of the whole line onto an interval. */
interface Onto {
  readonly at: (t: number) => number;
  readonly distance: (t: number) => number;
  readonly logSlope: (t: number) => number;
  /** Where to look for modes. */
  readonly reach: number;
}

const mapOnto = (low: number, high: number): Onto => {
  if (low === -Infinity && high === Infinity)
    return { at: Math.sinh, distance: () => 0, logSlope: (t) => Math.log(Math.cosh(t)), reach: 40 };
  if (high === Infinity)
    return { at: (t) => low + Math.exp(t), distance: Math.exp, logSlope: (t) => t, reach: 60 };
  if (low === -Infinity)
    return { at: (t) => high - Math.exp(t), distance: (t) => -Math.exp(t), logSlope: (t) => t, reach: 60 };
  const width = high - low;
  const small = (t: number) => 1 / (1 + Math.exp(Math.abs(t)));
  return {
    at: (t) => (t < 0 ? low + width * small(t) : high - width * small(t)),
    distance: (t) => (t < 0 ? width : -width) * small(t),
    logSlope: (t) => Math.log(width) + Math.log(small(t)) + Math.log1p(-small(t)),
    reach: 40,
  };
};

const integrate = (map: Onto, logDensity: PointFunction, put: Put): void => {
  const density = (t: number): number => finite(logDensity(map.at(t), map.distance(t)));
  const height = (t: number): number => density(t) + map.logSlope(t);
  const modes = modesOf(height, map.reach);
  const top = Math.max(...modes.map(({ value }) => value));
  if (top === -Infinity) return;
  // A density with a point, like Laplace's, has it at a mode of its own, which is none of the height's.
  const points = modesOf(density, map.reach);
  const marched = modes
    .filter(({ value }) => value > top - levels.at(-1)!)
    .flatMap(({ at, value }) => [at, ...march(height, at, value, -1), ...march(height, at, value, 1)])
    .sort((a, b) => a - b);
  const [first, last] = [marched[0]!, marched.at(-1)!];
  const inside = points.map(({ at }) => at).filter((at) => at > first && at < last);
  const cuts = [...marched, ...inside].sort((a, b) => a - b);
  const rule = gaussLegendre();
  for (let n = 0; n + 1 < cuts.length; n++) {
    const [from, to] = [cuts[n]!, cuts[n + 1]!];
    const halfWidth = (to - from) / 2;
    if (!(halfWidth > 0)) continue;
    for (let k = 0; k < rule.points.length; k++) {
      const t = from + halfWidth * (1 + rule.points[k]!);
      put(map.at(t), Math.log(halfWidth * rule.weights[k]!) + height(t), map.distance(t));
    }
  }
};

const finite = (value: number): number => (value < Infinity ? value : -Infinity);

/** Local maxima of a function that is smooth, or pointed, between them. */
const modesOf = (height: (t: number) => number, reach: number): readonly { at: number; value: number }[] => {
  const count = 960;
  const place = (n: number): number => -reach + (2 * reach * (n + 0.5)) / count;
  const heights = Array.from({ length: count }, (_, n) => height(place(n)));
  return heights.flatMap((value, n) => {
    const [before, after] = [heights[n - 1] ?? -Infinity, heights[n + 1] ?? -Infinity];
    if (value === -Infinity || value < before || value <= after) return [];
    const at = climb(height, place(n - 1), place(n + 1));
    return [{ at, value: height(at) }];
  });
};

/** The maximum of a function with one, by golden sections. */
const climb = (height: (t: number) => number, from: number, to: number): number => {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  let [left, right] = [high - ratio * (high - low), low + ratio * (high - low)];
  let [atLeft, atRight] = [height(left), height(right)];
  for (let turn = 0; turn < 90; turn++) {
    if (atLeft >= atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - ratio * (high - low);
      atLeft = height(left);
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + ratio * (high - low);
      atRight = height(right);
    }
  }
  return (low + high) / 2;
};

/** Where the function has first fallen by each level, in one direction. */
const march = (
  height: (t: number) => number,
  start: number,
  top: number,
  direction: 1 | -1,
): readonly number[] => {
  const cuts: number[] = [];
  let near = 0;
  let far = 1e-12 * Math.max(1, Math.abs(start));
  for (const level of levels) {
    const fallen = (distance: number): boolean => !(height(start + direction * distance) > top - level);
    while (!fallen(far)) {
      if (far > 1500) return [...cuts, start + direction * far];
      near = far;
      far *= 1.5;
    }
    let [inside, outside] = [near, far];
    for (let turn = 0; turn < 30; turn++) {
      const middle = (inside + outside) / 2;
      if (fallen(middle)) outside = middle;
      else inside = middle;
    }
    cuts.push(start + direction * outside);
    near = inside;
  }
  return cuts;
};

const sumOutwards = ({ low, high }: Measure, logMass: (x: number) => number, put: Put): void => {
  const mass = (x: number): number => finite(logMass(x));
  const mode = modeOfCounts(mass, low, high);
  const top = mass(mode);
  if (top === -Infinity) return;
  put(mode, top);
  for (const direction of [-1, 1] as const) {
    const end = direction === 1 ? high : low;
    let x = mode;
    for (let n = 0; ; n++) {
      if (x === end) break;
      if (n === longestSum && end - direction * longestSum !== mode) {
        sumFar(mass, x + direction / 2, end, direction, top, put);
        break;
      }
      x += direction;
      const value = mass(x);
      // Geometric or faster from here: the rest is below the last term over 1 − exp(−decay).
      if (value < top - 75 && n > 2) break;
      put(x, value);
    }
  }
};

/** Masses that hardly change from one count to the next, as an integral whose panels grow with the distance. */
const sumFar = (
  mass: (x: number) => number,
  from: number,
  end: number,
  direction: 1 | -1,
  top: number,
  put: Put,
): void => {
  const { points, weights } = gaussLegendre();
  const last = end === direction * Infinity ? Infinity : Math.abs(end + direction / 2 - from);
  let [near, width] = [0, longestSum / 2];
  for (let panel = 0; panel < 400 && near < last; panel++) {
    const far = Math.min(near + width, last);
    const halfWidth = (far - near) / 2;
    for (let k = 0; k < points.length; k++) {
      const x = from + direction * (near + halfWidth * (1 + points[k]!));
      put(x, Math.log(halfWidth * weights[k]!) + mass(x));
    }
    [near, width] = [far, width * 1.5];
    // A tail that falls like a power holds about as much as its first mass times the distance.
    if (mass(from + direction * near) + Math.log(near) < top - 75) return;
  }
};

/** The likeliest whole number: the best of a coarse scan, refined. */
const modeOfCounts = (mass: (x: number) => number, low: number, high: number): number => {
  const start = low !== -Infinity ? low : high !== Infinity ? high : 0;
  const inside = (x: number): boolean => x >= low && x <= high;
  const distances = [0, ...Array.from({ length: 200 }, (_, n) => Math.ceil(1.2 ** n))];
  const candidates = [...new Set([...distances.map((d) => start + d), ...distances.map((d) => start - d)])]
    .filter((x) => inside(x) && Number.isSafeInteger(x))
    .sort((a, b) => a - b);
  let best = 0;
  candidates.forEach((x, n) => {
    if (mass(x) > mass(candidates[best]!)) best = n;
  });
  let [from, to] = [candidates[best - 1] ?? candidates[best]!, candidates[best + 1] ?? candidates[best]!];
  while (to - from > 2) {
    const third = Math.max(1, Math.floor((to - from) / 3));
    if (mass(from + third) < mass(to - third)) from += third;
    else to -= third;
  }
  let mode = from;
  for (let x = from; x <= to; x++) if (mass(x) > mass(mode)) mode = x;
  return mode;
};

let nodes: { readonly points: readonly number[]; readonly weights: readonly number[] } | null = null;
/** Gauss-Legendre points and weights on (−1, 1), by Newton's method on the Legendre polynomial. */
const gaussLegendre = (): NonNullable<typeof nodes> => {
  if (nodes !== null) return nodes;
  const count = 24;
  const points: number[] = [];
  const weights: number[] = [];
  for (let n = 0; n < count; n++) {
    let x = Math.cos((Math.PI * (n + 0.75)) / (count + 0.5));
    let slope = 0;
    for (let turn = 0; turn < 30; turn++) {
      let [before, now] = [1, x];
      for (let k = 2; k <= count; k++) [before, now] = [now, ((2 * k - 1) * x * now - (k - 1) * before) / k];
      slope = (count * (x * now - before)) / (x * x - 1);
      x -= now / slope;
    }
    points.push(x);
    weights.push(2 / ((1 - x * x) * slope * slope));
  }
  nodes = { points, weights };
  return nodes;
};
