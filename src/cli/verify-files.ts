/** Which families `nsm verify` was asked for. */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileSources } from '../check/sources.ts';
import type { Family } from '../check/typed.ts';
import { suggest } from '../diagnostics/suggest.ts';
import { fault, problemsOf, type Problem } from './problem.ts';
import { loadProgram, problemsIn, type LoadedProgram } from './program.ts';

/** A family with the file that declares it. */
export interface Found {
  readonly program: LoadedProgram;
  readonly family: Family;
}

export interface Collected {
  readonly found: readonly Found[];
  /** Files that have errors or cannot be read, and paths that hold no family. */
  readonly refused: readonly string[];
  readonly problems: readonly Problem[];
  /** What is to be said of files whose families are verified nevertheless. */
  readonly warnings: readonly Problem[];
}

/** Families of all files, each file once, and what is wrong with files that cannot be checked. */
export function collect(files: readonly string[]): Collected {
  const found: Found[] = [];
  const refused: string[] = [];
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const seen = new Set<string>();
  const refuse = (file: string, own: readonly Problem[]): void => {
    refused.push(file);
    problems.push(...own);
  };
  for (const named of files) {
    const inside = filesIn(named);
    let isEmpty = true;
    for (const file of inside ?? [named]) {
      try {
        const program = loadProgram(file);
        const declared = program.checked.families.filter(({ span }) => span.file === program.entry);
        const hasErrors = program.diagnostics.some(({ severity }) => severity === 'error');
        isEmpty &&= !hasErrors && declared.length === 0;
        const place = placeOf(program.entry);
        if (seen.has(place)) continue;
        seen.add(place);
        if (hasErrors) refuse(file, problemsIn(program));
        else {
          found.push(...declared.map((family) => ({ program, family })));
          warnings.push(...problemsIn(program));
        }
      } catch (error) {
        const own = problemsOf(error);
        if (own === null) throw error;
        isEmpty = false;
        refuse(file, own);
      }
    }
    if (isEmpty) refuse(named, noFamily(named, inside !== null));
  }
  return { found, refused, problems, warnings };
}

/** One name for a file however it was written. */
const placeOf = (file: string): string =>
  statSync(file, { throwIfNoEntry: false }) === undefined ? file : realpathSync(file);

const noFamily = (named: string, isDirectory: boolean): readonly Problem[] =>
  problemsOf(
    fault(
      'NSM6014',
      isDirectory ? `there is no family in the files of ${named}` : `${named} declares no family`,
      'name a file with a `family` declaration, such as std/families/Normal, or a directory of such files',
      named,
    ),
  )!;

/** The programs in a directory on disk or of the standard library; null for what is not one. */
function filesIn(named: string): readonly string[] | null {
  const stat = statSync(named, { throwIfNoEntry: false });
  if (stat?.isFile() === true) return null;
  if (stat?.isDirectory() === true)
    return readdirSync(named)
      .filter((name) => name.endsWith('.nsm'))
      .sort()
      .map((name) => join(named, name));
  const folder = named.replace(/\/+$/, '');
  if (!folder.startsWith('std/')) return null;
  const resolution = fileSources().resolve('', folder);
  if (resolution.kind !== 'files' || resolution.files.length < 2) return null;
  return resolution.files.map(
    (path) =>
      `${folder}/${path
        .split(/[/\\]/)
        .at(-1)!
        .replace(/\.nsm$/, '')}`,
  );
}

/** The families of that name, or all. Throws NSM6014 when there is none, and none that could not be read. */
export function choose({ found, problems }: Collected, name: string | undefined): readonly Found[] {
  if (name === undefined) return found;
  const chosen = found.filter(({ family }) => family.name === name);
  if (chosen.length > 0 || problems.length > 0) return chosen;
  const names = found.map(({ family }) => family.name);
  const near = suggest(name, names);
  const shown = names.slice(0, 8).join(', ');
  throw fault(
    'NSM6014',
    `no family is named "${name}"`,
    near.length > 0
      ? `did you mean ${near.join(' or ')}?`
      : `there ${names.length === 1 ? 'is' : 'are'} ${shown}${names.length > 8 ? ` and ${names.length - 8} more` : ''}`,
  );
}
