/**
 * Random numbers for draws that need an unknown count of them: each element of an array has streams of its own, one for each
 * attempt, so that a draw depends on the key and on the element alone.
 */
import { fillBlocks, foldKey, openUniform, type Key } from './random.ts';

export interface ElementStream {
  /** Independent and uniform on (0, 1): the first of 52 bits, the others of 32. Overwritten by `advance`. */
  readonly uniforms: Float64Array;
  /** Moves to an attempt (0, 1, 2, ...) of an element. */
  readonly advance: (position: number, attempt: number) => void;
}

/**
 * Attempt n reads two blocks under the key with n folded in (the key itself for n = 0).
 *
 * @param offset number of elements of the whole array before the first one here, in flattened order
 */
export function elementStream(key: Key, offset: number): ElementStream {
  const keys: Key[] = [key];
  const words = new Int32Array(4);
  const uniforms = new Float64Array(3);
  const advance = (position: number, attempt: number): void => {
    for (let next = keys.length; next <= attempt; next++) keys.push(foldKey(key, next));
    fillBlocks(keys[attempt]!, 2 * (offset + position), 2, words);
    uniforms[0] = ((words[0]! >>> 0) * 2 ** 20 + (words[1]! >>> 12) + 0.5) * 2 ** -52;
    uniforms[1] = openUniform(words[2]!);
    uniforms[2] = openUniform(words[3]!);
  };
  return { uniforms, advance };
}
