/** Kernels as text, for files: JSON, in which the bytes of the module are base64 and infinities have their names. */
import type { KernelModule } from './module.ts';

export const writeKernels = (kernels: KernelModule): string =>
  JSON.stringify({ ...kernels, bytes: base64Of(kernels.bytes) }, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value,
  );

export const readKernels = (text: string): KernelModule => {
  const { bytes, ...rest } = JSON.parse(text, (_, value: unknown) =>
    isNamed(value) ? Number(value.number) : value,
  ) as Omit<KernelModule, 'bytes'> & { readonly bytes: string };
  return { ...rest, bytes: bytesOf(bytes) };
};

const isNamed = (value: unknown): value is { readonly number: string } =>
  typeof (value as { readonly number?: unknown } | null)?.number === 'string';

const base64Of = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => {
  const characters = atob(base64);
  const bytes = new Uint8Array(characters.length);
  for (let place = 0; place < bytes.length; place++) bytes[place] = characters.charCodeAt(place);
  return bytes;
};
