/** `nsm fmt`: programs in the one layout. Loads nothing but the parser. */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { format } from '../format/format.ts';
import { ended, type Output } from './execute.ts';
import { writeAtomic } from './files.ts';
import { fault, problemAsJson, problemsAsText, type Problem } from './problem.ts';

export interface FmtRequest {
  readonly files: readonly string[];
  /** Write nothing, and say which files would change. */
  readonly check?: true;
}

/** Every file is laid out before the first is written. */
export async function fmt(request: FmtRequest, output: Output): Promise<number> {
  const results = [...new Set(request.files.flatMap(filesIn))].map(layOut);
  const changed = results.filter(({ text, source }) => text !== source);
  if (!request.check)
    for (const { file, text } of changed)
      writeAtomic(realpathSync(file), text, 'make the file writable, or copy it to a place of your own');
  const problems = results.flatMap((result) => result.problems);
  output.event({
    files: results.map(({ file, text, source }) => ({ file, changed: text !== source })),
    changed: changed.length,
    diagnostics: problems.map(problemAsJson),
  });
  if (problems.length > 0) output.note(problemsAsText(problems));
  for (const { file } of changed) output.say(file);
  output.note(summary(changed.length, results.length, request.check === true));
  const isWrong = problems.length > 0 || (request.check && changed.length > 0);
  return isWrong ? ended.badInput : ended.well;
}

interface Result {
  readonly file: string;
  readonly source: string;
  readonly text: string;
  readonly problems: readonly Problem[];
}

function layOut(file: string): Result {
  const source = read(file);
  const { text, diagnostics } = format(file, source);
  const textOf = (): string => source;
  return {
    file,
    source,
    text,
    problems: diagnostics.map((diagnostic) => ({ kind: 'diagnostic', diagnostic, textOf })),
  };
}

/** The text of a file, byte for byte: what is no UTF-8 would be lost when it is written. */
function read(file: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file));
    if (!text.includes('\0')) return text;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  throw fault('NSM6001', `${file} is not a text file`, 'name a .nsm file, or a directory of them', file);
}

/** A file itself, or all programs in a directory and those below it. */
function filesIn(named: string): readonly string[] {
  const stat = statSync(named, { throwIfNoEntry: false });
  if (stat === undefined)
    throw fault('NSM6001', `${named} does not exist`, 'name a .nsm file, or a directory of them', named);
  if (!stat.isDirectory()) return [named];
  const entries = readdirSync(named, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    if (entry.isDirectory())
      return entry.name === 'node_modules' || entry.name.startsWith('.')
        ? []
        : filesIn(join(named, entry.name));
    return entry.name.endsWith('.nsm') ? [join(named, entry.name)] : [];
  });
}

const summary = (changed: number, all: number, isCheck: boolean): string => {
  const files = `${all} ${all === 1 ? 'file' : 'files'}`;
  if (changed === 0) return `${files}, laid out already`;
  return `${changed} of ${files} ${isCheck ? 'would change' : 'changed'}`;
};
