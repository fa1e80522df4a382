/**
 * Exact draws from a density whose log is concave, or concave around its mode on the circle, as JavaScript text with one family's
 * formulas in place of calls: rejection from a piecewise exponential hat (Gilks and Wild 1992; Devroye 1986, chapter VII).
 *
 * A tangent of a concave function lies above it wherever it touches, and so does a chord of a convex one between its ends.
 * The hat has tangents near the mode and on both sides of it, where the log density has fallen by about 1: a normal
 * density then takes 1.13 attempts, an exponential one 1. Draws are exact wherever the tangents touch.
 */
import { langevinText, type ChainLaw } from './langevin-source.ts';
import {
  areFinite,
  circleModeText,
  columnOf,
  curveText,
  list,
  modeText,
  ownNames,
  readScalars,
  scalarsOf,
  wrapped,
} from './source-text.ts';

export interface DensityLaw extends ChainLaw {
  readonly method: 'log_concave' | 'bell' | 'langevin';
  /** The value as a function of `y` and the scalars. */
  readonly value: string;
  /** In terms of the scalars; `-Infinity` and `Infinity` where there is no bound: of `y`, and of the value. */
  readonly low: string;
  readonly high: string;
  readonly least: string;
  readonly greatest: string;
  /** In terms of the scalars. */
  readonly atom: { readonly value: string; readonly logProbability: string } | null;
}

/** Attempts after which a draw is given up. */
const mostAttempts = 1000;

/** Text that declares a `DensitySampler` (see `density.ts`) of the given name. It reads `nsm.exp` and whatever the formulas name. */
export const densitySource = (name: string, law: DensityLaw): string => {
  const scalars = scalarsOf(law);
  const s = list(...scalars);
  const text = `
/**
 * Draws from ${law.family}(${law.parameters.join(', ')})${howText(law)}.
 */
const ${name} = (() => {${curveText(law)}
  const $valueOf = ${law.value};
${law.isPeriodic ? circleModeText(law) : modeText(law)}
${law.method === 'langevin' ? langevinText(law) : hatText(law)}

  return ($stream, $values, [${list(...law.parameters.map(columnOf))}]) => {
    const $uniforms = $stream.uniforms;
    const $isSingle = $values instanceof Float32Array;
    const $huge = $isSingle ? 3.4028234663852886e38 : Number.MAX_VALUE;
    const $tiny = $isSingle ? 2 ** -126 : 2 ** -1022;
    const $unit = $isSingle ? 2 ** -23 : 2 ** -52;
${setupText(law)}
    for (let $i = 0; $i < $values.length; $i++) {
${readScalars(law, '      ')}\
      if (!(${areFinite(law)})) {
        $values[$i] = NaN;
        continue;
      }
${law.atom === null ? '' : atomText(law.atom)}\
${law.method === 'langevin' ? `      const $y = $chain($i, $stream, ${law.low}, ${law.high}, ${s});` : rejectText(law, s)}
      const $x = $valueOf(${law.isPeriodic ? wrapped('$y') : '$y'}, ${s});
      ${storeText(law)}
    }
  };
})();
`;
  return ownNames(text, scalars);
};

const howText = ({ method }: DensityLaw): string => {
  switch (method) {
    case 'log_concave':
      return ' by rejection: a point under a hat of tangents to the log density is\n * kept with the probability that the density is of the hat';
    case 'bell':
      return ' by rejection: a point under a hat of tangents and chords of the\n * log density is kept with the probability that the density is of the hat';
    case 'langevin':
      return ': the end of a Langevin chain from the mode, whose steps are\n * accepted so that the density stays as it is';
  }
};

const atomText = ({ value, logProbability }: NonNullable<DensityLaw['atom']>): string => `\
      $stream.advance($i, 0);
      if ($uniforms[0] < nsm.exp(${logProbability})) {
        $values[$i] = ${value};
        continue;
      }
`;

