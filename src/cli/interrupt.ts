/** Ctrl-C and SIGTERM as a signal to stop soon; a second one stops at once. */
import { ended } from './execute.ts';

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Gives the signals back to their ordinary meaning. */
  readonly release: () => void;
}

export function listenForInterrupt(announce: () => void): Interrupt {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(ended.interrupted);
    controller.abort(interrupted());
    announce();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}

/** The reason that an interrupted signal carries. */
const interrupted = (): Error => Object.assign(new Error('interrupted'), { name: 'Interrupted' });

export const isInterrupted = (error: unknown): boolean =>
  error instanceof Error && error.name === 'Interrupted';

/** Runs a command that may be stopped, and gives its exit code. */
export async function interruptible(
  announce: () => void,
  command: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const { signal, release } = listenForInterrupt(announce);
  try {
    return await command(signal);
  } catch (error) {
    if (isInterrupted(error)) return ended.interrupted;
    throw error;
  } finally {
    release();
  }
}
