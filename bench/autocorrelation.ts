/**
 * Integrated autocorrelation time of chains side by side, in rows: 1 + 2 Σ ρ_k up to six times the sum so far (Sokal 1997), or six times
 * another time where that is longer: values that swing cancel long before they are forgotten. Each chain's mean is 0.
 */
export const autocorrelationTime = (rows: readonly Float32Array[], other = 1): number => {
  const covariance = (lag: number): number => {
    let total = 0;
    for (let t = 0; t + lag < rows.length; t++) {
      const [a, b] = [rows[t]!, rows[t + lag]!];
      for (let chain = 0; chain < a.length; chain++) total += a[chain]! * b[chain]!;
    }
    return total / ((rows.length - lag) * rows[0]!.length);
  };
  const variance = covariance(0);
  let time = 1;
  for (let lag = 1; lag < rows.length / 2 && lag < 6 * Math.max(time, other); lag++)
    time += (2 * covariance(lag)) / variance;
  return time;
};
