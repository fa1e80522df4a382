/** The commands: each is a file, loaded only when it is asked for. */
import { Command, CommanderError, Option } from 'commander';
import { dataArgument, type DataNames } from './run/datasets.ts';
import { ended, execute } from './execute.ts';
import {
  evaluateDefaults,
  examples,
  sampleDefaults,
  setting,
  trainDefaults,
  wholeNumber,
} from './options.ts';
import { mostWorkers } from '../runtime/kernels/shared-work.ts';
import { version } from './version.ts';

const file = 'FILE';
const fileHelp = 'a .nsm file, or the name of one in the standard library: std/models/ipvae';

/** Commands that compute say how many threads share that. */
const shareWork = (command: Command): Command =>
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
const declareFast = (command: Command): Command =>
  command.option(
    '--fast',
    'fused multiply-adds where the processor has them: results then depend on it in their last bits',
  );

function program(): Command {
  const nsm = new Command('nsm')
    .description('Declarative neural sampling models, from a .nsm file to a trained model.')
    .version(version(), '-v, --version')
    .addHelpText('after', examples('nsm check std/models/ipvae', 'nsm train std/models/ipvae'));

  nsm
    .command('check')
    .description('Report what is wrong with programs.')
    .argument('<FILES...>', fileHelp)
    .option('--json', 'print diagnostics as one JSON object')
    .addHelpText('after', examples('nsm check mymodel.nsm'))
    .action((files: string[], options: { json?: true }) =>
      execute(options, async (output) => (await import('./check.ts')).check(files, output)),
    );

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

  nsm
    .command('train')
    .description('Train a model and write its parameters, metrics and report to a run directory.')
    .argument(`[${file}]`, `${fileHelp}; not needed with --resume`)
    .addOption(
      new Option(
        '--data <URI>',
        `what to train on; NAME=URI, many times, for several observed variables (default: ${trainDefaults.data}, generated images)`,
      ).argParser(dataArgument),
    )
    .addOption(
      new Option(
        '--test <URI>',
        'what to measure on at the end, as --data (default: a held-out part of the data)',
      ).argParser(dataArgument),
    )
    .option('--model <NAME>', 'which model of the file')
    .option('--learning <NAME>', 'which learning of the model')
    .addOption(
      new Option('--set <NAME=VALUE>', 'set a size or setting; may be given many times').argParser(setting),
    )
    .addOption(
      new Option('--iterations <N>', `updates to make (default: ${trainDefaults.iterations})`)
        .argParser(wholeNumber(1))
        .conflicts('epochs'),
    )
    .addOption(new Option('--epochs <N>', 'passes through the data').argParser(wholeNumber(1)))
    .option('--batch <N>', `examples per update (default: ${trainDefaults.batch})`, wholeNumber(1))
    .option(
      '--seed <N>',
      `of starting values, draws and the order of the data (default: ${trainDefaults.seed})`,
      wholeNumber(0),
    )
    .option('--out <DIR>', 'where to write (default: runs/MODEL-LEARNING-N)')
    .option(
      '--resume <RUN>',
      'continue the run of that directory, as if it had never stopped; with FILE or --set, from there on with these',
    )
    .option(
      '--watch',
      'take up the source whenever it is saved, and go on from the current iteration: parameters whose name and shape survive ' +
        'are kept. The run ends when its iterations are done',
    )
    .addOption(
      new Option('--undo', 'with --resume: first take back the last change of the run').conflicts('set'),
    )
    .option('--json', 'print one JSON object a line for each event')
    .addHelpText(
      'after',
      examples(
        'nsm train std/models/ipvae',
        'nsm train mymodel.nsm --data idx:train-images-idx3-ubyte.gz --set neurons=256 --iterations 2000',
        'nsm train --resume runs/IterativePoissonVAE-ThroughTime-1',
        'nsm train mymodel.nsm --watch',
        'nsm train --resume runs/IterativePoissonVAE-ThroughTime-1 --undo',
      ),
    )
    .action((path: string | undefined, options: TrainFlags, command: Command) => {
      if (path === undefined && options.resume === undefined)
        command.error("error: missing required argument 'FILE'");
      if (options.undo === true && options.resume === undefined)
        command.error("error: option '--undo' needs '--resume <RUN>'");
      if (options.undo === true && path !== undefined && options.watch === undefined)
        command.error("error: with '--undo', a FILE can only be watched: add '--watch', or leave it out");
      return execute(options, async (output) =>
        (await import('./train.ts')).train({ ...options, file: path }, output),
      );
    });

  nsm
    .command('infer')
    .description('Run inference with trained parameters and measure it step by step.')
    .argument('<RUN>', 'a run directory that `nsm train` wrote')
    .addOption(
      new Option(
        '--data <URI>',
        'what to infer from; NAME=URI, many times, for several observed variables (default: what the run was measured on)',
      ).argParser(dataArgument),
    )
    .option('--inference <NAME>', "which inference of the model (default: the learning's)")
    .option(
      '--steps <N>',
      'steps to run (default: with beliefs at least 1000, else the number of the inference)',
      wholeNumber(1),
    )
    .option('--seed <N>', "of the draws (default: the run's)", wholeNumber(0))
    .option('--json', 'print one JSON object a line for each recorded step')
    .addHelpText(
      'after',
      examples('nsm infer runs/IterativePoissonVAE-ThroughTime-1 --data dead-leaves: --steps 200'),
    )
    .action((run: string, options: InferFlags) =>
      execute(options, async (output) => (await import('./infer.ts')).infer({ ...options, run }, output)),
    );

  nsm
    .command('sample')
    .description('Draw what a model observes, with the parameters of a run.')
    .argument('<RUN>', 'a run directory that `nsm train` wrote')
    .option(
      '--inference <NAME>',
      'an inference that frees what is observed (default: from the model itself, parents first)',
    )
    .option('--count <N>', `draws to make (default: ${sampleDefaults.count})`, wholeNumber(1))
    .option('--steps <N>', "steps of the inference (default: the inference's own number)", wholeNumber(1))
    .option('--seed <N>', "of the draws (default: the run's)", wholeNumber(0))
    .requiredOption('--out <FILE>', 'an npy file to write; a picture goes beside it')
    .option('--json', 'print one JSON object a line for each file')
    .addHelpText(
      'after',
      examples(
        'nsm sample runs/IterativePoissonVAE-ThroughTime-1 --out draws.npy',
        'nsm sample runs/HEE-Online-1 --inference JointGeneration --count 100 --out draws.npy',
      ),
    )
    .action((run: string, options: SampleFlags) =>
      execute(options, async (output) => (await import('./sample.ts')).sample({ ...options, run }, output)),
    );

  nsm
    .command('evaluate')
    .description('Measure the log-likelihood of data under the parameters of a run.')
    .argument('<RUN>', 'a run directory that `nsm train` wrote')
    .requiredOption(
      '--log-likelihood',
      'log p of each example, with log Z by formula, by enumeration of up to 2^22 states, or by annealed importance sampling',
    )
    .addOption(
      new Option(
        '--data <URI>',
        'what to measure; NAME=URI, many times, for several observed variables (default: what the run was measured on)',
      ).argParser(dataArgument),
    )
    .option('--annealed', 'annealed importance sampling even where states can be enumerated')
    .option(
      '--inference <NAME>',
      'whose dynamics move, in annealing, the variables that have no law given the others',
    )
    .option(
      '--chains <N>',
      `chains of annealing (default: ${evaluateDefaults.chains}, or ${evaluateDefaults.eachExample.chains} for each example)`,
      wholeNumber(2),
    )
    .option(
      '--temperatures <N>',
      `steps from independent units to the model (default: ${evaluateDefaults.temperatures}, or ${evaluateDefaults.eachExample.temperatures} for each example)`,
      wholeNumber(1),
    )
    .option('--seed <N>', "of the draws (default: the run's)", wholeNumber(0))
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples(
        'nsm evaluate runs/RBM-Persistent-1 --log-likelihood',
        'nsm evaluate runs/RBM-Persistent-1 --log-likelihood --annealed --chains 200 --temperatures 20000',
      ),
    )
    .action((run: string, options: EvaluateFlags) =>
      execute(options, async (output) =>
        (await import('./evaluate.ts')).evaluate({ ...options, run }, output),
      ),
    );

  nsm
    .command('compare')
    .description('Show the last measurements of several runs side by side.')
    .argument('<RUNS...>', 'run directories that `nsm train` wrote')
    .option('--out <FILE>', 'write a page with the table and with curves by inference step')
    .option('--json', 'print one JSON object a line for each run')
    .addHelpText('after', examples('nsm compare runs/poisson runs/normal --out comparison.html'))
    .action((runs: string[], options: { json?: true; out?: string }) =>
      execute(options, async (output) => (await import('./compare.ts')).compare(runs, options, output)),
    );

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
    });

  nsm
    .command('lsp')
    .description('Serve an editor: the language server protocol over standard input and output.')
    .option('--stdio', 'standard input and output, which editors like to ask for; there is no other way')
    .action(() => execute({}, async () => (await import('./lsp.ts')).lsp()));
  const commandOf = (name: string): Command => nsm.commands.find((command) => command.name() === name)!;
  for (const name of ['train', 'infer', 'evaluate', 'sample']) shareWork(commandOf(name));
  for (const name of ['train', 'infer', 'evaluate', 'sample', 'compile']) declareFast(commandOf(name));
  return nsm;
}

