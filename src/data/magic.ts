/** What a file that is not what its scheme says looks like instead. */

const starts = (bytes: Uint8Array, text: string): boolean =>
  text.length <= bytes.length && [...text].every((letter, index) => bytes[index] === letter.charCodeAt(0));

export const isNpy = (bytes: Uint8Array): boolean => starts(bytes, '\x93NUMPY');
/** Two zero bytes, a type code and a number of axes. */
export const isIdx = (bytes: Uint8Array): boolean =>
  bytes.length >= 4 && bytes[0] === 0 && bytes[1] === 0 && bytes[2]! >= 0x08 && bytes[2]! <= 0x0e;

/** Advice on a file whose magic is wrong for `scheme`. */
export function adviceOnContent(bytes: Uint8Array, scheme: 'idx' | 'npy', path: string): string {
  if (scheme === 'idx' && isNpy(bytes)) return `this is a NumPy array: write npy:${path}`;
  if (scheme === 'npy' && isIdx(bytes)) return `this looks like an IDX array: write idx:${path}`;
  if (starts(bytes, 'PK')) return 'this is a zip or .npz archive: unpack it and name one .npy file from it';
  if (starts(bytes, '\x89HDF')) return 'this is an HDF5 file: save the array with numpy.save';
  if (starts(bytes, '\x89PNG') || starts(bytes, '\xff\xd8')) {
    return 'this is a picture: save pictures as one array images x height x width with numpy.save';
  }
  if (starts(bytes, 'version https://git-lfs'))
    return 'this is a Git LFS pointer: fetch the real file with git lfs pull';
  if (starts(bytes, '<')) return 'this looks like a web page: the download went wrong, fetch the file again';
  return scheme === 'idx'
    ? 'name an IDX file such as train-images-idx3-ubyte.gz; arrays from numpy.save are read with npy:'
    : 'save the array with numpy.save; MNIST-like files are read with idx:';
}

export const showBytes = (bytes: Uint8Array, count: number): string =>
  Array.from(bytes.subarray(0, count), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
