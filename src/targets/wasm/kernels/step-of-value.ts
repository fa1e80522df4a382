/** What one value becomes: a nest of loops, a matrix product, or work of JavaScript. */
import type { Expression, Index, Read } from '../../../calculus/expression.ts';
import { walk } from '../../../calculus/substitute.ts';
import type { Symmetric } from '../../../optimize/symmetry.ts';
import type { Program, Register } from '../../../schedule/program.ts';
import type { Area, Nest, NestStatement, Step } from './kernels.ts';
import { productOf } from './product.ts';

/** What is found out while a program is grouped. */
export interface Context {
  readonly areas: Area[];
  readonly areaOf: Map<string, string>;
  readonly numbers: Set<string>;
  readonly program: Program;
  readonly symmetric: Symmetric;
  /** How often each register is read, counting what leaves its block. */
  readonly readers: ReadonlyMap<string, number>;
  readonly indicesOf: Map<string, readonly Index[]>;
}

export const place = (register: Register, stacks: readonly string[], context: Context): void => {
  context.areas.push({ name: register.name, indices: register.indices, stacks });
  context.areaOf.set(register.name, register.name);
  context.indicesOf.set(register.name, register.indices);
};

export const stepOfValue = (target: Register, value: Expression, context: Context): Step => {
  switch (value.kind) {
    case 'sum': {
      const indicesOf = (name: string): readonly Index[] => context.indicesOf.get(name)!;
      const product = productOf(target, value, indicesOf, context.symmetric.has(target.name));
      if (product !== null) return product;
      return nest(target, value.body, 'sum', orderOf(target, value.body, value.over));
    }
    case 'maximum':
      return nest(target, value.body, 'maximum', orderOf(target, value.body, value.over));
    case 'inverse':
    case 'log_determinant':
    case 'cholesky': {
      const body = value.body as Read;
      const batch = body.subscripts.slice(0, -2);
      const work = { kind: value.kind, target, matrices: body.name, batch, side: body.subscripts.at(-1)! };
      return { kind: 'host', work };
    }
    default:
      return nest(target, value, 'element', target.indices);
  }
};

export const nest = (
  target: Register,
  value: Expression,
  how: NestStatement['how'],
  order: readonly Index[],
): Nest => ({
  kind: 'nest',
  order,
  statements: [{ target: target.name, indices: target.indices, value, how, isStored: true }],
});

/** Loops of a reduction run as the largest array that it reads lies in memory. */
const orderOf = (target: Register, body: Expression, over: readonly Index[]): readonly Index[] => {
  const all = [...target.indices, ...over];
  let widest: readonly Index[] = [];
  walk(body, (node) => {
    if (node.kind === 'read' && node.indices.length > widest.length) widest = node.indices;
  });
  const inside = widest.filter((index) => all.includes(index));
  return [...all.filter((index) => !inside.includes(index)), ...inside];
};
