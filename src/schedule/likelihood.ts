/**
 * What log p(data) = log Σ exp(−E(data, ·)) − log Z needs: two log-sums over what is not given, each by formula, by enumeration, or by
 * annealed importance sampling. A model of directed layers alone is normalised by construction: its log Z is 0.
 */
import { negate } from '../calculus/build.ts';
import { axisOf, type Expression, type Index } from '../calculus/expression.ts';
import type { Inference, Model, Variable } from '../check/typed.ts';
import { energyOf, energyTerms } from '../derive/energy.ts';
import { example } from '../derive/free-energy.ts';
import { reductions, valuesOfUnit } from '../derive/reduction.ts';
import { optimize } from '../optimize/optimize.ts';
import { annealing } from './annealing.ts';
import type { ArrayDefinition } from './definition.ts';
import { makeBlock, makeNames } from './names.ts';
import { useEffective } from './parameters.ts';
import type { Program } from './program.ts';
import { finish } from './programs.ts';

/** States that are summed over one by one, at most: 4 million. */
export const mostStates = 2 ** 22;

/** log Σ exp(−E) over all variables that are not clamped, of each example. */
export type LogSum =
  /** `value` outputs `log_sum`. */
  | { readonly kind: 'formula'; readonly summed: readonly string[]; readonly value: Program }
  /** `value` outputs `log_sum` of the variables summed out, given the kept ones. */
  | {
      readonly kind: 'enumeration';
      readonly summed: readonly string[];
      readonly kept: readonly FiniteVariable[];
      readonly value: Program;
      /** Of all kept variables together. */
      readonly states: number;
    }
  | {
      readonly kind: 'annealing';
      readonly summed: readonly string[];
      readonly kept: readonly ArrayDefinition[];
      readonly begin: Program;
      readonly anneal: Program;
      readonly follow: Program;
      /** Dynamics that change their own settings by what was accepted, and so leave the law only nearly as it is. */
      readonly adapting: readonly string[];
      /** The kept variables where they have few enough states: exact samples can be drawn. */
      readonly exact: Extract<LogSum, { kind: 'enumeration' }> | null;
    };

export interface FiniteVariable extends ArrayDefinition {
  /** Least and greatest value of a unit. */
  readonly low: number;
  readonly high: number;
  /** The axis along which exactly one entry is `high`, or null where every unit is one of the two. */
  readonly oneOf: Index | null;
}

export interface LikelihoodDefinition {
  readonly clamped: readonly string[];
  /** Of the inference whose dynamics move something. */
  readonly settings: Readonly<Record<string, number>>;
  /** With the data clamped. */
  readonly given: LogSum;
  /** With nothing clamped; null where it is 0. */
  readonly normaliser: LogSum | null;
}

export type Likelihood =
  { readonly kind: 'definition'; readonly definition: LikelihoodDefinition } | NoLikelihood;

/** Why there is none, and what to do. */
interface NoLikelihood {
  readonly kind: 'none';
  readonly why: string;
  readonly advice: string;
}

export interface LikelihoodRequest {
  readonly model: Model;
  /** The observed variables that there are data of. */
  readonly clamped: readonly string[];
  readonly sizes: Readonly<Record<string, number>>;
  readonly settings: Readonly<Record<string, number>>;
  /** `annealed`: no enumeration. */
  readonly method: 'exact where possible' | 'annealed';
  /** Whose dynamics move what has no law given the others, with its settings. */
  readonly by: { readonly inference: Inference; readonly settings: Readonly<Record<string, number>> } | null;
}

export const likelihood = (request: LikelihoodRequest): Likelihood => {
  const { model, clamped } = request;
  const terms = energyTerms(model);
  const valueless = terms.find(({ hasValue }) => !hasValue);
  if (valueless !== undefined)
    return {
      kind: 'none',
      why: `the log-partition of ${valueless.name} is intractable, so the energy has no value`,
      advice:
        'state its `log_partition`, or let quadrature find it: `log_partition intractable by quadrature`',
    };
  const given = logSum(
    request,
    model.variables.filter(({ name }) => !clamped.includes(name)),
  );
  if (given.kind === 'none') return given;
  if (model.energies.length === 0 && model.variables.every(({ distribution }) => distribution !== null))
    return {
      kind: 'definition',
      definition: { clamped, settings: request.by?.settings ?? {}, given: given.sum, normaliser: null },
    };
  const normaliser = logSum(request, model.variables);
  if (normaliser.kind === 'none') return normaliser;
  return {
    kind: 'definition',
    definition: {
      clamped,
      settings: request.by?.settings ?? {},
      given: given.sum,
      normaliser: normaliser.sum,
    },
  };
};

