/** `docs/special-functions.md`: what each special function is, and how far it is from values of 60 digits. */
import { apply, constant, read } from '../../src/calculus/build.ts';
import { operators, type Operator } from '../../src/calculus/expression.ts';
import { scalarFunctions } from '../../src/calculus/scalar.ts';
import type { TensorFlow } from '../../src/runtime/plan.ts';
import {
  relativeError,
  specialBlocks,
  type SpecialBlock,
  type SpecialPoint,
} from '../runtime/special-reference.ts';
import { assign, contextOf, program, runTensors, tensor } from '../targets/support.ts';

interface Description {
  readonly definition: string;
  readonly domain: string;
}

/** `#` stands for the count of derivatives. */
const descriptions: Readonly<Partial<Record<Operator, Description>>> = {
  log_gamma: { definition: 'log of the absolute value of Γ(x)', domain: 'real; ∞ at 0, −1, −2, …' },
  digamma: { definition: 'ψ(x), the derivative of log Γ', domain: 'real, except 0, −1, −2, …' },
  trigamma: { definition: 'ψ′(x)', domain: 'real; ∞ at 0, −1, −2, …' },
  polygamma: { definition: 'ψ differentiated # times', domain: 'real, except 0, −1, −2, …' },
  log_bessel: { definition: '(1/x d/dx) applied # times to log I₀(x)', domain: 'real' },
  log_bessel_i: { definition: 'log I_v(x)', domain: 'order v ≥ 0, x ≥ 0' },
  log_mills: { definition: 'log((1 − Φ(x)) / φ(x)) differentiated # times', domain: 'real' },
  log_exprel: { definition: 'log((exp(x) − 1) / x) differentiated # times', domain: 'real' },
  normal_log_cdf: { definition: 'log Φ(x)', domain: 'real' },
  log1m_exp: { definition: 'log(1 − exp(x))', domain: 'x < 0' },
  softplus: { definition: 'log(1 + exp(x))', domain: 'real' },
  sigmoid: { definition: '1 / (1 + exp(−x))', domain: 'real' },
  atan2: { definition: 'the angle of the point (x, y)', domain: 'real, real' },
};

interface Worst {
  readonly error: number;
  readonly at: SpecialPoint;
}

/** The largest relative error, of results that belong to points. */
const worst = (points: readonly SpecialPoint[], values: ArrayLike<number>): Worst =>
  points
    .map((at, i) => ({ error: relativeError(values[i]!, at.exact), at }))
    .reduce((most, next) => (next.error > most.error || Number.isNaN(next.error) ? next : most));

const inFloat64 = ({ operator, count, points }: SpecialBlock): Worst =>
  worst(
    points,
    points.map((point) => scalarFunctions[operator](...(count === null ? [] : [count]), ...point.arguments)),
  );

/** Points whose arguments are float32 numbers and whose values are in the range of normal ones. */
const float32Points = (points: readonly SpecialPoint[]): readonly SpecialPoint[] =>
  points.filter(({ arguments: of, exact }) => {
    const size = Math.abs(exact);
    return of.every((x) => Math.fround(x) === x) && (size === 0 || (size > 1.2e-38 && size < 3.4e38));
  });

const inFloat32 = ({ operator, count, points }: SpecialBlock, tf: TensorFlow): Worst => {
  const used = float32Points(points);
  const names = operators[operator] === 2 && count === null ? ['x', 'y'] : ['x'];
  const operands = names.map((name) => read(name, ['points']));
  const value = apply(operator, ...(count === null ? [] : [constant(count)]), ...operands);
  const result = tensor('result', 'points');
  const made = program(
    'special',
    names.map((name) => tensor(name, 'points')),
    [assign(result, value)],
    [result],
  );
  const inputs = Object.fromEntries(
    names.map((name, i) => {
      const values = Float64Array.from(used, (point) => point.arguments[i]!);
      return [name, { indices: ['points'], shape: [used.length], values }];
    }),
  );
  const outputs = runTensors(tf, made, inputs, contextOf({ points: used.length }));
  return worst(used, outputs['result']!.values);
};

