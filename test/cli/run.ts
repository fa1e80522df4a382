/** Runs the command line as a child process, as its users do. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fillNoise } from '../../src/runtime/noise.ts';
import { keyOf } from '../../src/runtime/random.ts';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** More arguments for Node. */
  readonly node?: readonly string[];
  /** Sends this signal when the text appears in either output. */
  readonly interrupt?: { readonly at: string; readonly signal: NodeJS.Signals };
}

export const main = resolve(import.meta.dirname, '../../src/cli/main.ts');

export function nsm(words: readonly string[], options: RunOptions): Promise<Ended> {
  const child = spawn(process.execPath, [...(options.node ?? []), main, ...words], {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: '1', NSM_BACKEND: 'cpu', ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((done, failed) => {
    let out = '';
    let err = '';
    let sent = false;
    const look = (): void => {
      if (sent || options.interrupt === undefined) return;
      if (!out.includes(options.interrupt.at) && !err.includes(options.interrupt.at)) return;
      sent = true;
      child.kill(options.interrupt.signal);
    };
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      look();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
      look();
    });
    child.on('error', failed);
    child.on('close', (code) => done({ code, out, err }));
  });
}

export const jsonLines = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** An empty directory that goes away with `remove`. */
export function temporary(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'nsm-cli-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Writes rows of noise as an npy file. */
export function writeRows(path: string, rows: number, columns: number): void {
  const values = new Float32Array(rows * columns);
  fillNoise('standard_normal', keyOf(3), values, 0);
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const header = dictionary.padEnd(Math.ceil((10 + dictionary.length + 1) / 64) * 64 - 11) + '\n';
  const start = Buffer.from([
    0x93,
    0x4e,
    0x55,
    0x4d,
    0x50,
    0x59,
    1,
    0,
    header.length & 255,
    header.length >> 8,
  ]);
  writeFileSync(path, Buffer.concat([start, Buffer.from(header, 'latin1'), Buffer.from(values.buffer)]));
}

/** A small model that trains in a moment. */
export const tinyProgram = `import { Poisson, Normal } from "std/families"
import { NaturalGradient, Adam } from "std/dynamics"

/// Counts behind noise.
model Tiny(pixels: dim = 6, neurons: dim = 5) {
  param Phi:   real[pixels, neurons] = normal(0, 0.1)
  param prior: real[neurons]         = -1

  latent   z ~ Poisson(log_rate = prior)
  observed x ~ Normal(mean = Phi @ z, sd = 1)
}

inference Settle of Tiny(steps: int = 3) {
  belief z natural u
  start u = prior
  guard u within (-4, 2)
  repeat steps { descend free_energy over u by NaturalGradient(rate = 0.1) }
}

learning Learn of Tiny by Settle(speed: positive = 0.01) {
  local
  descend free_energy at end over Phi, prior by Adam(rate = cosine(speed))
}
`;
