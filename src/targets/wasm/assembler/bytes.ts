/** Numbers and texts as WebAssembly writes them: whole numbers in LEB128, the rest with the lowest byte first. */

export type Bytes = readonly number[];

export const unsigned = (value: number): Bytes => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
};

export const signed = (value: bigint): Bytes => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest < -64n || rest >= 64n; rest >>= 7n) bytes.push(Number(BigInt.asUintN(7, rest)) + 128);
  return [...bytes, Number(BigInt.asUintN(7, rest))];
};

export const float32 = (value: number): Bytes => [...new Uint8Array(Float32Array.of(value).buffer)];
export const float64 = (value: number): Bytes => [...new Uint8Array(Float64Array.of(value).buffer)];

/** With its length before it. */
export const sized = (bytes: Bytes): Bytes => [...unsigned(bytes.length), ...bytes];

export const text = (value: string): Bytes => sized([...new TextEncoder().encode(value)]);

/** With their number before them. */
export const list = (items: readonly Bytes[]): Bytes => [...unsigned(items.length), ...items.flat()];
