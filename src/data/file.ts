/** Bytes of a data file, decompressed where the content is gzip. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { dataError } from './error.ts';
import { suggest } from '../diagnostics/suggest.ts';

/** A file being read: where faults are reported. */
export interface DataFile {
  readonly uri: string;
  readonly path: string;
  readonly bytes: Uint8Array;
  /** How places are counted: in the file itself, or after decompression. */
  readonly unit: 'byte' | 'decompressed byte';
}

/**
 * Reads a whole file. Throws a `DataError` for a missing file (with similarly named ones), a folder, an empty
 * or unreadable file, and a gzip stream that is corrupt or cut short.
 */
export async function readDataFile(uri: string, path: string, signal?: AbortSignal): Promise<DataFile> {
  const stored = await readStored(uri, path, signal);
  if (stored.length === 0) {
    const hint = 'fetch or write the file again: it holds no bytes at all';
    throw dataError({ uri, path, what: 'the data file is empty', where: 'byte 0', hint });
  }
  const compressed = stored[0] === 0x1f && stored[1] === 0x8b;
  const bytes = compressed ? await gunzip(uri, path, stored, signal) : stored;
  if (bytes.length === 0) {
    const hint = 'make the file again: its gzip stream is sound but holds no bytes';
    throw dataError({ uri, path, what: 'the data file is empty once decompressed', where: 'byte 0', hint });
  }
  return { uri, path, bytes, unit: compressed ? 'decompressed byte' : 'byte' };
}

async function readStored(uri: string, path: string, signal: AbortSignal | undefined): Promise<Buffer> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) {
      const names = (await readdir(path)).sort();
      const some = names.slice(0, 5).join(', ') + (names.length > 5 ? `, ... (${names.length} in all)` : '');
      const hint = names.length === 0 ? 'name a file; this folder is empty' : `name a file in it: ${some}`;
      throw dataError({ uri, path, what: 'the path is a folder, not a data file', where: null, hint });
    }
    return await readFile(path, { signal });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') throw await missing(uri, path);
    if (/^E[A-Z_]+$/.test(code)) {
      const what = `the data file cannot be read: the system says ${code}`;
      const hint = 'check that you may read it (ls -l) and that the disk is there';
      throw dataError({ uri, path, what, where: null, hint }, error);
    }
    throw error;
  }
}

async function missing(uri: string, path: string): Promise<Error> {
  // The deepest folder that exists is where the first wrong name stands.
  let folder = dirname(path);
  let name = basename(path);
  while ((await readdir(folder).catch(() => null)) === null && dirname(folder) !== folder) {
    name = basename(folder);
    folder = dirname(folder);
  }
  const names = await readdir(folder).catch(() => []);
  const near = suggest(name, names).map((found) => join(folder, found));
  const what =
    name === basename(path) ? 'there is no such data file' : `there is no folder "${name}" in ${folder}`;
  const hint =
    near.length > 0
      ? `did you mean ${near.join(' or ')}?`
      : `check the path; it is read from ${process.cwd()}, and nothing in ${folder} has a similar name`;
  return dataError({ uri, path, what, where: null, hint });
}

const sliceLength = 1 << 16;

async function gunzip(
  uri: string,
  path: string,
  stored: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  // Slices bound the place where a fault shows; zlib itself does not tell it.
  let reached = 0;
  function* slices(): Generator<Uint8Array> {
    for (let start = 0; start < stored.length; start += sliceLength) {
      reached = Math.min(stored.length, start + sliceLength);
      yield stored.subarray(start, reached);
    }
  }
  const pieces: Uint8Array[] = [];
  const collect = async (source: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const piece of source) pieces.push(piece);
  };
  try {
    await pipeline(slices, createGunzip({ chunkSize: 1 << 18 }), collect, { signal });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'Z_BUF_ERROR') {
      const what = 'the gzip file is cut short: its compressed stream does not end';
      const hint =
        'the copy or download stopped early; fetch the file again and compare its length and checksum';
      throw dataError({ uri, path, what, where: `byte ${stored.length}, the end of the file`, hint }, error);
    }
    if (typeof code === 'string' && code.startsWith('Z_')) {
      const what = `the gzip file is corrupt: ${(error as Error).message}`;
      const hint = 'fetch the file again and compare its checksum (gzip --test shows the same fault)';
      throw dataError({ uri, path, what, where: `at or before compressed byte ${reached}`, hint }, error);
    }
    throw error;
  }
  return Buffer.concat(pieces);
}
