/** Kernels made ready to run in this process: memory, and its areas for the sizes at hand. */
import type { Operator } from '../../calculus/expression.ts';
import { scalarFunctions } from '../../calculus/scalar.ts';
import type { Tensor } from '@tensorflow/tfjs';
import type { Executable, RunContext } from '../executable.ts';
import type { TensorFlow } from '../plan.ts';
import { keyOf } from '../random.ts';
import { checkedInput } from '../tfjs.ts';
import { makeSamplers, runHostStep, type HostView } from './host.ts';
import type { KernelModule } from './module.ts';
import { countWith, planMemory, shapeWith, type MemoryPlan, type Numbers } from './memory.ts';

const pageBytes = 65536;

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

export const loadKernels = (kernels: KernelModule, tf: TensorFlow): Executable => {
  const module = new WebAssembly.Module(kernels.bytes);
  const memory = new WebAssembly.Memory({ initial: 1 });
  const samplers = makeSamplers(kernels);
  const axes = Object.fromEntries(kernels.inputs.map(({ name, indices }) => [name, indices]));
  let view: HostView | null = null;
  const step = (number: number): void => runHostStep(kernels.hostSteps[number]!, samplers, view!);
  const imports = { env: { memory }, host: { ...hostFunctions(module), step } };
  const run = new WebAssembly.Instance(module, imports).exports['run'] as (frame: number) => void;

  return (inputs, context) =>
    tf.tidy(() => {
      const host: Record<string, number> = {};
      const arrays: [string, Tensor][] = [];
      for (const [name, indices] of Object.entries(axes)) {
        const value = checkedInput(kernels.name, name, inputs[name], indices, context, tf);
        if (typeof value === 'number') host[name] = value;
        else arrays.push([name, value]);
      }
      const plan = planMemory(kernels, context.sizes, host);
      const missing = plan.bytes - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
      writeFrame(kernels, plan, context, host, memory);
      for (const [name, tensor] of arrays)
        new Float32Array(memory.buffer, plan.at.get(name), tensor.size).set(tensor.dataSync<'float32'>());
      const present = viewOf(kernels, plan, context, host, memory);
      view = present;
      run(plan.frame);
      view = null;
      return Object.fromEntries(
        kernels.outputs.map(({ name, register, indices }) => {
          if (indices === null) return [name, tf.scalar(present.numberAt(register))];
          const place = { area: register, indices };
          return [name, tf.tensor(present.valuesOf(place).slice(), [...present.shapeOf(place)])];
        }),
      );
    });
};

const writeFrame = (
  { frame, areas, hostSteps }: KernelModule,
  plan: MemoryPlan,
  { seed, firstExample, sizes, draws }: RunContext,
  host: Numbers,
  memory: WebAssembly.Memory,
): void => {
  const wholes = new Map<string, number>([
    ['is_taped', draws === undefined ? 0 : 1],
    ['scratch', plan.scratch],
  ]);
  for (const [axis, size] of Object.entries(sizes)) wholes.set(`size:${axis}`, size);
  for (const [label, times] of plan.turns) wholes.set(`turns:${label}`, times);
  for (const { name } of areas) {
    const address = plan.at.get(name)!;
    wholes.set(`at:${name}`, address).set(`base:${name}`, address);
    wholes.set(`bytes:${name}`, plan.entryBytes.get(name)!);
  }
  for (const work of hostSteps) {
    if (work.kind !== 'noise') continue;
    const { site, target } = work;
    const [key0, key1] = keyOf(seed, site, host['iteration'] ?? 0);
    const perExample = target.indices[0] === 'example' ? countWith(target.indices.slice(1), sizes) : 0;
    const offset = firstExample * perExample;
    wholes.set(`key0:${site}`, key0).set(`key1:${site}`, key1);
    wholes.set(`low:${site}`, offset % 2 ** 32).set(`high:${site}`, Math.floor(offset / 2 ** 32));
  }
  const data = new DataView(memory.buffer, plan.frame);
  for (const [slot, offset] of frame.slots) {
    const value = wholes.get(slot);
    // Turns and such are written by the kernels themselves.
    if (value !== undefined) data.setInt32(offset, value | 0, true);
  }
  for (const [name, offset] of frame.numbers) data.setFloat64(offset, host[name] ?? 0, true);
};

const viewOf = (
  { frame }: KernelModule,
  plan: MemoryPlan,
  context: RunContext,
  host: Numbers,
  memory: WebAssembly.Memory,
): HostView => {
  const slots = new Map(frame.slots);
  const numbers = new Map(frame.numbers);
  const data = new DataView(memory.buffer, plan.frame);
  return {
    context,
    iteration: host['iteration'] ?? 0,
    numberAt: (name) => data.getFloat64(numbers.get(name)!, true),
    // The present turn of a loop has its own entry, whose address is in the frame.
    valuesOf: ({ area, indices }) => {
      const slot = slots.get(`at:${area}`);
      const address = slot === undefined ? plan.at.get(area)! : data.getInt32(slot, true);
      return new Float32Array(memory.buffer, address, countWith(indices, context.sizes));
    },
    shapeOf: ({ indices }) => shapeWith(indices, context.sizes),
  };
};
