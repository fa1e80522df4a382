/**
 * Annealed importance sampling over chains (Neal 2001; the programs are those of `src/schedule/annealing.ts`). Draws belong to chains,
 * so results do not depend on how many run at a time.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { rowTensors, type Examples } from './examples.ts';
import type { LogSumRequest } from './enumeration.ts';
import type { LogSumPlan } from './likelihood-plan.ts';
import { dispose, pauser, type NumberArrays } from './state.ts';

export interface AnnealRequest extends LogSumRequest {
  readonly chains: number;
  readonly temperatures: number;
  readonly seed: number;
  /** Means and variances of units of observed variables that are not clamped, by the names that the programs read. */
  readonly known: NumberArrays;
  /** Of the inference whose dynamics move something. */
  readonly settings: Readonly<Record<string, number>>;
}

/** Log weights of chains, one after the other for each row. */
export interface ChainWeights {
  readonly logWeights: Float64Array;
  /** Chains that came to their end: all of them, or fewer where the signal stopped the rest. */
  readonly chains: number;
  readonly isWhole: boolean;
}

type AnnealingPlan = Extract<LogSumPlan, { kind: 'annealing' }>;

/** Chains that run at a time, so that something is known when a run is stopped; of many examples, more of them. */
const chainsAtOnce = 50;
const chainsOfExamplesAtOnce = 500;
/** Temperatures between two looks at the signal. */
const turnsPerPiece = 20;

/** Keys the draws of each direction. */
const streams = { forward: 0, settle: 1, reverse: 2 } as const;

/** From the base to the model: the mean weight is an unbiased estimate of Z, and log Z is underestimated on average. */
export const annealForward = (sum: AnnealingPlan, request: AnnealRequest): Promise<ChainWeights> =>
  inGroups(request, request.temperatures, async (group) => {
    const { logZ, values } = await begin(sum, group);
    const ended = await walk(sum, group, values, streams.forward, 0, 1, request.temperatures);
    dispose(ended.values);
    return logZ.map((value, chain) => value + ended.logWeights[chain]!);
  });

/**
 * From samples of the model to the base: the mean of 1/weight is an unbiased estimate of 1/Z where the samples are exact, and log Z is
 * overestimated on average. Returns logarithms of estimates of 1/Z.
 *
 * @param from rows that chains begin at, in turn; where something is clamped, the rows of what is not, one for each example
 * @param settle steps at the model's own temperature before that
 */
export const annealReverse = (
  sum: AnnealingPlan,
  request: AnnealRequest,
  from: Examples,
  settle: number,
): Promise<ChainWeights> =>
  inGroups(request, request.temperatures + settle, async (group) => {
    const { logZ, values: fresh } = await begin(sum, group);
    const values = beginAt(sum, group, fresh, from);
    const last = request.temperatures;
    const settled = await walk(sum, group, values, streams.settle, last, 0, settle);
    const ended = await walk(sum, group, settled.values, streams.reverse, last, -1, last);
    dispose(ended.values);
    return logZ.map((value, chain) => ended.logWeights[chain]! - value);
  });

interface Group extends AnnealRequest {
  readonly first: number;
  readonly count: number;
  readonly given: Readonly<Record<string, Tensor>>;
  readonly piece: (turns: number) => Promise<void>;
}

