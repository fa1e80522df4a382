/** A formula in the pieces between which a line of text may be broken: before relations and sums, after commas, around words. */
import { row, sign, type Formula } from './formula.ts';

export const piecesOf = (formula: Formula): readonly Formula[] => {
  const pieces: Formula[] = [];
  let current: Formula[] = [];
  const end = (): void => {
    if (current.length > 0) pieces.push(row(...current));
    current = [];
  };
  for (const part of opened(formula)) {
    const last = pieces.at(-1);
    if (part.kind === 'words') {
      const before = current.at(-1);
      const isOpened = before?.kind === 'sign' && before.text === '(';
      if (isOpened) current.pop();
      end();
      pieces.push(isOpened ? { ...part, text: `(${part.text}` } : part);
      continue;
    }
    const isClosing = part.kind === 'sign' && (part.role === 'separator' || part.text === ')');
    if (isClosing && current.length === 0 && last?.kind === 'words') {
      pieces[pieces.length - 1] = { ...last, text: last.text + part.text };
      continue;
    }
    const isBreak =
      part.kind === 'sign' && (part.role === 'relation' || part.role === 'binary') && part.text !== '⋅';
    if (isBreak) end();
    current.push(part);
    if (part.kind === 'sign' && part.role === 'separator') end();
  }
  end();
  return joinWords(pieces);
};

/** Words in a row are one piece; `a` between words is one. */
const joinWords = (pieces: readonly Formula[]): readonly Formula[] =>
  pieces
    .map((piece, i): Formula => {
      const isArticle = piece.kind === 'letter' && piece.text === 'a';
      const isBetween = pieces[i - 1]?.kind === 'words' && pieces[i + 1]?.kind === 'words';
      return isArticle && isBetween ? { kind: 'words', text: 'a' } : piece;
    })
    .reduce<readonly Formula[]>((before, piece) => {
      const last = before.at(-1);
      return piece.kind === 'words' && last?.kind === 'words'
        ? [...before.slice(0, -1), { kind: 'words', text: `${last.text} ${piece.text}` }]
        : [...before, piece];
    }, []);

/** The parts of the line; what is in parentheses with words, or long, can be broken too. */
const opened = (formula: Formula): readonly Formula[] => {
  if (formula.kind === 'row') return formula.parts.flatMap(opened);
  if (formula.kind !== 'fence' || (!hasWords(formula.body) && sizeOf(formula.body) < longest))
    return [formula];
  const { open, close, body } = formula;
  return [sign(open, 'plain'), ...opened(body), sign(close, 'plain')];
};
/** Letters and signs that a page of a phone holds. */
const longest = 36;

const hasWords = (formula: Formula): boolean =>
  formula.kind === 'words' ||
  (formula.kind === 'row' && formula.parts.some(hasWords)) ||
  (formula.kind === 'fence' && hasWords(formula.body));

const sizeOf = (formula: Formula): number => {
  switch (formula.kind) {
    case 'row':
      return formula.parts.reduce((total, part) => total + sizeOf(part), 0);
    case 'fraction':
    case 'binomial':
      return Math.max(sizeOf(formula.above), sizeOf(formula.below));
    case 'root':
    case 'accent':
      return sizeOf(formula.body);
    case 'fence':
      return 2 + sizeOf(formula.body);
    case 'script':
      return [formula.base, formula.below, formula.above].reduce(
        (total, part) => total + (part === null ? 0 : sizeOf(part)),
        0,
      );
    case 'space':
      return 0;
    case 'letter':
    case 'name':
    case 'function':
    case 'number':
    case 'sign':
    case 'words':
      return formula.text.length;
  }
};
