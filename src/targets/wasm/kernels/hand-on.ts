/** What a turn of a loop hands on to the next one. */
import { read } from '../../../calculus/build.ts';
import type { Read } from '../../../calculus/expression.ts';
import { readNames } from '../../../calculus/substitute.ts';
import type { Register, Repeat } from '../../../schedule/program.ts';
import { join, readsAlike } from './join.ts';
import type { Nest, Step } from './kernels.ts';
import { nest, place, stepOfValue, type Context } from './step-of-value.ts';
import { readsOf } from './uses.ts';

/** A carried register that is saved has an area of its own for what is carried. */
export const carriedName = (register: Register, saved: ReadonlySet<string>): string =>
  saved.has(register.name) ? `${register.name}°carried` : register.name;

/**
 * The end of a turn: the next values go where the carried ones are. A register of the body that is a next value is written there at
 * once, if nothing reads the carried value after it; so is one that only its own next value reads. Others are computed before any is
 * written.
 */
export const handOn = (
  loop: Repeat,
  body: readonly Step[],
  saved: ReadonlySet<string>,
  context: Context,
): readonly Step[] => {
  const computed: Step[] = [];
  const written: Step[] = [];
  let steps = body;
  const others = loop.carried.filter(({ register }) => register.place === 'tensor');
  for (const { register, next } of loop.carried) {
    if (register.place === 'host') {
      const name = `${register.name}°next`;
      context.numbers.add(name);
      computed.push({ kind: 'number', target: name, value: next });
      written.push({ kind: 'number', target: register.name, value: read(name) });
      continue;
    }
    const home = carriedName(register, saved);
    if (next.kind === 'read' && next.name === register.name) continue;
    if (next.kind === 'read' && mayWriteAtOnce(next, register.name, home, steps, saved, others, context)) {
      context.areas.splice(
        context.areas.findIndex(({ name }) => name === next.name),
        1,
      );
      context.areaOf.set(next.name, home);
      continue;
    }
    const target: Register = { ...register, name: `${register.name}°next` };
    const step = stepOfValue(target, next, context);
    computed.push(step);
    if (mayComputeThere(step, register, home, others)) {
      context.areaOf.set(target.name, home);
      context.indicesOf.set(target.name, target.indices);
      continue;
    }
    place(target, [], context);
    written.push(
      nest({ ...register, name: home }, read(target.name, register.indices), 'element', register.indices),
    );
  }
  steps = computed.reduce<readonly Step[]>((all, step) => join(all, [step], context), steps);
  return [...steps, ...written.reduce<readonly Step[]>((all, step) => join(all, [step], context), [])];
};

/** Whether the end of a turn may compute a next value where the carried one is: nothing else reads that one any more. */
const mayComputeThere = (step: Step, register: Register, home: string, others: Repeat['carried']): boolean =>
  step.kind === 'nest' &&
  step.statements.every(
    ({ how, value }) =>
      how === 'element' &&
      readsAlike(value, (name) => name === register.name || name === home, register.indices),
  ) &&
  others.every((other) => other.register === register || !readNames(other.next).has(register.name));

const mayWriteAtOnce = (
  next: Read,
  carried: string,
  home: string,
  steps: readonly Step[],
  saved: ReadonlySet<string>,
  others: Repeat['carried'],
  context: Context,
): boolean => {
  const own = steps.findIndex(
    (step) =>
      step.kind === 'nest' &&
      step.statements.some(({ target, how }) => target === next.name && how === 'element'),
  );
  if (own < 0 || saved.has(next.name) || context.areaOf.get(next.name) !== next.name) return false;
  if (next.subscripts.join() !== context.indicesOf.get(next.name)!.join()) return false;
  if (others.filter((other) => readNames(other.next).has(next.name)).length > 1) return false;
  // A next value that is computed at the end of the turn still reads the carried one.
  if (others.some((other) => other.next.kind !== 'read' && readNames(other.next).has(carried))) return false;
  if (others.some((other) => other.next.kind === 'read' && other.next.name === carried)) return false;
  const names = new Set([carried, home]);
  if (steps.slice(own + 1).some((step) => readsOf(step).some((name) => names.has(name)))) return false;
  const nestHere = steps[own] as Nest;
  return nestHere.statements.every(({ value }) =>
    readsAlike(value, (name) => names.has(name), nestHere.order),
  );
};
