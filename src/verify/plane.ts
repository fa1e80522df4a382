/** Quadrature over values that are arrays: vectors of two entries, and points of a simplex of three classes. */

export interface PlanePoint {
  readonly x: readonly number[];
  readonly logWeight: number;
}
export type LogDensity = (x: readonly number[]) => number;

/**
 * Over the plane: the trapezoid rule for x = mode + C sinh(t), where C Cᵀ is the inverse of the curvature at the mode. For
 * a Gaussian it converges faster than any power of the step.
 */
export const overPlane = (logDensity: LogDensity, step: number): readonly PlanePoint[] | null => {
  const mode = climb(logDensity);
  if (mode === null) return null;
  const factor = factorAt(logDensity, mode);
  const logArea = Math.log(Math.abs(factor[0] * factor[2])) + 2 * Math.log(step);
  const reach = Math.round(4.5 / step);
  const points: PlanePoint[] = [];
  for (let i = -reach; i <= reach; i++) {
    const u = Math.sinh(i * step);
    for (let j = -reach; j <= reach; j++) {
      const v = Math.sinh(j * step);
      points.push({
        x: [mode[0] + factor[0] * u, mode[1] + factor[1] * u + factor[2] * v],
        logWeight: logArea + Math.log(Math.cosh(i * step)) + Math.log(Math.cosh(j * step)),
      });
    }
  }
  return points;
};

type Pair = readonly [number, number];

/** The mode: line searches along each entry, on a scale that takes in all sizes, then Newton's steps. */
const climb = (logDensity: LogDensity): Pair | null => {
  let at: [number, number] = [0, 0];
  for (let turn = 0; turn < 8; turn++)
    for (const axis of [0, 1] as const) {
      const moved = (x: number): Pair => (axis === 0 ? [x, at[1]] : [at[0], x]);
      let [best, height] = [at[axis], logDensity(at)];
      for (let n = -160; n <= 160; n++)
        for (const x of [Math.sinh(n / 8), at[axis] + Math.sinh(n / 8)]) {
          const value = logDensity(moved(x));
          if (value > height) [best, height] = [x, value];
        }
      at = [...moved(best)];
    }
  if (!Number.isFinite(logDensity(at))) return null;
  for (let turn = 0; turn < 30; turn++) {
    const { gradient, hessian } = slopesAt(logDensity, at);
    const determinant = hessian[0] * hessian[2] - hessian[1] ** 2;
    if (!(hessian[0] < 0 && determinant > 0)) break;
    const step: Pair = [
      (hessian[2] * gradient[0] - hessian[1] * gradient[1]) / determinant,
      (hessian[0] * gradient[1] - hessian[1] * gradient[0]) / determinant,
    ];
    const next: [number, number] = [at[0] - step[0], at[1] - step[1]];
    if (!(logDensity(next) > logDensity(at))) break;
    at = next;
  }
  return at;
};

/** A lower triangular C with C Cᵀ = (−H)⁻¹: its entries (0, 0), (1, 0) and (1, 1). */
const factorAt = (logDensity: LogDensity, at: Pair): readonly [number, number, number] => {
  const { hessian } = slopesAt(logDensity, at);
  const determinant = hessian[0] * hessian[2] - hessian[1] ** 2;
  if (!(hessian[0] < 0 && determinant > 0)) return [1, 0, 1];
  const [a, b, d] = [-hessian[2] / determinant, hessian[1] / determinant, -hessian[0] / determinant];
  const first = Math.sqrt(a);
  return [first, b / first, Math.sqrt(Math.max(d - (b / first) ** 2, 1e-300))];
};

const slopesAt = (logDensity: LogDensity, [x, y]: Pair) => {
  const middle = logDensity([x, y]);
  // A step over which the log density falls by about one hundredth: small beside the curvature, large beside rounding.
  const stepOf = (at: (h: number) => number): number => {
    let h = 1e-6;
    while (h < 1e12 && !(middle - Math.min(at(h), at(-h)) > 1e-2)) h *= 2;
    return h;
  };
  const h = stepOf((s) => logDensity([x + s, y]));
  const k = stepOf((s) => logDensity([x, y + s]));
  const [right, left] = [logDensity([x + h, y]), logDensity([x - h, y])];
  const [above, below] = [logDensity([x, y + k]), logDensity([x, y - k])];
  const mixed =
    logDensity([x + h, y + k]) -
    logDensity([x + h, y - k]) -
    logDensity([x - h, y + k]) +
    logDensity([x - h, y - k]);
  return {
    gradient: [(right - left) / (2 * h), (above - below) / (2 * k)] as const,
    hessian: [
      (right - 2 * middle + left) / h ** 2,
      mixed / (4 * h * k),
      (above - 2 * middle + below) / k ** 2,
    ] as const,
  };
};

/**
 * Over the simplex of three classes, with respect to the first two entries: x = (u, (1 − u) v, (1 − u)(1 − v)), each of u
 * and v by a double exponential rule in which 1 − u is as exact as u.
 */
export const overSimplex = (step: number): readonly PlanePoint[] => {
  const places = Array.from({ length: 2 * Math.floor(5 / step) + 1 }, (_, n) => {
    const t = (n - Math.floor(5 / step)) * step;
    const s = Math.PI * Math.sinh(t);
    const small = -Math.log1p(Math.exp(-Math.abs(s)));
    const [logUp, logDown] = s < 0 ? [s + small, small] : [small, -s + small];
    return { logUp, logDown, logSlope: logUp + logDown + Math.log(Math.PI * Math.cosh(t)) };
  });
  return places.flatMap((u) =>
    places.map((v) => ({
      x: [Math.exp(u.logUp), Math.exp(u.logDown + v.logUp), Math.exp(u.logDown + v.logDown)],
      logWeight: u.logSlope + v.logSlope + u.logDown + 2 * Math.log(step),
    })),
  );
};
