/** Sums over all states of finite variables, in blocks that a program takes as examples. */
import type { Tensor } from '@tensorflow/tfjs';
import { axisOf } from '../calculus/expression.ts';
import type { FiniteVariable } from '../schedule/likelihood.ts';
import { rowTensors, type Examples } from './examples.ts';
import type { LogSumPlan } from './likelihood-plan.ts';
import { addTerm, emptyLogSum, logSumExp, logSumOf } from './log-sum-exp.ts';
import { fillNoise } from './noise.ts';
import type { ModelPlan } from './plan.ts';
import type { Key } from './random.ts';
import { dispose, pauser, shapeOf, sizeOf, type ModelState } from './state.ts';

/** Numbers of one block, of one variable: bounds memory. */
const mostInBlock = 2 ** 20;

export interface LogSumRequest {
  readonly plan: Pick<ModelPlan, 'tf'> & ModelPlan;
  readonly state: ModelState;
  readonly parameters: Readonly<Record<string, Tensor>>;
  /** Rows of the clamped variables, one log-sum for each; null where nothing is clamped: one log-sum. */
  readonly examples: Examples | null;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { readonly done: number; readonly of: number }) => void) | undefined;
}

/** log Σ over the states of the kept variables, of every row. */
export async function enumerate(
  sum: Extract<LogSumPlan, { kind: 'enumeration' | 'formula' }>,
  request: LogSumRequest,
): Promise<Float64Array> {
  const sums = Array.from({ length: request.examples?.rows ?? 1 }, () => emptyLogSum);
  await eachTerm(sum, request, (row, _, term) => (sums[row] = addTerm(sums[row]!, term)));
  return Float64Array.from(sums, logSumOf);
}

/** Exact samples of the kept variables where nothing is clamped, as rows. */
export async function drawStates(
  sum: Extract<LogSumPlan, { kind: 'enumeration' }>,
  request: LogSumRequest,
  count: number,
  key: Key,
): Promise<Examples> {
  const { state } = request;
  const terms = new Float64Array(sum.states);
  await eachTerm(sum, request, (_, place, term) => (terms[place] = term));
  const whole = logSumExp(terms);
  const uniforms = new Float64Array(count);
  fillNoise('standard_uniform', key, uniforms, 0);
  // The places of sorted numbers in the cumulative sum, in one pass.
  const order = Array.from(uniforms.keys()).sort((a, b) => uniforms[a]! - uniforms[b]!);
  const places = new Array<number>(count).fill(sum.states - 1);
  let [next, cumulative] = [0, 0];
  for (let place = 0; place < sum.states && next < count; place++) {
    cumulative += Math.exp(terms[place]! - whole);
    while (next < count && uniforms[order[next]!]! < cumulative) places[order[next++]!] = place;
  }
  return {
    rows: count,
    variables: sum.kept.map((variable) => {
      const shape = shapeOf(variable.axes, state.sizes);
      const rows = places.map((place) => statesOf(variable, sum.kept, sum.states, place, 1, state));
      const values = new Float32Array(count * sizeOf(shape));
      rows.forEach((row, n) => values.set(row, n * row.length));
      return { name: variable.name, columns: sizeOf(shape), shape, values };
    }),
  };
}

/** Every term of every row's sum: log Σ exp(−E) over what is summed out, in one state of what is kept. */
async function eachTerm(
  sum: Extract<LogSumPlan, { kind: 'enumeration' | 'formula' }>,
  request: LogSumRequest,
  put: (row: number, place: number, term: number) => void,
): Promise<void> {
  const { plan, state, parameters, examples } = request;
  const { tf } = plan;
  const kept = sum.kind === 'formula' ? [] : sum.kept;
  const states = sum.kind === 'formula' ? 1 : sum.states;
  const rows = examples?.rows ?? 1;
  const largest = Math.max(
    1,
    ...plan.parameters.flatMap(({ axes }) => shapeOf(axes, state.sizes)),
    ...kept.map(({ axes }) => sizeOf(shapeOf(axes, state.sizes))),
  );
  const block = Math.max(1, Math.min(rows * states, Math.floor(mostInBlock / largest)));
  const pause = pauser();
  for (let from = 0; from < rows * states; from += block) {
    const count = Math.min(block, rows * states - from);
    const given =
      examples === null
        ? {}
        : rowTensors(
            plan,
            examples,
            Uint32Array.from({ length: count }, (_, n) => Math.floor((from + n) / states)),
          );
    const values = Object.fromEntries(
      kept.map((variable) => {
        const shape = shapeOf(variable.axes, state.sizes);
        const filled = statesOf(variable, kept, states, from, count, state);
        return [variable.name, tf.tensor(filled, [count, ...shape], 'float32')];
      }),
    );
    const out = tf.tidy(
      () =>
        sum.value(
          { ...parameters, ...state.settings, ...given, ...values, iteration: 0, progress: 1 },
          { seed: state.seed, firstExample: 0, sizes: { ...state.sizes, example: count } },
        )['log_sum']!,
    );
    try {
      const terms = await out.data();
      for (let n = 0; n < count; n++) put(Math.floor((from + n) / states), (from + n) % states, terms[n]!);
    } finally {
      out.dispose();
      dispose(given);
      dispose(values);
    }
    request.onProgress?.({ done: from + count, of: rows * states });
    await pause();
    request.signal?.throwIfAborted();
  }
}

/** How many digits of which base a state of a variable has. */
function digitsOf(
  variable: FiniteVariable,
  state: ModelState,
): { readonly base: number; readonly units: number } {
  const all = sizeOf(shapeOf(variable.axes, state.sizes));
  if (variable.oneOf === null) return { base: 2, units: all };
  const base = state.sizes[axisOf(variable.oneOf)]!;
  return { base, units: all / base };
}

/** Values of one variable in states `from` to `from + count`: state number n is its digits, the first variable's first. */
function statesOf(
  variable: FiniteVariable,
  kept: readonly FiniteVariable[],
  states: number,
  from: number,
  count: number,
  state: ModelState,
): Float32Array {
  let slower = 1;
  for (const other of kept) {
    if (other === variable) break;
    const { base, units } = digitsOf(other, state);
    slower *= base ** units;
  }
  const { base, units } = digitsOf(variable, state);
  const shape = shapeOf(variable.axes, state.sizes);
  const each = sizeOf(shape);
  const filled = new Float32Array(count * each).fill(variable.low);
  const at = variable.oneOf === null ? -1 : variable.axes.indexOf(variable.oneOf);
  const inner = at < 0 ? 1 : sizeOf(shape.slice(at + 1));
  for (let n = 0; n < count; n++) {
    let digits = Math.floor(((from + n) % states) / slower);
    for (let unit = 0; unit < units; unit++) {
      const digit = digits % base;
      digits = Math.floor(digits / base);
      if (at < 0) {
        if (digit === 1) filled[n * each + unit] = variable.high;
        continue;
      }
      const place = Math.floor(unit / inner) * inner * base + digit * inner + (unit % inner);
      filled[n * each + place] = variable.high;
    }
  }
  return filled;
}
