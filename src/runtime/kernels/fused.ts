/** Fused multiply-adds, which not every engine has. */
import type { KernelModule } from './module.ts';

/** A module with one function, from x to x x + x by `f32x4.relaxed_madd`. */
// prettier-ignore
const example = Uint8Array.of(
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  // The type, and one function of it.
  1, 6, 1, 0x60, 1, 0x7b, 1, 0x7b, 3, 2, 1, 0,
  10, 13, 1, 11, 0, 0x20, 0, 0x20, 0, 0x20, 0, 0xfd, 0x85, 0x02, 0x0b,
);

/** Whether this engine has instructions that multiply and add at once. */
export const canFuse = (): boolean => WebAssembly.validate(example);

/** The code that runs here. */
export const codeOf = ({ bytes, fused }: KernelModule): Uint8Array<ArrayBuffer> =>
  fused !== null && canFuse() ? fused : bytes;
