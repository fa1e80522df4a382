/** What steps read and write, by the names of registers. */
import { readNames } from '../../../calculus/substitute.ts';
import { expressionsOf } from '../../../schedule/inputs.ts';
import type { Step } from './kernels.ts';

/** Names that a step reads, within loops too. Steps are compared with each other again and again. */
export const readsOf = (step: Step): readonly string[] => {
  let names = known.get(step);
  if (names === undefined) known.set(step, (names = namesRead(step)));
  return names;
};
const known = new WeakMap<Step, readonly string[]>();

const namesRead = (step: Step): readonly string[] => {
  switch (step.kind) {
    case 'nest':
      return step.statements.flatMap(({ value }) => [...readNames(value)]);
    case 'product':
      return [
        step.left,
        step.right,
        ...(step.isAdded ? [step.target] : []),
        ...(step.rowsAtWork === null ? [] : [step.rowsAtWork.mask]),
      ];
    case 'turned':
      return [step.source];
    case 'forget':
    case 'noise':
      return [];
    case 'host':
      return step.work.kind === 'draw'
        ? expressionsOf(step.work.draw).flatMap((node) => [...readNames(node)])
        : [step.work.matrices];
    case 'turns':
      return [
        ...[step.times, step.first].flatMap((node) => [...readNames(node)]),
        ...step.body.flatMap(readsOf),
        ...(step.whileAny === null ? [] : [step.whileAny]),
      ];
    case 'number':
      return [...readNames(step.value)];
    case 'reading':
      return [step.source];
  }
};

/** Names that a step gives a value, within loops too. */
export const writesOf = (step: Step): readonly string[] => {
  switch (step.kind) {
    case 'nest':
      return step.statements.map(({ target }) => target);
    case 'product':
      return [step.target, ...[step.rowsAtWork?.before ?? []].flat()];
    case 'forget':
      return step.targets;
    case 'turned':
    case 'number':
    case 'reading':
      return [step.target];
    case 'noise':
      return [step.target.name];
    case 'host':
      return [step.work.kind === 'draw' ? step.work.draw.target.name : step.work.target.name];
    case 'turns':
      return [step.counter, ...step.body.flatMap(writesOf)];
  }
};
