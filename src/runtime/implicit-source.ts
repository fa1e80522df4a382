/**
 * How a draw moves with a natural parameter when its uniform number is kept, as JavaScript text (Figurnov, Mohamed and Mnih,
 * "Implicit reparameterization gradients", NeurIPS 2018): ∂y/∂η = −(1/p(y)) ∫ up to y of (T − μ) p, in float64.
 *
 * The coordinate y is unbounded, so that nothing is singular. As the whole integral is 0, it is taken over the side on which
 * the density falls, which has the lesser mass: outward from y in panels over which the log density changes by 8 at most
 * and which double in width at most, each by Gauss and Legendre's rule of 16 points, until it has fallen by 34. The first is no
 * wider than 1 in coordinates that are logarithms: their exponentials change that fast.
 */
import {
  areFinite,
  circleModeText,
  columnOf,
  curveText,
  list,
  ownNames,
  readScalars,
  scalarsOf,
  type CurveLaw,
} from './source-text.ts';

export interface ImplicitLaw extends CurveLaw {
  readonly isPeriodic: boolean;
  /** Half the width that the first panel may have. */
  readonly firstWidth: number;
  /** Name of the natural parameter. */
  readonly natural: string;
  /** Name of the draw, which is the first parameter. */
  readonly value: string;
  /** Functions of `y` and the scalars: dx/dy and T. */
  readonly jacobian: string;
  readonly statistic: string;
  /** In terms of the scalars: the draw's place on the line, and μ (null: by quadrature). */
  readonly coordinate: string;
  readonly mean: string | null;
  /** In terms of the scalars. */
  readonly atom: {
    readonly value: string;
    readonly statistic: string;
    readonly logMass: string;
    /** Its place on the line, which may be an end of it. */
    readonly place: string;
  } | null;
}

const nodes = [
  0.09501250983763744, 0.2816035507792589, 0.45801677765722737, 0.6178762444026438, 0.755404408355003,
  0.8656312023878318, 0.9445750230732326, 0.9894009349916499,
];
const weights = [
  0.18945061045506864, 0.18260341504492364, 0.16915651939500265, 0.1495959888165767, 0.12462897125553407,
  0.0951585116824926, 0.062253523938647456, 0.027152459411754176,
];

/** Text that declares an `ImplicitSlope` (see `density.ts`) of the given name. */
export const implicitSource = (name: string, law: ImplicitLaw): string => {
  const scalars = scalarsOf(law);
  const s = list(...scalars);
  const text = `
/**
 * How draws of ${law.family} move with ${law.natural} when their uniform numbers are kept: the integral of (T - mean) p from the end
 * on whose side the draw lies, over p.
 */
const ${name} = (() => {${curveText(law)}
  const $statistic = ${law.statistic};
  const $jacobian = ${law.jacobian};
${law.isPeriodic ? circleModeText(law) : ''}
  const $nodes = [${[...nodes.map((node) => -node).reverse(), ...nodes].join(', ')}];
  const $shares = [${[...weights].reverse().join(', ')}, ${weights.join(', ')}];
  const $masses = new Float64Array(1);
  /** The integral of (T - mean) p / p(y) from y outward, and that of p / p(y). */
  const $outward = ($y, $direction, $limit, $mean, ${s}) => {
    const $base = $logDensity($y, ${s});
    let [$here, $height, $top, $width, $total, $mass] = [$y, 0, 0, ${law.firstWidth}, 0, 0];
    for (let $panel = 0; $panel < 400; $panel++) {
      const $gradient = Math.abs($slope($here, ${s}));
      const $bend = Math.abs($curvature($here, ${s}));
      $width = Math.min(2 * $width, 5 / $gradient, 3 / Math.sqrt($bend));
      if (!($width > 0 && $width < Infinity)) $width = 1;
      let $end = $here + $direction * $width;
      if (($limit - $end) * $direction < 0) $end = $limit;
      let $reached = $logDensity($end, ${s}) - $base;
      for (let $halved = 0; $halved < 60 && !(Math.abs($reached - $height) <= 8); $halved++) {
        $end = ($here + $end) / 2;
        $reached = $logDensity($end, ${s}) - $base;
      }
      const $half = ($end - $here) / 2;
      for (let $n = 0; $n < 16; $n++) {
        const $t = $here + $half * (1 + $nodes[$n]);
        const $share = Math.abs($half) * $shares[$n] * nsm.exp($logDensity($t, ${s}) - $base);
        $mass += $share;
        $total += $share * ($statistic($t, ${s}) - $mean);
      }
      $width = Math.abs($end - $here);
      $here = $end;
      $height = $reached;
      $top = Math.max($top, $height);
      if ($here === $limit || $height < $top - 34) break;
    }
    $masses[0] = $mass;
    return $total;
  };

  return ($slopes, [${list(...law.parameters.map(columnOf))}]) => {
    for (let $i = 0; $i < $slopes.length; $i++) {
${readScalars(law, '      ')}\
      if (!(${areFinite(law)})) {
        $slopes[$i] = NaN;
        continue;
      }
${law.atom === null ? '' : atomText(law.value, law.atom)}\
${placeText(law, s)}
${meanText(law, s)}
      const $isLow = $slope($y, ${s}) >= 0;
      let $moved = $isLow ? -$outward($y, -1, $low, $mean, ${s}) : $outward($y, 1, $high, $mean, ${s});
${law.atom === null ? '' : atomMassText(law.atom, s)}\
      $slopes[$i] = $moved * $jacobian($y, ${s});
    }
  };
})();
`;
  return ownNames(text, scalars);
};

const placeText = ({ isPeriodic, coordinate }: ImplicitLaw, s: string): string =>
  isPeriodic
    ? `      const $mode = $modeOf(${s});
      const $y = ${coordinate} - 2 * Math.PI * Math.round((${coordinate} - $mode) / (2 * Math.PI));
      const $low = $mode - Math.PI;
      const $high = $mode + Math.PI;`
    : `      const $y = ${coordinate};
      const $low = -Infinity;
      const $high = Infinity;`;

const meanText = ({ mean }: ImplicitLaw, s: string): string =>
  mean !== null
    ? `      const $mean = ${mean};`
    : `      let $mean = $outward($y, -1, $low, 0, ${s});
      const $massBelow = $masses[0];
      $mean = ($mean + $outward($y, 1, $high, 0, ${s})) / ($massBelow + $masses[0]);`;

const atomText = (draw: string, { value }: NonNullable<ImplicitLaw['atom']>): string => `\
      if (${draw} === ${value} || ${draw} === Math.fround(${value})) {
        $slopes[$i] = 0;
        continue;
      }
`;

/** The atom counts with the side on which it lies. */
const atomMassText = (
  { statistic, logMass, place }: NonNullable<ImplicitLaw['atom']>,
  s: string,
): string => `\
      if ($isLow === (${place} < $y)) {
        const $atom = (${statistic} - $mean) * nsm.exp(${logMass} - $logDensity($y, ${s}));
        $moved += $isLow ? -$atom : $atom;
      }
`;
