/** Numbers of the frame: schedules, step sizes, bounds of loops. In float64; what is not arithmetic is asked of JavaScript. */
import { splitCoefficient } from '../../../calculus/build.ts';
import type { Expression } from '../../../calculus/expression.ts';
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
      return call(hostNumber('power', 2), base, of(node.exponent));
    }
    case 'apply':
      return call(hostNumber(node.operator, node.arguments.length), ...node.arguments.map(of));
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

/** One object for each name and number of arguments: an import of the module. */
const hostFunctions = new Map<string, ReturnType<typeof makeHost>>();
const makeHost = (name: string, count: number) =>
  host(name, Array.from({ length: count }, (_, place) => local(`x${place}`, 'f64')), 'f64'); // prettier-ignore
export const hostNumber = (operator: string, count: number) => {
  const name = `${operator}:${count}`;
  const known = hostFunctions.get(name);
  if (known !== undefined) return known;
  const made = makeHost(name, count);
  hostFunctions.set(name, made);
  return made;
};
