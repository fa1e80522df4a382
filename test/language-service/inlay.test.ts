import { describe, expect, it } from 'vitest';
import { inlayHints } from '../../src/language-service/inlay.ts';
import { edited } from '../../src/language-service/workspace.ts';
import { program, sample } from './support.ts';

describe('inlay hints', () => {
  it('show the axes that nobody wrote', () => {
    const { workspace, file, text } = sample(program);
    const shown = inlayHints(workspace, file).map(
      ({ offset, text: hint }) => `${/\w+$/.exec(text.slice(0, offset))![0]}${hint}`,
    );
    expect(shown).toEqual(['z: count[neurons]', 'x: real[pixels]', 'u: real[neurons]']);
  });

  it('wait for an analysis of the text as it is', () => {
    const { workspace, file } = sample(program);
    expect(inlayHints(edited(workspace, file, 2, `\n${program}`).workspace, file)).toEqual([]);
  });
});
