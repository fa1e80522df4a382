/**
 * A variant in a process of its own: its memory is its own, and Python's and JavaScript's are asked in the same way. It is stopped but
 * while it is asked: threads that wait for work by spinning, as those of OpenBLAS do for some milliseconds, would take the processors
 * from the others.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Child {
  /** Asks one question and waits for the answer. */
  readonly ask: <Answer>(question: Readonly<Record<string, unknown>>) => Promise<Answer>;
  readonly end: () => void;
}

/** Starts a process that answers lines of JSON with lines of JSON, after a first one when it is ready. */
export const startChild = async (
  command: string,
  given: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Child> => {
  const child = spawn(command, given, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${command} ${given.join(' ')} ended with ${code}`)));
  });
  failed.catch(() => undefined);
  // A process that is stopped does not hear of anything else.
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async <Answer>(): Promise<Answer> => {
    const line = await Promise.race([lines.next(), failed]);
    if (line.done === true) return failed;
    return JSON.parse(line.value) as Answer;
  };
  await answer();
  child.kill('SIGSTOP');
  return {
    ask: async <Answer>(question: Readonly<Record<string, unknown>>) => {
      child.kill('SIGCONT');
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const found = await answer<Answer>();
      child.kill('SIGSTOP');
      return found;
    },
    end: () => {
      process.removeListener('exit', end);
      end();
    },
  };
};
