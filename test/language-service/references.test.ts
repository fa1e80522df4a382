import { describe, expect, it } from 'vitest';
import { references } from '../../src/language-service/references.ts';
import { program, sample, textAt } from './support.ts';

describe('references', () => {
  it('are everywhere in the model and in what is built on it', () => {
    const { workspace, file, text, offset } = sample(
      program.replace('log_rate = prior', 'log_rate = §prior'),
    );
    const lines = references(workspace, file, offset).map(
      ({ start }) => text.slice(0, start).split('\n').length,
    );
    expect(lines).toEqual([8, 10, 16, 23]);
  });

  it('reach other files, under other names too', () => {
    const beside = { '/models/noise.nsm': 'function f(a: real): real = a\n' };
    const { workspace, file, offset } = sample(
      'import { f as g } from "./noise"\nfunction h(a: real): real = g(a) + g§(1)',
      beside,
    );
    expect(
      references(workspace, file, offset).map(
        (span) => `${span.file} ${textAt(workspace.documents[span.file]!.text, span)}`,
      ),
    ).toEqual(['/models/noise.nsm f', `${file} f`, `${file} g`, `${file} g`, `${file} g`]);
  });

  it('tell names apart that are spelled alike', () => {
    const two = 'function f(a: real): real = a\nfunction g(a: real): real = §a * a\n';
    const { workspace, file, text, offset } = sample(two);
    expect(
      references(workspace, file, offset).map(({ start }) => text.slice(0, start).split('\n').length),
    ).toEqual([2, 2, 2]);
  });
});
