/** The commands about runs, as a command line has them. */
import { Option, type Command } from 'commander';
import { execute } from './execute.ts';
import {
  evaluateDefaults,
  examples,
  sampleDefaults,
  setting,
  trainDefaults,
  wholeNumber,
  declareFast,
  file,
  fileHelp,
  shareWork,
} from './options.ts';
import { dataArgument, type DataNames } from './run/datasets.ts';

export const train = (nsm: Command): Command =>
  declareFast(
    shareWork(
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
          new Option('--set <NAME=VALUE>', 'set a size or setting; may be given many times').argParser(
            setting,
          ),
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
        }),
    ),
  );

export const infer = (nsm: Command): Command =>
  declareFast(
    shareWork(
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
        ),
    ),
  );

export const sample = (nsm: Command): Command =>
  declareFast(
    shareWork(
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
          execute(options, async (output) =>
            (await import('./sample.ts')).sample({ ...options, run }, output),
          ),
        ),
    ),
  );

export const evaluate = (nsm: Command): Command =>
  declareFast(
    shareWork(
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
        ),
    ),
  );

export const compare = (nsm: Command): Command =>
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

interface TrainFlags {
  readonly json?: true;
  readonly fast?: true;
  readonly model?: string;
  readonly set?: Readonly<Record<string, number>>;
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
