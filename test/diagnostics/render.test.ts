import { describe, expect, it } from 'vitest';
import { bySourceOrder, error, warning } from '../../src/diagnostics/construct.ts';
import { position } from '../../src/diagnostics/position.ts';
import { render } from '../../src/diagnostics/render.ts';
import type { Span } from '../../src/syntax/span.ts';

const spanOf = (source: string, text: string, file = 'a.nsm'): Span => {
  const start = source.indexOf(text);
  return { file, start, end: start + text.length };
};
const show = (source: string, text: string, label?: string): string => {
  const secondary = label === undefined ? [] : [{ span: spanOf(source, label), label: 'here' }];
  return render([error('NSM1001', spanOf(source, text), 'message', { secondary })], () => source);
};

describe('a rendered diagnostic', () => {
  it('shows its line, its place and its hint', () => {
    const source = 'model A {\n  latent z = Poisson(rate)\n}\n';
    const hint = 'Write `~`.\nOr a type.';
    expect(render([warning('NSM1009', spanOf(source, '='), 'message', { hint })], () => source)).toBe(`\
warning NSM1009: message
 --> a.nsm:2:12
  |
2 |   latent z = Poisson(rate)
  |            ^
  = hint: Write \`~\`.
          Or a type.`);
  });

  it('names the data that it is about before the place of what they are', () => {
    const source = 'model A {\n  observed x: real[pixels]\n}\n';
    const about = { ...error('NSM6006', spanOf(source, 'x: real'), 'message', {}), about: 'npy:rows.npy' };
    expect(render([about], () => source)).toBe(`\
error NSM6006: message
 --> npy:rows.npy
 ::: a.nsm:2:12
  |
2 |   observed x: real[pixels]
  |            ^^^^^^^`);
  });

  it('shows other places with their labels, and leaves out the lines between', () => {
    expect(show('one {\ntwo\nthree\nfour x\n', 'x', '{')).toBe(`\
error NSM1001: message
 --> a.nsm:4:6
  |
1 | one {
  |     - here
...
4 | four x
  |      ^`);
  });

  it('shows other files with their own heading', () => {
    const sources: Record<string, string> = { 'a.nsm': 'a b\n', 'b.nsm': '\n\n\n\n\n\n\n\n\nc d' };
    const secondary = [{ span: spanOf(sources['b.nsm'] ?? '', 'd', 'b.nsm'), label: 'there' }];
    const diagnostic = error('NSM1001', spanOf('a b', 'b'), 'message', { secondary });
    expect(render([diagnostic], (file) => sources[file])).toBe(`\
error NSM1001: message
  --> a.nsm:1:3
   |
 1 | a b
   |   ^
  ::: b.nsm:10:3
   |
10 | c d
   |   - there`);
  });

  it('marks the right columns after tabs and wide characters', () => {
    expect(show('\tΦ 频率 x', 'x').split('\n').slice(3)).toEqual(['1 |     Φ 频率 x', '  |            ^']);
    expect(show('e\u0301 👍🏽 xy', 'xy').split('\n').slice(3)).toEqual(['1 | e\u0301 👍🏽 xy', '  |      ^^']);
  });

  it('marks the end of a file, and only the first line of a long span', () => {
    expect(show('ab', '').split('\n').slice(1)).toEqual([' --> a.nsm:1:1', '  |', '1 | ab', '  | ^']);
    const atEnd = error('NSM1001', { file: 'a.nsm', start: 3, end: 3 }, 'message');
    expect(
      render([atEnd], () => 'ab\n')
        .split('\n')
        .slice(1),
    ).toEqual([' --> a.nsm:2:1', '  |', '2 |', '  | ^']);
    expect(show('ab\r\ncd', 'ab\r\ncd').split('\n').slice(3)).toEqual(['1 | ab', '  | ^^']);
  });

  it('does without a source', () => {
    expect(render([error('NSM1001', { file: 'a.nsm', start: 0, end: 1 }, 'message')], () => undefined)).toBe(
      'error NSM1001: message\n --> a.nsm',
    );
  });

  it('is plain text unless colours are wanted', () => {
    const diagnostics = [error('NSM1001', { file: 'a.nsm', start: 0, end: 1 }, 'message')];
    expect(render(diagnostics, () => 'a')).not.toContain('\u001b');
    const coloured = render(diagnostics, () => 'a', { color: true });
    expect(coloured.replaceAll(/\u001b\[[\d;]*m/g, '')).toBe(render(diagnostics, () => 'a'));
    expect(coloured).toContain('\u001b[1;31m');
  });
});

describe('a position', () => {
  it('counts lines and characters from one', () => {
    expect(position('ab\n😀c', 0)).toEqual({ line: 1, column: 1 });
    expect(position('ab\n😀c', 5)).toEqual({ line: 2, column: 2 });
    expect(position('ab', 99)).toEqual({ line: 1, column: 3 });
  });
});

describe('source order', () => {
  it('goes file by file and top to bottom', () => {
    const at = (file: string, start: number) => error('NSM1001', { file, start, end: start }, 'message');
    const ordered = bySourceOrder([at('b', 5), at('a', 1), at('b', 2)]);
    expect(ordered.map(({ span }) => `${span.file}${span.start}`)).toEqual(['b2', 'b5', 'a1']);
  });
});
