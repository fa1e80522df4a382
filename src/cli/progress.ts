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
  const remaining = (done: number): { readonly rate: number; readonly left: number } => {
    const rate = (done - from) / Math.max(1e-3, (performance.now() - started) / 1000);
    return { rate, left: rate > 0 ? (total - done) / rate : Infinity };
  };
  return process.stderr.isTTY
    ? bar(title, unit, total, from, remaining)
    : lines(title, unit, total, remaining);
}

type Remaining = (done: number) => { readonly rate: number; readonly left: number };

function bar(title: string, unit: string, total: number, from: number, remaining: Remaining): Progress {
  const shown = new cliProgress.SingleBar({
    format: `${title} {bar} {percentage}% | {value}/{total} | {words}{rate} ${unit}/s, {left} left`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    gracefulExit: false,
    stream: process.stderr,
  });
  shown.start(total, from, { words: '', rate: '-', left: '-' });
  return {
    update: (done, words) => {
      const { rate, left } = remaining(done);
      shown.update(Math.min(done, total), {
        words: words === '' ? '' : `${words}, `,
        rate: rate.toPrecision(3),
        left: readableSeconds(left),
      });
    },
    stop: () => shown.stop(),
  };
}

function lines(title: string, unit: string, total: number, remaining: Remaining): Progress {
  let last = performance.now();
  return {
    update: (done, words) => {
      if (performance.now() - last < secondsBetweenLines * 1000) return;
      last = performance.now();
      const { rate, left } = remaining(done);
      const said = words === '' ? '' : `${words}, `;
      process.stderr.write(
        `${title}: ${done} of ${total}, ${said}${rate.toPrecision(3)} ${unit} per second, ` +
          `${readableSeconds(left)} left\n`,
      );
    },
    stop: () => undefined,
  };
}

export const silent: Progress = { update: () => undefined, stop: () => undefined };

/** `45 s`, `3 min 5 s`, `2 h 10 min`. */
export function readableSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown time';
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
