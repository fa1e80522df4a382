/** How wide text is on a screen of fixed-width characters. */

const tabStop = 4;
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const wide =
  /\p{Emoji_Presentation}|\uFE0F|[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{20000}-\u{3FFFD}]/u;
const invisible = /^[\p{Cc}\p{Cf}\p{M}]*$/u;

/** Columns that a line takes from its beginning, tabs included. */
export const columnsOf = (line: string): number => {
  let columns = 0;
  for (const { segment } of segmenter.segment(line)) {
    if (segment === '\t') columns += tabStop - (columns % tabStop);
    else if (!invisible.test(segment)) columns += wide.test(segment) ? 2 : 1;
  }
  return columns;
};

/** A line as it is shown: tabs become spaces, so that marks below stand where they should. */
export const shown = (line: string): string => {
  let text = '';
  for (const part of line.split(/(\t)/)) {
    text += part === '\t' ? ' '.repeat(columnsOf(`${text}\t`) - columnsOf(text)) : part;
  }
  return text.trimEnd();
};
