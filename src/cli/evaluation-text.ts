/** What `nsm evaluate` says: how each sum was made, and what came out. */
import type { LikelihoodOptions, LikelihoodResult, Normaliser } from '../runtime/likelihood.ts';
import type { LikelihoodDefinition, LogSum } from '../schedule/likelihood.ts';
import type { Output } from './execute.ts';
import { printWarning } from './problem.ts';

export const methodNote = ({ given, normaliser }: LikelihoodDefinition, options: LikelihoodOptions): string =>
  [
    `examples: ${methodOf(given, options)}`,
    `log Z: ${normaliser === null ? '0, since every layer is normalised' : methodOf(normaliser, options)}`,
  ].join('\n');

const methodOf = (sum: LogSum, { chains, temperatures }: LikelihoodOptions): string => {
  const out = sum.summed.length === 0 ? '' : `${sum.summed.join(', ')} summed out`;
  const and = out === '' ? '' : `, ${out}`;
  switch (sum.kind) {
    case 'formula':
      return out === '' ? 'by formula' : `by formula, ${out}`;
    case 'enumeration':
      return `all ${sum.states} states of ${sum.kept.map(({ name }) => name).join(', ')}${and}`;
    case 'annealing':
      return `annealed importance sampling of ${sum.kept.map(({ name }) => name).join(', ')}${and}, ${chains} chains, ${temperatures} temperatures${adaptingNote(sum.adapting)}`;
  }
};

const adaptingNote = (adapting: readonly string[]): string =>
  adapting.length === 0
    ? ''
    : `; while ${adapting.join(', ')} adapts, its steps leave the law only nearly as it is`;

export function show(result: LikelihoodResult, output: Output): void {
  const { normaliser, examples, rows } = result;
  const logZ = pointOf(normaliser);
  const values = Array.from(examples.values);
  const given = moments(values);
  const mean = logZ === null || given === null ? null : given.mean - logZ.value;
  const errors = examples.errors === null ? null : meanError(examples.errors);
  output.event({
    event: 'log_likelihood',
    examples: rows,
    examples_done: values.length,
    mean,
    standard_deviation: given?.sd ?? null,
    simulated_gap: examples.gap,
    annealing_error: combined(errors, logZ?.error ?? null),
    lowest: bound(given, logZ?.upper ?? null),
    highest: bound(given, logZ?.value ?? null),
    log_z: logZ?.value ?? null,
    log_z_error: logZ?.error ?? null,
    log_z_upper: logZ?.upper ?? null,
    log_z_upper_error: logZ?.upperError ?? null,
    log_z_upper_is: upperKind(normaliser),
    log_z_method: normaliser?.kind ?? null,
    effective_chains: logZ?.effective ?? null,
    complete: result.isWhole,
  });
  output.say(normaliserText(normaliser));
  warnOfTooFewTemperatures(result, output);
  if (given === null) {
    output.say('no example is done');
    return;
  }
  const spread = `${given.sd.toFixed(2)} from example to example`;
  if (mean === null || logZ === null) {
    output.say(`log Z + log-likelihood ${given.mean.toFixed(3)} nats an example, ${spread}`);
    return;
  }
  const error = combined(errors, logZ.error);
  output.say(
    `log-likelihood ${mean.toFixed(3)} nats an example${error === null ? '' : ` ± ${error.toFixed(3)}`}` +
      ` (${values.length} examples, ${spread})` +
      (logZ.upper === null ? '' : `\n  ${(given.mean - logZ.upper).toFixed(3)} by the walk back`) +
      (errors === null ? '' : '\n  sums over latents are estimated from below on average') +
      (examples.gap === null
        ? ''
        : `\n  for data drawn from the model, whose latents are known, walks from both sides differ by ${examples.gap.toFixed(3)} nats`),
  );
}

interface Point {
  readonly value: number;
  readonly error: number | null;
  readonly upper: number | null;
  readonly upperError: number | null;
  readonly effective: number | null;
}

