/**
 * Discrete Fourier transforms of any length. Powers of two are fft.js (Indutny); other lengths are Bluestein's
 * chirp convolution around it (Bluestein 1970). Complex arrays hold real and imaginary parts in turn.
 */
import FFT from 'fft.js';
import { rootOfUnity } from './portable.ts';

/** X[k] = sum over j of x[j] exp(-2 pi i j k / size). `output` and `input` are distinct, 2 * size long. */
export type Fourier = (output: Float64Array, input: Float64Array) => void;

/** The forward transform of one length; it keeps its own work space, so it is quick to call again. */
export function fourier(size: number): Fourier {
  if (size === 1) return (output, input) => output.set(input);
  if ((size & (size - 1)) === 0) {
    const fast = radixTwo(size);
    return (output, input) => fast.transform(output, input);
  }
  return bluestein(size);
}

function radixTwo(size: number): FFT {
  const fast = new FFT(size);
  // fft.js fills its table with Math.cos and Math.sin, whose last bits differ between engines.
  for (let k = 0; k < size; k += 1) {
    const [cosine, sine] = rootOfUnity(k, size);
    fast.table[2 * k] = cosine;
    fast.table[2 * k + 1] = -sine;
  }
  return fast;
}

/** jk = (j^2 + k^2 - (k - j)^2) / 2 turns the sum into a convolution with the chirp w[j] = exp(i pi j^2 / size). */
function bluestein(size: number): Fourier {
  let padded = 2;
  while (padded < 2 * size - 1) padded *= 2;
  const fast = radixTwo(padded);
  const chirp = new Float64Array(2 * size);
  const kernel = new Float64Array(2 * padded);
  for (let j = 0; j < size; j += 1) {
    // j^2 modulo 2 * size keeps the angle exact.
    const root = rootOfUnity((j * j) % (2 * size), 2 * size);
    chirp.set(root, 2 * j);
    kernel.set(root, 2 * j);
    if (j > 0) kernel.set(root, 2 * (padded - j));
  }
  const kernelSpectrum = new Float64Array(2 * padded);
  fast.transform(kernelSpectrum, kernel);
  const work = new Float64Array(2 * padded);
  const spectrum = new Float64Array(2 * padded);
  return (output, input) => {
    work.fill(0);
    multiplyConjugate(work, input, chirp, size);
    fast.transform(spectrum, work);
    for (let k = 0; k < 2 * padded; k += 2) {
      const [a, b] = [spectrum[k]!, spectrum[k + 1]!];
      const [c, d] = [kernelSpectrum[k]!, kernelSpectrum[k + 1]!];
      spectrum[k] = a * c - b * d;
      spectrum[k + 1] = a * d + b * c;
    }
    fast.inverseTransform(work, spectrum);
    multiplyConjugate(output, work, chirp, size);
  };
}

/** output = input * conj(factor), elementwise. */
function multiplyConjugate(
  output: Float64Array,
  input: Float64Array,
  factor: Float64Array,
  size: number,
): void {
  for (let k = 0; k < 2 * size; k += 2) {
    const [a, b, c, d] = [input[k]!, input[k + 1]!, factor[k]!, factor[k + 1]!];
    output[k] = a * c + b * d;
    output[k + 1] = b * c - a * d;
  }
}

/**
 * Multiplies the spectrum of a periodic real image, height x width, by a real gain that is even in both
 * frequencies (cycles per pixel, 0 to 1/2). Returns a new image.
 */
export function filterImage(
  image: ArrayLike<number>,
  height: number,
  width: number,
  gain: (vertical: number, horizontal: number) => number,
): Float64Array {
  const spectrum = new Float64Array(2 * height * width);
  for (let pixel = 0; pixel < height * width; pixel += 1) spectrum[2 * pixel] = image[pixel]!;
  transformRows(spectrum, height, width);
  transformColumns(spectrum, height, width);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const vertical = Math.min(row, height - row) / height;
      const horizontal = Math.min(column, width - column) / width;
      const factor = gain(vertical, horizontal) / (height * width);
      const at = 2 * (row * width + column);
      spectrum[at] = spectrum[at]! * factor;
      // The inverse transform is the forward one of the conjugate; the image is real, so its conjugate is itself.
      spectrum[at + 1] = -spectrum[at + 1]! * factor;
    }
  }
  transformColumns(spectrum, height, width);
  transformRows(spectrum, height, width);
  return Float64Array.from({ length: height * width }, (_, pixel) => spectrum[2 * pixel]!);
}

function transformRows(spectrum: Float64Array, height: number, width: number): void {
  const transform = fourier(width);
  const output = new Float64Array(2 * width);
  for (let row = 0; row < height; row += 1) {
    const line = spectrum.subarray(2 * row * width, 2 * (row + 1) * width);
    transform(output, line);
    line.set(output);
  }
}

function transformColumns(spectrum: Float64Array, height: number, width: number): void {
  const transform = fourier(height);
  const input = new Float64Array(2 * height);
  const output = new Float64Array(2 * height);
  for (let column = 0; column < width; column += 1) {
    for (let row = 0; row < height; row += 1) {
      const at = 2 * (row * width + column);
      input[2 * row] = spectrum[at]!;
      input[2 * row + 1] = spectrum[at + 1]!;
    }
    transform(output, input);
    for (let row = 0; row < height; row += 1) {
      const at = 2 * (row * width + column);
      spectrum[at] = output[2 * row]!;
      spectrum[at + 1] = output[2 * row + 1]!;
    }
  }
}
