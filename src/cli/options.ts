/** Values of command line options. */
import { InvalidArgumentError } from 'commander';

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
