/** What every target needs to draw from a discrete family by inversion. */
import { constant, one, zero } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { identifier, scalarText } from '../calculus/javascript.ts';
import { children, readNames } from '../calculus/substitute.ts';
import type { Support } from '../check/typed.ts';
import type { InversionLaw } from '../runtime/inversion-source.ts';
import type { DrawSource } from '../schedule/program.ts';

export type Inversion = Extract<DrawSource, { kind: 'inversion' }>;

/** The least and the largest value that inversion searches. Throws for supports that are not runs of whole numbers. */
export const boundsOf = (support: Support): { readonly low: Expression; readonly high: Expression } => {
  if (support.kind === 'count') return { low: zero, high: support.upTo ?? constant(Infinity) };
  if (support.kind === 'binary') return { low: zero, high: one };
  throw new Error(`internal: ${support.kind} values cannot be drawn by inversion`);
};

/** JavaScript of the formulas that inversion needs. Functions of the parameters alone get names: they are computed once. */
export const lawOf = ({ family, parameters, mean, logMass, ratio }: Inversion): InversionLaw => {
  const taken = new Set(['x']);
  const names = new Map(parameters.map(({ name }) => [name, identifier(name, taken)]));
  names.set('x', 'x');
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
  const named = new Map<Expression, string>();
  const text = (node: Expression): string =>
    scalarText(node, scope, 'whole', named).replaceAll('Math.exp(', 'nsm.exp(');
  const derived: { name: string; value: string }[] = [];
  for (const node of [mean, logMass, ratio].flatMap(parametersAlone)) {
    if (named.has(node)) continue;
    const value = text(node);
    const name = identifier(nameOf(node), taken);
    named.set(node, name);
    derived.push({ name, value });
  }
  return {
    family,
    parameters: parameters.map(({ name }) => names.get(name)!),
    derived,
    mean: text(mean),
    logMass: text(logMass),
    ratio: text(ratio),
  };
};

/** The largest parts that apply a function to parameters, and to nothing else. */
const parametersAlone = (node: Expression): readonly Expression[] => {
  const isFunction = node.kind === 'apply' || node.kind === 'power';
  if (isFunction && !readNames(node).has('x') && readNames(node).size > 0) return [node];
  return children(node).flatMap(parametersAlone);
};

const nameOf = (node: Expression): string => {
  const [argument] = children(node);
  const of = argument?.kind === 'read' ? `_${argument.name}` : '';
  return node.kind === 'apply' ? `${node.operator}${of}` : `power${of}`;
};
