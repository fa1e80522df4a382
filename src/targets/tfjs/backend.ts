/**
 * The one place that loads TensorFlow.js. Both packages are CommonJS for Node and are imported, never required:
 * two copies of their core would each lack the other's backend.
 */
import type { TensorFlow } from '../../runtime/plan.ts';
import { mendKernels } from './wasm-kernels.ts';

export interface Backend {
  readonly tf: TensorFlow;
  readonly name: 'wasm' | 'cpu';
}

/** A CommonJS package has its exports under `default`; a bundler's ES module has them itself. */
const exportsOf = <Exports>(module: Exports): Exports => (module as { default?: Exports }).default ?? module;

/**
 * TensorFlow.js on the WebAssembly backend with one thread, or on plain JavaScript where that cannot start. (Node
 * cannot run the threaded build: it looks for browser workers.)
 *
 * @param preferred `cpu` for plain JavaScript even where WebAssembly would start
 */
export const loadBackend = (preferred: 'wasm' | 'cpu' = 'wasm'): Promise<Backend> => {
  const loaded = before.then(() => load(preferred));
  before = loaded.catch(() => {});
  return loaded;
};

/** Modules that are imported side by side ask at once, and a backend that is started twice at once does not start. */
let before: Promise<unknown> = Promise.resolve();

const load = async (preferred: 'wasm' | 'cpu'): Promise<Backend> => {
  const tf = exportsOf(await import('@tensorflow/tfjs'));
  if (preferred === 'wasm' && (await startWasm(tf))) return { tf, name: 'wasm' };
  await tf.setBackend('cpu');
  await tf.ready();
  // The first tensor would print an advertisement for another package.
  (tf.backend() as { firstUse?: boolean }).firstUse = false;
  return { tf, name: 'cpu' };
};

const startWasm = async (tf: TensorFlow): Promise<boolean> => {
  const release = keepListeners();
  try {
    const wasm = exportsOf(await import('@tensorflow/tfjs-backend-wasm'));
    wasm.setThreadsCount(1);
    const started = await tf.setBackend('wasm');
    await tf.ready();
    if (started) mendKernels(tf);
    return started;
  } catch {
    return false;
  } finally {
    release();
  }
};

/**
 * The backend listens in Node to errors that nobody catches and throws them again: Node then shows the line that threw, which is all of the
 * backend's text. What is returned takes away listeners that were added meanwhile.
 */
const keepListeners = (): (() => void) => {
  if (typeof process === 'undefined' || typeof process.listeners !== 'function') return () => {};
  const node: NodeJS.EventEmitter = process;
  const before = ['uncaughtException', 'unhandledRejection'].map(
    (event) => [event, node.listeners(event)] as const,
  );
  return () => {
    for (const [event, known] of before)
      for (const listener of node.listeners(event))
        if (!known.includes(listener)) node.removeListener(event, listener as (...words: unknown[]) => void);
  };
};