/** One digit, never smaller than the number. */
const roundedUp = (error: number): string => {
  if (error === 0) return '0';
  const exponent = Math.floor(Math.log10(error));
  const digit = Math.ceil(error / 10 ** exponent - 1e-9);
  return digit === 10 ? `1e${exponent + 1}` : `${digit}e${exponent}`;
};
const argumentText = ({ arguments: of }: SpecialPoint): string =>
  of.map((x) => String(Number(x.toPrecision(5))).replace('-', '−')).join(', ');

const row = (block: SpecialBlock, tf: TensorFlow): string => {
  const { operator, count, points } = block;
  const { definition, domain } = descriptions[operator]!;
  const name =
    count !== null
      ? `${operator}(${count}, x)`
      : operator === 'log_bessel_i'
        ? 'log_bessel_i(v, x)'
        : operator === 'atan2'
          ? 'atan2(y, x)'
          : `${operator}(x)`;
  const meaning =
    count === 0
      ? definition.replace(/\(1\/x d\/dx\) applied # times to | differentiated # times/, '')
      : definition.replace('# times', count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`);
  const [double, single] = [inFloat64(block), inFloat32(block, tf)];
  const cells = [
    `\`${name}\``,
    meaning,
    domain,
    String(points.length),
    roundedUp(double.error),
    argumentText(double.at),
    roundedUp(single.error),
    argumentText(single.at),
  ];
  return `| ${cells.join(' | ')} |`;
};

export const specialFunctionTable = (tf: TensorFlow): string => `# Special functions

What the special functions are and how exact they are. The table is measured, by
\`UPDATE_SPECIAL_FUNCTIONS=1 npx vitest run test/docs/special-functions.test.ts\`, and a test fails when it is not what
is measured. The reference is mpmath 1.3 in 60 digits or more, rounded to float64
(\`test/runtime/special-values.py\`); its points lie in both tails, at removable points and next to them, at zeros'
neighbours and on both sides of every seam between two methods.

Errors are relative to the exact value, the largest over the points. Next to a zero of a function they are larger
than elsewhere, because the value is small there and the roundings are not: that is where the largest ones are.

- **float64** is what the interpreter, \`nsm verify\`, constants and samplers compute.
- **float32** is what a compiled program computes on the WASM backend, at points whose arguments are float32 numbers,
  against the exact value at these. Where TensorFlow.js has no such function it is computed in float64 on the host and
  rounded once, so 6e-8, half a unit in the last place, is as good as can be.

| function | is | domain | points | float64 | worst at | float32 | worst at |
| --- | --- | --- | --- | --- | --- | --- | --- |
${specialBlocks.map((block) => row(block, tf)).join('\n')}

A first argument that counts derivatives is the compiler's own: programs say \`log_bessel_i0(x)\`, \`bessel_ratio(x)\`
(x times the first of them, I₁(x) / I₀(x)), \`log_mills_ratio(x)\`, \`mills_ratio(x)\`, \`log_exprel(x)\`, and get the others
by differentiation. In printed formulas m is Mills' ratio and exprel(x) is (exp(x) − 1) / x.

## How they are computed

- **log Γ and its derivatives**: recurrence to the asymptotic series, or to the Taylor series at 2; reflection for
  negative arguments.
- **log I₀ and (1/x d/dx)ⁿ log I₀**: I₁(x) / (x I₀(x)) is a Stieltjes function of x², so the Gauss quadrature of its
  continued fraction writes it as a sum of weight / (1 + x² node) with positive weights. No derivative of that sum
  cancels, for x below 25; beyond it the asymptotic series is differentiated term by term.
- **log I_v**: the power series for x up to 30; Debye's uniform expansion for orders from 30 on; smaller orders by
  recurrence downwards from two such orders.
- **Mills' ratio**: log((1 − Φ) / φ) has derivatives that fall like powers of 1 / x, where the usual formula
  x − φ / (1 − Φ) is a difference of large numbers. Below −0.25 they are written in the hazard, which is small there;
  up to 5 they come from Taylor series; beyond 5 from the Gauss quadrature of the continued fraction.
- **log((exp(x) − 1) / x)**: a series in x² up to |x| = 3, which has no removable point; beyond it the derivatives
  are polynomials in 1 / (exp(x) − 1).
- **log(1 − exp(x))**: the form of two that keeps its digits, with the seam at −log 2.
`;