/** A value that rounding puts on a bound, or beyond all numbers, goes to the number next to it: logs of values and of what is left to a bound stay finite. */
const storeText = ({ least, greatest, isPeriodic }: DensityLaw): string => {
  if (isPeriodic || (least === '-Infinity' && greatest === 'Infinity')) return '$values[$i] = $x;';
  const above = least === '-Infinity' ? '-$huge' : nextTo(least, '+');
  const below = greatest === 'Infinity' ? '$huge' : nextTo(greatest, '-');
  return `$values[$i] = Math.min(Math.max($x, ${above}), ${below});`;
};
const nextTo = (bound: string, sign: '+' | '-'): string =>
  bound === '0'
    ? sign === '+'
      ? '$tiny'
      : '-$tiny'
    : `${bound} ${sign} Math.max(Math.abs(${bound}) * $unit, $tiny)`;

/** Neighbours often share their parameters (a prior): the hat is then kept. */
const setupText = (law: DensityLaw): string =>
  law.method === 'langevin'
    ? ''
    : `    const $last = new Float64Array(${law.parameters.length}).fill(NaN);
    let $mode = 0;
    let $pieces = 0;
    let $top = 0;
    let $total = 0;`;

const rejectText = (law: DensityLaw, s: string): string => `\
      if (${law.parameters.map((parameter, n) => `${parameter} !== $last[${n}]`).join(' || ')}) {
${law.parameters.map((parameter, n) => `        $last[${n}] = ${parameter};\n`).join('')}\
        $mode = ${law.method === 'bell' ? `$modeOf(${s})` : `$modeOf(${law.low}, ${law.high}, ${s})`};
        $top = $logDensity($mode, ${s});
        $pieces = ${law.method === 'bell' ? `$hat($mode, $top, ${s})` : `$hat($mode, $top, ${law.low}, ${law.high}, ${s})`};
        $total = 0;
        for (let $k = 0; $k < $pieces; $k++) $total += $weights[$k];
      }
      let $y = NaN;
      for (let $attempt = 1; $total > 0 && $total < Infinity && $attempt <= ${mostAttempts}; $attempt++) {
        $stream.advance($i, $attempt);
        let $rest = $uniforms[0] * $total;
        let $k = 0;
        while ($k < $pieces - 1 && $rest >= $weights[$k]) $rest -= $weights[$k++];
        const $part = Math.min($rest / $weights[$k], 1);
        const $tried =
          $drops[$k] < 1e-8
            ? $starts[$k] + $part * ($ends[$k] - $starts[$k])
            : $peaks[$k] + Math.log1p((1 - $part) * Math.expm1(-$drops[$k])) / $steeps[$k];
        const $above = $heights[$k] + $steeps[$k] * ($tried - $peaks[$k]);
        if (Math.log($uniforms[1]) <= $logDensity($tried, ${s}) - $top - $above) {
          $y = $tried;
          break;
        }
      }`;

