import { describe, expect, it } from 'vitest';
import {
  digamma,
  logGammaOfCounts,
  logGamma,
  sigmoid,
  softplus,
  trigamma,
} from '../../src/runtime/special.ts';

/** x, log |Gamma(x)|, digamma(x), trigamma(x): arithmetic in 60 digits at the float64 nearest to x. */
const values: readonly (readonly [number, number, number, number])[] = [
  [1e-8, 18.4206807381802089, -100000000.577215646, 10000000000000001.2],
  [0.001, 6.90717888538385366, -1000.57557193181028, 1000001.64253319583],
  [0.25, 1.28802252469807746, -4.22745353337626541, 17.1973291545071107],
  [0.5, 0.572364942924700087, -1.96351002602142348, 4.93480220054467931],
  [0.9, 0.0663762397347429544, -0.754926949947051349, 1.92253995947720345],
  [1.0001, -0.000057713342220471268, -0.577051183514334868, 1.64469368793314435],
  [1.25, -0.0982718364218131615, -0.227453533376265408, 1.19732915450711074],
  [1.5, -0.120782237635245222, 0.0364899739785765206, 0.934802200544679309],
  [1.75, -0.084401121020485556, 0.247472453546861164, 0.764101869893828721],
  [1.9999, -0.000042275208772153458, 0.422719839671130965, 0.644974480698703082],
  [2.0001, 0.0000422816581129199463, 0.422848826484665386, 0.644893657937143741],
  [2.3, 0.154189454959630475, 0.600039880363969479, 0.542537458665258459],
  [2.5, 0.28468287047291916, 0.703156640645243187, 0.490357756100234865],
  [3, 0.693147180559945309, 0.922784335098467139, 0.394934066848226436],
  [3.7, 1.42807232666538813, 1.16715353936151144, 0.310037857670038302],
  [5, 3.17805383034794562, 1.50611766843180047, 0.221322955737115325],
  [7.5, 7.53436423675873296, 1.94675748424608679, 0.1426158966967038],
  [9.99, 12.7793152143501934, 2.25070037283120112, 0.105276950148241784],
  [10, 12.8018274800814696, 2.25175258906672111, 0.105166335681685746],
  [12.5, 18.7343475119364457, 2.48519565127491205, 0.0832852246015783704],
  [33.3, 82.603723581654943, 3.49046723852024278, 0.0304854440953388878],
  [100, 359.134205369575399, 4.6001618527380874, 0.0100501666633335714],
  [1234.5, 7550.5509010778949, 7.11801623182799784, 0.000810372727126966653],
  [1e6, 12815504.5691476117, 13.8155100579641908, 1.00000050000016667e-6],
  [1e12, 26631021115915.6516, 27.6310211159280482, 1.0000000000005e-12],
  [-0.5, 1.2655121234846454, 0.0364899739785765206, 8.93480220054467931],
  [-1.5, 0.860047015376481015, 0.703156640645243187, 9.37924664498912375],
  [-3.3, -0.82435580501742646, 3.62035346059212579, 14.8177395255159288],
  [-10.7, -15.4167890964166361, 0.133744812447064434, 14.9901871390693798],
  [-50.25, -147.96757866714193, 7.06852044810851071, 19.7195050061392317],
];

function relativeError(value: number, exact: number): number {
  return Math.abs(value - exact) / Math.abs(exact);
}

