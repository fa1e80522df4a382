/** Candidates that a mistyped word may have meant: several, for files and options. */
import { distance as editDistance } from './distance.ts';

/** The `most` candidates nearest to `word`, best first: a third of the letters (or two) may differ, or one begins the other. */
export function suggest(word: string, candidates: readonly string[], most = 3): readonly string[] {
  const wanted = word.toLowerCase();
  const distance = (candidate: string): number => {
    const found = candidate.toLowerCase();
    const prefix = wanted.length > 2 && (found.startsWith(wanted) || wanted.startsWith(found));
    return prefix ? 1 : editDistance(wanted, found);
  };
  const allowed = Math.max(wanted.length > 3 ? 2 : 1, Math.floor(wanted.length / 3));
  return candidates
    .map((candidate) => ({ candidate, distance: distance(candidate) }))
    .filter((entry) => entry.distance <= allowed)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, most)
    .map((entry) => entry.candidate);
}

/** `did you mean A or B? `, with a space after it, or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const near = suggest(word, candidates);
  return near.length === 0 ? '' : `did you mean ${near.map((name) => `"${name}"`).join(' or ')}? `;
}
