/** Kernels made ready to run in this process: memory, its areas for the sizes at hand, and what JavaScript does in between. */
import { lengthOf, type Index } from '../../calculus/expression.ts';
import { scalarFunctions } from '../../calculus/scalar.ts';
import { scalarValue } from '../../calculus/scalar-value.ts';
import type { Executable, RunContext } from '../../runtime/executable.ts';
import { drawnThrough } from '../../runtime/executable.ts';
import { fillNoise } from '../../runtime/noise.ts';
import type { TensorFlow } from '../../runtime/plan.ts';
import { keyOf } from '../../runtime/random.ts';
import type { Operator } from '../../calculus/expression.ts';
import type { Program } from '../../schedule/program.ts';
import { emitKernels } from './emit/emit.ts';
import type { Slot } from './emit/frame.ts';
import { group } from './kernels/group.ts';
import type { Step, Turns } from './kernels/kernels.ts';
import { separate } from './kernels/separate.ts';

const pageBytes = 65536;
const frameStart = 64;

/** Functions of numbers under the names that modules ask for: `operator:arguments`. */
const hostFunctions = (module: WebAssembly.Module): Record<string, (...x: number[]) => number> =>
  Object.fromEntries(
    WebAssembly.Module.imports(module)
      .filter(({ module: from, name }) => from === 'host' && name.includes(':'))
      .map(({ name }) => {
        const operator = name.split(':')[0]!;
        return [name, operator === 'power' ? Math.pow : scalarFunctions[operator as Operator]];
      }),
  );

const turnsIn = (steps: readonly Step[]): readonly Turns[] =>
  steps.flatMap((step) => (step.kind === 'turns' ? [step, ...turnsIn(step.body)] : []));

export const loadKernels = (program: Program, tf: TensorFlow): Executable => {
  const kernels = group(separate(program));
  const { bytes, frame, hostSteps } = emitKernels(kernels);
  const module = new WebAssembly.Module(bytes);
  const memory = new WebAssembly.Memory({ initial: 1 });
  let context: RunContext | null = null;
  let addresses = new Map<string, number>();
  let iteration = 0;
  const shapeOf = (indices: readonly Index[]): number[] =>
    indices.map((index) => lengthOf(index, context!.sizes)!);
  const countOf = (indices: readonly Index[]): number =>
    shapeOf(indices).reduce((product, size) => product * size, 1);
  const numberAt = (name: string): number =>
    new DataView(memory.buffer).getFloat64(frameStart + frame.numberPlace(name), true);
  const wholeAt = (slot: Slot): number =>
    new DataView(memory.buffer).getInt32(frameStart + frame.place(slot), true);
  const viewOf = (name: string): Float32Array =>
    new Float32Array(
      memory.buffer,
      wholeAt(`at:${kernels.areaOf.get(name) ?? name}`),
      countOf(kernels.areas.find((area) => area.name === (kernels.areaOf.get(name) ?? name))!.indices),
    );
  const step = (number: number): void => {
    const work = hostSteps[number]!;
    if (work.kind !== 'noise') throw new Error(`internal: no kernel for a ${work.kind} yet`);
    const { site, target, distribution, counters } = work;
    const folds = [site, iteration, ...counters.map(numberAt)];
    const values = viewOf(target.name);
    const perExample = target.indices[0] === 'example' ? values.length / context!.sizes['example']! : 0;
    drawnThrough(context!.draws, folds, values, (empty) =>
      fillNoise(distribution, keyOf(context!.seed, ...folds), empty, context!.firstExample * perExample),
    );
  };
  const instance = new WebAssembly.Instance(module, {
    env: { memory },
    host: { ...hostFunctions(module), step },
  });
  const run = instance.exports['run'] as (frame: number) => void;

  /** Areas one after the other, for these sizes. */
  const place = (host: Readonly<Record<string, number>>): Map<Slot, number> => {
    const wholes = new Map<Slot, number>();
    const turns = new Map(turnsIn(kernels.body).map((loop) => [loop.stack, loop]));
    let end = frameStart + Math.ceil(frame.bytes() / 16) * 16;
    addresses = new Map();
    for (const { name, indices, stacks } of kernels.areas) {
      const entry = Math.ceil(countOf(indices) / 4) * 16;
      const many = stacks.map((label) =>
        Math.ceil(scalarValue(turns.get(label)!.times, { ...context!.sizes, ...host })),
      );
      stacks.forEach((label, at) => wholes.set(`turns:${label}`, many[at]!));
      wholes.set(`at:${name}`, end).set(`base:${name}`, end).set(`bytes:${name}`, entry);
      addresses.set(name, end);
      end += entry * many.reduce((product, count) => product * count, 1);
    }
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
    return wholes;
  };

  return (inputs, given) => {
    context = given;
    const host: Record<string, number> = {};
    for (const { name, place: where } of kernels.inputs)
      if (where === 'host') {
        const value = inputs[name]!;
        host[name] = typeof value === 'number' ? value : value.dataSync()[0]!;
      }
    iteration = host['iteration'] ?? 0;
    const wholes = place(host);
    const view = new DataView(memory.buffer);
    for (const [axis, size] of Object.entries(given.sizes)) wholes.set(`size:${axis}`, size);
    wholes.set('is_taped', given.draws === undefined ? 0 : 1);
    for (const work of hostSteps)
      if (work.kind === 'noise') {
        const { site, target } = work;
        const [key0, key1] = keyOf(given.seed, site, iteration);
        const perExample =
          target.indices[0] === 'example' ? countOf(target.indices) / given.sizes['example']! : 0;
        const offset = given.firstExample * perExample;
        wholes.set(`key0:${site}`, key0).set(`key1:${site}`, key1);
        wholes.set(`low:${site}`, offset % 2 ** 32).set(`high:${site}`, Math.floor(offset / 2 ** 32));
      }
    for (const [slot, at] of frame.slots()) view.setInt32(frameStart + at, wholes.get(slot)! | 0, true);
    for (const [name, at] of frame.numbers()) view.setFloat64(frameStart + at, host[name] ?? 0, true);
    for (const { name, place: where } of kernels.inputs)
      if (where === 'tensor') {
        const value = inputs[name]!;
        const values = typeof value === 'number' ? [value] : value.dataSync<'float32'>();
        new Float32Array(memory.buffer, addresses.get(name)!, values.length).set(values);
      }
    run(frameStart);
    return Object.fromEntries(
      kernels.outputs.map(({ name, register }) => [
        name,
        register.place === 'host'
          ? tf.scalar(numberAt(register.name))
          : tf.tensor(viewOf(register.name).slice(), shapeOf(register.indices)),
      ]),
    );
  };
};
