/** Writing files so that nothing is lost: whole or not at all, and never over what is there. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fault } from './problem.ts';

const elsewhere = 'give another directory with --out';

/** Replaces a file as a whole: a reader, or a crash, sees the old bytes or the new ones. */
export function writeAtomic(path: string, content: string | Uint8Array, hint = elsewhere): void {
  const temporary = `${path}.${process.pid}.partial`;
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  try {
    const file = openSync(temporary, 'w');
    try {
      for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    if (existsSync(temporary)) unlinkSync(temporary);
    throw cannotWrite(path, error, hint);
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a file of that name is in the way',
  ENAMETOOLONG: 'the name is too long',
};

/** The reason in words, for the errors that a file system gives; others are passed on as bugs. */
export function cannotWrite(path: string, error: unknown, hint = elsewhere): unknown {
  const reason = reasons[(error as NodeJS.ErrnoException).code ?? ''];
  if (reason === undefined) return error;
  return fault('NSM6007', `${path} cannot be written: ${reason}`, hint, path);
}

/** Makes the directory named, or makes sure that it is empty. */
export function makeEmptyDirectory(path: string): string {
  try {
    mkdirSync(path, { recursive: true });
    const [first] = readdirSync(path);
    if (first === undefined) return path;
  } catch (error) {
    throw cannotWrite(path, error);
  }
  throw fault(
    'NSM6007',
    `${path} is not empty, and nothing is overwritten`,
    existsSync(join(path, 'run.json'))
      ? `it holds a run: continue it with --resume ${path}, or give another directory with --out`
      : 'give a new or empty directory with --out',
    path,
  );
}

/** Throws NSM6007 for files that are there already. */
export function requireUnused(paths: readonly string[]): void {
  const there = paths.find((path) => existsSync(path));
  if (there === undefined) return;
  throw fault(
    'NSM6007',
    `${there} exists already, and nothing is overwritten`,
    'give another file with --out, or move that one away',
    there,
  );
}

/** Makes `runs/NAME-1`, or the first number that is free. */
export function makeNumberedDirectory(name: string): string {
  try {
    mkdirSync('runs', { recursive: true });
  } catch (error) {
    throw cannotWrite('runs', error);
  }
  for (let number = 1; ; number += 1) {
    const path = join('runs', `${name}-${number}`);
    try {
      mkdirSync(path);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw cannotWrite(path, error);
    }
  }
}

/** Writes a file of a folder, with the folders that it is in. */
export function writeInto(folder: string, path: string, content: string | Uint8Array): void {
  const place = join(folder, path);
  try {
    mkdirSync(dirname(place), { recursive: true });
  } catch (error) {
    throw cannotWrite(place, error);
  }
  writeAtomic(place, content);
}
