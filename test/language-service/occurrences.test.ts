/** The index of names, held to what the checker makes of them. */
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileSources } from '../../src/check/sources.ts';
import { analyse } from '../../src/derive/analyse.ts';
import { occurrences } from '../../src/language-service/occurrences.ts';
import { rename } from '../../src/language-service/rename.ts';
import { edited, newWorkspace, type Workspace } from '../../src/language-service/workspace.ts';

const files = globSync(['stdlib/**/*.nsm', 'examples/*.nsm'])
  .map((path) => resolve(path))
  .sort();
const opened = (file: string): { readonly workspace: Workspace; readonly text: string } => {
  const text = readFileSync(file, 'utf8');
  return { workspace: edited(newWorkspace(fileSources()), file, 1, text).workspace, text };
};

/** Names that the language gives a meaning. */
const builtin =
  /^(pi|e|infinity|progress|iteration|elapsed|change|x|noise|uniform|flipped|acceptance|gradient_norm|replica|objective|free_energy|energy|belief_energy|standard_\w+|arrival_times|straight_through|pathwise|score)$/;

describe('every name of a sound program', () => {
  it.each(files)('stands for something: %s', (file) => {
    const { workspace, text } = opened(file);
    const lost = occurrences(workspace, file)
      .filter(({ role, entity }) => role === 'name' && entity === null)
      .map(({ span }) => text.slice(span.start, span.end).replace(/'+$/, ''))
      .filter((name) => !builtin.test(name));
    expect([...new Set(lost)]).toEqual([]);
  });

  it.each(files)('can be another one, everywhere at once: %s', (file) => {
    const { workspace, text } = opened(file);
    // One after the other, so that only the places found by the index keep the program sound.
    let changed = workspace;
    let source = text;
    const count = new Set(
      occurrences(workspace, file).flatMap(({ entity }) =>
        entity?.span.file === file ? [entity.span.start] : [],
      ),
    ).size;
    for (let turn = 0; turn < count; turn += 1) {
      const next = occurrences(changed, file).find(
        ({ span, entity }) =>
          entity !== null &&
          entity.span.file === file &&
          !source.slice(span.start, span.end).startsWith('renamed_') &&
          !fixed(entity.name),
      );
      if (next === undefined) break;
      const renaming = rename(changed, file, next.span.start, `renamed_${turn}`);
      if (renaming.kind === 'refused') throw new Error(renaming.why);
      for (const { span, text: name } of renaming.edits.toSorted((a, b) => b.span.start - a.span.start))
        source = source.slice(0, span.start) + name + source.slice(span.end);
      changed = edited(changed, file, turn + 2, source).workspace;
    }
    const said = (content: string): readonly string[] =>
      analyse(file, fileSources(new Map([[file, content]]))).diagnostics.map(({ code }) => code);
    expect(said(source), source).toEqual(said(text));
  });
});

/** The integrator reads the step by its name. */
const fixed = (name: string): boolean => name === 'dt';
