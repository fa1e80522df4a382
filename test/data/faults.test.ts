import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { dataError, isDataError } from '../../src/data/error.ts';
import { bytesOf, faultOf, idx, npy, scratch } from './files.ts';

const { folder, write } = scratch();
const fault = (uri: string): Promise<string> => faultOf(uri, folder);
const small = npy('|u1', [2, 2], Uint8Array.of(1, 2, 3, 4));

it('a data error carries its parts', () => {
  const parts = { uri: 'npy:a', path: 'a', what: 'it is broken', where: 'byte 3', hint: 'mend it' };
  const error = dataError(parts);
  expect(error).toMatchObject({ ...parts, name: 'DataError' });
  expect(error.message).toBe('it is broken\n  at:   a, byte 3\n  from: npy:a\n  try:  mend it');
  expect(isDataError(error)).toBe(true);
  expect(isDataError(new Error('other'))).toBe(false);
});

it('a missing file names similar ones', async () => {
  write('train-images-idx3-ubyte.gz', small);
  expect(await fault(`idx:${folder}/train-images-idx3-ubyte`)).toMatchInlineSnapshot(`
    "there is no such data file
      at:   DIR/train-images-idx3-ubyte
      from: idx:DIR/train-images-idx3-ubyte
      try:  did you mean DIR/train-images-idx3-ubyte.gz?"
  `);
  expect(await fault(`idx:${folder}/trian-images-idx3-ubyte.gz`)).toContain('train-images-idx3-ubyte.gz?');
});

it('a missing folder names similar ones', async () => {
  mkdirSync(join(folder, 'natural'));
  expect(await fault(`npy:${folder}/natral/deep/a.npy`)).toMatchInlineSnapshot(`
    "there is no folder "natral" in DIR
      at:   DIR/natral/deep/a.npy
      from: npy:DIR/natral/deep/a.npy
      try:  did you mean DIR/natural?"
  `);
});

it('a missing file with nothing similar says from where the path is read', async () => {
  const message = await fault(`npy:${folder}/zzzzzzzz`);
  expect(message.replace(process.cwd(), 'HERE')).toMatchInlineSnapshot(`
    "there is no such data file
      at:   DIR/zzzzzzzz
      from: npy:DIR/zzzzzzzz
      try:  check the path; it is read from HERE, and nothing in DIR has a similar name"
  `);
});

it('a folder lists what is in it', async () => {
  mkdirSync(join(folder, 'some'));
  write('some/a.npy', small);
  write('some/b.npy', small);
  expect(await fault(`npy:${folder}/some`)).toMatchInlineSnapshot(`
    "the path is a folder, not a data file
      at:   DIR/some
      from: npy:DIR/some
      try:  name a file in it: a.npy, b.npy"
  `);
});

it('an empty file', async () => {
  expect(await fault(`npy:${write('empty.npy', new Uint8Array(0))}`)).toMatchInlineSnapshot(`
    "the data file is empty
      at:   DIR/empty.npy, byte 0
      from: npy:DIR/empty.npy
      try:  fetch or write the file again: it holds no bytes at all"
  `);
  const zipped = write('empty.npy.gz', gzipSync(new Uint8Array(0)));
  expect(await fault(`npy:${zipped}`)).toMatchInlineSnapshot(`
    "the data file is empty once decompressed
      at:   DIR/empty.npy.gz, byte 0
      from: npy:DIR/empty.npy.gz
      try:  make the file again: its gzip stream is sound but holds no bytes"
  `);
});

it('a gzip file cut short', async () => {
  const path = write('short.npy.gz', gzipSync(small).subarray(0, 30));
  expect(await fault(`npy:${path}`)).toMatchInlineSnapshot(`
    "the gzip file is cut short: its compressed stream does not end
      at:   DIR/short.npy.gz, byte 30, the end of the file
      from: npy:DIR/short.npy.gz
      try:  the copy or download stopped early; fetch the file again and compare its length and checksum"
  `);
});

it('a corrupt gzip file', async () => {
  const zipped = gzipSync(small);
  zipped[zipped.length - 6]! ^= 1; // in the checksum
  expect(await fault(`npy:${write('corrupt.npy.gz', zipped)}`)).toMatchInlineSnapshot(`
    "the gzip file is corrupt: incorrect data check
      at:   DIR/corrupt.npy.gz, at or before compressed byte 95
      from: npy:DIR/corrupt.npy.gz
      try:  fetch the file again and compare its checksum (gzip --test shows the same fault)"
  `);
});

