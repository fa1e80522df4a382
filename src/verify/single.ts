/** Log density, means and Fisher information on the tensor target, in float32, against float64. */
import type { Tensor } from '@tensorflow/tfjs';
import { read } from '../calculus/build.ts';
import type { NamedArray } from '../calculus/evaluate.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import type { Family } from '../check/typed.ts';
import {
  atNaturals,
  eventIndices,
  fisherInformation,
  fixedArguments,
  logDensityAt,
  meanParameters,
  naturals,
  twinIndices,
} from '../derive/family/family.ts';
import { fisherOf, logDensityOf, meanOf, memberOf, type Member } from '../derive/family/member.ts';
import type { TensorFlow } from '../runtime/plan.ts';
import type { Program, Register, Statement } from '../schedule/program.ts';
import { loadProgram } from '../targets/tfjs/load.ts';
import {
  checkOf,
  outcomeOf,
  shown,
  skip,
  type Check,
  type Outcome,
  type Subject,
  type Subjects,
} from './identity.ts';
import { boundsOf } from './quadrature.ts';
import { baseEntry, sizeOfTerms, valueAxes } from './value-function.ts';

/** Levels of probability at which the log density is compared. */
const levels = [0.001, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 0.999];
/** Some thousand rounding errors of float32, 6e-8: what formulas with sums of special functions may lose. */
const tolerance = 2e-4;
/**
 * Four roundings of float32, 2^-24 each, are left to chance in the terms of a difference, whatever it comes to:
 * - a covariance is E[T Tᵀ] − μ μᵀ, with a rounding of the mean, of the two products and of the difference, which shows where
 *   μ is large beside the spread of T (a class of probability 0.99996);
 * - log h may be made of large terms (10⁸ trials), and no choice of the statistics makes it smaller. Large η · T and A that
 *   cancel are another thing: statistics that are counted from elsewhere have smaller ones.
 */
const rounding = 4 * 2 ** -24;

export const checkFloat32 = (subjects: Subjects, tf: TensorFlow): Outcome => {
  const { family, groups } = subjects;
  if (family.logPartition === null)
    return skip('float32', 'the log-partition is intractable, so no density or mean is compiled');
  const program = evaluationProgram(family);
  const run = loadProgram(program, tf);
  return outcomeOf(
    'float32',
    groups.flatMap((group) => group.flatMap((subject) => compare(subject, program, run, tf))),
  );
};

/** log p at each `example`, and mean and Fisher information, with the family's parameters as inputs. */
const evaluationProgram = (family: Family): Program => {
  const given = Object.fromEntries(family.parameters.map(({ name, over }) => [name, read(name, over)]));
  const member = { family, arguments: given, span: family.span };
  const at = (node: Expression): Expression =>
    atNaturals(node, family, naturals(member), fixedArguments(member));
  const body: Statement[] = [];
  const outputs: { name: string; register: Register }[] = [];
  const put = (name: string, indices: readonly Index[], value: Expression): void => {
    const register: Register = { name, indices, place: 'tensor' };
    body.push({ kind: 'assign', target: register, value, note: null });
    outputs.push({ name, register });
  };
  const value = read('x', ['example', ...valueAxes(family)]);
  put('log_density', ['example'], logDensityAt(member, value));
  meanParameters(family).forEach((mean, i) => put(`mean_${i}`, eventIndices(family, i), at(mean)));
  fisherInformation(family).forEach((row, i) =>
    row.forEach((block, j) =>
      put(`fisher_${i}_${j}`, [...eventIndices(family, i), ...twinIndices(family, j)], at(block)),
    ),
  );
  const inputs = family.parameters.map(({ name, over }): Register => ({
    name,
    indices: over,
    place: 'tensor',
  }));
  return {
    name: `values of ${family.name}`,
    doc: null,
    inputs: [...inputs, { name: 'x', indices: ['example', ...valueAxes(family)], place: 'tensor' }],
    body,
    outputs,
  };
};

