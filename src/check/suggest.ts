/** "Did you mean" hints. */
import { didYouMean as nearest } from '../diagnostics/distance.ts';
import { quoted, type Advice } from './scope.ts';

/** So many are listed. */
const most = 8;

/** A hint that names the closest candidate, else lists a few, else the fallback. */
export const didYouMean = (
  name: string,
  candidates: readonly string[],
  fallback: string | null = null,
): Advice | string | null => {
  const unique = [...new Set(candidates)];
  const close = nearest(name, unique);
  if (close !== null) return { hint: `Did you mean \`${close}\`?`, instead: close };
  if (fallback !== null) return fallback;
  if (unique.length === 0) return null;
  if (unique.length <= most) return `There ${unique.length === 1 ? 'is' : 'are'} ${quoted(unique)}.`;
  const shown = unique.slice(0, most).map((candidate) => `\`${candidate}\``);
  return `There are ${shown.join(', ')} and ${unique.length - most} more.`;
};
