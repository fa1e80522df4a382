/** What one thread does of a program: what is done once, and chunks of the examples. */
import type { Operator } from '../../calculus/expression.ts';
import { scalarFunctions } from '../../calculus/scalar.ts';
import type { RunContext } from '../executable.ts';
import { keyOf } from '../random.ts';
import { cumulant, logGammaOfCounts } from '../special.ts';
import { makeSamplers, runHostStep, runRedraw, type HostView } from './host.ts';
import {
  chunkCount,
  chunkRange,
  countWith,
  shapeWith,
  type MemoryPlan,
  type Numbers,
  type PlacedArea,
} from './memory.ts';
import { isFirstChunk, type KernelModule, type Place } from './module.ts';

/** One run of a program; plain data, but for a tape of draws. */
export interface Binding {
  readonly plan: MemoryPlan;
  readonly context: RunContext;
  /** Numbers that the program is given. */
  readonly host: Numbers;
  /** Where the arrays lie that come in or go out, by their areas. */
  readonly tensors: ReadonlyMap<string, number>;
}

const addressOf = ({ tensors }: Binding, { name, at }: PlacedArea): number => at ?? tensors.get(name)!;

export interface KernelThread {
  /** Writes the frame of what is done once; the frames of chunks are made from it. */
  readonly begin: (binding: Binding) => void;
  readonly once: (phase: number, binding: Binding) => void;
  readonly chunk: (phase: number, chunk: number, binding: Binding) => void;
  /** Adds up what the chunks of a phase have. */
  readonly addUp: (phase: number, binding: Binding) => void;
  /** A number of the program, after what is done once. */
  readonly numberAt: (name: string, binding: Binding) => number;
}

type Exported = Readonly<Record<string, (...words: number[]) => void>>;

/** @param worker number of this thread, from 0 */
export const kernelThread = (
  kernels: KernelModule,
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  worker: number,
): KernelThread => {
  const samplers = makeSamplers(kernels);
  const slots = new Map(kernels.frame.slots);
  const numbers = new Map(kernels.frame.numbers);
  /** What host steps see: the frame at hand, and its examples. */
  let present: { readonly frame: number; readonly binding: Binding; readonly from: number; readonly sizes: Numbers }; // prettier-ignore
  const data = (): DataView => new DataView(memory.buffer);
  const numberIn = (frame: number, name: string): number =>
    data().getFloat64(frame + numbers.get(name)!, true);

  const viewNow = (): HostView => {
    const { frame, binding, from, sizes } = present;
    const { context, host } = binding;
    return {
      context: { ...context, sizes, firstExample: context.firstExample + from },
      iteration: host['iteration'] ?? 0,
      numberAt: (name) => numberIn(frame, name),
      valuesOf: ({ area, indices }: Place) => {
        const address = data().getUint32(frame + slots.get(`at:${area}`)!, true);
        return new Float32Array(memory.buffer, address, countWith(indices, sizes));
      },
      shapeOf: ({ indices }) => shapeWith(indices, sizes),
    };
  };
  const step = (number: number): void => runHostStep(kernels.hostSteps[number]!, samplers, viewNow());
  const redraw = (number: number, from: number, to: number, key0: number, key1: number): void =>
    runRedraw(kernels.hostSteps[number]!, samplers, viewNow(), [from, to], [key0, key1]);
  const imports = { env: { memory }, host: { ...hostFunctions(module), step, redraw } };
  const exported = new WebAssembly.Instance(module, imports).exports as Exported;

  const write = (frame: number, values: readonly (readonly [slot: string, value: number])[]): void => {
    const view = data();
    for (const [slot, value] of values) {
      const offset = slots.get(slot);
      if (offset !== undefined) view.setInt32(frame + offset, value | 0, true);
    }
  };

  const begin = (binding: Binding): void => {
    const { plan, host } = binding;
    const view = data();
    for (const [name, offset] of numbers) view.setFloat64(plan.frame + offset, host[name] ?? 0, true);
    write(plan.frame, wholeSlots(kernels, binding));
  };

  const once = (phase: number, binding: Binding): void => {
    const { plan, context } = binding;
    present = { frame: plan.frame, binding, from: 0, sizes: context.sizes };
    exported[`once_${phase}`]!(plan.frame);
  };

  const chunk = (phase: number, number: number, binding: Binding): void => {
    const { plan, context } = binding;
    const { chunked } = kernels.phases[phase]!;
    const [from, to] = chunkRange(plan, chunked, number);
    const frame = plan.frame + (1 + worker) * plan.frameBytes;
    new Uint8Array(memory.buffer).copyWithin(frame, plan.frame, plan.frame + plan.frameBytes);
    write(frame, chunkSlots(kernels, binding, worker, phase, number));
    const first = numbers.get(isFirstChunk);
    if (first !== undefined) data().setFloat64(frame + first, number === 0 ? 1 : 0, true);
    const isOfExamples = chunked === 'example';
    present = {
      frame,
      binding,
      from: isOfExamples ? from : 0,
      sizes: { ...context.sizes, [chunked]: to - from },
    };
    exported[`chunk_${phase}`]!(frame);
  };

  const addUp = (phase: number, binding: Binding): void => {
    const { plan } = binding;
    const { chunked, sums, firsts } = kernels.phases[phase]!;
    const count = chunkCount(plan, chunked);
    for (const name of [...sums, ...firsts]) {
      const area = plan.areas.find((each) => each.name === name)!;
      const { kept, bytes, own } = area;
      const at = addressOf(binding, area);
      new Uint8Array(memory.buffer).copyWithin(at, own, own + bytes);
      if (kept === 'sum')
        for (let place = 1; place < count; place++) exported['add_up']!(at, own + place * bytes, bytes);
    }
  };

  return { begin, once, chunk, addUp, numberAt: (name, { plan }) => numberIn(plan.frame, name) };
};

