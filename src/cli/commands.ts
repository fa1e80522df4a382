/** The command line: each command is a file, loaded only when it is asked for. */
import { Command, CommanderError } from 'commander';
import { ended } from './execute.ts';
import { check, compile, doc, explain, fmt, lsp, verify } from './file-commands.ts';
import { examples } from './options.ts';
import { compare, evaluate, infer, sample, train } from './run-commands.ts';
import { version } from './version.ts';

/** In the order in which help lists them. */
const commands = [check, fmt, explain, doc, train, infer, sample, evaluate, compare, verify, compile, lsp];

function program(): Command {
  const nsm = new Command('nsm')
    .description('Declarative neural sampling models, from a .nsm file to a trained model.')
    .version(version(), '-v, --version')
    .addHelpText('after', examples('nsm check std/models/ipvae', 'nsm train std/models/ipvae'));
  for (const add of commands) add(nsm);
  return nsm;
}

/** Commander ends with 1 on a wrong command line; here that is 2, and 1 is for what the command found. */
export async function run(): Promise<void> {
  const nsm = program();
  for (const command of [nsm, ...nsm.commands])
    command.exitOverride().showHelpAfterError('(--help shows an example)');
  try {
    await nsm.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? ended.well : ended.usage;
  }
}