it('a file that is of another format', async () => {
  expect(await fault(`idx:${write('array.npy', small)}`)).toMatchInlineSnapshot(`
    "this is not an IDX file: it starts with bytes 93 4e 55 4d, not 00 00
      at:   DIR/array.npy, byte 0
      from: idx:DIR/array.npy
      try:  this is a NumPy array: write npy:DIR/array.npy"
  `);
  expect(await fault(`npy:${write('digits', idx(8, [1, 1], Uint8Array.of(1)))}`)).toMatchInlineSnapshot(`
    "this is not an npy file: it starts with bytes 00 00 08 02 00 00, not 93 4e 55 4d 50 59
      at:   DIR/digits, byte 0
      from: npy:DIR/digits
      try:  this looks like an IDX array: write idx:DIR/digits"
  `);
  expect(await fault(`npy:${write('page.npy', Buffer.from('<!doctype html>'))}`)).toContain(
    'looks like a web page',
  );
  expect(await fault(`npy:${write('lfs.npy', Buffer.from('version https://git-lfs.github.com'))}`)).toContain(
    'git lfs pull',
  );
  expect(await fault(`npy:${write('a.npz', Buffer.from('PK\x03\x04....'))}`)).toContain('.npz archive');
  expect(await fault(`patches:${write('a.png', Buffer.from('\x89PNG\r\n', 'latin1'))}`)).toContain(
    'numpy.save',
  );
  expect(await fault(`idx:${write('a.h5', Buffer.from('\x89HDF\r\n', 'latin1'))}`)).toContain('HDF5');
  expect(await fault(`idx:${write('words', Buffer.from('some words'))}`)).toContain(
    'train-images-idx3-ubyte.gz',
  );
});

it('an IDX type that does not exist, and headers cut short', async () => {
  expect(await fault(`idx:${write('odd', idx(0x0a, [1], Uint8Array.of(1)))}`)).toMatchInlineSnapshot(`
    "the IDX header has type code 0x0a, which is none of 08, 09, 0b, 0c, 0d, 0e
      at:   DIR/odd, byte 2
      from: idx:DIR/odd
      try:  name an IDX file such as train-images-idx3-ubyte.gz; arrays from numpy.save are read with npy:"
  `);
  const cut = idx(0x08, [3, 3, 3], new Uint8Array(27)).subarray(0, 10);
  expect(await fault(`idx:${write('cut', cut)}`)).toMatchInlineSnapshot(`
    "the IDX file is cut short within its header, which takes 16 bytes
      at:   DIR/cut, byte 10, the end
      from: idx:DIR/cut
      try:  the copy or download stopped early; fetch the file again"
  `);
  expect(await fault(`npy:${write('cut.npy', small.subarray(0, 40))}`)).toMatchInlineSnapshot(`
    "the npy file is cut short within its header, which takes 128 bytes
      at:   DIR/cut.npy, byte 40
      from: npy:DIR/cut.npy
      try:  the copy or download stopped early; fetch or save the file again"
  `);
  expect(await fault(`npy:${write('stub.npy', small.subarray(0, 7))}`)).toContain(
    'cut short within its header',
  );
});

it('a header whose shape disagrees with the length', async () => {
  const short = idx(0x08, [3, 3, 3], new Uint8Array(20));
  expect(await fault(`idx:${write('short', short)}`)).toMatchInlineSnapshot(`
    "the IDX file is cut short: shape 3x3x3 of 8-bit unsigned integers takes 27 bytes after the header, and 20 are there
      at:   DIR/short, byte 36, the end
      from: idx:DIR/short
      try:  the copy or download stopped early, or the header is wrong; fetch or save the file again"
  `);
  const long = npy('<f4', [2], new Uint8Array(12));
  expect(await fault(`npy:${write('long.npy', long)}`)).toMatchInlineSnapshot(`
    "the npy file is longer than its header says: shape 2 of 32-bit floats takes 8 bytes after the header, and 12 are there
      at:   DIR/long.npy, byte 136
      from: npy:DIR/long.npy
      try:  the header is wrong or something was appended; fetch or save the file again"
  `);
});

it('places in a compressed file count after decompression', async () => {
  const path = write('short.gz', gzipSync(idx(0x08, [3, 3, 3], new Uint8Array(20))));
  expect(await fault(`idx:${path}`)).toContain('short.gz, decompressed byte 36, the end');
});

it('arrays without examples', async () => {
  expect(await fault(`npy:${write('none.npy', npy('<f4', [0, 4], new Uint8Array(0)))}`))
    .toMatchInlineSnapshot(`
    "the npy file holds no numbers: its shape is 0x4
      at:   DIR/none.npy, byte 51
      from: npy:DIR/none.npy
      try:  save an array with at least one example and no axis of size 0"
  `);
  expect(await fault(`npy:${write('scalar.npy', npy('<f4', [], new Uint8Array(4)))}`)).toMatchInlineSnapshot(`
    "the npy file holds a single number: it has no axis of examples
      at:   DIR/scalar.npy, byte 51
      from: npy:DIR/scalar.npy
      try:  save an array whose first axis counts the examples, such as array.reshape(1, -1)"
  `);
  expect(await fault(`idx:${write('scalar', idx(8, [], new Uint8Array(1)))}`)).toContain(
    'no axis of examples',
  );
});