async function inGroups(
  request: AnnealRequest,
  turns: number,
  run: (group: Group) => Promise<Float64Array>,
): Promise<ChainWeights> {
  const { plan, examples, chains } = request;
  const all = (examples?.rows ?? 1) * chains;
  const logWeights = new Float64Array(all);
  const pause = pauser();
  const known = Object.fromEntries(
    Object.entries(request.known).map(([name, { shape, values }]) => [
      name,
      plan.tf.tensor(values, [...shape], 'float32'),
    ]),
  );
  const atOnce = examples === null ? chainsAtOnce : chainsOfExamplesAtOnce;
  let done = 0;
  try {
    for (let first = 0; first < all; first += atOnce) {
      const count = Math.min(atOnce, all - first);
      const rows =
        examples === null
          ? {}
          : rowTensors(
              plan,
              examples,
              Uint32Array.from({ length: count }, (_, n) => Math.floor((first + n) / chains)),
            );
      let made = 0;
      const piece = async (more: number): Promise<void> => {
        made += more;
        request.onProgress?.({ done: first * turns + made * count, of: all * turns });
        await pause();
        request.signal?.throwIfAborted();
      };
      try {
        logWeights.set(await run({ ...request, first, count, given: { ...known, ...rows }, piece }), first);
        done = first + count;
      } finally {
        dispose(rows);
      }
    }
  } catch (error) {
    if (request.signal?.aborted !== true) throw error;
  } finally {
    dispose(known);
  }
  return { logWeights: logWeights.subarray(0, done), chains: done, isWhole: done === all };
}

const contextOf = ({ state, seed, first, count }: Group) => ({
  seed,
  firstExample: first,
  sizes: { ...state.sizes, example: count },
});

async function begin(
  sum: AnnealingPlan,
  group: Group,
): Promise<{ readonly logZ: Float64Array; readonly values: Record<string, Tensor> }> {
  const { plan, state, parameters, given } = group;
  const { log_z: logZ, ...values } = plan.tf.tidy(() =>
    sum.begin(
      {
        ...parameters,
        ...state.settings,
        ...group.settings,
        ...given,
        iteration: streams.forward,
        progress: 1,
      },
      contextOf(group),
    ),
  );
  const read = Float64Array.from(await logZ!.data());
  logZ!.dispose();
  return { logZ: read, values };
}

/** Where chains begin that walk back: at rows of all kept variables, or at what follows from rows of the observed ones. */
function beginAt(
  sum: AnnealingPlan,
  group: Group,
  fresh: Record<string, Tensor>,
  from: Examples,
): Record<string, Tensor> {
  const { plan, state, parameters, given, first, count, examples, chains } = group;
  const rows = rowTensors(
    plan,
    from,
    Uint32Array.from({ length: count }, (_, n) =>
      examples === null ? (first + n) % from.rows : Math.floor((first + n) / chains),
    ),
  );
  if (sum.kept.every(({ name }) => rows[name] !== undefined)) {
    for (const { name } of sum.kept) fresh[name]!.dispose();
    return { ...fresh, ...rows };
  }
  dispose(fresh);
  try {
    return plan.tf.tidy(() =>
      sum.follow(
        {
          ...parameters,
          ...state.settings,
          ...group.settings,
          ...given,
          ...rows,
          iteration: streams.settle,
          progress: 1,
        },
        contextOf(group),
      ),
    );
  } finally {
    dispose(rows);
  }
}

/** Disposes of the values that it is given. */
async function walk(
  sum: AnnealingPlan,
  group: Group,
  from: Record<string, Tensor>,
  stream: number,
  origin: number,
  direction: number,
  turns: number,
): Promise<{ readonly values: Record<string, Tensor>; readonly logWeights: Float64Array }> {
  const { plan, state, parameters, given, temperatures } = group;
  let values = from;
  const logWeights = new Float64Array(group.count);
  try {
    for (let turn = 0; turn < turns; turn += turnsPerPiece) {
      const count = Math.min(turnsPerPiece, turns - turn);
      const place = { origin, direction, temperatures, first_step: turn, step_count: count };
      const { log_weight: gained, ...next } = plan.tf.tidy(() =>
        sum.anneal(
          {
            ...parameters,
            ...state.settings,
            ...group.settings,
            ...given,
            ...values,
            ...place,
            iteration: stream,
            progress: 1,
          },
          contextOf(group),
        ),
      );
      dispose(values);
      values = next;
      const more = await gained!.data();
      gained!.dispose();
      for (let chain = 0; chain < more.length; chain++) logWeights[chain]! += more[chain]!;
      await group.piece(count);
    }
    return { values, logWeights };
  } catch (error) {
    dispose(values);
    throw error;
  }
}
