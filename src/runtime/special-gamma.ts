/**
 * Log gamma and its derivatives in float64. Relative errors are a few 1e-15, away from the zeros of digamma and of
 * log gamma at negative arguments (there the absolute error is).
 */

const eulerGamma = 0.5772156649015329;
const halfLogTwoPi = 0.9189385332046728;
/** From here on eight terms of the asymptotic series reach float64. */
const asymptoticFrom = 10;

/** zeta(k) - 1 for k = 2, 3, ...: Taylor coefficients of log gamma at 2, without their sign and 1 / k. */
export const zetaMinusOne = [
  0.644934066848226436, 0.202056903159594285, 0.0823232337111381915, 0.0369277551433699263,
  0.0173430619844491397, 0.00834927738192282684, 0.00407735619794433938, 0.00200839282608221442,
  0.000994575127818085337, 0.000494188604119464559, 0.000246086553308048299, 0.000122713347578489147,
  0.0000612481350587048293, 0.0000305882363070204936, 0.0000152822594086518717, 7.63719763789976227e-6,
  3.81729326499983986e-6, 1.90821271655393893e-6, 9.53962033872796113e-7, 4.76932986787806463e-7,
  2.3845050272773299e-7, 1.19219925965311073e-7, 5.96081890512594796e-8, 2.98035035146522802e-8,
  1.49015548283650412e-8,
];

/** Bernoulli numbers B_2, B_4, ..., B_16. */
const bernoulli = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510];

/** log |Gamma(x)|; Infinity at the poles 0, -1, -2, ... and at both infinities. */
export function logGamma(x: number): number {
  if (x <= 0) {
    if (Math.floor(x) === x) return Infinity;
    // Reflection: Gamma(x) Gamma(1 - x) = pi / sin(pi x).
    return Math.log(Math.PI / Math.abs(sinPi(x))) - logGamma(1 - x);
  }
  if (x >= asymptoticFrom) return logGammaAsymptotic(x);
  // Recurrence Gamma(x + 1) = x Gamma(x) down to the Taylor series at 2.
  if (x < 0.5) return logGammaNearTwo(x) - Math.log(x) - Math.log1p(x);
  if (x < 1.5) return logGammaNearTwo(x - 1) - Math.log1p(x - 1);
  let argument = x;
  let product = 1;
  while (argument >= 2.5) {
    argument -= 1;
    product *= argument;
  }
  const nearTwo = logGammaNearTwo(argument - 2);
  return product === 1 ? nearTwo : nearTwo + Math.log(product);
}

/** log Gamma(2 + z) for |z| <= 1/2 = (1 - gamma) z + sum over k >= 2 of (-1)^k (zeta(k) - 1) z^k / k. */
function logGammaNearTwo(z: number): number {
  let sum = 0;
  for (let term = zetaMinusOne.length - 1; term >= 0; term--) {
    const power = term + 2;
    const coefficient = zetaMinusOne[term]! / power;
    sum = sum * z + (power % 2 === 0 ? coefficient : -coefficient);
  }
  return z * (1 - eulerGamma + z * sum);
}

/** Stirling: (x - 1/2) log x - x + log(2 pi) / 2 + sum of B_2k / (2k (2k - 1) x^(2k - 1)). */
function logGammaAsymptotic(x: number): number {
  if (x === Infinity) return Infinity;
  const inverseSquare = 1 / (x * x);
  let series = 0;
  for (let k = bernoulli.length; k >= 1; k--) {
    series = series * inverseSquare + bernoulli[k - 1]! / (2 * k * (2 * k - 1));
  }
  return (x - 0.5) * (Math.log(x) - 1) - 0.5 + halfLogTwoPi + series / x;
}

/** Masses of counts ask for log Gamma at small whole numbers, millions of times: those are looked up. */
const tabulated = Float64Array.from({ length: 256 }, (_, x) => logGamma(x));

/** log Gamma(x), fast where x is a whole number below 256. */
export const logGammaOfCounts = (x: number): number =>
  x >= 0 && x < 256 && x === Math.floor(x) ? tabulated[x]! : logGamma(x);

