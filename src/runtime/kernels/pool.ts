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

/** Whether the engine has such memory here. */
export const hasSharedMemory = (): boolean => {
  try {
    return sharedMemory().buffer.byteLength > 0;
  } catch {
    return false;
  }
};

/** A thread as this one sees it. */
interface Helper {
  readonly post: (message: Message) => void;
  readonly end: () => void;
  /** The plan that it has been told for each program. */
  readonly plans: Map<number, MemoryPlan>;
}

/** This thread is the first worker. */
let wanted: number | null = null;
const helpers: Helper[] = [];
const programs = new Map<number, { readonly kernels: KernelModule; readonly module: WebAssembly.Module }>();
let enlisted = 0;
let control: Int32Array | null = null;
let job = 0;

/** As many as were set, else one for each processor. A page that is not isolated from other origins may send no memory to threads. */
export const workers = (): number => {
  if (typeof SharedArrayBuffer === 'undefined') return 1;
  return (wanted ??= Math.min(globalThis.navigator?.hardwareConcurrency ?? 1, mostWorkers));
};

/**
 * Sets how many threads, this one included, share the examples of a batch, where threads can share memory. Results do not depend on it.
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
  readonly on: (event: 'error', listener: () => void) => void;
  readonly unref: () => void;
  readonly terminate: () => unknown;
}
interface NodeThreads {
  readonly Worker: new (url: URL, options: { readonly execArgv: readonly string[] }) => NodeWorker;
}

const startHelper = (): Helper => {
  const threads = (
    globalThis as { process?: { getBuiltinModule?: (name: string) => NodeThreads } }
  ).process?.getBuiltinModule?.('node:worker_threads');
  if (threads === undefined) {
    // Written like this, bundlers find the file.
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    return {
      post: (message) => worker.postMessage(message),
      end: () => worker.terminate(),
      plans: new Map(),
    };
  }
  const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
  const worker = new threads.Worker(new URL(file, import.meta.url), { execArgv: [] });
  // A bundle for Node may lack the file. The others do the work of a thread that does not start.
  worker.on('error', () => {});
  // A process may end while it waits for work.
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    end: () => void worker.terminate(),
    plans: new Map(),
  };
};
