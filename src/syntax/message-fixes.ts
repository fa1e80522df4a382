/** What to write where the parser could not read on. */
import type { IToken } from 'chevrotain';
import { isName, type Failure } from '../../grammar/recovery.ts';
import { LeftBrace, LeftParenthesis, RightParenthesis } from '../../grammar/tokens.ts';
import type { Fix } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/distance.ts';
import { addition, insertion, replacement } from '../diagnostics/fixes.ts';
import { afterPrevious, endsValue, spanOf, type Place } from './place.ts';

/** The word that is due and may be misspelt here. */
export const wordMeant = ({ expected, found }: Failure): string | null => {
  const due = [...expected.matchAll(/`(\w+)`/g)].map(([, word]) => word as string);
  return isName(found) ? didYouMean(found.image, due) : null;
};

export const expectedFixes = (place: Place, failure: Failure): readonly Fix[] => {
  const { found, rules } = failure;
  const span = spanOf(place, found);
  const meant = wordMeant(failure) ?? (found.image === 'every' && rules.at(-1) === 'clause' ? 'each' : null);
  if (meant !== null) return [replacement(span, meant)];
  if (found.tokenType === LeftParenthesis && /^(inference|learning)Header$/.test(rules.at(-1) ?? ''))
    return settingsLast(place, failure);
  return rules.at(-1) === 'predict' && found.image === 'over' ? [insertion(span, 'by branch ')] : [];
};

/** `inference Settle(steps: int) of Model` with the settings behind what they are of. */
const settingsLast = (place: Place, failure: Failure): readonly Fix[] => {
  const { tokens } = place;
  const begin = tokens.indexOf(failure.found);
  const close = tokens.findIndex(({ tokenType }, n) => n > begin && tokenType === RightParenthesis);
  const brace = tokens.findIndex(({ tokenType }, n) => n > begin && tokenType === LeftBrace);
  if (close < 0 || brace <= close + 1) return [];
  const heads = tokens.slice(close + 1, brace);
  const words = heads.map(({ image }) => image).join(' ');
  const span = { ...spanOf(place, heads[0]!), end: spanOf(place, heads.at(-1)!).end };
  const changes = [
    { kind: 'replace', span: afterPrevious(place, failure), text: ` ${words}` },
    { kind: 'remove', span, all: 'this' },
  ] as const;
  return heads.every(isName) ? [{ title: `Write \`${words}\` first`, changes }] : [];
};

/** The first token of a line. */
export const beginsLine = ({ tokens }: Place, token: IToken): IToken =>
  tokens.find(({ startLine }) => startLine === token.startLine) ?? token;

/** Whether a place stands directly in the parentheses of a call, where values may be listed. */
const isInCall = ({ tokens }: Place, token: IToken): boolean => {
  const open: number[] = [];
  for (const [n, { tokenType, startOffset }] of tokens.entries()) {
    if (startOffset >= token.startOffset) break;
    if (tokenType === LeftParenthesis) open.push(n);
    if (tokenType === RightParenthesis) open.pop();
  }
  const before = tokens[(open.at(-1) ?? 0) - 1];
  return open.length > 0 && before !== undefined && isName(before) && endsValue(before);
};

/** What may join two values. */
export const joinFixes = (place: Place, { found, previous }: Failure): readonly Fix[] =>
  [' *', ...(isInCall(place, found) ? [','] : [])].map((sign) => addition(spanOf(place, previous), sign));
