/**
 * Which steps may run on some of the examples at a time. Such a step has the examples first in every array that has them, and mixes
 * them by sums alone; what is linear in those sums is added up over the chunks when all are done.
 */
import { axisOf, type Expression, type Index } from '../../../calculus/expression.ts';
import { readNames, walk } from '../../../calculus/substitute.ts';
import type { HostStep, Nest, NestStatement, Step } from './kernels.ts';
import { contribution } from './linear.ts';
import { readsOf } from './uses.ts';

/** Where names lie, and what is cut into chunks. */
export interface Places {
  /** The examples, or an axis of what they share. */
  readonly chunked: string;
  readonly areaOf: (name: string) => string;
  /** Of an array; undefined for a number. */
  readonly indicesOf: (name: string) => readonly Index[] | undefined;
}

/**
 * Areas whose values a step computes as sums over the examples at hand, with those of `given` that it reads; null for a step that needs
 * all examples at once.
 */
export const partialAreas = (
  step: Step,
  given: ReadonlySet<string>,
  places: Places,
): ReadonlySet<string> | null => {
  const steps = innermost(step);
  if (!steps.some((each) => hasChunked(each, places)) || !steps.every((each) => isInRows(each, places)))
    return null;
  const partial = new Set(
    readsOf(step)
      .map(places.areaOf)
      .filter((area) => given.has(area)),
  );
  for (let before = -1; before < partial.size;) {
    before = partial.size;
    for (const each of steps) {
      const found = partsOf(each, partial, places);
      if (found === null) return null;
      found.forEach((area) => partial.add(area));
    }
  }
  return partial;
};

/** Steps without their loops. */
const innermost = (step: Step): readonly Step[] =>
  step.kind === 'turns' ? step.body.flatMap(innermost) : [step];

const hasChunked = (step: Step, { indicesOf, chunked }: Places): boolean =>
  (step.kind === 'forget' ? step.targets.flatMap((name) => indicesOf(name)!) : indicesIn(step)).some(
    (index) => axisOf(index) === chunked,
  );

const indicesIn = (step: Exclude<Step, { kind: 'forget' }>): readonly Index[] => {
  switch (step.kind) {
    case 'nest':
      return step.order;
    case 'product':
      return [...step.rows, ...step.inner, ...step.columns];
    case 'turned':
      return [...step.rows, ...step.columns];
    case 'noise':
      return step.target.indices;
    case 'host':
      return targetOf(step).indices;
    case 'turns':
    case 'number':
    case 'reading':
      return [];
  }
};

const targetOf = ({ work }: HostStep) => (work.kind === 'draw' ? work.draw.target : work.target);

/** Whether the examples are the first index of everything, once, and nothing asks for their places. */
const isInRows = (step: Step, { indicesOf, chunked }: Places): boolean => {
  const isOfChunked = (index: Index): boolean => axisOf(index) === chunked;
  const areRows = (subscripts: readonly Index[]): boolean =>
    subscripts.every((index, place) => !isOfChunked(index) || (place === 0 && index === chunked));
  switch (step.kind) {
    case 'nest':
      return step.statements.every(
        ({ indices, value }) => areRows(indices) && readsInRows(value, chunked, areRows),
      );
    case 'product':
      return (
        [step.left, step.right, step.target].every((name) => areRows(indicesOf(name)!)) &&
        [...step.rows, ...step.inner, ...step.columns].every(
          (index) => !isOfChunked(index) || index === chunked,
        )
      );
    case 'forget':
      return step.targets.every((name) => areRows(indicesOf(name)!));
    case 'turned':
      return false;
    case 'noise':
      return areRows(step.target.indices);
    case 'host':
      return areRows(targetOf(step).indices);
    case 'turns':
    case 'number':
      return true;
    case 'reading':
      return false;
  }
};

