/** The same program in any layout: random space, line ends and comments between its words. */
import { lex } from '../../grammar/tokens.ts';

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export const randomOf = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
};

const pick = <Item>(random: () => number, items: readonly Item[]): Item =>
  items[Math.floor(random() * items.length)]!;

/** Other space at every place where there may be some; comments stay where they are and new ones come. */
export const mutated = (source: string, random: () => number, comments = 0.05): string => {
  const { tokens, docs, comments: plain } = lex(source);
  const pieces = [...tokens, ...docs, ...plain].sort((a, b) => a.startOffset - b.startOffset);
  const isComment = (image: string): boolean => image.startsWith('//');
  let text = '';
  let count = 0;
  for (const { image } of pieces) {
    const ended = text === '' || text.endsWith('\n');
    // Where two words would run together there is some space; a comment ends with its line.
    const space = pick(random, [' ', ' ', ' ', '  ', '\n', '\n  ', ' \n\n\n   ', '\r\n']);
    text += ended ? pick(random, ['', '  ', '\n']) : space;
    if (random() < comments)
      text += `${pick(random, ['//', '// ', '///', '/// '])}${(count += 1)} remark ${pick(random, ['', ' '])}\n`;
    text += isComment(image) ? `${image}\n` : image;
  }
  return text + pick(random, ['', '\n', '\n\n', ' // the end']);
};
