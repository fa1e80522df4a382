/**
 * Langevin chains as JavaScript text (Roberts and Tweedie 1996). A chain begins at one of 96 places across the density, chosen by
 * its weight, so that wells get their shares. Every odd step is a Langevin step of 1.2 standard deviations, as the curvature at
 * the mode has them; every even one a plain random step of a half to 16 of these. Accept steps (Metropolis and Hastings) leave
 * the density as it is. On a circle all steps are plain and wrap around.
 */
import { list, scalarsOf, wrapped, type CurveLaw } from './source-text.ts';

export interface ChainLaw extends CurveLaw {
  readonly isPeriodic: boolean;
  /** Length of the chain. */
  readonly steps: number;
}

const places = 96;

export const langevinText = (law: ChainLaw): string => {
  const s = list(...scalarsOf(law));
  const onLine = (y: string): string => (law.isPeriodic ? wrapped(y) : y);
  return `
  const $shares = new Float64Array(${places});
  /** Across the density, in cells of equal width: one by its weight, then any place in it. */
  const $begin = ($mode, $scale, $uniforms, ${s}) => {
    const $top = $logDensity($mode, ${s});
    const $reach = ($side) => {
      let $far = $scale;
      for (let $way = $scale, $turn = 0; $turn < 12; $turn++, $way *= 2)
        if ($logDensity($mode + $side * $way, ${s}) > $top - 25) $far = 2 * $way;
      return ${law.isPeriodic ? 'Math.min($far, Math.PI)' : '$far'};
    };
    const $left = $mode - $reach(-1);
    const $cell = ($mode + $reach(1) - $left) / ${places};
    let $most = -Infinity;
    for (let $n = 0; $n < ${places}; $n++) {
      $shares[$n] = $logDensity($left + ($n + 0.5) * $cell, ${s});
      if ($shares[$n] > $most) $most = $shares[$n];
    }
    let $total = 0;
    for (let $n = 0; $n < ${places}; $n++) $total += $shares[$n] = nsm.exp($shares[$n] - $most);
    let $rest = $uniforms[0] * $total;
    let $n = 0;
    while ($n < ${places - 1} && $rest >= $shares[$n]) $rest -= $shares[$n++];
    return $left + ($n + $uniforms[1]) * $cell;
  };
  const $chain = ($i, $stream, $low, $high, ${s}) => {
    const $uniforms = $stream.uniforms;
    const $mode = ${law.isPeriodic ? `$modeOf(${s})` : `$modeOf($low, $high, ${s})`};
    const $bend = $curvature($mode, ${s});
    const $scale = ${law.isPeriodic ? 'Math.min(1, $bend < 0 ? 1 / Math.sqrt(-$bend) : 1)' : '$bend < 0 ? 1 / Math.sqrt(-$bend) : 1'};
    $stream.advance($i, 1);
    let $y = $begin($mode, $scale, $uniforms, ${s});
    let $height = $logDensity($y, ${s});
    let $gradient = $slope($y, ${s});
    if (!Number.isFinite($height)) return NaN;
    for (let $step = 1; $step <= ${law.steps}; $step++) {
      $stream.advance($i, $step + 1);
      const $normal = Math.sqrt(-2 * Math.log($uniforms[0])) * Math.cos(2 * Math.PI * $uniforms[1]);
      const $isPlain = ${law.isPeriodic ? 'true' : '$step % 2 === 0'};
      const $width = $isPlain ? $scale * 2 ** ((($step >> 1) % 6) - 1) : 1.2 * $scale;
      const $drift = $isPlain ? 0 : ($width * $width) / 2;
      const $moved = $y + $drift * $gradient + $width * $normal;
      const $next = ${onLine('$moved')};
      const $nextHeight = $logDensity($next, ${s});
      const $nextGradient = $slope($next, ${s});
      const $back = ($y - $next - $drift * $nextGradient) / $width;
      const $odds = $nextHeight - $height + ($isPlain ? 0 : ($normal * $normal - $back * $back) / 2);
      if (!(Math.log($uniforms[2]) <= $odds)) continue;
      $y = $next;
      $height = $nextHeight;
      $gradient = $nextGradient;
    }
    return $y;
  };`;
};
