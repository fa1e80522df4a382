import { describe, expect, it } from 'vitest';
import { rename } from '../../src/language-service/rename.ts';
import { program, sample } from './support.ts';

/** The documents that change, as they are afterwards; or why they do not. */
const renamed = (marked: string, name: string, beside: Readonly<Record<string, string>> = {}) => {
  const { workspace, file, offset } = sample(marked, beside);
  const result = rename(workspace, file, offset, name);
  if (result.kind === 'refused') return result.why;
  const texts = new Map<string, string>();
  for (const { span, text } of result.edits.toSorted((a, b) => b.span.start - a.span.start)) {
    const before = texts.get(span.file) ?? workspace.documents[span.file]!.text;
    texts.set(span.file, before.slice(0, span.start) + text + before.slice(span.end));
  }
  return Object.fromEntries(texts);
};

describe('renaming', () => {
  it('changes an axis where it is declared and used, and keeps primes', () => {
    const model =
      "model M(§units: dim = 3) {\n  param W: real[units, units'] = 0\n  state s: real[units]\n}\n";
    expect(renamed(model, 'cells')).toEqual({
      '/models/main.nsm': model.replace('§', '').replaceAll('units', 'cells'),
    });
  });

  it('changes a function in its file and where it is imported, but not the name that an import gave it', () => {
    const beside = { '/models/noise.nsm': 'function §f(a: real): real = a\n'.replace('§', '') };
    expect(
      renamed('import { §f as g } from "./noise"\nfunction h(a: real): real = g(a)\n', 'jitter', beside),
    ).toEqual({
      '/models/noise.nsm': 'function jitter(a: real): real = a\n',
      '/models/main.nsm': 'import { jitter as g } from "./noise"\nfunction h(a: real): real = g(a)\n',
    });
    expect(
      renamed('import { f as g } from "./noise"\nfunction h(a: real): real = §g(a)\n', 'jitter', beside),
    ).toEqual({
      '/models/main.nsm': 'import { f as jitter } from "./noise"\nfunction h(a: real): real = jitter(a)\n',
    });
  });

  it('changes the names of arguments with the parameter', () => {
    const text = 'function f(§a: real, b: real): real = a + b\nfunction g(a: real): real = f(a = a, b = 1)\n';
    expect(renamed(text, 'first')).toEqual({
      '/models/main.nsm':
        'function f(first: real, b: real): real = first + b\nfunction g(a: real): real = f(first = a, b = 1)\n',
    });
  });

  it('is refused where the name has a meaning already', () => {
    expect(renamed(program.replace('start u', 'start §u'), 'prior')).toBe(
      '`prior` already has a meaning where `u` is used.',
    );
    expect(renamed(program.replace('start u', 'start §u'), 'progress')).toBe(
      '`progress` already means something everywhere.',
    );
  });

  it('is refused for what is not a name', () => {
    expect(renamed(program.replace('start u', 'start §u'), '2u')).toBe(
      'A name has letters, digits and `_`, and does not begin with a digit.',
    );
  });

  it('is refused outside of the project', () => {
    expect(renamed(program.replace('~ Poisson', '~ §Poisson'), 'Spikes')).toMatch(
      /^`Poisson` is declared in .*Poisson.nsm, which/,
    );
  });
});
