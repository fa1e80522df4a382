/**
 * Chunks of one job, shared among threads by a few words of shared memory: which job it is and the next chunk of it, in one word, so
 * that a thread that comes late takes no chunk of another job; how many are done; and one that failed.
 */

/** Threads that may share a job. */
export const mostWorkers = 64;

const words = { next: 0, done: 1, failed: 2 } as const;
const chunkBits = 16;
const jobs = 2 ** (31 - chunkBits);
const chunks = 2 ** chunkBits;

export const newControl = (): Int32Array<SharedArrayBuffer> =>
  new Int32Array(new SharedArrayBuffer(4 * Object.keys(words).length));

/** Numbers of jobs come round; nobody is late by so many. */
export const jobAfter = (job: number): number => (job + 1) % jobs;

export const beginJob = (control: Int32Array, job: number): void => {
  Atomics.store(control, words.done, 0);
  Atomics.store(control, words.failed, -1);
  Atomics.store(control, words.next, job * chunks);
};

/** Takes chunks of a job one by one until none is left. Those that fail are told of: other threads still work on theirs. */
export const eachChunk = (
  control: Int32Array,
  job: number,
  count: number,
  run: (chunk: number) => void,
): void => {
  for (;;) {
    const word = Atomics.load(control, words.next);
    const chunk = word - job * chunks;
    if (chunk < 0 || chunk >= count) return;
    if (Atomics.compareExchange(control, words.next, word, word + 1) !== word) continue;
    try {
      run(chunk);
    } catch {
      Atomics.store(control, words.failed, chunk);
    }
    Atomics.add(control, words.done, 1);
  }
};

/** Waits until all chunks are done; a chunk that failed elsewhere, or null. */
export const allDone = (control: Int32Array, count: number): number | null => {
  while (Atomics.load(control, words.done) < count);
  const failed = Atomics.load(control, words.failed);
  return failed < 0 ? null : failed;
};
