/** Formulas of draws as JavaScript: what inversion, rejection, Langevin chains and implicit slopes need of a family. */
import { constant, read } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { identifier, scalarFunction, scalarText } from '../calculus/javascript.ts';
import { children, mapChildren, readNames } from '../calculus/substitute.ts';
import type { DensityLaw } from '../runtime/density-source.ts';
import type { ImplicitLaw } from '../runtime/implicit-source.ts';
import type { InversionLaw } from '../runtime/inversion-source.ts';
import type { DrawSource } from '../schedule/program.ts';

type SourceOf<Kind extends DrawSource['kind']> = Extract<DrawSource, { kind: Kind }>;
export type Inversion = SourceOf<'inversion'>;
export type DensityDraw = SourceOf<'density'>;
export type Implicit = SourceOf<'implicit'>;

/** Formulas under JavaScript's names. Functions of the parameters alone get names: they are computed once. */
interface Formulas {
  readonly parameters: readonly string[];
  readonly derived: readonly { readonly name: string; readonly value: string }[];
  /** An expression of the variable and the scalars. */
  readonly text: (node: Expression) => string;
  /** The same as a function of both; what occurs more than once is computed once. */
  readonly functionOf: (node: Expression) => string;
}

/**
 * @param variable the name of what is not a parameter, and what it is called in the text
 * @param nodes all expressions that will be asked for
 */
const formulasOf = (
  family: string,
  parameters: readonly { readonly name: string }[],
  variable: readonly [name: string, text: string],
  nodes: readonly Expression[],
): Formulas => {
  const taken = new Set([variable[1]]);
  const names = new Map(parameters.map(({ name }) => [name, identifier(name, taken)]));
  names.set(...variable);
  const scope = {
    name: (name: string): string => {
      const found = names.get(name);
      if (found === undefined)
        throw new Error(`the law of ${family} reads "${name}", which is no parameter of it`);
      return found;
    },
    size: (axis: string): string => {
      throw new Error(`the law of ${family} needs the size of "${axis}"`);
    },
  };
  // The runtime's exponential function is faster than Math.exp, and the same in every engine.
  const own = (text: string): string => text.replaceAll('Math.exp(', 'nsm.exp(');
  const named = new Map<Expression, string>();
  const text = (node: Expression): string => own(scalarText(node, scope, 'whole', named));
  const derived: { name: string; value: string }[] = [];
  for (const node of nodes.flatMap((whole) => parametersAlone(whole, variable[0]))) {
    if (named.has(node)) continue;
    const value = text(node);
    const name = identifier(nameOf(node), taken);
    named.set(node, name);
    derived.push({ name, value });
  }
  const given = parameters.map(({ name }) => names.get(name)!);
  const scalars = [variable[1], ...given, ...derived.map(({ name }) => name)];
  const renamed = (node: Expression): Expression => {
    const known = named.get(node);
    if (known !== undefined) return read(known);
    return node.kind === 'read' ? read(scope.name(node.name)) : mapChildren(node, renamed);
  };
  return {
    parameters: given,
    derived,
    text,
    functionOf: (node) => own(scalarFunction(renamed(node), scalars)),
  };
};

/** The largest parts that apply a function to parameters, and to nothing else. */
const parametersAlone = (node: Expression, variable: string): readonly Expression[] => {
  const isFunction = node.kind === 'apply' || node.kind === 'power';
  const reads = readNames(node);
  if (isFunction && !reads.has(variable) && reads.size > 0) return [node];
  return children(node).flatMap((child) => parametersAlone(child, variable));
};

const nameOf = (node: Expression): string => {
  const [argument] = children(node);
  const of = argument?.kind === 'read' ? `_${argument.name}` : '';
  return node.kind === 'apply' ? `${node.operator}${of}` : `power${of}`;
};

const lowest = constant(-Infinity);
const highest = constant(Infinity);

export const inversionLaw = (source: Inversion): InversionLaw => {
  const { family, mean, logMass, ratio } = source;
  const [low, high] = [source.low ?? lowest, source.high ?? highest];
  const { parameters, derived, text } = formulasOf(
    family,
    source.parameters,
    ['x', 'x'],
    [mean, logMass, ratio, low, high],
  );
  return {
    family,
    parameters,
    derived,
    mean: text(mean),
    logMass: text(logMass),
    ratio: text(ratio),
    low: text(low),
    high: text(high),
  };
};

const coordinate = ['@y', 'y'] as const;

export const densityLaw = (source: DensityDraw): DensityLaw => {
  const { family, method, steps, isPeriodic, logDensity, slope, curvature, value, atom, range } = source;
  const bounds = {
    low: source.low ?? lowest,
    high: source.high ?? highest,
    least: range.low ?? lowest,
    greatest: range.high ?? highest,
  };
  const ofAtom = atom === null ? [] : [atom.value, atom.logProbability];
  const { parameters, derived, text, functionOf } = formulasOf(family, source.parameters, coordinate, [
    logDensity,
    slope,
    curvature,
    value,
    ...Object.values(bounds),
    ...ofAtom,
  ]);
  return {
    family,
    method,
    steps,
    isPeriodic,
    parameters,
    derived,
    logDensity: functionOf(logDensity),
    slope: functionOf(slope),
    curvature: functionOf(curvature),
    value: functionOf(value),
    low: text(bounds.low),
    high: text(bounds.high),
    least: text(bounds.least),
    greatest: text(bounds.greatest),
    atom: atom === null ? null : { value: text(atom.value), logProbability: text(atom.logProbability) },
  };
};

export const implicitLaw = (source: Implicit): ImplicitLaw => {
  const { family, isPeriodic, logDensity, slope, curvature, jacobian, statistic, mean, atom } = source;
  const ofAtom = atom === null ? [] : [atom.value, atom.place, atom.statistic, atom.logMass];
  const { parameters, derived, text, functionOf } = formulasOf(family, source.parameters, coordinate, [
    logDensity,
    slope,
    curvature,
    jacobian,
    statistic,
    source.coordinate,
    ...(mean === null ? [] : [mean]),
    ...ofAtom,
  ]);
  return {
    family,
    natural: source.natural,
    isPeriodic,
    firstWidth: source.isLogarithm ? 0.5 : Infinity,
    parameters,
    derived,
    value: parameters[0]!,
    logDensity: functionOf(logDensity),
    slope: functionOf(slope),
    curvature: functionOf(curvature),
    jacobian: functionOf(jacobian),
    statistic: functionOf(statistic),
    coordinate: text(source.coordinate),
    mean: mean === null ? null : text(mean),
    atom:
      atom === null
        ? null
        : {
            value: text(atom.value),
            place: text(atom.place),
            statistic: text(atom.statistic),
            logMass: text(atom.logMass),
          },
  };
};
