/** Sums of exponentials in the logarithm, and what a mean of weights tells of itself. */

/** Adds to log Σ exp, one term at a time, without overflow. */
export interface RunningLogSum {
  readonly largest: number;
  /** Σ exp(term − largest). */
  readonly total: number;
}
export const emptyLogSum: RunningLogSum = { largest: -Infinity, total: 0 };

export const addTerm = ({ largest, total }: RunningLogSum, term: number): RunningLogSum => {
  if (term === -Infinity) return { largest, total };
  return term <= largest
    ? { largest, total: total + Math.exp(term - largest) }
    : { largest: term, total: total * Math.exp(largest - term) + 1 };
};
export const logSumOf = ({ largest, total }: RunningLogSum): number => largest + Math.log(total);

export const logSumExp = (terms: ArrayLike<number>): number => {
  let sum = emptyLogSum;
  for (let i = 0; i < terms.length; i++) sum = addTerm(sum, terms[i]!);
  return logSumOf(sum);
};

export interface LogMean {
  /** log of the mean weight. */
  readonly value: number;
  /**
   * Its standard error by the delta method: sd(w) / (mean(w) √n). Null of a single weight, and where it would be so large that weights
   * not seen decide: then it says nothing.
   */
  readonly error: number | null;
  /** (Σ w)² / Σ w²: how many of the weights count. */
  readonly effective: number;
}

/** In nats. Of n weights of which one alone counts, the method gives 1 whatever the truth is. */
const largestError = 0.5;

/** Of independent weights, given by their logarithms. */
export const logMeanExp = (logWeights: ArrayLike<number>): LogMean => {
  const n = logWeights.length;
  const logTotal = logSumExp(logWeights);
  let squares = 0;
  for (let i = 0; i < n; i++) squares += Math.exp(2 * (logWeights[i]! - logTotal));
  // Relative variance of a weight: n Σ w² / (Σ w)² − 1.
  const variance = Math.max(0, ((n * squares - 1) * n) / Math.max(1, n - 1));
  const error = Math.sqrt(variance / n);
  return {
    value: logTotal - Math.log(n),
    error: n < 2 || !(error <= largestError) ? null : error,
    effective: 1 / squares,
  };
};