const hatText = (law: DensityLaw): string => {
  const s = list(...scalarsOf(law));
  return `
  /** Pieces of the hat, relative to the top: where they begin and end, their greater end and the hat's log there, slopes, masses. */
  const $starts = new Float64Array(5);
  const $ends = new Float64Array(5);
  const $peaks = new Float64Array(5);
  const $heights = new Float64Array(5);
  const $steeps = new Float64Array(5);
  const $drops = new Float64Array(5);
  const $weights = new Float64Array(5);
  const $piece = ($k, $start, $end, $anchor, $height, $steep) => {
    const $peak = $steep > 0 ? $end : $start;
    $starts[$k] = $start;
    $ends[$k] = $end;
    $peaks[$k] = $peak;
    $heights[$k] = $height + $steep * ($peak - $anchor);
    $steeps[$k] = $steep;
    $drops[$k] = Math.abs($steep) * ($end - $start);
    const $width = $drops[$k] < 1e-8 ? $end - $start : -Math.expm1(-$drops[$k]) / Math.abs($steep);
    $weights[$k] = nsm.exp($heights[$k]) * $width;
  };

  /** Where a tangent touches beside the mode: where the log density has fallen by 0.4 to 2.5; the mode itself where no such place is needed. */
  const $contact = ($mode, $top, $bound, ${s}) => {
    const $side = $bound > $mode ? 1 : -1;
    if ($bound === $mode || $top - $logDensity($bound, ${s}) <= 2.5) return $mode;
    const $bend = $curvature($mode, ${s});
    const $gradient = Math.abs($slope($mode, ${s}));
    let $near = 0;
    let $far = Math.abs($bound - $mode);
    let $width = Math.min(Math.sqrt(-2 / $bend), 1 / $gradient);
    if (!($width > 0 && $width < Infinity)) $width = $gradient > 0 ? 1 / $gradient : 1;
    if (!($width < $far)) $width = $far < Infinity ? $far / 2 : 1;
    for (let $turn = 0; $turn < 200; $turn++) {
      const $fall = $top - $logDensity($mode + $side * $width, ${s});
      if ($fall >= 0.4 && $fall <= 2.5) return $mode + $side * $width;
      if ($fall < 0.4) $near = $width;
      else $far = $width;
      if ($far - $near <= 1e-9 * $far) break;
      $width = $far < Infinity ? ($near + $far) / 2 : 2 * $near;
    }
    return $mode + $side * $near;
  };

  const $touch = new Float64Array(3);
  const $rise = new Float64Array(3);
  const $tilt = new Float64Array(3);
  /** Where two tangents meet. */
  const $crossing = ($one, $two) => {
    const $width = $touch[$two] - $touch[$one];
    const $way = ($rise[$two] - $rise[$one] - $tilt[$two] * $width) / ($tilt[$one] - $tilt[$two]);
    return $touch[$one] + ($way >= 0 && $way <= $width ? $way : $width / 2);
  };
  /** Tangents over a stretch on which the log density is concave; the number of pieces. */
  const $tangents = ($mode, $top, $low, $high, ${s}) => {
    $touch[0] = $contact($mode, $top, $low, ${s});
    $touch[1] = $mode;
    $touch[2] = $contact($mode, $top, $high, ${s});
    for (let $n = 0; $n < 3; $n++) {
      $rise[$n] = $logDensity($touch[$n], ${s}) - $top;
      $tilt[$n] = $slope($touch[$n], ${s});
    }
    let $pieces = 0;
    let $start = $low;
    let $from = 0;
    for (let $n = 1; $n < 3; $n++) {
      if ($touch[$n] === $touch[$from]) continue;
      const $end = $crossing($from, $n);
      $piece($pieces++, $start, $end, $touch[$from], $rise[$from], $tilt[$from]);
      $start = $end;
      $from = $n;
    }
    $piece($pieces++, $start, $high, $touch[$from], $rise[$from], $tilt[$from]);
    return $pieces;
  };
${law.method === 'bell' ? bellText(s) : '  const $hat = $tangents;'}`;
};

const bellText = (s: string): string => `
  /** How far from the mode the log density turns from concave to convex; half the circle if it does not. */
  const $inflection = ($mode, $side, ${s}) => {
    let $near = 0;
    let $far = Math.PI;
    if (!($curvature($mode + $side * $far, ${s}) > 0)) return $far;
    for (let $turn = 0; $turn < 60; $turn++) {
      const $middle = ($near + $far) / 2;
      if ($curvature($mode + $side * $middle, ${s}) > 0) $far = $middle;
      else $near = $middle;
    }
    return $near;
  };
  /** Tangents around the mode, and a chord on each side from where the log density turns convex to opposite the mode. */
  const $hat = ($mode, $top, ${s}) => {
    const $low = $mode - $inflection($mode, -1, ${s});
    const $high = $mode + $inflection($mode, 1, ${s});
    let $pieces = $tangents($mode, $top, $low, $high, ${s});
    const $chord = ($start, $end) => {
      if (!($end > $start)) return;
      const $height = $logDensity($start, ${s}) - $top;
      const $steep = ($logDensity($end, ${s}) - $top - $height) / ($end - $start);
      $piece($pieces++, $start, $end, $start, $height, $steep);
    };
    $chord($mode - Math.PI, $low);
    $chord($high, $mode + Math.PI);
    return $pieces;
  };`;
