/** The commands about files, as a command line has them. */
import { Option, type Command } from 'commander';
import { execute } from './execute.ts';
import { examples, setting, wholeNumber, declareFast, file, fileHelp } from './options.ts';

export const check = (nsm: Command): Command =>
  nsm
    .command('check')
    .description('Report what is wrong with programs.')
    .argument('<FILES...>', fileHelp)
    .option('--json', 'print diagnostics as one JSON object')
    .addHelpText('after', examples('nsm check mymodel.nsm'))
    .action((files: string[], options: { json?: true }) =>
      execute(options, async (output) => (await import('./check.ts')).check(files, output)),
    );

export const fmt = (nsm: Command): Command =>
  nsm
    .command('fmt')
    .description('Rewrite programs in the one layout.')
    .argument('<FILES...>', '.nsm files, or directories of them')
    .option('--check', 'write nothing; name the files that would change, and end with 1 if there are any')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('nsm fmt mymodel.nsm', 'nsm fmt --check models'))
    .action((files: string[], options: { json?: true; check?: true }) =>
      execute(options, async (output) => (await import('./fmt.ts')).fmt({ ...options, files }, output)),
    );

export const explain = (nsm: Command): Command =>
  nsm
    .command('explain')
    .description(
      'Show what a program means: equations, dynamics and learning rules; or what a diagnostic means.',
    )
    .argument('<FILE|CODE>', `${fileHelp}; or a diagnostic's code`)
    .option('--latex', 'print it as a LaTeX document, for a paper')
    .option('--dump <PHASE>', 'print what one phase of the compiler makes: parse, check, schedule or targets')
    .option('--cost', 'print what each program costs, before and after each pass of the optimiser')
    .option('--pass <NAME>', 'print each program as this pass of the optimiser leaves it')
    .option('--model <NAME>', 'with those: the model; the first with a learning when left out')
    .addOption(
      new Option(
        '--set <NAME=VALUE>',
        'with those: set a size or setting; may be given many times',
      ).argParser(setting),
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples(
        'nsm explain std/models/ipvae',
        'nsm explain std/models/ipvae --latex',
        'nsm explain std/models/ipvae --cost --set neurons=256',
        'nsm explain NSM1001',
      ),
    )
    .action(
      (
        subject: string,
        options: {
          json?: true;
          latex?: true;
          dump?: string;
          cost?: true;
          pass?: string;
          model?: string;
          set?: Record<string, number>;
        },
      ) =>
        execute(options, async (output) => (await import('./explain.ts')).explain(subject, options, output)),
    );

export const doc = (nsm: Command): Command =>
  nsm
    .command('doc')
    .description('Write the documentation of model files as a static site.')
    .argument('<FILES...>', `${fileHelp}; or a directory of them`)
    .requiredOption('--out <DIR>', 'where to write; a site that is there is brought up to date')
    .option('--title <TEXT>', 'what the site is called (default: Models)')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('nsm doc mymodel.nsm --out site', 'nsm doc std --out site'))
    .action((files: string[], options: { json?: true; out: string; title?: string }) =>
      execute(options, async (output) => (await import('./doc.ts')).doc(files, options, output)),
    );

export const verify = (nsm: Command): Command =>
  nsm
    .command('verify')
    .description(
      'Check families against quadrature, summation and draws: normalisation, moments, gradients, samplers.',
    )
    .argument(
      '<FILES...>',
      `${fileHelp.replace('std/models/ipvae', 'std/families/Normal')}; or a directory of them`,
    )
    .option('--family <NAME>', 'only the family of that name')
    .option('--seed <N>', 'of the draws (default: 1)', wholeNumber(0))
    .option('--json', 'print one JSON object a line for each family')
    .addHelpText('after', examples('nsm verify std/families', 'nsm verify MyFamily.nsm --seed 7'))
    .action((files: string[], options: VerifyFlags) =>
      execute(options, async (output) => (await import('./verify.ts')).verify({ ...options, files }, output)),
    );

export const compile = (nsm: Command): Command =>
  declareFast(
    nsm
      .command('compile')
      .description('Write a JavaScript module that creates, infers with, trains and samples a model.')
      .argument(`<${file}>`, fileHelp)
      .option('--out <DIR>', 'where to write')
      .option('--model <NAME>', 'which model of the file')
      .addOption(
        new Option('--set <NAME=VALUE>', 'set a size or setting; may be given many times').argParser(setting),
      )
      .addOption(
        new Option(
          '--types',
          'write only the types of programs that import the file itself, beside it: FILE.d.nsm.ts',
        ).conflicts(['out', 'model', 'set']),
      )
      .option('--json', 'print one JSON object')
      .addHelpText(
        'after',
        examples('nsm compile std/models/ipvae --out build/', 'nsm compile mymodel.nsm --types'),
      )
      .action((path: string, { out, types, ...options }: CompileFlags, command: Command) => {
        if (out === undefined && types === undefined)
          command.error("error: required option '--out <DIR>' not specified");
        return execute(options, async (output) => {
          const { compile, compileTypes } = await import('./compile.ts');
          return out === undefined
            ? compileTypes(path, output)
            : compile({ ...options, out, file: path }, output);
        });
      }),
  );

export const lsp = (nsm: Command): Command =>
  nsm
    .command('lsp')
    .description('Serve an editor: the language server protocol over standard input and output.')
    .option('--stdio', 'standard input and output, which editors like to ask for; there is no other way')
    .action(() => execute({}, async () => (await import('./lsp.ts')).lsp()));

interface CompileFlags {
  readonly types?: true;
  readonly json?: true;
  readonly fast?: true;
  readonly out?: string;
  readonly model?: string;
  readonly set?: Readonly<Record<string, number>>;
}
interface VerifyFlags {
  readonly json?: true;
  readonly family?: string;
  readonly seed?: number;
}
