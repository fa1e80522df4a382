/** A project that has nsm installed as npm installs it, from the files that `npm run build` writes. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as esbuildPlugin from '../../src/bundle/esbuild.ts';
import type * as rollupPlugin from '../../src/bundle/rollup.ts';
import type * as vitePlugin from '../../src/bundle/vite.ts';
import ts from 'typescript';

/** Two models, one of which pages do not use. */
export const source = `import { Poisson, Normal } from "std/families"
import { Adam, NaturalGradient } from "std/dynamics"

/// Counts behind numbers.
model Counts(pixels: dim = 6, neurons: dim = 4) {
  param Phi: real[pixels, neurons] = normal(0, 0.3)
  param bias: real[pixels] = 0
  param rate: positive[neurons] = 1
  latent z ~ Poisson(log_rate = log(rate))
  observed x ~ Normal(mean = Phi @ z + bias, sd = 1)
}
inference Settling of Counts(steps: int = 3) {
  belief z ~ Poisson(log_rate = u)
  start u = 0
  repeat steps { descend free_energy over u by NaturalGradient(rate = 0.1) }
}
learning Slowly of Counts by Settling {
  descend free_energy over Phi, bias, rate by Adam(rate = 0.01) through inference by straight_through
}

model Unused(pixels: dim = 6) {
  param mean: real[pixels] = 0
  observed x ~ Normal(mean = mean, sd = 1)
}
`;

/** What pages and programs do with it: the numbers of an inference with new parameters. */
export const use = `import { Counts } from './counts.nsm';
const rows = Float32Array.from({ length: 30 }, (_, place) => (place % 7) / 7);
export const told = async () => {
  const { states, steps } = await Counts.infer(Counts.create({ seed: 4 }), rows);
  return JSON.stringify({ u: [...states.u.values], steps });
};
`;

export interface Project {
  readonly folder: string;
  readonly plugins: {
    readonly vite: typeof vitePlugin.default;
    readonly rollup: typeof rollupPlugin.default;
    readonly esbuild: typeof esbuildPlugin.default;
  };
  readonly write: (name: string, text: string) => string;
  readonly read: (name: string) => string;
  /** Names of the files that fit a pattern. */
  readonly files: (pattern: string) => readonly string[];
}

/** A new folder with `counts.nsm`, and with the package and what it depends on in `node_modules`. */
export const makeProject = async (): Promise<Project> => {
  const folder = mkdtempSync(join(tmpdir(), 'nsm-project-'));
  const installed = join(folder, 'node_modules/nsm');
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile('tsconfig.build.json', (file) => ts.sys.readFile(file)).config,
    ts.sys,
    '.',
  );
  for (const file of globSync('{grammar,src}/**/*.ts')) {
    const to = join(installed, 'dist', file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(to), { recursive: true });
    const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
      compilerOptions: { ...options, module: ts.ModuleKind.ESNext },
      fileName: resolve(file),
    });
    writeFileSync(to, outputText);
  }
  cpSync('package.json', join(installed, 'package.json'));
  cpSync('stdlib', join(installed, 'stdlib'), { recursive: true });
  for (const name of readdirSync('node_modules'))
    if (name !== 'nsm' && !name.startsWith('.'))
      symlinkSync(resolve('node_modules', name), join(folder, 'node_modules', name));
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  write('package.json', '{ "type": "module" }');
  write('counts.nsm', source);
  write('use.js', use);
  const names = ['vite', 'rollup', 'esbuild'];
  const plugins = write(
    'plugins.js',
    names.map((name) => `export { default as ${name} } from 'nsm/${name}';`).join('\n'),
  );
  return {
    folder,
    plugins: (await import(/* @vite-ignore */ pathToFileURL(plugins).href)) as Project['plugins'],
    write,
    read: (name) => readFileSync(join(folder, name), 'utf8'),
    files: (pattern) => globSync(pattern, { cwd: folder }),
  };
};

/** What a program prints that Node runs in the project. */
export const runNode = (
  { folder }: Project,
  words: readonly string[],
): { readonly out: string; readonly err: string; readonly code: number | null } => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...words], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { out: stdout, err: stderr, code: status };
};
