/** Log-likelihoods by formula and by enumeration, against sums that are written out here. Float32 energies of a few nats: to 1e-5. */
import { describe, expect, it } from 'vitest';
import { logMeanExp, logSumExp } from '../../src/runtime/log-sum-exp.ts';
import { checked } from '../derive/support.ts';
import { asked, bits, dot, freeEnergy, measured, normals, rbm } from './likelihoods.ts';

describe('sums that are exact', () => {
  const parameters = { W: normals(5 * 3, 1.5, 1), a: normals(5, 1, 2), b: normals(3, 1, 3) };
  const data = bits(5);
  const logZ = logSumExp(data.map((v) => freeEnergy(parameters, v)));

  it('an RBM has its smaller side enumerated, and probabilities of all data that add up to 1', async () => {
    const set = { visible: 5, hidden: 3 };
    const found = asked(rbm, 'RBM', set, ['v'], 'exact where possible');
    expect(found).toMatchObject({
      definition: {
        given: { kind: 'formula' },
        normaliser: { kind: 'enumeration', summed: ['v'], states: 8 },
      },
    });
    const result = await measured({ file: rbm, model: 'RBM', set, parameters, data: { v: data.flat() } });
    if (result.normaliser?.kind !== 'exact') expect.fail('an exact log Z was expected');
    // Float32 energies of a few nats: 1e-5.
    expect(result.normaliser.value).toBeCloseTo(logZ, 4);
    expect(Math.exp(logSumExp(result.examples.values) - logZ)).toBeCloseTo(1, 4);
    data.forEach((v, row) => expect(result.examples.values[row]).toBeCloseTo(freeEnergy(parameters, v), 4));
  });

  it('a Gaussian RBM is integrated over its grey values', async () => {
    const set = { visible: 4, hidden: 3 };
    const own = { W: normals(12, 0.8, 4), a: normals(4, 1, 5), b: normals(3, 1, 6) };
    const result = await measured({
      file: rbm,
      model: 'GaussianRBM',
      set,
      parameters: own,
      data: { v: normals(8, 1, 7) },
    });
    // ∫ exp(−|v − a|²/2 + v W h) dv = (2π)^{n/2} exp(|Wh|²/2 + a W h).
    const byHand = logSumExp(
      bits(3).map((h) => {
        const input = own.a.map((_, i) => dot(h, own.W.slice(i * 3, i * 3 + 3)));
        return 2 * Math.log(2 * Math.PI) + dot(input, input) / 2 + dot(own.a, input) + dot(own.b, h);
      }),
    );
    if (result.normaliser?.kind !== 'exact') expect.fail('an exact log Z was expected');
    expect(result.normaliser.value).toBeCloseTo(byHand, 4);
  });

  it('choices and spins are enumerated with every state once', async () => {
    const file = checked(`
      model M(few: dim = 3, classes: dim = 3, others: dim = 2) {
        param J: real[few, few'] = 0
        param U: real[few, others, classes] = 0
        observed s: spin[few]
        state y: one_hot[others] over classes
        energy own = -(s @ J @ s)
        energy both = -sum(s * U * y) + 0.1 * sum(s)^3
      }`);
    const J = normals(9, 0.5, 8);
    const U = normals(18, 0.7, 9);
    const values: number[] = [];
    for (const code of bits(3)) {
      const s = code.map((bit) => 2 * bit - 1);
      for (const [first, second] of bits(4).flatMap((_, n) => (n < 9 ? [[n % 3, Math.floor(n / 3)]] : []))) {
        const own = s.reduce((total, left, i) => total + left * dot(s, J.slice(i * 3, i * 3 + 3)), 0);
        const both = s.reduce(
          (total, left, i) => total + left * (U[i * 6 + first!]! + U[i * 6 + 3 + second!]!),
          0,
        );
        values.push(own + both - 0.1 * s.reduce((total, x) => total + x, 0) ** 3);
      }
    }
    const result = await measured({
      file,
      model: 'M',
      set: {},
      parameters: { J, U },
      data: { s: [1, -1, 1] },
    });
    if (result.normaliser?.kind !== 'exact') expect.fail('an exact log Z was expected');
    expect(result.normaliser.value).toBeCloseTo(logSumExp(values), 4);
  });
});

describe('means of weights', () => {
  it('have the error and the effective number that the formulas give', () => {
    const { value, error, effective } = logMeanExp(
      [Math.log(1), Math.log(2), Math.log(4)].map((x) => x + 900),
    );
    expect(value).toBeCloseTo(900 + Math.log(7 / 3), 10);
    // Mean and variance of 1, 2, 4 are 7/3.
    expect(error).toBeCloseTo(Math.sqrt(7 / 9) / (7 / 3), 10);
    expect(effective).toBeCloseTo(49 / 21, 10);
  });

  it('have no error that can be told where one of them is nearly all', () => {
    const { error, effective } = logMeanExp([0, ...new Array<number>(19).fill(-50)]);
    expect(effective).toBeCloseTo(1, 10);
    expect(error).toBe(null);
  });
});
