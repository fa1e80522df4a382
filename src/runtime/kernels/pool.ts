/** Memory that all programs share, and the threads that work on it. */
import { chunkCount } from './memory.ts';
import type { KernelModule } from './module.ts';
import { kernelThread, type Binding, type KernelThread } from './chunk.ts';
import { allDone, beginJob, eachChunk, jobAfter, mostWorkers, newControl } from './shared-work.ts';
import type { Message } from './worker.ts';

const pageBytes = 65536;
/** 4 GiB. */
const mostPages = 65536;

/** Nothing in it outlives a run. */
const memory = new WebAssembly.Memory({ initial: 1, maximum: mostPages, shared: true });

/** The memory, of at least so many bytes. */
export const memoryOf = (bytes: number): WebAssembly.Memory => {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
  return memory;
};

/** A thread as this one sees it. */
interface Helper {
  readonly post: (message: Message) => void;
  readonly end: () => void;
}

interface Pool {
  /** This thread is the first worker. */
  workers: number;
  readonly helpers: Helper[];
  readonly control: Int32Array;
  job: number;
}

let pool: Pool | null = null;
const programs: { readonly kernels: KernelModule; readonly module: WebAssembly.Module }[] = [];

/** One for each processor, where threads can share memory. */
const defaultWorkers = (): number =>
  typeof SharedArrayBuffer === 'undefined' ? 1 : (globalThis.navigator?.hardwareConcurrency ?? 1);

const poolNow = (): Pool => {
  pool ??= { workers: Math.min(defaultWorkers(), mostWorkers), helpers: [], control: newControl(), job: 0 };
  return pool;
};

export const workers = (): number => poolNow().workers;

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
  const now = poolNow();
  now.workers = count;
  now.helpers.splice(Math.max(0, count - 1)).forEach(({ end }) => end());
};

/** A program that all threads know, under a number. */
export const enlist = (
  kernels: KernelModule,
  module: WebAssembly.Module,
): { readonly program: number; readonly thread: KernelThread } => {
  const program = programs.push({ kernels, module }) - 1;
  pool?.helpers.forEach(({ post }) => post({ do: 'load', program, kernels, module }));
  return { program, thread: kernelThread(kernels, module, memory, 0) };
};

const helpersNow = (): readonly Helper[] => {
  const { workers: count, helpers, control } = poolNow();
  while (helpers.length < count - 1) {
    const helper = startHelper();
    helper.post({ do: 'begin', memory, control, worker: helpers.length + 1 });
    programs.forEach(({ kernels, module }, program) => helper.post({ do: 'load', program, kernels, module }));
    helpers.push(helper);
  }
  return helpers;
};

/** All threads do the chunks of a phase; `plan` is told to the others when it is new to them. */
export const shareChunks = (
  { program, thread }: ReturnType<typeof enlist>,
  phase: number,
  { plan, ...rest }: Binding,
  isNewPlan: boolean,
): void => {
  const now = poolNow();
  const helpers = helpersNow();
  const count = chunkCount(plan, programs[program]!.kernels.phases[phase]!.chunked);
  const job = (now.job = jobAfter(now.job));
  beginJob(now.control, job);
  for (const { post } of helpers) {
    if (isNewPlan) post({ do: 'plan', program, plan });
    post({ do: 'run', program, phase, job, binding: rest });
  }
  const run = (chunk: number): void => thread.chunk(phase, chunk, { ...rest, plan });
  eachChunk(now.control, job, count, run);
  const failed = allDone(now.control, count);
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
    return { post: (message) => worker.postMessage(message), end: () => worker.terminate() };
  }
  const worker = new threads.Worker(url, { execArgv: [] });
  // A process may end while it waits for work.
  worker.unref();
  return { post: (message) => worker.postMessage(message), end: () => void worker.terminate() };
};
