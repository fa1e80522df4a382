/** A thread that helps with chunks: it is told of programs and of runs, and takes chunks while there are some. */
import { kernelThread, type Binding, type KernelThread } from './chunk.ts';
import { chunkCount, type MemoryPlan } from './memory.ts';
import type { KernelModule } from './module.ts';
import { eachChunk } from './shared-work.ts';

export type Message =
  | {
      readonly do: 'begin';
      readonly memory: WebAssembly.Memory;
      readonly control: Int32Array;
      readonly worker: number;
    }
  | {
      readonly do: 'load';
      readonly program: number;
      readonly kernels: KernelModule;
      readonly module: WebAssembly.Module;
    }
  | { readonly do: 'forget'; readonly program: number }
  | { readonly do: 'plan'; readonly program: number; readonly plan: MemoryPlan }
  | {
      readonly do: 'run';
      readonly program: number;
      readonly phase: number;
      readonly job: number;
      readonly binding: Omit<Binding, 'plan'>;
    };

/** What a worker does with messages, in a browser and in Node. */
export const startWorker = (): ((message: Message) => void) => {
  let begun: Extract<Message, { do: 'begin' }>;
  const programs = new Map<
    number,
    { readonly thread: KernelThread; readonly kernels: KernelModule; plan: MemoryPlan | null }
  >();
  return (message) => {
    switch (message.do) {
      case 'begin':
        begun = message;
        return;
      case 'load': {
        const { kernels, module } = message;
        const thread = kernelThread(kernels, module, begun.memory, begun.worker);
        programs.set(message.program, { thread, kernels, plan: null });
        return;
      }
      case 'forget':
        programs.delete(message.program);
        return;
      case 'plan':
        programs.get(message.program)!.plan = message.plan;
        return;
      case 'run': {
        const { thread, kernels, plan } = programs.get(message.program)!;
        const count = chunkCount(plan!, kernels.phases[message.phase]!.chunked);
        const binding = { ...message.binding, plan: plan! };
        eachChunk(begun.control, message.job, count, (chunk) => thread.chunk(message.phase, chunk, binding));
      }
    }
  };
};

/** A port of Node's worker threads. */
interface Port {
  readonly on: (event: 'message', listener: (message: Message) => void) => void;
}
interface NodeThreads {
  readonly parentPort: Port | null;
}
const nodeThreads = (
  globalThis as { process?: { getBuiltinModule?: (name: string) => NodeThreads } }
).process?.getBuiltinModule?.('node:worker_threads');

const receive = startWorker();
if (nodeThreads === undefined)
  globalThis.addEventListener('message', ({ data }: MessageEvent<Message>) => receive(data));
else nodeThreads.parentPort?.on('message', receive);
