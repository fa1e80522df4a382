/** Reads the entries of a zip file, such as an extension of VS Code is. */
import { inflateRawSync } from 'node:zlib';

export const unzipped = (zip: Buffer): ReadonlyMap<string, string> => {
  const entries = new Map<string, string>();
  // The directory is at the end, and its place in the last record, which has no comment.
  const end = zip.length - 22;
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((by) => zip.readUInt16LE(at + by));
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength!);
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const bytes = zip.subarray(start, start + zip.readUInt32LE(at + 20));
    const isStored = zip.readUInt16LE(at + 10) === 0;
    entries.set(name, (isStored ? bytes : inflateRawSync(bytes)).toString());
    at += 46 + nameLength! + extraLength! + commentLength!;
  }
  return entries;
};
