/** Options of a benchmark. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** As `parseArgs` has them; a wrong one ends the program with one line that says what it is, and exit code 2. */
export const readOptions = <Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> => {
  try {
    return parseArgs(config);
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n`);
    process.exit(2);
  }
};
