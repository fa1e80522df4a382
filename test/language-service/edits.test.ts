import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/diagnostics/diagnostic.ts';
import { editsOf } from '../../src/language-service/edits.ts';
import type { Span } from '../../src/syntax/span.ts';
import { applied } from './support.ts';

/** A text after a change of what stands between two marks. */
const after = (marked: string, change: (span: Span) => Change): string | null => {
  const [before, place, rest] = marked.split('§') as [string, string, string];
  const text = before + place + rest;
  const span = { file: 'a.nsm', start: before.length, end: before.length + place.length };
  const edits = editsOf([change(span)], () => text);
  return edits === null ? null : applied(text, edits);
};
const without = (marked: string, all: 'this' | 'entry' | 'statement' = 'this'): string | null =>
  after(marked, (span) => ({ kind: 'remove', span, all }));

describe('what is taken out', () => {
  it('takes its comma', () => {
    expect(without('f(§a§, b, c)')).toBe('f(b, c)');
    expect(without('f(a, §b§, c)')).toBe('f(a, c)');
    expect(without('f(a, b, §c§)')).toBe('f(a, b)');
    expect(without('f(§a§)')).toBe('f()');
    expect(without('real[§a§]')).toBe('real');
    expect(without('import { §A§, B } from "c"')).toBe('import { B } from "c"');
    expect(without('import { A, §B§ } from "c"')).toBe('import { A } from "c"');
  });

  it('takes its line, and what documents it', () => {
    expect(without('a {\n  §local§\n  b\n}\n')).toBe('a {\n  b\n}\n');
    expect(without('a {\n  /// Kept.\n  b\n  /// Gone.\n  §c§ // Gone, too.\n}\n')).toBe(
      'a {\n  /// Kept.\n  b\n}\n',
    );
  });

  it('takes its semicolon', () => {
    expect(without('{ §a§; b; c }')).toBe('{ b; c }');
    expect(without('{ a; §b§; c }')).toBe('{ a; c }');
    expect(without('{ a; b; §c§ }')).toBe('{ a; b }');
  });

  it('leaves one blank', () => {
    expect(without('descend energy §at end§ over W')).toBe('descend energy over W');
    expect(without('normal(0, 1§)§)')).toBe('normal(0, 1)');
    expect(without('f(x§ over a§)')).toBe('f(x)');
  });

  it('can be all of an entry, or of a statement', () => {
    expect(without('model A(§a§: dim = f(1, 2), b: dim) {}', 'entry')).toBe('model A(b: dim) {}');
    expect(without('model A {\n  param §a§: real =\n    1\n  energy e = a\n}\n', 'statement')).toBe(
      'model A {\n  energy e = a\n}\n',
    );
  });

  it('can be words, which are not found inside of others', () => {
    const words = (marked: string): string | null =>
      after(marked, (span) => ({ kind: 'words', span, words: 'a', text: '' }));
    expect(words('§draw x, a§')).toBe('draw x');
    expect(words('§draw x, b§')).toBeNull();
  });
});

describe('a statement more', () => {
  const more = (kind: 'above' | 'below' | 'top', marked: string, text: string): string | null =>
    after(marked, (span) => ({ kind, span, text }));

  it('has the indentation of its neighbour', () => {
    expect(more('below', '{\n  §a§ // Note.\n}\n', 'b')).toBe('{\n  a // Note.\n  b\n}\n');
    expect(more('above', '{\n  §a§\n}\n', 'b')).toBe('{\n  b\n  a\n}\n');
  });

  it('goes beside it where there are several on the line', () => {
    expect(more('below', 'repeat 3 { §a§ }', 'b')).toBe('repeat 3 { a; b }');
    expect(more('above', 'repeat 3 { §a§ }', 'b')).toBe('repeat 3 { b; a }');
  });

  it('goes where statements of its kind stand', () => {
    const body =
      'inference A of B {\n  belief z natural u\n  repeat 3 {\n    §descend energy over u by C()§\n  }\n}\n';
    expect(more('top', body, 'start u = 0')).toBe(
      'inference A of B {\n  belief z natural u\n  start u = 0\n  repeat 3 {\n    descend energy over u by C()\n  }\n}\n',
    );
    expect(
      more('top', 'learning A of B {\n  phase data { clamp x; repeat 2 { §sample h§ } }\n}\n', 'start h = 0'),
    ).toBe('learning A of B {\n  phase data { clamp x; start h = 0; repeat 2 { sample h } }\n}\n');
  });

  it('is moved there', () => {
    const body =
      'inference A of B {\n  start u = 0\n  repeat 3 {\n    §guard u within (0, 1)§\n    sample h\n  }\n}\n';
    expect(after(body, (span) => ({ kind: 'hoist', span }))).toBe(
      'inference A of B {\n  guard u within (0, 1)\n  start u = 0\n  repeat 3 {\n    sample h\n  }\n}\n',
    );
  });
});