type Enumeration = Extract<LogSum, { kind: 'enumeration' }>;

type Found = { readonly kind: 'sum'; readonly sum: LogSum } | NoLikelihood;

const logSum = (request: LikelihoodRequest, free: readonly Variable[]): Found => {
  const { model, sizes, settings, clamped } = request;
  const whole = energyOf(model);
  const hints = { sizes, scalars: { ...settings, ...request.by?.settings, step_count: 100 } };
  const size = (axis: string): number => sizes[axis] ?? 1;
  const unitsOf = ({ indices }: Variable): number =>
    indices.reduce((total, index) => total * size(axisOf(index)), 1);
  const ways = reductions(model, whole, free)
    .map((way) => ({ ...way, states: statesOf(way.kept, size, unitsOf) }))
    .toSorted((a, b) => a.states - b.states);
  const [best] = ways;
  const program = (value: Expression): Program => optimize(valueProgram(model, negate(value)), hints);
  if (best?.kept.length === 0)
    return {
      kind: 'sum',
      sum: { kind: 'formula', summed: namesOf(best.summed), value: program(best.value) },
    };
  const enumeration = (way: (typeof ways)[number] | undefined): Enumeration | null =>
    way === undefined || way.states > mostStates
      ? null
      : {
          kind: 'enumeration',
          summed: namesOf(way.summed),
          kept: way.kept.map(finite),
          value: program(way.value),
          states: way.states,
        };
  const enumerated = request.method === 'exact where possible' ? enumeration(best) : null;
  if (enumerated !== null) return { kind: 'sum', sum: enumerated };
  const known = new Set(free.map(({ name }) => name).filter((name) => clamped.includes(name)));
  const found = annealing(model, whole, free, known, unitsOf, request.by?.inference ?? null);
  if (found.kind === 'none') return found;
  const { kept, summed, begin, anneal, follow, adapting } = found.annealing;
  return {
    kind: 'sum',
    sum: {
      kind: 'annealing',
      summed: namesOf(summed),
      kept: kept.map(({ name, doc, indices }) => ({ name, doc, axes: indices })),
      begin: optimize(begin, hints),
      anneal: optimize(anneal, hints),
      follow: optimize(follow, hints),
      adapting,
      exact: enumeration(ways.find((way) => namesOf(way.kept).join() === namesOf(kept).join())),
    },
  };
};

const namesOf = (variables: readonly Variable[]): readonly string[] => variables.map(({ name }) => name);

/** Number of joint states, Infinity where a support is not finite. */
const statesOf = (
  kept: readonly Variable[],
  sizeOf: (axis: string) => number,
  unitsOf: (variable: Variable) => number,
): number =>
  kept.reduce((total, variable) => {
    const values = valuesOfUnit(variable, (index) => sizeOf(axisOf(index)));
    if (values === null) return Infinity;
    const units = variable.support.kind === 'one_hot' ? unitsOf(variable) / values : unitsOf(variable);
    return total * values ** units;
  }, 1);

const finite = ({ name, doc, indices, support }: Variable): FiniteVariable => ({
  name,
  doc,
  axes: indices,
  low: support.kind === 'spin' ? -1 : 0,
  high: 1,
  oneOf: support.kind === 'one_hot' ? support.over[0]! : null,
});

/** A value per example, of variables that are all inputs. */
const valueProgram = (model: Model, value: Expression): Program => {
  const block = makeBlock(
    makeNames(0, [
      ...model.variables.map(({ name }) => name),
      ...model.parameters.map(({ name }) => name),
      ...model.settings.map(({ name }) => name),
    ]),
  );
  const effective = useEffective(value, model.parameters);
  return finish(
    `${model.name}_log_sum`,
    'The logarithm of a sum of exp(−E) that has a formula.',
    model.parameters,
    block,
    [{ name: 'log_sum', value: effective, indices: [example] }],
  );
};