interface CompileFlags {
  readonly types?: true;
  readonly json?: true;
  readonly fast?: true;
  readonly out?: string;
  readonly model?: string;
  readonly set?: Readonly<Record<string, number>>;
}
interface TrainFlags extends Omit<CompileFlags, 'out' | 'types'> {
  readonly learning?: string;
  readonly data?: DataNames;
  readonly test?: DataNames;
  readonly iterations?: number;
  readonly epochs?: number;
  readonly batch?: number;
  readonly seed?: number;
  readonly out?: string;
  readonly resume?: string;
  readonly watch?: true;
  readonly undo?: true;
}
interface VerifyFlags {
  readonly json?: true;
  readonly family?: string;
  readonly seed?: number;
}
interface SampleFlags {
  readonly json?: true;
  readonly fast?: true;
  readonly inference?: string;
  readonly count?: number;
  readonly steps?: number;
  readonly seed?: number;
  readonly out: string;
}
interface EvaluateFlags {
  readonly json?: true;
  readonly fast?: true;
  readonly data?: DataNames;
  readonly annealed?: true;
  readonly inference?: string;
  readonly chains?: number;
  readonly temperatures?: number;
  readonly seed?: number;
}
interface InferFlags {
  readonly json?: true;
  readonly fast?: true;
  readonly data?: DataNames;
  readonly inference?: string;
  readonly steps?: number;
  readonly seed?: number;
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
