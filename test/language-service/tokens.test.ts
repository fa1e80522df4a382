import { expect, it } from 'vitest';
import { semanticTokens } from '../../src/language-service/tokens.ts';
import { program, sample, textAt } from './support.ts';

const kindsOn = (line: number): readonly string[] => {
  const { workspace, file, text } = sample(program);
  return semanticTokens(workspace, file)
    .filter(({ span }) => text.slice(0, span.start).split('\n').length === line)
    .map(
      ({ span, kind, isDeclaration }) => `${textAt(text, span)} ${kind}${isDeclaration ? ' declared' : ''}`,
    );
};

it('words are coloured by what they mean', () => {
  expect(kindsOn(7)).toEqual([
    'param keyword',
    'Phi property declared',
    'real type',
    'pixels typeParameter',
    'neurons typeParameter',
    'normal function',
    '0 number',
    '0.1 number',
  ]);
  expect(kindsOn(17)).toContain('u variable');
  expect(kindsOn(4)).toEqual(['/// Counts behind noise. comment']);
});

it('a name that is spelled like a keyword is a name', () => {
  expect(kindsOn(8)[1]).toBe('prior property declared');
  const { workspace, file, text } = sample('function f(step: real): real = step\n');
  expect(semanticTokens(workspace, file).map(({ span, kind }) => `${textAt(text, span)} ${kind}`)).toContain(
    'step property',
  );
});
