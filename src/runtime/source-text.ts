/** What the texts of samplers have in common: names of their own that keep clear of a family's. */

/** A family's formulas on the line as JavaScript: arrow functions of the coordinate and of the scalars, or of the scalars alone. */
export interface LineLaw {
  readonly family: string;
  /** Names of the scalar parameters; identifiers. */
  readonly parameters: readonly string[];
  /** Functions of the parameters (and of those before them) that the formulas read by name. */
  readonly derived: readonly { readonly name: string; readonly value: string }[];
}

/** Everything that formulas may read besides the coordinate. */
export const scalarsOf = ({ parameters, derived }: LineLaw): readonly string[] => [
  ...parameters,
  ...derived.map(({ name }) => name),
];

/** Names of the text's own start with $; the mark stays where a family has the same name. */
export const ownNames = (text: string, scalars: readonly string[]): string =>
  text.trim().replace(/\$([a-z]+)/gi, (_, own: string) => (scalars.includes(own) ? `own_${own}` : own));

/** What an array of parameters is called, after the parameter. */
export const columnOf = (parameter: string): string => `${parameter}_values`;

export const list = (...names: readonly string[]): string => names.join(', ');

/** Text of an angle on (−π, π]. */
export const wrapped = (angle: string): string =>
  `${angle} - 2 * Math.PI * Math.ceil((${angle} - Math.PI) / (2 * Math.PI))`;

/** Statements that read one element's parameters and compute what depends on them alone. */
export const readScalars = ({ parameters, derived }: LineLaw, margin: string): string =>
  [
    ...parameters.map((parameter) => `const ${parameter} = ${columnOf(parameter)}[$i];`),
    ...derived.map(({ name, value }) => `const ${name} = ${value};`),
  ]
    .map((line) => `${margin}${line}\n`)
    .join('');

/** Whether all parameters of an element are numbers to compute with. */
export const areFinite = ({ parameters }: LineLaw): string =>
  parameters.map((parameter) => `Number.isFinite(${parameter})`).join(' && ');

/** Formulas that find a mode. */
export interface CurveLaw extends LineLaw {
  /** Functions of `y` and the scalars. */
  readonly logDensity: string;
  readonly slope: string;
  readonly curvature: string;
}

export const curveText = ({ logDensity, slope, curvature }: CurveLaw): string => `
  /** Up to a constant. */
  const $logDensity = ${logDensity};
  const $slope = ${slope};
  const $curvature = ${curvature};`;

/**
 * A point near the mode, by Newton's method between bounds that close in, or bisection. A tenth of a nat below the top is
 * near enough: no result depends on it.
 */
export const modeText = (law: LineLaw): string => {
  const s = list(...scalarsOf(law));
  return `
  /** A point near the mode: where the log density can rise by about 0.1 at most. */
  const $modeOf = ($low, $high, ${s}) => {
    if ($low > -Infinity && $slope($low, ${s}) <= 0) return $low;
    if ($high < Infinity && $slope($high, ${s}) >= 0) return $high;
    let $left = $low;
    let $right = $high;
    let $y = $low > -Infinity ? ($high < Infinity ? ($low + $high) / 2 : $low + 1) : $high < Infinity ? $high - 1 : 0;
    let $stride = 1;
    let $isUp = true;
    for (let $turn = 0; $turn < 300; $turn++) {
      const $gradient = $slope($y, ${s});
      const $bend = $curvature($y, ${s});
      if ($gradient === 0 || $gradient * $gradient <= -0.02 * $bend) return $y;
      // Not a number: too far.
      $isUp = $gradient > 0 || ($gradient !== $gradient && !$isUp);
      if ($isUp) $left = $y;
      else $right = $y;
      const $room = $isUp ? $right - $y : $y - $left;
      if (Math.abs($gradient) * $room < 0.1) return $y;
      const $newton = $y - $gradient / $bend;
      const $reach = $room < Infinity ? $room : 4 * $stride;
      if ($turn % 3 < 2 && $bend < 0 && Math.abs($newton - $y) < $reach) $y = $newton;
      else if ($room < Infinity) $y = ($left + $right) / 2;
      else {
        $y += $isUp ? $stride : -$stride;
        $stride *= 2;
      }
    }
    return $y;
  };`;
};

/** The mode on a circle: the best of 16 places, refined. */
export const circleModeText = (law: LineLaw): string => {
  const s = list(...scalarsOf(law));
  return `
  /** The mode on the circle. */
  const $modeOf = (${s}) => {
    let $y = 0;
    let $best = -Infinity;
    for (let $place = -7; $place <= 8; $place++) {
      const $height = $logDensity(($place * Math.PI) / 8, ${s});
      if ($height > $best) {
        $best = $height;
        $y = ($place * Math.PI) / 8;
      }
    }
    let $left = $y - Math.PI / 8;
    let $right = $y + Math.PI / 8;
    for (let $turn = 0; $turn < 60; $turn++) {
      const $gradient = $slope($y, ${s});
      const $bend = $curvature($y, ${s});
      if ($gradient === 0 || $gradient * $gradient <= -1e-24 * $bend) return $y;
      if ($gradient > 0) $left = $y;
      else $right = $y;
      const $newton = $y - $gradient / $bend;
      $y = $turn % 3 < 2 && $bend < 0 && $newton > $left && $newton < $right ? $newton : ($left + $right) / 2;
    }
    return $y;
  };`;
};
