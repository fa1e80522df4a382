/** How parameters are stored: unconstrained arrays, from which the value a model uses is computed. */
import { apply, exp, read } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { scalarValue } from '../calculus/scalar-value.ts';
import { renameIndices, replaceReads } from '../calculus/substitute.ts';
import type { Initialiser, Param, Support } from '../check/typed.ts';
import type { ParameterDefinition } from './definition.ts';

export const coordinatesOf = (support: Support): ParameterDefinition['coordinates'] =>
  support.kind === 'positive' ? 'log' : support.kind === 'unit' ? 'logit' : 'identity';

/** The value that the model uses, from the stored array: out of its coordinates, then through its guard. */
export const effectiveValue = (param: Param): Expression => {
  const stored = read(param.name, param.indices);
  const free = { identity: stored, log: exp(stored), logit: apply('sigmoid', stored) }[
    coordinatesOf(param.support)
  ];
  return param.within === null
    ? free
    : replaceReads(param.within, ({ name }) => (name === 'self' ? free : null));
};

/** Puts effective values in place of parameter reads; a guard may read other parameters, which are effective too. */
export const useEffective = (node: Expression, params: readonly Param[]): Expression =>
  replaceReads(node, (found) => {
    const param = params.find(({ name }) => name === found.name);
    if (param === undefined) return null;
    const others = params.filter((other) => other !== param);
    const value = others.length === 0 ? effectiveValue(param) : useEffective(effectiveValue(param), others);
    return renameIndices(value, new Map(param.indices.map((index, i) => [index, found.subscripts[i]!])));
  });

export const parameterDefinition = (
  param: Param,
  owner: string | null,
  settings: Readonly<Record<string, number>>,
): ParameterDefinition => ({
  name: param.name,
  doc: param.doc,
  axes: param.indices,
  owner,
  initial: numbersOf(param.initial, settings),
  coordinates: coordinatesOf(param.support),
  effective: effectiveValue(param),
});

const numbersOf = (
  initial: Initialiser,
  settings: Readonly<Record<string, number>>,
): ParameterDefinition['initial'] => {
  const number = (node: Expression) =>
    scalarValue(node, { progress: 1, iteration: 0, elapsed: 1, ...settings });
  switch (initial.kind) {
    case 'constant':
      return { kind: 'constant', value: number(initial.value) };
    case 'normal':
      return { kind: 'normal', mean: number(initial.mean), sd: number(initial.sd) };
    case 'uniform':
      return { kind: 'uniform', low: number(initial.low), high: number(initial.high) };
    case 'glorot':
      return initial;
  }
};