const pointOf = (normaliser: Normaliser | null): Point | null => {
  const exact = { error: null, upper: null, upperError: null, effective: null };
  if (normaliser === null) return null;
  switch (normaliser.kind) {
    case 'normalised':
      return { ...exact, value: 0 };
    case 'exact':
      return { ...exact, value: normaliser.value };
    case 'annealed':
      return normaliser.forward === null
        ? null
        : {
            value: normaliser.forward.value,
            error: normaliser.forward.error,
            upper: normaliser.reverse?.value ?? null,
            upperError: normaliser.reverse?.error ?? null,
            effective: normaliser.forward.effective,
          };
  }
};

const fromWords = {
  'exact samples': 'exact samples of the model: from above on average',
  data: 'chains that began at the data: from above on average if those are samples of the model, which is a heuristic',
} as const;

const upperKind = (normaliser: Normaliser | null): 'bound' | 'heuristic' | null =>
  normaliser?.kind !== 'annealed' || normaliser.reverse === null
    ? null
    : normaliser.reverseFrom === 'data'
      ? 'heuristic'
      : 'bound';

const normaliserText = (normaliser: Normaliser | null): string => {
  if (normaliser === null) return 'nothing is known of log Z yet';
  switch (normaliser.kind) {
    case 'normalised':
      return 'log Z 0: every layer is normalised';
    case 'exact':
      return `log Z ${normaliser.value.toFixed(4)}, exact`;
    case 'annealed': {
      const { forward, reverse, chains, reverseFrom } = normaliser;
      if (forward === null) return 'nothing is known of log Z yet: no chain has come to its end';
      const of = (value: number, error: number | null): string =>
        `${value.toFixed(3)}${error === null ? '' : ` ± ${error.toFixed(3)}`}`;
      return [
        `log Z ${of(forward.value, forward.error)}, from below on average (${chains} chains, of which ${forward.effective.toFixed(1)} count)`,
        reverse === null
          ? 'no walk back was made'
          : `log Z ${of(reverse.value, reverse.error)} by walking back from ${fromWords[reverseFrom]}`,
      ].join('\n');
    }
  }
};

const moments = (values: readonly number[]): { readonly mean: number; readonly sd: number } | null => {
  if (values.length === 0) return null;
  const mean = values.reduce((total, value) => total + value / values.length, 0);
  const variance =
    values.reduce((total, value) => total + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return { mean, sd: Math.sqrt(variance) };
};

/** Standard error of a mean of independent estimates, or null where that of one of them is not known. */
const meanError = (errors: Float64Array): number | null => {
  const error = Math.sqrt(errors.reduce((total, one) => total + one ** 2, 0)) / Math.max(1, errors.length);
  return Number.isNaN(error) ? null : error;
};

/** Estimates further apart than this, in nats, are not yet where they go. */
const furthestApart = 1;

function warnOfTooFewTemperatures({ normaliser, examples }: LikelihoodResult, output: Output): void {
  const doubts: string[] = [];
  if (normaliser?.kind === 'annealed' && normaliser.forward !== null) {
    const { forward, reverse, chains } = normaliser;
    if (forward.error === null && chains > 1)
      doubts.push(
        `${forward.effective.toFixed(1)} of ${chains} chains count, too few to say how far off log Z is`,
      );
    if (reverse !== null && Math.abs(reverse.value - forward.value) > furthestApart)
      doubts.push(`the walks differ by ${Math.abs(reverse.value - forward.value).toFixed(1)} nats`);
  }
  const unsure = examples.errors?.filter(Number.isNaN).length ?? 0;
  if (unsure > 0)
    doubts.push(
      `of ${unsure} of ${examples.values.length} examples too few chains count to say how far off their sums are`,
    );
  if (doubts.length === 0) return;
  printWarning(
    'NSM6024',
    `the estimate is not to be trusted: ${doubts.join('; ')}`,
    'take ten times as many --temperatures, and more again until this is no longer said',
    output,
  );
}

const combined = (first: number | null, second: number | null): number | null =>
  first === null && second === null ? null : Math.hypot(first ?? 0, second ?? 0);

const bound = (given: { readonly mean: number } | null, logZ: number | null): number | null =>
  given === null || logZ === null ? null : given.mean - logZ;
