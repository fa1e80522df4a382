/** What options of the command line are worth, and those that several commands have. */
import { InvalidArgumentError, type Command } from 'commander';
import { mostWorkers } from '../runtime/kernels/shared-work.ts';

/** What `nsm train` does when it is not told: std/models/ipvae then takes under two minutes on two cores. */
export const trainDefaults = { data: 'dead-leaves:', iterations: 400, batch: 64, seed: 1 } as const;

/** What `nsm evaluate` does when it is not told. */
export const evaluateDefaults = {
  chains: 100,
  temperatures: 5000,
  /** Where every example needs chains of its own. */
  eachExample: { chains: 10, temperatures: 1000 },
} as const;

/** What `nsm sample` does when it is not told, and how many draws a picture shows at most. */
export const sampleDefaults = { count: 64, shown: 400 } as const;

/** A whole number from `least` to `most`. Throws commander's own error, which ends in a usage message. */
export const wholeNumber =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    const upTo = most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`;
    throw new InvalidArgumentError(`Write a whole number from ${least}${upTo}.`);
  };

/** Adds one `name=value` to those given before. */
export function setting(text: string, before: Readonly<Record<string, number>> = {}): Record<string, number> {
  const match = /^\s*([\p{L}_][\p{L}\p{N}_.]*)\s*=\s*(\S+)\s*$/u.exec(text);
  if (match === null) throw new InvalidArgumentError('Write NAME=NUMBER, such as neurons=256.');
  const [, name, written] = match as unknown as readonly [string, string, string];
  const value = Number(written);
  if (!Number.isFinite(value)) throw new InvalidArgumentError(`"${written}" is not a number.`);
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`"${name}" is set twice; keep one.`);
  return { ...before, [name]: value };
}

/** Help text with an example, as every command has it. */
export const examples = (...lines: readonly string[]): string =>
  `\nExample${lines.length === 1 ? '' : 's'}:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;

export const file = 'FILE';
export const fileHelp = 'a .nsm file, or the name of one in the standard library: std/models/ipvae';

/** Commands that compute say how many threads share that. */
export const shareWork = (command: Command): Command =>
  command
    .option(
      '--workers <N>',
      'threads that share the examples of a batch; no result depends on it (default: one for each processor)',
      wholeNumber(1, mostWorkers),
    )
    .hook('preAction', async (called) => {
      const { workers } = called.opts<{ readonly workers?: number }>();
      if (workers !== undefined) (await import('../runtime/kernels/pool.ts')).setWorkers(workers);
    });

/** Commands that run programs, or write them for others to run, may give up equal bits for speed. */
export const declareFast = (command: Command): Command =>
  command.option(
    '--fast',
    'fused multiply-adds where the processor has them: results then depend on it in their last bits',
  );
