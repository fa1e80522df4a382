import { expect, it } from 'vitest';
import { outline, type OutlineEntry } from '../../src/language-service/outline.ts';
import { program, sample } from './support.ts';

const shown = (entries: readonly OutlineEntry[], indent = ''): string =>
  entries
    .map(({ name, kind, children }) => `${indent}${kind} ${name}\n${shown(children, `${indent}  `)}`)
    .join('');

it('an outline has the declarations of a file with what they name', () => {
  const { workspace, file } = sample(program);
  expect(shown(outline(workspace, file))).toBe(`model Tiny
  axis pixels
  axis neurons
  parameter Phi
  parameter prior
  latent z
  observed x
inference Settle
  setting steps
  coordinate u
learning Learn
  setting speed
`);
});
