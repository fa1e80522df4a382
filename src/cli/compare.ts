/** `nsm compare`: the last measurements of several runs side by side. */
import { explain } from '../derive/explain.ts';
import { comparedColumns, comparedRows, comparison, type ComparedRun } from '../report/comparison.ts';
import type { MetricPoint } from '../report/metrics.ts';
import { dataText } from './run/datasets.ts';
import { ended, type Output } from './execute.ts';
import { writeAtomic } from './files.ts';
import { inferenceOf } from './run/measure.ts';
import { fault } from './problem.ts';
import { restoreRun } from './definition.ts';
import type { LoadedProgram } from './program.ts';
import { readMetrics, readRun, type RunRecord } from './run/directory.ts';

export interface CompareRequest {
  readonly out?: string | undefined;
}

export async function compare(
  directories: readonly string[],
  request: CompareRequest,
  output: Output,
): Promise<number> {
  const runs = directories.map(comparedRun);
  for (const { steps, metrics: _, ...run } of runs) output.event({ event: 'run', ...run, ...steps.at(-1)! });
  output.say(textTable([comparedColumns(runs), ...comparedRows(runs)]));
  if (request.out !== undefined) {
    writeAtomic(request.out, await comparison(runs));
    output.event({ event: 'report', path: request.out });
    output.say(`\nreport: ${request.out}`);
  }
  return ended.well;
}

/** Throws NSM6008 for a directory that is no run, and for one that was stopped before it was measured. */
function comparedRun(directory: string): ComparedRun {
  const stored = readRun(directory);
  const { record } = stored;
  const { program, definition } = restoreRun(stored);
  const by = inferenceOf(definition, record.learning);
  const metrics = definition.inferences.find(({ name }) => name === by)?.metrics ?? [];
  const measured = readMetrics(directory).filter(({ event }) => event === 'evaluate');
  const last = measured.at(-1)?.['iteration'];
  const steps = measured
    .filter(({ iteration }) => iteration === last)
    .map((line): MetricPoint => ({
      step: Number(line['step']),
      ...Object.fromEntries(
        metrics
          .filter(({ name }) => Object.hasOwn(line, name))
          .map(({ name }) => [name, numberOf(line[name])]),
      ),
    }));
  if (steps.length === 0) {
    throw by === null
      ? fault(
          'NSM6008',
          `${directory} holds no measurements: ${record.model} has no inference from data`,
          'compare runs of models that have one',
        )
      : fault(
          'NSM6008',
          `${directory} holds no measurements: training was stopped before its end`,
          `finish it with \`nsm train --resume ${directory}\` first`,
        );
  }
  return {
    name: directory.replace(/\/+$/, '').replace(/^.*\//, ''),
    learning: record.learning,
    latents: latentsOf(program, record),
    data: dataText(record.data),
    iterations: record.iterations,
    seed: record.seed,
    command: record.command,
    metrics: metrics.filter(({ name }) => steps.some((step) => Object.hasOwn(step, name))),
    steps,
  };
}

/** Numbers that are not finite are stored as null. */
const numberOf = (value: string | number | null | undefined): number =>
  typeof value === 'number' ? value : NaN;

const latentsOf = ({ checked }: LoadedProgram, record: RunRecord): string => {
  const models = checked.models.filter(({ name }) => name === record.model);
  return explain({ ...checked, models, families: [], inferences: [], learnings: [] })
    .models.flatMap(({ variables }) => variables)
    .flatMap(({ name, role, distribution }) =>
      role === 'latent' ? [`${name} ~ ${distribution ?? 'improper'}`] : [],
    )
    .join(', ');
};

/** Columns as wide as their widest cell; numbers, after the first three columns, to the right. */
function textTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => [...row[column]!].length)));
  const padded = (cell: string, column: number): string => {
    const space = ' '.repeat(widths[column]! - [...cell].length);
    return column < 3 ? cell + space : space + cell;
  };
  return rows.map((row) => row.map(padded).join('  ').trimEnd()).join('\n');
}
