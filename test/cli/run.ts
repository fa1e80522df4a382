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

const spawned = (words: readonly string[], options: RunOptions) =>
  spawn(process.execPath, [...(options.node ?? []), main, ...words], {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: '1', NSM_BACKEND: 'cpu', ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** A command that goes on while a test looks at what it says, in either output. */
export interface Going {
  /** Waits for a text after those that were waited for before. Fails when the command ends without it. */
  readonly until: (text: string) => Promise<void>;
  /** Sends a signal and waits for the end. */
  readonly stop: (signal: NodeJS.Signals) => Promise<Ended>;
}

export function start(words: readonly string[], options: RunOptions): Going {
  const child = spawned(words, options);
  process.once('exit', () => child.kill('SIGKILL'));
  const said = { out: '', err: '' };
  const from = { out: 0, err: 0 };
  let look = (): void => undefined;
  const ended = new Promise<Ended>((done) => child.on('close', (code) => done({ code, ...said })));
  for (const [name, stream] of [
    ['out', child.stdout],
    ['err', child.stderr],
  ] as const) {
    stream.on('data', (chunk: Buffer) => {
      said[name] += chunk.toString();
      look();
    });
  }
  const until = (text: string): Promise<void> =>
    new Promise((found, failed) => {
      look = () => {
        for (const name of ['out', 'err'] as const) {
          const at = said[name].indexOf(text, from[name]);
          if (at < 0) continue;
          from[name] = at + text.length;
          look = () => undefined;
          found();
          return;
        }
      };
      void ended.then(({ out, err }) => failed(new Error(`it ended without "${text}":\n${out}\n${err}`)));
      look();
    });
  const stop = (signal: NodeJS.Signals): Promise<Ended> => {
    child.kill(signal);
    return ended;
  };
  return { until, stop };
}

export function nsm(words: readonly string[], options: RunOptions): Promise<Ended> {
  const child = spawned(words, options);
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
