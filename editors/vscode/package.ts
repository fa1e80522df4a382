/**
 * Makes the extension: one JavaScript file and what it is shipped with, in a folder, and the same as `nsm.vsix`, which
 * VS Code installs. `npm run package:editor` puts both into `editors/vscode/dist`. No network is needed.
 */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { build } from 'esbuild';

const here = import.meta.dirname;

/** Besides the code; `files` in package.json names them again, as they are packed. */
const shipped = [
  'editors/vscode/package.json',
  'editors/vscode/README.md',
  'editors/vscode/language-configuration.json',
  'editors/vscode/syntaxes',
  'LICENSE',
];

/** All of `src` as one file. */
export const bundleExtension = async (file: string): Promise<void> => {
  await build({
    entryPoints: [join(here, 'src/extension.ts')],
    outfile: file,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode'],
    logLevel: 'warning',
  });
};

/** In `folder`: `extension`, as VS Code runs it, and `nsm.vsix`. */
export const packageExtension = async (folder: string): Promise<void> => {
  const extension = join(folder, 'extension');
  rmSync(extension, { recursive: true, force: true });
  mkdirSync(extension, { recursive: true });
  for (const path of shipped) {
    const from = join(here, '../..', path);
    cpSync(from, join(extension, path.split('/').at(-1)!), { recursive: true });
  }
  await bundleExtension(join(extension, 'extension.cjs'));
  await createVSIX({
    cwd: extension,
    packagePath: join(folder, 'nsm.vsix'),
    dependencies: false,
    allowMissingRepository: true,
  });
};

if (import.meta.main) await packageExtension(join(here, 'dist'));
