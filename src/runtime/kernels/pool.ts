/** Memory that all programs share, and the threads that work on it. */
import { chunkCount, type MemoryPlan } from './memory.ts';
import type { KernelModule } from './module.ts';
import { kernelThread, type Binding, type KernelThread } from './chunk.ts';
import { newHeap, type Block } from './heap.ts';
import { allDone, beginJob, eachChunk, jobAfter, mostWorkers, newControl } from './shared-work.ts';
import type { Message } from './worker.ts';

const pageBytes = 65536;
/** 4 GiB. */
const mostPages = 65536;

let memory: WebAssembly.Memory | null = null;

export const sharedMemory = (): WebAssembly.Memory =>
  (memory ??= new WebAssembly.Memory({ initial: 1, maximum: mostPages, shared: true }));

/** Blocks of the memory: one for each array of numbers that tensors have, and the workspace. */
export const heap = newHeap((end) => {
  const missing = end - sharedMemory().buffer.byteLength;
  if (missing > 0) sharedMemory().grow(Math.ceil(missing / pageBytes));
});

let workspace: Block | null = null;

/** Where runs work, with at least so many bytes. All programs share it: nothing in it outlives a run. */
export const workspaceOf = (bytes: number): number => {
  if (workspace !== null && workspace.bytes >= bytes) return workspace.at;
  if (workspace !== null) heap.release(workspace);
  workspace = null;
  workspace = heap.allocate(bytes);
  return workspace.at;
};

/** A thread as this one sees it. */
interface Helper {
  readonly post: (message: Message) => void;
  readonly end: () => void;
  /** The plan that it has been told for each program. */
  readonly plans: Map<number, MemoryPlan>;
}

/** One for each processor, where threads can share memory. */
const defaultWorkers = (): number =>
  typeof SharedArrayBuffer === 'undefined'
    ? 1
    : Math.min(globalThis.navigator?.hardwareConcurrency ?? 1, mostWorkers);

/** This thread is the first worker. */
let wanted: number | null = null;
const helpers: Helper[] = [];
const programs = new Map<number, { readonly kernels: KernelModule; readonly module: WebAssembly.Module }>();
let enlisted = 0;
let control: Int32Array | null = null;
let job = 0;

export const workers = (): number => (wanted ??= defaultWorkers());

/**
 * Sets how many threads, this one included, share the examples of a batch. Results do not depend on it.
 *
 * @throws RangeError when `count` is not a whole number from 1 to 64
 */
export const setWorkers = (count: number): void => {
  if (!Number.isInteger(count) || count < 1 || count > mostWorkers)
    throw new RangeError(
      `the number of workers must be a whole number from 1 to ${mostWorkers}, not ${count}`,
    );
  wanted = count;
  helpers.splice(count - 1).forEach(({ end }) => end());
};

/** A program that all threads know, under a number of its own. */
export interface Enlisted {
  readonly program: number;
  readonly thread: KernelThread;
}

export const enlist = (kernels: KernelModule, module: WebAssembly.Module): Enlisted => {
  const program = enlisted++;
  programs.set(program, { kernels, module });
  helpers.forEach(({ post }) => post({ do: 'load', program, kernels, module }));
  return { program, thread: kernelThread(kernels, module, sharedMemory(), 0) };
};

/** No thread has to know the program any more. */
export const dismiss = (program: number): void => {
  programs.delete(program);
  helpers.forEach(({ post, plans }) => {
    plans.delete(program);
    post({ do: 'forget', program });
  });
};

const startHelpers = (shared: Int32Array): void => {
  while (helpers.length < workers() - 1) {
    const helper = startHelper();
    helper.post({ do: 'begin', memory: sharedMemory(), control: shared, worker: helpers.length + 1 });
    programs.forEach(({ kernels, module }, program) => helper.post({ do: 'load', program, kernels, module }));
    helpers.push(helper);
  }
};

/** All threads do the chunks of a phase. */
export const shareChunks = ({ program, thread }: Enlisted, phase: number, binding: Binding): void => {
  const shared = (control ??= newControl());
  startHelpers(shared);
  const { plan, ...rest } = binding;
  const count = chunkCount(plan, programs.get(program)!.kernels.phases[phase]!.chunked);
  job = jobAfter(job);
  beginJob(shared, job);
  for (const { post, plans } of helpers) {
    if (plans.get(program) !== plan) post({ do: 'plan', program, plan });
    plans.set(program, plan);
    post({ do: 'run', program, phase, job, binding: rest });
  }
  const run = (chunk: number): void => thread.chunk(phase, chunk, binding);
  eachChunk(shared, job, count, run);
  const failed = allDone(shared, count);
  // Here it fails with its message.
  if (failed !== null) run(failed);
};

interface NodeWorker {
  readonly postMessage: (message: Message) => void;
  readonly unref: () => void;
  readonly terminate: () => unknown;
}
interface NodeThreads {
  readonly Worker: new (url: URL, options: { readonly execArgv: readonly string[] }) => NodeWorker;
}

const startHelper = (): Helper => {
  const url = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
  const threads = (
    globalThis as { process?: { getBuiltinModule?: (name: string) => NodeThreads } }
  ).process?.getBuiltinModule?.('node:worker_threads');
  if (threads === undefined) {
    const worker = new Worker(url, { type: 'module' });
    return {
      post: (message) => worker.postMessage(message),
      end: () => worker.terminate(),
      plans: new Map(),
    };
  }
  const worker = new threads.Worker(url, { execArgv: [] });
  // A process may end while it waits for work.
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    end: () => void worker.terminate(),
    plans: new Map(),
  };
};
