/** How the loops of a nest walk over its arrays: which loops run as one, and how far each array moves in each of them. */
import type { Expression, Index } from '../../../calculus/expression.ts';
import { walk } from '../../../calculus/substitute.ts';
import type { Nest } from '../kernels/kernels.ts';

/** An array as a nest reads or writes it. */
export interface Access {
  readonly name: string;
  readonly subscripts: readonly Index[];
  /** For each loop the axes whose lengths multiply to its step in elements; null where the array stands still, [] for steps of 1. */
  readonly strides: readonly (readonly (readonly Index[])[] | null)[];
}

/** Indices that one loop runs over: they follow each other in every array. */
export type Loop = readonly Index[];

export interface Layout {
  readonly loops: readonly Loop[];
  readonly accesses: readonly Access[];
}

export const accessKey = (name: string, subscripts: readonly Index[]): string =>
  `${name}[${subscripts.join()}]`;

export const layoutOf = (nest: Nest, indicesOf: (name: string) => readonly Index[]): Layout => {
  const inside = new Set(nest.statements.filter(({ how }) => how === 'element').map(({ target }) => target));
  const found = new Map<string, { readonly name: string; readonly subscripts: readonly Index[] }>();
  const places = new Set<Index>();
  for (const { value } of nest.statements)
    walk(value, (node) => {
      if (node.kind === 'read' && !inside.has(node.name) && !isNumber(node.name, indicesOf))
        found.set(accessKey(node.name, node.subscripts), { name: node.name, subscripts: node.subscripts });
      placesIn(node).forEach((index) => places.add(index));
    });
  for (const { target, indices, isStored } of nest.statements)
    if (isStored) found.set(accessKey(target, indices), { name: target, subscripts: indices });
  const arrays = [...found.values()];
  const loops = nest.order.reduce<readonly Loop[]>((all, index) => {
    const last = all.at(-1);
    const isFree = last !== undefined && !places.has(index) && !last.some((each) => places.has(each));
    const reduces = nest.statements.every(
      ({ indices }) => indices.includes(index) === indices.includes(last?.at(-1) ?? index),
    );
    return isFree && reduces && arrays.every(({ subscripts }) => follows(subscripts, last.at(-1)!, index))
      ? [...all.slice(0, -1), [...last, index]]
      : [...all, [index]];
  }, []);
  const accesses = arrays.map(({ name, subscripts }) => ({
    name,
    subscripts,
    strides: loops.map((loop) => strideOf(subscripts, loop.at(-1)!)),
  }));
  return { loops, accesses };
};

const isNumber = (name: string, indicesOf: (name: string) => readonly Index[] | undefined): boolean =>
  indicesOf(name) === undefined;

const placesIn = (node: Expression): readonly Index[] => {
  switch (node.kind) {
    case 'position':
      return [node.index];
    case 'delta':
      return [node.left, node.right];
    case 'triangle':
      return [node.row, node.column];
    default:
      return [];
  }
};

/** Whether an array has the second index right after the first, or neither. */
const follows = (subscripts: readonly Index[], first: Index, second: Index): boolean => {
  const [at, next] = [subscripts.indexOf(first), subscripts.indexOf(second)];
  const isOnce = subscripts.lastIndexOf(first) === at && subscripts.lastIndexOf(second) === next;
  return at < 0 ? next < 0 : isOnce && next === at + 1;
};

const strideOf = (subscripts: readonly Index[], index: Index): Access['strides'][number] => {
  const steps = subscripts.flatMap((each, place) => (each === index ? [subscripts.slice(place + 1)] : []));
  return steps.length === 0 ? null : steps;
};

/** Whether neighbours in a loop are neighbours in memory. */
export const isUnit = (stride: Access['strides'][number]): boolean =>
  stride !== null && stride.length === 1 && stride[0]!.length === 0;