/** d/dx log Gamma(x); NaN at the poles 0, -1, -2, ... */
export function digamma(x: number): number {
  if (x <= 0) {
    if (Math.floor(x) === x) return NaN;
    // Reflection: digamma(1 - x) - digamma(x) = pi / tan(pi x).
    return digamma(1 - x) - (Math.PI * cosPi(x)) / sinPi(x);
  }
  if (x === Infinity) return Infinity;
  let argument = x;
  let shift = 0;
  for (; argument < asymptoticFrom; argument++) shift += 1 / argument;
  const inverseSquare = 1 / (argument * argument);
  let series = 0;
  for (let k = bernoulli.length; k >= 1; k--) series = series * inverseSquare + bernoulli[k - 1]! / (2 * k);
  return Math.log(argument) - 0.5 / argument - series * inverseSquare - shift;
}

/** d^2/dx^2 log Gamma(x); Infinity at the poles 0, -1, -2, ... */
export function trigamma(x: number): number {
  if (x <= 0) {
    if (Math.floor(x) === x) return Infinity;
    // Reflection: trigamma(1 - x) + trigamma(x) = (pi / sin(pi x))^2.
    return (Math.PI / sinPi(x)) ** 2 - trigamma(1 - x);
  }
  let argument = x;
  let shift = 0;
  for (; argument < asymptoticFrom; argument++) shift += 1 / (argument * argument);
  const inverse = 1 / argument;
  const inverseSquare = inverse * inverse;
  let series = 0;
  for (let k = bernoulli.length; k >= 1; k--) series = series * inverseSquare + bernoulli[k - 1]!;
  return inverse + 0.5 * inverseSquare + series * inverseSquare * inverse + shift;
}

/** The n-th derivative of digamma, n >= 0; at the poles 0, -1, -2, ... Infinity for odd n, NaN for even n. */
export function polygamma(n: number, x: number): number {
  if (n === 0) return digamma(x);
  if (n === 1) return trigamma(x);
  const sign = n % 2 === 0 ? -1 : 1;
  if (x <= 0) {
    if (Math.floor(x) === x) return n % 2 === 0 ? NaN : Infinity;
    // Reflection: digamma(1 - x) - digamma(x) = pi cot(pi x), differentiated n times.
    return -sign * polygamma(n, 1 - x) - Math.PI ** (n + 1) * derivativeOfCotangent(n, cosPi(x) / sinPi(x));
  }
  let factorial = 1;
  for (let k = 2; k < n; k++) factorial *= k;
  // Recurrence up to where the asymptotic series holds: more terms matter to higher derivatives.
  let argument = x;
  let shift = 0;
  for (; argument < asymptoticFrom + 2 * n; argument++) shift += n / argument ** (n + 1);
  const inverseSquare = 1 / (argument * argument);
  let series = 0;
  for (let k = bernoulli.length; k >= 1; k--) {
    let coefficient = bernoulli[k - 1]!;
    // (2k + n - 1)! / ((2k)! (n - 1)!)
    for (let j = 1; j < n; j++) coefficient *= (2 * k + j) / j;
    series = (series + coefficient) * inverseSquare;
  }
  const scaled = (1 + n / (2 * argument) + series) * argument ** -n;
  return sign * factorial * (scaled + shift);
}

/** The n-th derivative of cot(y) as a polynomial in c = cot(y): p goes over into -(1 + c²) dp/dc. */
function derivativeOfCotangent(n: number, c: number): number {
  let polynomial = [0, 1];
  for (let m = 0; m < n; m++) {
    const next = new Array<number>(polynomial.length + 1).fill(0);
    polynomial.forEach((coefficient, power) => {
      if (power === 0) return;
      next[power - 1]! -= power * coefficient;
      next[power + 1]! -= power * coefficient;
    });
    polynomial = next;
  }
  return polynomial.reduceRight((sum, coefficient) => sum * c + coefficient, 0);
}

/** sin(pi x), exact in its zeros: the argument is reduced before it is multiplied. */
function sinPi(x: number): number {
  const nearest = Math.round(x);
  const sine = Math.sin(Math.PI * (x - nearest));
  return nearest % 2 === 0 ? sine : -sine;
}

/** cos(pi x), exact in its zeros too. */
function cosPi(x: number): number {
  const nearest = Math.round(x);
  const cosine = Math.sin(Math.PI * (0.5 - Math.abs(x - nearest)));
  return nearest % 2 === 0 ? cosine : -cosine;
}
