import { expect, it } from 'vitest';
import { format } from '../../src/format/format.ts';
import { formatting } from '../../src/language-service/formatting.ts';
import { program, sample } from './support.ts';

const laidOut = format('program.nsm', program).text;

const formatted = (text: string): string => {
  const { workspace, file } = sample(text);
  return formatting(workspace, file).reduce(
    (now, { span, text: put }) => now.slice(0, span.start) + put + now.slice(span.end),
    text,
  );
};

it('a document that is laid out stays as it is', () => {
  const { workspace, file } = sample(laidOut);
  expect(formatting(workspace, file)).toEqual([]);
});

it('changes the lines that are not laid out, and no others', () => {
  const { workspace, file, text } = sample(
    laidOut.replace('  guard u within (-4, 2)', 'guard   u within(-4,2)'),
  );
  const [edit, ...others] = formatting(workspace, file);
  expect(others).toEqual([]);
  expect(text.slice(edit!.span.start, edit!.span.end)).toBe('guard   u within(-4,2)\n');
  expect(edit!.text).toBe('  guard u within (-4, 2)\n');
});

it.each([
  ['empty lines at the end', `${laidOut}\n\n\n`],
  ['no line end at the end', laidOut.trimEnd()],
  ['all in one line', 'function f(x: real): real = x^2;function g(x:real):real=f( x )'],
  ['nothing at all', ''],
  [
    'an error in one declaration',
    program.replace('latent   z ~', 'latent z z z').replace('start u =', 'start   u='),
  ],
])('gives what `nsm fmt` does: %s', (_, text) => {
  expect(formatted(text)).toBe(format('x.nsm', text).text);
});
