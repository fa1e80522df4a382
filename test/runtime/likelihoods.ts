/** Log-likelihoods of models that are written in the language, and what they are compared with. */
import { expect } from 'vitest';
import type { Checked } from '../../src/check/typed.ts';
import { fillNoise } from '../../src/runtime/noise.ts';
import { keyOf } from '../../src/runtime/random.ts';
import { likelihoods, type LikelihoodOptions, type LikelihoodResult } from '../../src/runtime/likelihood.ts';
import { defineModel } from '../../src/runtime/model.ts';
import type { ModelState } from '../../src/runtime/state.ts';
import { define } from '../../src/schedule/define.ts';
import { likelihood, type Likelihood, type LikelihoodRequest } from '../../src/schedule/likelihood.ts';
import { loadBackend, type Backend } from '../../src/targets/tfjs/backend.ts';
import { asFastest, likelihoodInProcess, planInProcess, type Load } from '../../src/targets/plan.ts';
import { checkedFile } from '../derive/support.ts';

let backend: Promise<Backend> | null = null;

type Sizes = Readonly<Record<string, number>>;
type Numbers = Readonly<Record<string, readonly number[]>>;

const planned = (file: Checked, model: string, set: Sizes) => {
  const { definition, diagnostics } = define(file, { model, set });
  if (definition === null) expect.fail(diagnostics.map(({ message }) => message).join('\n'));
  return definition;
};

export const asked = (
  file: Checked,
  model: string,
  set: Sizes,
  clamped: readonly string[],
  method: LikelihoodRequest['method'],
  inference: string | null = null,
): Likelihood => {
  const { sizes, settings, inferences } = planned(file, model, set);
  return likelihood({
    model: file.models.find(({ name }) => name === model)!,
    clamped,
    sizes,
    settings,
    method,
    by:
      inference === null
        ? null
        : {
            inference: file.inferences.find(({ name }) => name === inference)!,
            settings: inferences.find(({ name }) => name === inference)!.settings,
          },
  });
};

interface Measured {
  readonly file: Checked;
  readonly model: string;
  readonly set: Sizes;
  readonly parameters: Numbers;
  readonly data: Numbers;
  readonly method?: LikelihoodRequest['method'];
  readonly options?: Partial<LikelihoodOptions>;
  readonly inference?: string;
  /** How the programs run. */
  readonly load?: Load;
}

export const measured = async (request: Measured): Promise<LikelihoodResult> => {
  const { file, model, set, parameters, data } = request;
  const method = request.method ?? 'exact where possible';
  const found = asked(file, model, set, Object.keys(data), method, request.inference);
  if (found.kind === 'none') expect.fail(found.why);
  backend ??= loadBackend('wasm');
  const loaded = await backend;
  const plan = planInProcess(planned(file, model, set), loaded);
  const fresh = defineModel(plan).create({ settings: set });
  const state: ModelState = {
    ...fresh,
    parameters: Object.fromEntries(
      Object.entries(fresh.parameters).map(([name, array]) => [
        name,
        parameters[name] === undefined ? array : { ...array, values: Float32Array.from(parameters[name]) },
      ]),
    ),
  };
  return likelihoods(
    likelihoodInProcess(found.definition, loaded, request.load ?? asFastest),
    plan,
    state,
    Object.fromEntries(Object.entries(data).map(([name, values]) => [name, Float32Array.from(values)])),
    { chains: 100, temperatures: 1000, settle: 50, seed: 1, ...request.options },
  );
};

export const normals = (count: number, sd: number, seed: number): readonly number[] => {
  const values = new Float32Array(count);
  fillNoise('standard_normal', keyOf(seed), values, 0, count);
  return Array.from(values, (value) => Math.fround(sd * value));
};
export const bits = (units: number): readonly (readonly number[])[] =>
  Array.from({ length: 2 ** units }, (_, code) =>
    Array.from({ length: units }, (_, unit) => (code >> unit) & 1),
  );
export const dot = (left: readonly number[], right: readonly number[]): number =>
  left.reduce((total, value, i) => total + value * right[i]!, 0);
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

export const rbm = checkedFile('stdlib/models/rbm.nsm');

/** log Σ_h exp(−E) of a visible state, for weights W[visible, hidden] in row-major order. */
export const freeEnergy = ({ W, a, b }: Numbers, v: readonly number[]): number =>
  dot(a!, v) +
  b!.reduce((total, bias, j) => {
    const input = v.reduce((sum, value, i) => sum + value * W![i * b!.length + j]!, bias);
    return total + softplus(input);
  }, 0);
