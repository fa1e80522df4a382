/**
 * The energy of a model, per example and in nats: its named terms, and −log p of every variable given its parents. The
 * normaliser A(η) of a directed layer sits inside its own factor (papers.md 1.2), so a model of factors alone is normalised by
 * construction; where A is intractable the energy has a gradient but no value.
 */
import { add, multiply, negate, read, subtract, sum, zero } from '../calculus/build.ts';
import { dependsOn, derivative } from '../calculus/differentiate.ts';
import { readNames } from '../calculus/substitute.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import type { Model, Param, Variable } from '../check/typed.ts';
import type { Span } from '../syntax/span.ts';
import {
  atNaturals,
  eventIndices,
  fixedArguments,
  logDensityAt,
  naturals,
  unnormalisedLogDensity,
} from './family/family.ts';
import { example, exampleNames, perExample, unitIndices, variableRead } from './free-energy.ts';

/** A named energy term, or the factor −log p(variable | parents) under the variable's name. */
export interface EnergyTerm {
  readonly name: string;
  readonly kind: 'term' | 'factor';
  /** Per example. Where `hasValue` is false, only its derivatives mean something. */
  readonly value: Expression;
  readonly hasValue: boolean;
  readonly span: Span;
}

/**
 * @param sampled layers whose ∇A comes from interneurons: A(η) is replaced by Σ η · m, where m, read under `meanName`, is the
 *   population's mean statistic. Its derivative m ∂η is that of A, at m = ∇A(η).
 */
export const energyTerms = (
  model: Model,
  sampled: ReadonlySet<string> = new Set(),
): readonly EnergyTerm[] => {
  const names = exampleNames(model, null);
  return [
    ...model.energies.map(({ name, value, span }): EnergyTerm => ({
      name,
      kind: 'term',
      value: perExample(value, names),
      hasValue: true,
      span,
    })),
    ...model.variables.flatMap((variable): readonly EnergyTerm[] => {
      if (variable.distribution === null) return [];
      const hasValue = !sampled.has(variable.name) && variable.distribution.family.logPartition !== null;
      const own = variableRead(variable);
      const density = hasValue
        ? logDensityAt(variable.distribution, own)
        : subtract(
            unnormalisedAt(variable, own),
            // A log-partition that nothing needs stays as it is, whatever it is.
            sampled.has(variable.name) ? linearisedPartition(variable) : zero,
          );
      return [
        {
          name: variable.name,
          kind: 'factor',
          value: negate(sum(unitIndices(variable), perExample(density, names))),
          hasValue,
          span: variable.span,
        },
      ];
    }),
  ];
};

/** The energy of each example. */
export const energyOf = (model: Model, sampled?: ReadonlySet<string>): Expression =>
  add(...energyTerms(model, sampled).map(({ value }) => value));

/**
 * The energy up to what stays as it is when some variables move, whatever means interneurons give: differences of it are those of the
 * energy. It has no value where an intractable log-partition changes.
 */
export const changingEnergy = (
  model: Model,
  moved: ReadonlySet<string>,
):
  | { readonly kind: 'value'; readonly energy: Expression }
  | { readonly kind: 'none'; readonly layer: Variable } => {
  const layer = model.variables.find(
    (variable) =>
      variable.distribution !== null &&
      variable.distribution.family.logPartition === null &&
      needsMean(variable, moved),
  );
  if (layer !== undefined) return { kind: 'none', layer };
  const names = exampleNames(model, null);
  const terms = energyTerms(model).map(({ kind, name, value, hasValue }): Expression => {
    if (kind === 'term' || hasValue) return value;
    const variable = model.variables.find((other) => other.name === name)!;
    const density = unnormalisedAt(variable, variableRead(variable));
    return negate(sum(unitIndices(variable), perExample(density, names)));
  });
  return {
    kind: 'value',
    energy: add(...terms.filter((value) => [...readNames(value)].some((name) => moved.has(name)))),
  };
};

/** η · T(value) + log h(value) of a layer, elementwise over its units. */
export const unnormalisedAt = ({ distribution }: Variable, value: Expression): Expression => {
  const { family } = distribution!;
  const values = { ...fixedArguments(distribution!), x: value };
  return atNaturals(unnormalisedLogDensity(family), family, naturals(distribution!), values);
};

/** Name under which the mean of the i-th statistic of a layer's interneurons is read. */
export const meanName = (variable: string, i: number): string => `${variable}.mean_statistic${i + 1}`;
/** Name of the interneurons of a layer: a value for every unit of it. */
export const populationName = (variable: string): string => `${variable}.interneurons`;

/** Indices of the i-th statistic of a layer, with the example's. */
export const statisticIndices = (variable: Variable, i: number): readonly Index[] => [
  example,
  ...unitIndices(variable),
  ...eventIndices(variable.distribution!.family, i),
];

const linearisedPartition = (variable: Variable): Expression => {
  const { family } = variable.distribution!;
  return add(
    ...naturals(variable.distribution!).map((eta, i) =>
      sum(
        eventIndices(family, i),
        multiply(eta, read(meanName(variable.name, i), statisticIndices(variable, i))),
      ),
    ),
  );
};

/** ∂E/∂variable, over the example and the variable's indices. */
export const energyGradient = (energy: Expression, variable: Variable): Expression =>
  derivative(energy, variable.name, [example, ...variable.indices]);

/**
 * Layers whose ∇A a message needs: those with natural parameters that depend on something that moves, a variable or a
 * parameter that is learned (papers.md 1.2: −∂E/∂x_l reads T − ∇A of the layer below).
 */
export const needsMean = (variable: Variable, moved: ReadonlySet<string>): boolean =>
  variable.distribution !== null &&
  naturals(variable.distribution).some((eta) => [...readNames(eta)].some((name) => moved.has(name)));

/** The layers whose ∇A only interneurons can give. */
export const intractableLayers = (model: Model): ReadonlySet<string> =>
  new Set(
    model.variables.flatMap(({ name, distribution }) =>
      distribution?.family.logPartition === null ? [name] : [],
    ),
  );

/** The layers of a model that interneurons serve: the ones asked for, or all whose log-partition is intractable. */
export const servedLayers = (
  model: Model,
  asked: readonly string[] | null,
  moved: ReadonlySet<string>,
): readonly Variable[] =>
  model.variables.filter(
    (variable) =>
      variable.distribution !== null &&
      (asked === null ? variable.distribution.family.logPartition === null : asked.includes(variable.name)) &&
      needsMean(variable, moved),
  );

/** Whether a model is one of energies: it has terms, or states that have no belief. */
export const isEnergyModel = (model: Model): boolean =>
  model.energies.length > 0 || model.variables.some(({ role }) => role === 'state');

/** Whether a term says anything about a variable or parameter. */
export const touches = ({ value }: EnergyTerm, { name }: Variable | Param): boolean => dependsOn(value, name);
