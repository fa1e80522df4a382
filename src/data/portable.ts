/**
 * Functions from +, -, *, / and square roots alone. JavaScript leaves the last bits of `Math.cos` and `Math.exp`
 * to the engine; generated data has to be the same on every machine.
 */

/** cos and sin of 2 pi k / n for integers k and n, to about 1e-16. */
export function rootOfUnity(k: number, n: number): readonly [number, number] {
  const turn = ((k % n) + n) % n;
  const quarter = Math.floor((4 * turn) / n);
  const rest = 4 * turn - quarter * n; // angle within the quarter is (pi / 2) rest / n
  const mirrored = 2 * rest > n;
  const angle = ((Math.PI / 2) * (mirrored ? n - rest : rest)) / n;
  const [low, high] = [seriesOf(angle, 1), angle * seriesOf(angle, 2)];
  const [cosine, sine] = mirrored ? [high, low] : [low, high];
  switch (quarter) {
    case 0:
      return [cosine, sine];
    case 1:
      return [-sine, cosine];
    case 2:
      return [-cosine, -sine];
    default:
      return [sine, -cosine];
  }
}

/** 1 - x^2/(d(d+1)) (1 - x^2/((d+2)(d+3)) (...)): cos x from d = 1, sin(x) / x from d = 2, for x up to pi / 4. */
function seriesOf(x: number, d: number): number {
  let sum = 1;
  for (let term = 8; term >= 0; term -= 1) {
    const factor = d + 2 * term;
    sum = 1 - ((x * x) / (factor * (factor + 1))) * sum;
  }
  return sum;
}

/** exp(-x) for 0 <= x <= 50, to a relative 1e-13: the series of exp(-x / 256), squared eight times. */
export function decay(x: number): number {
  const y = x / 256;
  let sum = 1;
  for (let term = 16; term >= 1; term -= 1) sum = 1 - (y / term) * sum;
  for (let squaring = 0; squaring < 8; squaring += 1) sum *= sum;
  return sum;
}
