/** Numbers of the frame: schedules, step sizes, bounds of loops. In float64; what is not arithmetic is asked of JavaScript. */
import { splitCoefficient } from '../../../calculus/build.ts';
import type { Apply, Expression } from '../../../calculus/expression.ts';
import { measureOf } from '../../../calculus/javascript.ts';
import { call, f64, host, i32, local, operate } from '../assembler/build.ts';
import type { Local, Value } from '../assembler/code.ts';
import { asFloat64, type Frame } from './frame.ts';

export const numberOf = (node: Expression, frame: Frame, at: Local<'i32'>): Value<'f64'> => {
  const of = (child: Expression): Value<'f64'> => numberOf(child, frame, at);
  switch (node.kind) {
    case 'constant':
      return Number.isInteger(node.value) && Math.abs(node.value) < 64 && !Object.is(node.value, -0)
        ? asFloat64(i32(node.value))
        : f64(node.value);
    case 'size':
      return asFloat64(frame.fullSize(at, node.axis));
    case 'read':
      return frame.number(at, node.name);
    case 'add':
      return node.terms.map(of).reduce((total, term) => operate('f64.add', total, term));
    case 'multiply': {
      const { coefficient } = splitCoefficient(node);
      const isNegative = coefficient === -1 && node.factors.length === 2;
      if (isNegative) return operate('f64.neg', of(node.factors[1]!));
      return node.factors.map(of).reduce((product, factor) => operate('f64.mul', product, factor));
    }
    case 'power': {
      const base = of(node.base);
      if (node.exponent.kind === 'constant') {
        if (node.exponent.value === -1) return operate('f64.div', f64(1), base);
        if (node.exponent.value === 2) return operate('f64.mul', base, base);
        if (node.exponent.value === 0.5) return operate('f64.sqrt', base);
      }
      return call(hostNumber('power:2', 2), base, of(node.exponent));
    }
    case 'apply': {
      const { name, given } = askedOfHost(node);
      return call(hostNumber(name, given.length), ...given.map(of));
    }
    case 'sum':
    case 'maximum':
    case 'position':
    case 'delta':
    case 'triangle':
    case 'inverse':
    case 'log_determinant':
    case 'cholesky':
      throw new Error(`internal: a ${node.kind} is no number`);
  }
};

/**
 * What JavaScript is asked for: an operator with its number of arguments, or a `cumulant` with its measure, of which it keeps a table,
 * and the arguments that are left.
 */
export const askedOfHost = (
  node: Apply,
): { readonly name: string; readonly given: readonly Expression[] } => {
  const { operator, arguments: all } = node;
  return operator === 'cumulant'
    ? { name: `cumulant:${measureOf(node)}`, given: all.slice(0, 2) }
    : { name: `${operator}:${all.length}`, given: all };
};

/** One object for each name: an import of the module. */
const hostFunctions = new Map<string, ReturnType<typeof makeHost>>();
const makeHost = (name: string, count: number) =>
  host(name, Array.from({ length: count }, (_, place) => local(`x${place}`, 'f64')), 'f64'); // prettier-ignore
export const hostNumber = (name: string, count: number) => {
  const known = hostFunctions.get(name);
  if (known !== undefined) return known;
  const made = makeHost(name, count);
  hostFunctions.set(name, made);
  return made;
};
