/**
 * The safetensors format: 8 bytes of header length (little-endian), a JSON header padded with spaces to a multiple
 * of 8 bytes, then the values. Float32 tensors only (`F32`), which is what parameters are.
 * https://huggingface.co/docs/safetensors
 */

export interface StoredTensor {
  readonly shape: readonly number[];
  /** Row-major; typed arrays are little-endian on every platform that runs JavaScript engines of today. */
  readonly data: Float32Array;
}

export interface TensorFile {
  readonly tensors: Readonly<Record<string, StoredTensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const lengthBytes = 8;
const alignment = 8;
const bytesPerValue = Float32Array.BYTES_PER_ELEMENT;
const metadataName = '__metadata__';
/** The limit of the reference implementation. */
const longestHeader = 100_000_000;

/**
 * The bytes of a file. Tensors and metadata are ordered by name, so equal content gives equal bytes.
 *
 * @throws Error when a tensor's values do not fill its shape, or it is called `__metadata__`
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, StoredTensor>>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const named = sortedEntries(tensors);
  const header: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0)
    header.push([metadataName, Object.fromEntries(sortedEntries(metadata))]);
  let end = 0;
  for (const [name, { shape, data }] of named) {
    if (name === metadataName)
      throw new Error(`a tensor cannot be called "${metadataName}": give it another name`);
    if (data.length !== elementCount(shape)) {
      throw new Error(
        `tensor "${name}" of shape [${shape.join(', ')}] holds ${elementCount(shape)} values, but ${data.length} ` +
          `were given`,
      );
    }
    const start = end;
    end += data.byteLength;
    header.push([name, { dtype: 'F32', shape, data_offsets: [start, end] }]);
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerLength = Math.ceil(text.length / alignment) * alignment;
  const bytes = new Uint8Array(lengthBytes + headerLength + end).fill(
    0x20,
    lengthBytes,
    lengthBytes + headerLength,
  );
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(text, lengthBytes);
  let position = lengthBytes + headerLength;
  for (const [, { data }] of named) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return bytes;
}

/**
 * The tensors and metadata of a file's bytes. Values are copied.
 *
 * @throws Error that says what is wrong, at which byte, and what to do
 */
export function readSafetensors(bytes: Uint8Array): TensorFile {
  const { header, start } = readHeader(bytes);
  const metadata = readMetadata(header[metadataName]);
  const size = bytes.length - start;
  const entries = Object.entries(header)
    .filter(([name]) => name !== metadataName)
    .map(([name, entry]) => readEntry(name, entry, size, start))
    .sort((a, b) => a.from - b.from || a.to - b.to);
  let end = 0;
  for (const { name, from, to } of entries) {
    if (from !== end) {
      throw damaged(
        `tensor "${name}" begins where no other tensor ends: values overlap or are missing`,
        start + end,
      );
    }
    end = to;
  }
  if (end !== size) throw damaged(`${size - end} bytes follow the last tensor`, start + end);
  // A Buffer's own `slice` does not copy: its buffer would be the whole file's, or a pool's.
  const tensors = entries.map(({ name, shape, from, to }): [string, StoredTensor] => [
    name,
    {
      shape,
      data: new Float32Array(Uint8Array.prototype.slice.call(bytes, start + from, start + to).buffer),
    },
  ]);
  return { tensors: Object.fromEntries(sortEntries(tensors)), metadata };
}

function readHeader(bytes: Uint8Array): { readonly header: Record<string, unknown>; readonly start: number } {
  if (bytes.length < lengthBytes) {
    throw damaged(`the file has ${bytes.length} bytes, fewer than its header length takes`, 0);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > longestHeader) throw damaged(`the header would be ${length} bytes long`, 0);
  const start = lengthBytes + length;
  if (start > bytes.length) {
    throw damaged(`the header ends at byte ${start}, but the file has only ${bytes.length} bytes`, 0);
  }
  const header = parseHeader(bytes.subarray(lengthBytes, start));
  if (!isRecord(header)) throw damaged('the header is not a JSON object', lengthBytes);
  return { header, start };
}

function parseHeader(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw damaged('the header is not JSON in UTF-8', lengthBytes);
  }
}

function readMetadata(value: unknown): Record<string, string> {
  if (value === undefined) return {};
  if (isRecord(value)) {
    const entries = Object.entries(value);
    if (entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) {
      return Object.fromEntries(entries);
    }
  }
  throw damaged(`"${metadataName}" is not an object of strings`, lengthBytes);
}

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  /** Bytes after the header. */
  readonly from: number;
  readonly to: number;
}

function readEntry(name: string, entry: unknown, size: number, start: number): Entry {
  if (!isRecord(entry))
    throw damaged(`the header's entry for tensor "${name}" is not an object`, lengthBytes);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (dtype !== 'F32') {
    throw new Error(
      `tensor "${name}" holds ${JSON.stringify(dtype)} values (header at byte ${lengthBytes}); only F32 can be ` +
        `read: convert it to float32 and save it again`,
    );
  }
  if (!isSizes(shape))
    throw damaged(`the shape of tensor "${name}" is not a list of whole numbers`, lengthBytes);
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw damaged(`"data_offsets" of tensor "${name}" are not two whole numbers`, lengthBytes);
  }
  const [from, to] = offsets as [number, number];
  if (from > to || to > size) {
    throw damaged(
      `tensor "${name}" takes bytes ${start + from} to ${start + to} of ${start + size}`,
      start + from,
    );
  }
  if (to - from !== elementCount(shape) * bytesPerValue) {
    const needed = elementCount(shape) * bytesPerValue;
    throw damaged(
      `tensor "${name}" of shape [${shape.join(', ')}] needs ${needed} bytes, but has ${to - from}`,
      start + from,
    );
  }
  return { name, shape, from, to };
}

function damaged(what: string, byte: number): Error {
  return new Error(
    `not a whole safetensors file: ${what} (at byte ${byte}). Save or download it again, and check that it is ` +
      `a .safetensors file`,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function sortedEntries<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return sortEntries(Object.entries(record));
}

/** By code units, as the reference implementation does for names in ASCII; not by locale, which would vary. */
function sortEntries<T>(entries: [string, T][]): [string, T][] {
  return entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
