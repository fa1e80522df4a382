/** Which word was meant. */

/** Edits from one word to the other: insert, delete, replace, or swap two neighbours (optimal string alignment). */
export const distance = (from: string, to: string): number => {
  const [a, b] = [[...from], [...to]];
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      const edits = [at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + same];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) edits.push(at(beforeLast, column - 2) + 1);
      current.push(Math.min(...edits));
    }
    [beforeLast, last] = [last, current];
  }
  return at(last, b.length);
};

const at = (row: readonly number[], column: number): number => row[column] ?? Infinity;

/** The least length of a beginning that tells which word was meant. */
const beginning = 4;

/**
 * The candidate nearest to `word`, or null when none is near: at most one edit in three letters (one in two for a
 * word of two), case aside. Where none is, the only one that `word` begins.
 */
export const didYouMean = (word: string, candidates: Iterable<string>): string | null => {
  const allowed = word.length === 2 ? 1 : Math.floor(word.length / 3);
  let best: string | null = null;
  let least = Infinity;
  const others = [...candidates].filter((candidate) => candidate !== word);
  for (const candidate of others) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    if (edits > allowed || edits >= least) continue;
    [best, least] = [candidate, edits];
  }
  if (best !== null || word.length < beginning) return best;
  const begun = others.filter((candidate) => candidate.toLowerCase().startsWith(word.toLowerCase()));
  return begun.length === 1 ? begun[0]! : null;
};