const compare = (
  { member, label, quadrature, weights }: Subject,
  program: Program,
  run: ReturnType<typeof loadProgram>,
  tf: TensorFlow,
): readonly Check[] => {
  const rounded = memberOf(
    member.family,
    Object.fromEntries(Object.entries(member.parameters).map(([name, array]) => [name, inSingle(array)])),
    member.sizes,
  );
  const points = pointsAt(rounded, quadrature.values, weights);
  const shape = valueAxes(member.family).map((axis) => member.sizes[axis.replace(/'+$/, '')]!);
  const found = tf.tidy(() => {
    const inputs: Record<string, Tensor> = {};
    for (const { name } of member.family.parameters) {
      const { values, shape: own } = rounded.parameters[name]!;
      inputs[name] = tf.tensor(Float32Array.from(values), [...own]);
    }
    inputs['x'] = tf.tensor(Float32Array.from(points.flat()), [points.length, ...shape]);
    const tensors = run(inputs, {
      seed: 1,
      firstExample: 0,
      sizes: { ...member.sizes, example: points.length },
    });
    return Object.fromEntries(
      program.outputs.map(({ name }) => [name, Array.from(tensors[name]!.dataSync())]),
    );
  });
  const axes = valueAxes(member.family);
  const sizes = sizeOfTerms(rounded, baseEntry(rounded));
  const density = points.map((x, n) => {
    const at = axes.length === 0 ? x[0]! : { indices: axes, shape, values: Float64Array.from(x) };
    const expected = logDensityOf(rounded, at);
    return {
      what: `log density at ${x.map(shown).join(', ')}`,
      found: found['log_density']![n]!,
      expected,
      unit: 1 + Math.abs(expected) + (rounding / tolerance) * sizes(x),
    };
  });
  const fisher = fisherOf(rounded);
  const means = meanOf(rounded);
  const mean = Array.from(means, (expected, i) => ({
    what: 'mean',
    found: entryOf(rounded, found, i),
    expected,
    unit: Math.abs(expected) + Math.sqrt(Math.abs(fisher[i]![i]!)),
  }));
  const information = fisher.flatMap((row, i) =>
    Array.from(row, (expected, j) => ({
      what: 'Fisher information',
      found: entryOf(rounded, found, i, j),
      expected,
      unit:
        // Where a variance is lost to rounding, an entry's own size.
        Math.max(Math.sqrt(Math.abs(fisher[i]![i]! * fisher[j]![j]!)), Math.abs(expected)) +
        (rounding / tolerance) * Math.abs(means[i]! * means[j]!),
    })),
  );
  const all = [...density, ...mean, ...information].map((entry) => ({
    ...entry,
    error: Math.abs(entry.found - entry.expected) / (entry.unit + 1e-30),
  }));
  const worst = all.reduce((most, next) =>
    next.error > most.error || Number.isNaN(next.error) ? next : most,
  );
  return [
    checkOf(
      'float32',
      label,
      worst.error,
      tolerance,
      `the ${worst.what} is ${shown(worst.found)} in float32 and ${shown(worst.expected)} in float64`,
    ),
  ];
};

const inSingle = (array: NamedArray): NamedArray => ({
  ...array,
  values: Float64Array.from(array.values, Math.fround),
});

/** Values at several levels of probability of the first entry, rounded to float32. */
const pointsAt = (
  member: Member,
  values: readonly (readonly number[])[],
  weights: Float64Array,
): readonly (readonly number[])[] => {
  const { low, high } = boundsOf(member);
  const order = Array.from(weights.keys()).sort((a, b) => values[a]![0]! - values[b]![0]!);
  const chosen = new Set<number>();
  let total = 0;
  let next = 0;
  for (const n of order) {
    total += weights[n]!;
    while (next < levels.length && total >= levels[next]!) {
      chosen.add(n);
      next++;
    }
  }
  const points = [...chosen].map((n) => values[n]!.map(Math.fround));
  const isDiscrete =
    member.family.range.low === null ||
    ['count', 'integer', 'binary', 'spin'].includes(member.family.support.kind);
  // A value that float32 puts on an end of the support has no density there, perhaps.
  const inside = points.filter(([x]) => isDiscrete || (x! > low && x! < high));
  return inside;
};

/** An entry of the flattened means, or of the Fisher information. */
const entryOf = (
  member: Member,
  found: Readonly<Record<string, readonly number[]>>,
  row: number,
  column?: number,
): number => {
  const place = (
    flat: number,
  ): { readonly owner: number; readonly offset: number; readonly size: number } => {
    let [owner, offset] = [0, flat];
    while (offset >= member.naturals[owner]!.values.length) offset -= member.naturals[owner++]!.values.length;
    return { owner, offset, size: member.naturals[owner]!.values.length };
  };
  const first = place(row);
  if (column === undefined) return found[`mean_${first.owner}`]![first.offset]!;
  const second = place(column);
  return found[`fisher_${first.owner}_${second.owner}`]![first.offset * second.size + second.offset]!;
};
