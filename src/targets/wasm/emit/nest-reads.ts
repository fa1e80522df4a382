/** What the statements of a nest read and compute. */
import type { Expression } from '../../../calculus/expression.ts';
import { walk } from '../../../calculus/substitute.ts';
import { occurrences } from '../assembler/occurrences.ts';
import type { Nest, NestStatement } from '../kernels/kernels.ts';
import { mathNames } from '../math/functions.ts';
import { onHost } from './element.ts';
import { accessKey, type Access } from './layout.ts';
import type { Turn } from './turn.ts';

/** In how many statements each array is read, by its access. */
export const readersIn = ({ statements }: Nest): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { value } of statements) {
    const own = new Set<string>();
    walk(value, (node) => {
      if (node.kind === 'read') own.add(accessKey(node.name, node.subscripts));
    });
    own.forEach((key) => counts.set(key, (counts.get(key) ?? 0) + 1));
  }
  return counts;
};

/**
 * Functions are long chains of operations: vectors that take turns leave the processor less to wait for. Arrays as a whole have many
 * vectors; of short turns a processor has several in view anyway, and long ones by fours are much code.
 */
export const vectorsTogether = ({ order, statements }: Nest, loops: number, { parts }: Turn): number => {
  if (order.length < 2 || !statements.some(({ value }) => hasFunctions(value))) return 1;
  const operations = occurrences(parts.map(({ assignment: [, value] }) => value)).size;
  return loops === 1 && operations > 200 && operations < 400 ? 4 : 2;
};

const hasFunctions = (value: Expression): boolean =>
  has(value, (node) => node.kind === 'apply' && (mathNames as readonly string[]).includes(node.operator));

/** Whether a function of JavaScript computes it, which may take long for what is no number. */
export const asksHost = (value: Expression): boolean =>
  has(value, (node) =>
    node.kind === 'apply'
      ? onHost.has(node.operator)
      : node.kind === 'power' && node.exponent.kind !== 'constant',
  );

const has = (value: Expression, isSought: (node: Expression) => boolean): boolean => {
  let isFound = false;
  walk(value, (node) => {
    isFound ||= isSought(node);
  });
  return isFound;
};

export const isRead = (access: Access, { statements }: Nest): boolean => {
  const key = accessKey(access.name, access.subscripts);
  return !statements.some((statement) => accessKey(statement.target, statement.indices) === key);
};

/** What a sum or a maximum begins with. */
export const startOf = (statement: NestStatement): number => (statement.how === 'maximum' ? -Infinity : 0);