it('npy headers that cannot be used', async () => {
  const data = new Uint8Array(8);
  expect(await fault(`npy:${write('f.npy', npy('<f4', [1, 2], data, true))}`)).toMatchInlineSnapshot(`
    "the npy file is in Fortran order: its first axis varies fastest, so rows do not lie together
      at:   DIR/f.npy, byte 27
      from: npy:DIR/f.npy
      try:  save numpy.ascontiguousarray(array)"
  `);
  expect(await fault(`npy:${write('c.npy', npy('<c8', [1], data))}`)).toMatchInlineSnapshot(`
    "npy data of type <c8 cannot be read
      at:   DIR/c.npy, byte 11
      from: npy:DIR/c.npy
      try:  save array.astype("float32"); npy data may be u1, i1, u2, i2, u4, i4, u8, i8, f4, f8 and b1"
  `);
  const record = npy("[('a', '<f4'), ('b', '<f4')]", [1], data);
  expect(await fault(`npy:${write('r.npy', record)}`)).toContain('a record of several types');
  const version = Uint8Array.from(small);
  version[6] = 9;
  expect(await fault(`npy:${write('v.npy', version)}`)).toContain('npy version 9 is not known');
  const words = Buffer.from(small);
  words.write('shape'.replace('s', 'S'), words.indexOf('shape'));
  expect(await fault(`npy:${write('w.npy', words)}`)).toContain("no readable 'shape'");
});

it('numbers that are not finite, by row and column', async () => {
  const floats = npy('<f4', [2, 3], bytesOf(Float32Array.of(0, 1, 2, 3, 4, NaN)));
  expect(await fault(`npy:${write('nan.npy', floats)}?offset=1`)).toMatchInlineSnapshot(`
    "NaN is not a finite number, and no example may hold one
      at:   DIR/nan.npy, row 1, column 2 (byte 148)
      from: npy:DIR/nan.npy?offset=1
      try:  replace or drop such rows before saving, e.g. array[numpy.isfinite(array).all(axis=1)]"
  `);
  const doubles = npy('<f8', [2, 1], bytesOf(Float64Array.of(0, -Infinity)));
  expect(await fault(`npy:${write('infinite.npy', doubles)}`)).toContain('-Infinity is not a finite number');
  const large = npy('<f8', [1], bytesOf(Float64Array.of(1e300)));
  expect(await fault(`npy:${write('large.npy', large)}`)).toContain(
    '1e+300 is beyond the range of 32-bit floats',
  );
});

it('rows past the end', async () => {
  const path = write('rows.npy', small);
  expect(await fault(`npy:${path}?offset=2`)).toMatchInlineSnapshot(`
    "offset=2 is past the end: the file has 2 rows
      at:   DIR/rows.npy, option "offset"
      from: npy:DIR/rows.npy?offset=2
      try:  write an offset from 0 to 1"
  `);
  expect(await fault(`npy:${path}?offset=1&limit=2`)).toMatchInlineSnapshot(`
    "limit=2 is past the end: 1 of the file's 2 rows follow offset=1
      at:   DIR/rows.npy, option "limit"
      from: npy:DIR/rows.npy?offset=1&limit=2
      try:  write a limit of at most 1, or leave it out to read all that follow"
  `);
});

it('patches that cannot be cut', async () => {
  const images = write(
    'images.npy',
    npy(
      '|u1',
      [2, 4, 6],
      Uint8Array.from({ length: 48 }, (_, at) => at * at),
    ),
  );
  expect(await fault(`patches:${images}?size=5`)).toMatchInlineSnapshot(`
    "patches of 5x5 do not fit in images of 4x6
      at:   DIR/images.npy, option "size"
      from: patches:DIR/images.npy?size=5
      try:  write a size of at most 4"
  `);
  expect(await fault(`patches:${images}?size=2&images=0-2`)).toMatchInlineSnapshot(`
    "images=0-2 is past the end: the file has 2 images
      at:   DIR/images.npy, option "images"
      from: patches:DIR/images.npy?size=2&images=0-2
      try:  images are counted from 0: write a range within 0-1"
  `);
  expect(await fault(`patches:${images}?size=2&count=9&min_std=50`)).toMatchInlineSnapshot(`
    "none of the 9 patches has a standard deviation of at least 50 times the set's
      at:   DIR/images.npy, option "min_std"
      from: patches:DIR/images.npy?size=2&count=9&min_std=50
      try:  lower min_std (0 keeps every patch), or raise count"
  `);
  expect(
    await fault(`patches:${write('flat.npy', npy('|u1', [1, 4, 4], new Uint8Array(16)))}?size=2`),
  ).toContain('every patch is flat');
  expect(await fault(`patches:${write('rows.npy', small)}`)).toMatchInlineSnapshot(`
    "patches are cut from images x height x width, but the shape is (2, 2)
      at:   DIR/rows.npy, byte 51
      from: patches:DIR/rows.npy
      try:  save grey images as one array of three axes; a single image needs array[None]"
  `);
});