const readsInRows = (
  value: Expression,
  chunked: string,
  areRows: (subscripts: readonly Index[]) => boolean,
): boolean => {
  const isOfChunked = (index: Index): boolean => axisOf(index) === chunked;
  let isGood = true;
  walk(value, (node) => {
    switch (node.kind) {
      case 'read':
        isGood &&= areRows(node.subscripts);
        break;
      case 'position':
        isGood &&= !isOfChunked(node.index);
        break;
      case 'delta':
        isGood &&= !isOfChunked(node.left) && !isOfChunked(node.right);
        break;
      case 'triangle':
        isGood &&= !isOfChunked(node.row) && !isOfChunked(node.column);
        break;
      default:
    }
  });
  return isGood;
};

/** Areas that a step makes sums over the examples at hand, when `partial` are such ones; null where they are used in another way. */
const partsOf = (step: Step, partial: ReadonlySet<string>, places: Places): readonly string[] | null => {
  const isPart = (name: string): boolean => partial.has(places.areaOf(name));
  switch (step.kind) {
    case 'nest':
      return partsOfNest(step, partial, places);
    case 'product': {
      const reads = [step.left, step.right].filter(isPart);
      if (step.inner.includes(places.chunked))
        return reads.length === 0 ? [places.areaOf(step.target)] : null;
      if (reads.length === 0) return isPart(step.target) ? null : [];
      const isMixed = [...step.rows, ...step.columns].includes(places.chunked);
      return reads.length === 1 && !isMixed ? [places.areaOf(step.target)] : null;
    }
    case 'forget':
      return step.targets.some(isPart) ? null : [];
    case 'turned':
      return isPart(step.source) ? null : [];
    case 'noise':
      return isPart(step.target.name) ? null : [];
    case 'host': {
      const { work } = step;
      const reads = work.kind === 'draw' ? [] : [work.matrices];
      const drawn = work.kind === 'draw' ? parametersOf(work.draw.source) : [];
      return [...reads, ...drawn, targetOf(step).name].some(isPart) ? null : [];
    }
    case 'turns':
    case 'number':
      return [];
    case 'reading':
      return null;
  }
};

const parametersOf = (
  source: Extract<HostStep['work'], { kind: 'draw' }>['draw']['source'],
): readonly string[] => {
  switch (source.kind) {
    case 'noise':
      return [];
    case 'choice':
      return [...readNames(source.logits)];
    case 'inversion':
    case 'density':
    case 'implicit':
      return source.parameters.flatMap(({ value }) => [...readNames(value)]);
  }
};

const partsOfNest = (
  nest: Nest,
  partial: ReadonlySet<string>,
  { areaOf, chunked }: Places,
): readonly string[] | null => {
  const found: string[] = [];
  // Elements that the nest itself computes are parts as well.
  const own = new Set<string>();
  const isPart = (name: string): boolean => own.has(name) || partial.has(areaOf(name));
  for (const statement of nest.statements) {
    const { target, indices, value, how } = statement;
    const reads = [...readNames(value)].some(isPart);
    const sums = sumsChunks(nest, statement, chunked);
    if (!reads && !sums && !isPart(target)) continue;
    if (how === 'maximum' || indices.includes(chunked) || (reads && sums)) return null;
    if (!sums && contribution(value, isPart) === null) return null;
    own.add(target);
    found.push(areaOf(target));
  }
  return found;
};

const sumsChunks = ({ order }: Nest, { indices, how }: NestStatement, chunked: string): boolean =>
  how !== 'element' && order.includes(chunked) && !indices.includes(chunked);

/** A step whose areas `partial` hold what one chunk contributes to them. */
export const contributing = (step: Step, partial: ReadonlySet<string>, places: Places): Step => {
  if (partial.size === 0) return step;
  if (step.kind === 'turns')
    return { ...step, body: step.body.map((each) => contributing(each, partial, places)) };
  if (step.kind !== 'nest') return step;
  const isPart = (name: string): boolean => partial.has(places.areaOf(name));
  return {
    ...step,
    statements: step.statements.map((statement) =>
      isPart(statement.target) && !sumsChunks(step, statement, places.chunked)
        ? { ...statement, value: contribution(statement.value, isPart)! }
        : statement,
    ),
  };
};
