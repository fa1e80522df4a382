import { describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/runtime/safetensors.ts';

/** Written by the reference implementation (safetensors 0.8.0): W = [[1, -2], [0.5, 3]], b = 7, empty of shape [0, 3]. */
const reference = Uint8Array.from(
  (
    'd0000000000000007b225f5f6d657461646174615f5f223a7b226e6f7465223a22c3a9227d2c2257223a7b226474797065223a2246333222' +
    '2c227368617065223a5b322c325d2c22646174615f6f666673657473223a5b302c31365d7d2c2262223a7b226474797065223a2246333222' +
    '2c227368617065223a5b5d2c22646174615f6f666673657473223a5b31362c32305d7d2c22656d707479223a7b226474797065223a224633' +
    '32222c227368617065223a5b302c335d2c22646174615f6f666673657473223a5b32302c32305d7d7d202020202020200000803f000000c0' +
    '0000003f000040400000e040'
  ).match(/../g)!,
  (byte) => parseInt(byte, 16),
);

const tensors = {
  empty: { shape: [0, 3], data: new Float32Array(0) },
  b: { shape: [], data: Float32Array.of(7) },
  W: { shape: [2, 2], data: Float32Array.of(1, -2, 0.5, 3) },
};

/** A file of the given header and a number of bytes of values. */
function file(header: unknown, valueBytes: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + valueBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (shape: unknown, from: unknown, to: unknown, dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: [from, to],
});

describe('safetensors', () => {
  it('are written byte for byte as by the reference implementation', () => {
    expect(writeSafetensors(tensors, { note: 'é' })).toEqual(reference);
  });

  it('of the reference implementation are read', () => {
    expect(readSafetensors(reference)).toEqual({ tensors, metadata: { note: 'é' } });
  });

  it('come back as they were, NaN, infinities and strange names included', () => {
    const strange = {
      __proto__x: { shape: [3], data: Float32Array.of(NaN, -Infinity, -0) },
      ['__proto__']: { shape: [1], data: Float32Array.of(1e-45) },
      'a "b" \u{1F600}': { shape: [1, 1, 2], data: new Float32Array([9, 1, 2, 9]).subarray(1, 3) },
      7: { shape: [1], data: Float32Array.of(5) },
    };
    const read = readSafetensors(writeSafetensors(strange, {}));
    expect(Object.keys(read.tensors).toSorted()).toEqual(Object.keys(strange).toSorted());
    for (const [name, tensor] of Object.entries(strange)) expect(read.tensors[name]).toEqual(tensor);
    expect(Object.is(read.tensors['__proto__x']!.data[2], -0)).toBe(true);
    expect(read.metadata).toEqual({});
  });

  it('are equal bytes for equal content, in whatever order it was given, with values at a multiple of 8', () => {
    const { W, b, empty } = tensors;
    const bytes = writeSafetensors({ W, b, empty }, { a: '1', b: '2' });
    expect(writeSafetensors({ b, empty, W }, { b: '2', a: '1' })).toEqual(bytes);
    expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
  });

  it('are read from the middle of a buffer, into arrays of their own', () => {
    const shifted = new Uint8Array(reference.length + 3);
    shifted.set(reference, 3);
    const read = readSafetensors(shifted.subarray(3));
    shifted.fill(0);
    expect(read.tensors).toEqual(tensors);
  });

  it('with no tensors are a file too', () => {
    expect(readSafetensors(writeSafetensors({}, {}))).toEqual({ tensors: {}, metadata: {} });
  });

  it('refuse to be written from values that do not fill their shape, or under a reserved name', () => {
    expect(() => writeSafetensors({ W: { shape: [2, 3], data: new Float32Array(5) } }, {})).toThrow(
      /"W" of shape \[2, 3\] holds 6 values, but 5/,
    );
    expect(() => writeSafetensors({ __metadata__: { shape: [1], data: new Float32Array(1) } }, {})).toThrow(
      /another name/,
    );
  });

  it.each([
    ['no bytes', new Uint8Array(0), /0 bytes, fewer than its header length takes \(at byte 0\)/],
    [
      'a header longer than the file',
      reference.subarray(0, 100),
      /header ends at byte 216, .* only 100 bytes \(at byte 0\)/,
    ],
    ['an absurd header length', new Uint8Array(16).fill(255), /header would be .* bytes long \(at byte 0\)/],
    ['values cut off', reference.subarray(0, -1), /tensor "b" takes bytes 232 to 236 of 235 \(at byte 232\)/],
    ['bytes at the end', file({ a: entry([1], 0, 4) }, 6), /2 bytes follow the last tensor/],
    ['no JSON', file('{"a":', 0), /header is not JSON in UTF-8 \(at byte 8\)/],
    ['no UTF-8', file('{}', 0).fill(0xff, 8), /header is not JSON in UTF-8/],
    ['a list for a header', file([], 0), /not a JSON object/],
    [
      'metadata of numbers',
      file({ __metadata__: { a: 1 } }, 0),
      /"__metadata__" is not an object of strings/,
    ],
    ['an entry that is no object', file({ a: 3 }, 0), /entry for tensor "a" is not an object/],
    ['a negative size', file({ a: entry([-1], 0, 4) }, 4), /shape of tensor "a"/],
    [
      'an offset too few',
      file({ a: { dtype: 'F32', shape: [1], data_offsets: [0] } }, 4),
      /"data_offsets" of tensor "a"/,
    ],
    ['offsets reversed', file({ a: entry([1], 4, 0) }, 4), /tensor "a" takes bytes/],
    ['a shape too large', file({ a: entry([2], 0, 4) }, 4), /"a" of shape \[2\] needs 8 bytes, but has 4/],
    [
      'a hole',
      file({ a: entry([1], 0, 4), b: entry([1], 8, 12) }, 12),
      /tensor "b" begins where no other tensor ends/,
    ],
    [
      'an overlap',
      file({ a: entry([2], 0, 8), b: entry([1], 4, 8) }, 8),
      /tensor "b" begins where no other tensor ends/,
    ],
    [
      'another type',
      file({ a: entry([2], 0, 4, 'BF16') }, 4),
      /"a" holds "BF16" values .* convert it to float32/,
    ],
  ])('with %s are refused in one clear sentence', (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(message);
  });
});
