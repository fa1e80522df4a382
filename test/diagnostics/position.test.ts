import { describe, expect, it } from 'vitest';
import { offsetOf, position } from '../../src/diagnostics/position.ts';

describe('a place in a text', () => {
  const text = 'model A\n  𝛟 = 1\r\n\nend';
  // Between the halves of 𝛟 there is no place.
  const offsets = [...Array(text.length).keys()].filter((offset) => offset !== text.indexOf('𝛟') + 1);
  it.each(offsets)('leads from offset %d and back', (offset) => {
    expect(offsetOf(text, position(text, offset))).toBe(offset);
  });
  it('counts characters, not the halves that they are stored as', () => {
    expect(position(text, text.indexOf('='))).toEqual({ line: 2, column: 5 });
  });
  it('is none on a line that the text does not have', () => {
    expect(offsetOf(text, { line: 5, column: 1 })).toBe(null);
  });
});
