/** Lines about how far a computation has come. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { showProgress } from '../../src/cli/progress.ts';

afterEach(() => void vi.restoreAllMocks());

describe('progress without a terminal', () => {
  /** The lines after six seconds of which so many are done. */
  const linesOf = (done: number): string => {
    let now = 0;
    let text = '';
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    vi.spyOn(process.stderr, 'write').mockImplementation((words) => {
      text += String(words);
      return true;
    });
    const progress = showProgress('verifying', 'families', 8);
    now = 6000;
    progress.update(done, 'Beta, normalisation');
    progress.stop();
    vi.restoreAllMocks();
    return text;
  };

  it('says nothing of a pace before anything is done', () => {
    expect(linesOf(0)).toBe('verifying: 0 of 8, Beta, normalisation\n');
  });
  it('says how fast it is and how long it takes', () => {
    expect(linesOf(2)).toBe('verifying: 2 of 8, Beta, normalisation, 0.333 families per second, 18 s left\n');
  });
});
