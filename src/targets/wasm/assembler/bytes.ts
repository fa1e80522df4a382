/** Numbers and texts as WebAssembly writes them: whole numbers in LEB128, the rest with the lowest byte first. */

export type Bytes = readonly number[];

export const unsigned = (value: number): Bytes => {
  const bytes: number[] = [];
  writeUnsigned(bytes, value);
  return bytes;
};

export const writeUnsigned = (to: number[], value: number): void => {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) to.push((rest % 128) + 128);
  to.push(rest);
};

export const signed = (value: bigint): Bytes => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest < -64n || rest >= 64n; rest >>= 7n) bytes.push(Number(BigInt.asUintN(7, rest)) + 128);
  return [...bytes, Number(BigInt.asUintN(7, rest))];
};

/** Of a number of 32 bits. */
export const writeSigned = (to: number[], value: number): void => {
  let rest = value;
  for (; rest < -64 || rest >= 64; rest >>= 7) to.push((rest & 127) + 128);
  to.push(rest & 127);
};

export const float32 = (value: number): Bytes => [...new Uint8Array(Float32Array.of(value).buffer)];
export const float64 = (value: number): Bytes => [...new Uint8Array(Float64Array.of(value).buffer)];

/** With its length before it. */
export const sized = (bytes: Bytes): Bytes => [...unsigned(bytes.length), ...bytes];

export const text = (value: string): Bytes => sized([...new TextEncoder().encode(value)]);

/** With their number before them. */
export const list = (items: readonly Bytes[]): Bytes => [...unsigned(items.length), ...items.flat()];

/** One after the other. */
export const joined = (parts: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> => {
  const all = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let end = 0;
  for (const part of parts) {
    all.set(part, end);
    end += part.length;
  }
  return all;
};