describe('special functions', () => {
  it.each(values)('are accurate at %d', (x, ofLogGamma, ofDigamma, ofTrigamma) => {
    expect(relativeError(logGamma(x), ofLogGamma)).toBeLessThan(2e-14);
    expect(relativeError(digamma(x), ofDigamma)).toBeLessThan(1e-13);
    expect(relativeError(trigamma(x), ofTrigamma)).toBeLessThan(2e-14);
  });

  it('are accurate relative to their distance from the zeros of log gamma at 1 and 2', () => {
    // log Gamma(1 + z) = -gamma z + pi^2 z^2 / 12 - ..., and 1 + 2^-30 is a float64.
    const z = 2 ** -30;
    expect(
      relativeError(logGamma(1 + z), -0.57721566490153286 * z + (Math.PI ** 2 / 12) * z * z),
    ).toBeLessThan(1e-14);
    expect(logGamma(1)).toBe(0);
    expect(logGamma(2)).toBe(0);
  });

  it('obey the recurrence, reflection and duplication formulas', () => {
    for (let x = 0.013; x < 40; x *= 1.17) {
      const scale = 1 + Math.abs(logGamma(x));
      expect(Math.abs(logGamma(x + 1) - logGamma(x) - Math.log(x)) / scale).toBeLessThan(2e-14);
      const doubled = logGamma(x) + logGamma(x + 0.5) + (2 * x - 1) * Math.LN2 - Math.log(Math.PI) / 2;
      expect(Math.abs(logGamma(2 * x) - doubled) / (1 + Math.abs(doubled))).toBeLessThan(2e-14);
      expect(relativeError(digamma(x + 1), digamma(x) + 1 / x)).toBeLessThan(1e-12);
      expect(relativeError(trigamma(x), trigamma(x + 1) + 1 / x ** 2)).toBeLessThan(2e-14);
    }
    for (const x of [0.1, 0.37, 0.77]) {
      expect(logGamma(x) + logGamma(1 - x)).toBeCloseTo(Math.log(Math.PI / Math.sin(Math.PI * x)), 13);
      expect(digamma(1 - x) - digamma(x)).toBeCloseTo(Math.PI / Math.tan(Math.PI * x), 12);
      expect(trigamma(1 - x) + trigamma(x)).toBeCloseTo((Math.PI / Math.sin(Math.PI * x)) ** 2, 11);
    }
  });

  it('are derivatives of one another', () => {
    for (const x of [0.3, 1.1, 4.2, 9.9, 60]) {
      const step = 1e-4;
      expect((logGamma(x + step) - logGamma(x - step)) / (2 * step)).toBeCloseTo(digamma(x), 6);
      expect((digamma(x + step) - digamma(x - step)) / (2 * step)).toBeCloseTo(trigamma(x), 5);
    }
  });

  it('have poles at 0, -1, -2, ... and pass NaN on', () => {
    for (const pole of [0, -1, -20]) {
      expect(logGamma(pole)).toBe(Infinity);
      expect(digamma(pole)).toBe(NaN);
      expect(trigamma(pole)).toBe(Infinity);
    }
    for (const special of [logGamma, digamma, trigamma, logGammaOfCounts, softplus, sigmoid])
      expect(special(NaN)).toBe(NaN);
    expect([logGamma(Infinity), digamma(Infinity), trigamma(Infinity)]).toEqual([Infinity, Infinity, 0]);
  });

  it('log gamma of counts sums logarithms, in its table and beyond it', () => {
    let sum = 0;
    for (let n = 2; n <= 400; n++) {
      sum += Math.log(n);
      expect(relativeError(logGammaOfCounts(n + 1), sum)).toBeLessThan(1e-13);
    }
    expect([logGammaOfCounts(1), logGammaOfCounts(2)]).toEqual([0, 0]);
    expect(logGammaOfCounts(1.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI) / 2), 14);
  });

  it('softplus and sigmoid keep their precision in both tails', () => {
    expect(softplus(-40)).toBeCloseTo(Math.exp(-40), 30);
    expect(softplus(1000)).toBe(1000);
    expect(softplus(0)).toBe(Math.LN2);
    expect(relativeError(sigmoid(-40), Math.exp(-40))).toBeLessThan(1e-15);
    expect([sigmoid(-1000), sigmoid(0), sigmoid(1000)]).toEqual([0, 0.5, 1]);
    for (const x of [-3, 0.2, 7]) expect(softplus(x) - softplus(-x)).toBeCloseTo(x, 14);
  });
});
