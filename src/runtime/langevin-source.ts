/**
 * Langevin chains as JavaScript text (Roberts and Tweedie 1996): every odd step is a Langevin step of 1.2 standard deviations,
 * as the curvature at the mode has them; every even one a plain random step of a half to 16 of these, which crosses valleys.
 * Accept steps (Metropolis and Hastings) leave the density as it is. On a circle all steps are plain and wrap around.
 */
import { list, scalarsOf, type CurveLaw } from './source-text.ts';

export interface ChainLaw extends CurveLaw {
  readonly isPeriodic: boolean;
}

export const langevinText = (law: ChainLaw, steps = 128): string => {
  const s = list(...scalarsOf(law));
  const start = law.isPeriodic ? `$modeOf(${s})` : `$modeOf($low, $high, ${s})`;
  return `
  const $chain = ($i, $stream, $low, $high, ${s}) => {
    const { uniforms: $uniforms } = $stream;
    let $y = ${start};
    let $height = $logDensity($y, ${s});
    let $gradient = $slope($y, ${s});
    const $bend = $curvature($y, ${s});
    const $scale = ${law.isPeriodic ? 'Math.min(1, $bend < 0 ? 1 / Math.sqrt(-$bend) : 1)' : '$bend < 0 ? 1 / Math.sqrt(-$bend) : 1'};
    if (!Number.isFinite($height)) return NaN;
    for (let $step = 1; $step <= ${steps}; $step++) {
      $stream.advance($i, $step);
      const $normal = Math.sqrt(-2 * Math.log($uniforms[0])) * Math.cos(2 * Math.PI * $uniforms[1]);
      const $isPlain = ${law.isPeriodic ? 'true' : '$step % 2 === 0'};
      const $width = $isPlain ? $scale * 2 ** ((($step >> 1) % 6) - 1) : 1.2 * $scale;
      const $drift = $isPlain ? 0 : ($width * $width) / 2;
      const $next = $y + $drift * $gradient + $width * $normal;
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
