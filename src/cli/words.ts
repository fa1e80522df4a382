/** Words of a command line. */

/** `1 iteration`, `20 iterations`. */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** A word as a POSIX shell reads it back. */
export const shellWord = (word: string): string =>
  /^[\p{L}\p{N}_./:=@%+,-]+$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** `nsm COMMAND WORD --name value ...`, without the options that are undefined; `--name` where it is true. */
export function commandLine(
  words: readonly string[],
  options: Readonly<
    Record<string, string | number | true | undefined | readonly string[] | Readonly<Record<string, number>>>
  >,
): string {
  const parts = ['nsm', ...words];
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (value === true) parts.push(`--${name}`);
    else if (typeof value !== 'object') parts.push(`--${name}`, String(value));
    else if (isList(value)) for (const word of value) parts.push(`--${name}`, word);
    else for (const [key, number] of Object.entries(value)) parts.push(`--${name}`, `${key}=${number}`);
  }
  return parts.map(shellWord).join(' ');
}

const isList = (value: readonly string[] | object): value is readonly string[] => Array.isArray(value);
