/** Small models of binary units and spins, with the probability of every state by enumeration. */

/** Couplings (symmetric, without a diagonal) and fields of seven spins. */
export const spins = (() => {
  const n = 7;
  const J = Array.from({ length: n * n }, () => 0);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      const value = 0.35 * Math.sin(3 * i + 7 * j + 1) + (Math.abs(i - j) === 1 ? 0.4 : 0);
      J[i * n + j] = value;
      J[j * n + i] = value;
    }
  const b = Array.from({ length: n }, (_, i) => 0.9 * Math.cos(2 * i) + 0.2);
  return { J, b };
})();

/** All values of n spins, in the order of their binary number, the first one highest. */
export const allSpins = (n: number): readonly (readonly number[])[] =>
  Array.from({ length: 2 ** n }, (_, state) =>
    Array.from({ length: n }, (_, i) => 2 * ((state >> (n - 1 - i)) & 1) - 1),
  );

const normalised = (weights: readonly number[]): number[] => {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
};

export const spinsLaw = (): number[] =>
  normalised(
    allSpins(7).map((s) => {
      let energy = 0;
      for (let i = 0; i < 7; i++) {
        energy -= spins.b[i]! * s[i]!;
        for (let j = 0; j < 7; j++) energy -= (s[i]! * spins.J[i * 7 + j]! * s[j]!) / 2;
      }
      return Math.exp(-energy);
    }),
  );

export const boltzmann = {
  W: Array.from({ length: 35 }, (_, i) => 1.1 * Math.sin(5 * i + 2)),
  a: Array.from({ length: 7 }, (_, i) => -0.6 + 0.9 * Math.cos(3 * i)),
  b: Array.from({ length: 5 }, (_, i) => 0.7 * Math.sin(2 * i + 1) - 0.4),
};

/** Visible units first. */
export const boltzmannLaw = (): number[] =>
  normalised(
    Array.from({ length: 2 ** 12 }, (_, state) => {
      const units = Array.from({ length: 12 }, (_, i) => (state >> (11 - i)) & 1);
      const [v, h] = [units.slice(0, 7), units.slice(7)];
      let exponent = 0;
      v.forEach((value, i) => {
        exponent += boltzmann.a[i]! * value;
        h.forEach((other, j) => (exponent += value * boltzmann.W[i * 5 + j]! * other));
      });
      h.forEach((value, j) => (exponent += boltzmann.b[j]! * value));
      return Math.exp(exponent);
    }),
  );

/** How often each state occurs, by its binary number; `low` is the lower value of a unit. A value that is neither counts nowhere. */
export const countStates = (values: Float32Array, units: number, low: number): Float64Array => {
  const counts = new Float64Array(2 ** units);
  for (let chain = 0; chain < values.length / units; chain++) {
    let index = 0;
    for (let i = 0; i < units; i++) index = index * 2 + Number(values[chain * units + i]! > low);
    counts[index]!++;
  }
  return counts;
};

/** Largest error of a probability, over the largest probability. */
export const worstError = (frequencies: readonly number[], law: readonly number[]): number =>
  frequencies.reduce((worst, value, state) => Math.max(worst, Math.abs(value - law[state]!)), 0) /
  law.reduce((most, value) => Math.max(most, value), 0);
