/** The quantities of a case of the reference as one program, run on TensorFlow.js. */
import { add, multiply, negate, read, sum } from '../../../src/calculus/build.ts';
import type { NamedArray } from '../../../src/calculus/evaluate.ts';
import type { Expression, Index } from '../../../src/calculus/expression.ts';
import { replaceNames } from '../../../src/calculus/substitute.ts';
import { eventAxes } from '../../../src/check/family-names.ts';
import type { Distribution, Family } from '../../../src/check/typed.ts';
import {
  atNaturals,
  divergence,
  entropy,
  eventIndices,
  fisherInformation,
  fixedArguments,
  logDensityAt,
  meanParameters,
  naturals,
  twinIndices,
} from '../../../src/derive/family/family.ts';
import { quadratureOf, type Member } from '../../../src/derive/family/member.ts';
import { optimize } from '../../../src/optimize/optimize.ts';
import type { TensorFlow } from '../../../src/runtime/plan.ts';
import type { Register } from '../../../src/schedule/program.ts';
import { assign, contextOf, program, runTensors, tensor } from '../../targets/support.ts';
import {
  memberFrom,
  parametrised,
  valueOf,
  type Found,
  type Parametrised,
  type ReferenceCase,
} from './reference.ts';

const span = { file: 'test.nsm', start: 0, end: 0 };
/** Names of the second member of a divergence. */
const other = (name: string): string => `other_${name}`;

const distributionOf = (one: Parametrised, rename: (name: string) => string): Distribution => {
  const moved = Object.fromEntries(
    Object.entries(one.given).map(([name, { indices }]) => [name, read(rename(name), indices)]),
  );
  const given = Object.fromEntries(
    Object.entries(one.arguments).map(([name, formula]) => [name, replaceNames(formula, moved)]),
  );
  return { family: one.family, arguments: given, span };
};

export const runCase = (tf: TensorFlow, one: ReferenceCase): Found => {
  const own = parametrised(one.family, one.params);
  const against = parametrised(one.family, one.kl_to.params);
  const { family } = own;
  const member = distributionOf(own, (name) => name);
  const at = (node: Expression): Expression =>
    atNaturals(node, family, naturals(member), fixedArguments(member));
  const event = eventAxes(family.support);

  const values: Record<string, { readonly value: Expression; readonly indices: readonly Index[] }> = {};
  const put = (name: string, value: Expression, indices: readonly Index[] = []): void => {
    values[name] = { value, indices };
  };
  put('log_density', logDensityAt(member, read('x', ['example', ...event])), ['example']);
  meanParameters(family).forEach((mean, i) => put(`mean_${i}`, at(mean), eventIndices(family, i)));
  fisherInformation(family).forEach((row, i) =>
    row.forEach((block, j) =>
      put(`fisher_${i}_${j}`, at(block), [...eventIndices(family, i), ...twinIndices(family, j)]),
    ),
  );
  put('entropy', entropyExpression(family, at));
  put(
    'divergence',
    divergence(family, naturals(member), naturals(distributionOf(against, other)), fixedArguments(member)),
  );

  const points = one.x.map((x) => valueOf(own, x));
  const x: NamedArray = {
    indices: ['example', ...event],
    shape: [points.length, ...(typeof points[0] === 'number' ? [] : points[0]!.shape)],
    values: Float64Array.from(
      points.flatMap((point) => (typeof point === 'number' ? point : [...point.values])),
    ),
  };
  const open = needsQuadrature(family) ? bulkOf(memberFrom(own)) : null;
  const inputs: Record<string, NamedArray> = {
    x,
    ...own.given,
    ...Object.fromEntries(Object.entries(against.given).map(([name, value]) => [other(name), value])),
  };
  if (open !== null) {
    const shape = [open.length];
    const column = (part: 0 | 1): Float64Array => Float64Array.from(open, (pair) => pair[part]);
    inputs['point'] = { indices: ['points'], shape, values: column(0) };
    inputs['weight'] = { indices: ['points'], shape, values: column(1) };
  }
  const sizes = { ...own.sizes, example: points.length, points: open?.length ?? 0 };
  const registers = Object.entries(values).map(([name, { indices }]): Register => tensor(name, ...indices));
  const made = program(
    'quantities',
    Object.entries(inputs).map(([name, { indices }]) => tensor(name, ...indices)),
    Object.values(values).map(({ value }, n) => assign(registers[n]!, value)),
    registers,
  );
  const optimised = optimize(made, { sizes, scalars: {} });
  const needed = new Set(optimised.inputs.map(({ name }) => name));
  const used = Object.fromEntries(Object.entries(inputs).filter(([name]) => needed.has(name)));
  const found = runTensors(tf, optimised, used, contextOf(sizes));
  const numbers = (name: string): readonly number[] => Array.from(found[name]!.values);
  const statistics = family.natural.map((_, i) => i);
  return {
    'log density': numbers('log_density'),
    entropy: numbers('entropy'),
    divergence: numbers('divergence'),
    'mean of the statistics': statistics.flatMap((i) => numbers(`mean_${i}`)),
    'covariance of the statistics':
      one.covariance === undefined ? covariance(family, numbers) : numbers('fisher_0_0'),
  };
};

/** All blocks as the rows of one matrix; a block over several axes is square. */
const covariance = (family: Family, numbers: (name: string) => readonly number[]): readonly number[] => {
  const all = family.natural.map((_, i) => i);
  return all.flatMap((i) => {
    const height = numbers(`mean_${i}`).length;
    return Array.from({ length: height }, (_, row) =>
      all.flatMap((j) => {
        const block = numbers(`fisher_${i}_${j}`);
        const width = block.length / height;
        return block.slice(row * width, (row + 1) * width);
      }),
    ).flat();
  });
};

/** Points and weights without the tails: float32 has no numbers for the points that are furthest out. */
const bulkOf = (member: Member): readonly (readonly [point: number, weight: number])[] => {
  const { points, weights } = quadratureOf(member);
  return Array.from(points, (point, n) => [point, weights[n]!] as const).filter(
    ([, weight]) => weight > 1e-12,
  );
};

const needsQuadrature = (family: Family): boolean => entropy(family).open.kind !== 'constant';

/** E[log h] as a sum over given points and weights where it has no closed form. */
const entropyExpression = (family: Family, at: (node: Expression) => Expression): Expression => {
  const { closed, open } = entropy(family);
  if (open.kind === 'constant') return at(closed);
  const spread = replaceNames(at(open), { x: read('point', ['points']) });
  return add(at(closed), negate(sum(['points'], multiply(read('weight', ['points']), spread))));
};
