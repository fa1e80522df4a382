/** Kernels as text, for files: JSON, in which the bytes of modules are base64 and infinities have their names. */
import type { KernelModule } from './module.ts';

export const writeKernels = (kernels: KernelModule): string =>
  JSON.stringify(
    { ...kernels, bytes: base64Of(kernels.bytes), fused: kernels.fused && base64Of(kernels.fused) },
    (_, value: unknown) =>
      typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value,
  );

export const readKernels = (text: string): KernelModule => {
  const { bytes, fused, ...rest } = JSON.parse(text, (_, value: unknown) =>
    isNamed(value) ? Number(value.number) : value,
  ) as Omit<KernelModule, 'bytes' | 'fused'> & { readonly bytes: string; readonly fused: string | null };
  return { ...rest, bytes: bytesOf(bytes), fused: fused === null ? null : bytesOf(fused) };
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
