/**
 * Special functions in float64, as formulas and compiled programs call them. Their errors, against values of many
 * digits, are in docs/special-functions.md.
 */
export { digamma, logGamma, logGammaOfCounts, polygamma, trigamma } from './special-gamma.ts';
export { cumulant, cumulantOf } from './special-cumulant.ts';
export { logBessel, logBesselI } from './special-bessel.ts';
export { log1mExp, logExprel, sigmoid, softplus } from './special-exponential.ts';
export { logMills, normalLogCdf } from './special-normal.ts';
