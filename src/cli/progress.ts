/** How far a long computation has come: a bar on a terminal, a line now and then elsewhere. */
import cliProgress from 'cli-progress';

export interface Progress {
  readonly update: (done: number, words: string) => void;
  readonly stop: () => void;
}

const secondsBetweenLines = 5;

/**
 * @param unit plural, as in `12.3 iterations per second`
 * @param from what is done already, when a computation continues
 */
export function showProgress(title: string, unit: string, total: number, from = 0): Progress {
  const started = performance.now();
  /** Nothing is known of the pace before something is done. */
  const paceOf = (done: number): Pace | null => {
    const rate = (done - from) / Math.max(1e-3, (performance.now() - started) / 1000);
    return rate > 0 ? { rate: rate.toPrecision(3), left: readableSeconds((total - done) / rate) } : null;
  };
  return process.stderr.isTTY ? bar(title, unit, total, from, paceOf) : lines(title, unit, total, paceOf);
}

interface Pace {
  readonly rate: string;
  readonly left: string;
}
type PaceOf = (done: number) => Pace | null;

function bar(title: string, unit: string, total: number, from: number, paceOf: PaceOf): Progress {
  const shown = new cliProgress.SingleBar({
    format: `${title} {bar} {percentage}% | {value}/{total} | {words}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    gracefulExit: false,
    stream: process.stderr,
  });
  shown.start(total, from, { words: '' });
  return {
    update: (done, words) => {
      const pace = paceOf(done);
      const timing = pace === null ? [] : [`${pace.rate} ${unit}/s`, `${pace.left} left`];
      shown.update(Math.min(done, total), { words: sentence([words, ...timing]) });
    },
    stop: () => shown.stop(),
  };
}

const sentence = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(', ');

function lines(title: string, unit: string, total: number, paceOf: PaceOf): Progress {
  let last = performance.now();
  return {
    update: (done, words) => {
      if (performance.now() - last < secondsBetweenLines * 1000) return;
      last = performance.now();
      const pace = paceOf(done);
      const timing = pace === null ? [] : [`${pace.rate} ${unit} per second`, `${pace.left} left`];
      process.stderr.write(`${title}: ${sentence([`${done} of ${total}`, words, ...timing])}\n`);
    },
    stop: () => undefined,
  };
}

export const silent: Progress = { update: () => undefined, stop: () => undefined };

/** `45 s`, `3 min 5 s`, `2 h 10 min`. */
export function readableSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