/** Functions of numbers under the names that modules ask for: `operator:arguments`, or `cumulant:measure`. */
const hostFunctions = (module: WebAssembly.Module): Record<string, (...x: number[]) => number> =>
  Object.fromEntries(
    WebAssembly.Module.imports(module)
      .filter(({ module: from, name }) => from === 'host' && name.includes(':'))
      .map(({ name }) => [name, hostFunction(name)]),
  );

const hostFunction = (name: string): ((...x: number[]) => number) => {
  const [operator, rest] = name.split(':') as [Operator | 'power', string];
  switch (operator) {
    case 'power':
      return Math.pow;
    case 'log_gamma':
      return logGammaOfCounts;
    case 'cumulant':
      return (n: number, x: number) => cumulant(n, x, rest);
    default:
      return scalarFunctions[operator];
  }
};

type Slots = (readonly [slot: string, value: number])[];

const wholeSlots = (kernels: KernelModule, binding: Binding): Slots => {
  const { plan, context, host } = binding;
  const { seed, firstExample, sizes, draws } = context;
  return [
    ['is_taped', draws === undefined ? 0 : 1],
    ['scratch', plan.workers],
    ['gathered', plan.workers + plan.scratchBytes],
    ...Object.entries(sizes).flatMap(([axis, size]): Slots => [
      [`size:${axis}`, size],
      [`all:${axis}`, size],
    ]),
    ...Object.entries(plan.turns).map(([label, times]) => [`turns:${label}`, times] as const),
    ...plan.areas.flatMap((area): Slots => {
      const { name, bytes } = area;
      const at = addressOf(binding, area);
      return [
        [`at:${name}`, at],
        [`base:${name}`, at],
        [`bytes:${name}`, bytes],
      ];
    }),
    ...kernels.hostSteps.flatMap((work): Slots => {
      if (!('site' in work)) return [];
      const [key0, key1] = keyOf(seed, work.site, host['iteration'] ?? 0);
      return [
        [`key0:${work.site}`, key0],
        [`key1:${work.site}`, key1],
        ...offsetSlots(work.site, work.target, firstExample, sizes),
      ];
    }),
  ];
};

const chunkSlots = (
  kernels: KernelModule,
  binding: Binding,
  worker: number,
  phase: number,
  chunk: number,
): Slots => {
  const { plan, context } = binding;
  const { chunked, sums, firsts } = kernels.phases[phase]!;
  const [from, to] = chunkRange(plan, chunked, chunk);
  const mine = plan.workers + worker * plan.workerBytes;
  const owned = new Set([...sums, ...firsts]);
  return [
    [`size:${chunked}`, to - from],
    ['scratch', mine],
    ['gathered', mine + plan.scratchBytes],
    ...plan.areas.flatMap((area): Slots => {
      const { name, kept, axis, bytes, rowBytes, entries, own } = area;
      const at = addressOf(binding, area);
      const address = kept === 'chunk' ? mine + at : owned.has(name) ? own + chunk * bytes : null;
      const isCut = address === null && axis === chunked;
      if (address === null && !isCut) return [];
      const start = address ?? at + from * rowBytes;
      const ownBytes: Slots = isCut ? [[`bytes:${name}`, ((to - from) * rowBytes) / entries]] : [];
      return [[`at:${name}`, start], [`base:${name}`, start], ...ownBytes];
    }),
    ...kernels.hostSteps.flatMap((work): Slots =>
      'site' in work && chunked === 'example'
        ? offsetSlots(work.site, work.target, context.firstExample + from, context.sizes)
        : [],
    ),
  ];
};

/** Draws belong to examples: a batch that starts later takes later elements of the same stream. */
const offsetSlots = (site: number, { indices }: Place, firstExample: number, sizes: Numbers): Slots => {
  const perExample = indices[0] === 'example' ? countWith(indices.slice(1), sizes) : 0;
  const offset = firstExample * perExample;
  return [
    [`low:${site}`, offset % 2 ** 32],
    [`high:${site}`, Math.floor(offset / 2 ** 32)],
  ];
};
