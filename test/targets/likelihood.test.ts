/** Log-likelihoods run like every other program: as kernels where they can, with the values of all targets. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { TensorFlow } from '../../src/runtime/plan.ts';
import type { LogSum } from '../../src/schedule/likelihood.ts';
import type { Program, Register } from '../../src/schedule/program.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';
import { asKernels, asTensors } from '../../src/targets/plan.ts';
import { checkedFile } from '../derive/support.ts';
import { asked, bits, measured, normals, rbm } from '../runtime/likelihoods.ts';
import { contextOf, expectAgreement, random } from './support.ts';

let tf: TensorFlow;
beforeAll(async () => {
  tf = (await loadBackend('wasm')).tf;
});

const programsOf = (sum: LogSum | null): readonly Program[] => {
  switch (sum?.kind) {
    case undefined:
      return [];
    case 'formula':
    case 'enumeration':
      return [sum.value];
    case 'annealing':
      return [sum.begin, sum.anneal, sum.follow, ...programsOf(sum.exact)];
  }
};

/** A walk of five steps from the middle of twenty. */
const numbers: Readonly<Record<string, number>> = {
  origin: 10,
  direction: 1,
  temperatures: 20,
  first_step: 0,
  step_count: 5,
};
/** Means of units are probabilities, and variances positive. */
const mapOf = ({ name }: Register): ((x: number) => number) | undefined =>
  name.endsWith('.data_mean') || name.endsWith('.data_variance') ? (x) => 1 / (1 + Math.exp(-x)) : undefined;

const models = [
  { path: 'rbm', model: 'RBM', clamped: ['v'], set: { visible: 11, hidden: 6 } },
  { path: 'rbm', model: 'GaussianRBM', clamped: ['v'], set: { visible: 11, hidden: 6 } },
  { path: 'dbm', model: 'DeepBoltzmannMachine', clamped: ['v'], set: { visible: 9, hidden1: 6, hidden2: 5 } },
  { path: 'sigmoid_belief', model: 'SigmoidBelief', clamped: ['x'], set: { pixels: 9, hidden: 5, top: 3 } },
] as const;

describe('programs of log-likelihoods have the values of float64 on the same draws, on every target', () => {
  for (const { path, model, clamped, set } of models)
    for (const method of ['exact where possible', 'annealed'] as const)
      it(`${model}, ${method}`, () => {
        const found = asked(checkedFile(`stdlib/models/${path}.nsm`), model, set, clamped, method);
        if (found.kind === 'none') expect.fail(found.why);
        const { given, normaliser } = found.definition;
        const sizes = { ...set, example: 7 };
        for (const program of [...programsOf(given), ...programsOf(normaliser)]) {
          const inputs = Object.fromEntries(
            program.inputs.map((input, i) => [
              input.name,
              input.place === 'host'
                ? (numbers[input.name] ?? 0)
                : random(input.indices, sizes, i + 1, mapOf(input)),
            ]),
          );
          expectAgreement(tf, program, inputs, contextOf(sizes), 1e-4);
        }
      });
});

describe('log-likelihoods', () => {
  const request = {
    file: rbm,
    model: 'RBM',
    set: { visible: 6, hidden: 4 },
    parameters: { W: normals(24, 1, 15), a: normals(6, 1, 16) },
    data: { v: bits(6).flat() },
  };

  it('are the same to float32 on both targets', async () => {
    const [tensors, kernels] = [
      await measured({ ...request, load: asTensors }),
      await measured({ ...request, load: asKernels }),
    ];
    if (tensors.normaliser?.kind !== 'exact' || kernels.normaliser?.kind !== 'exact')
      expect.fail('an exact log Z was expected');
    expect(kernels.normaliser.value).toBeCloseTo(tensors.normaliser.value, 5);
    kernels.examples.values.forEach((value, row) =>
      expect(value).toBeCloseTo(tensors.examples.values[row]!, 5),
    );
  });

  it('run as kernels unless something else is asked for', async () => {
    const kernels = await measured({ ...request, load: asKernels, method: 'annealed' });
    const plain = await measured({ ...request, method: 'annealed' });
    expect(plain).toEqual(kernels);
  });
});
