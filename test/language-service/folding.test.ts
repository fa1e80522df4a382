import { expect, it } from 'vitest';
import { folds } from '../../src/language-service/folding.ts';
import { program, sample } from './support.ts';

it('bodies, comments of several lines and imports can be folded', () => {
  const { workspace, file, text } = sample(
    program.replace('/// Counts behind noise.', '/// Counts\n/// behind noise.'),
  );
  const line = (offset: number): number => text.slice(0, offset).split('\n').length;
  expect(
    folds(workspace, file).map(({ start, end, kind }) => `${kind} ${line(start)} to ${line(end)}`),
  ).toEqual(['imports 1 to 2', 'comment 4 to 5', 'body 6 to 13', 'body 15 to 20', 'body 22 to 25']);
});
