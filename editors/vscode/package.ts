/**
 * Makes the extension: a folder as VS Code runs it, and the same as `nsm.vsix`, which VS Code installs.
 * `npm run package:editor` puts both into `editors/vscode/dist`. No network is needed.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { build } from 'esbuild';

const here = import.meta.dirname;
const root = join(here, '../..');

/** What goes in as it is. `files` in package.json says what of the folder is packed. */
const copied = [
  'editors/vscode/package.json',
  'editors/vscode/README.md',
  'editors/vscode/language-configuration.json',
  'editors/vscode/syntaxes',
  'LICENSE',
];

/** In `folder`: `extension`, and `nsm.vsix`. */
export const packageExtension = async (folder: string): Promise<void> => {
  const extension = join(folder, 'extension');
  rmSync(extension, { recursive: true, force: true });
  mkdirSync(extension, { recursive: true });
  for (const path of copied)
    cpSync(join(root, path), join(extension, path.split('/').at(-1)!), { recursive: true });
  const inputs = await bundleExtension(join(extension, 'extension.cjs'));
  writeFileSync(join(extension, 'NOTICES.txt'), notices(inputs));
  await createVSIX({
    cwd: extension,
    packagePath: join(folder, 'nsm.vsix'),
    dependencies: false,
    allowMissingRepository: true,
  });
};

/** All of `src`, and what it imports, as one file. Returns the paths of what went into it. */
export const bundleExtension = async (file: string): Promise<readonly string[]> => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [join(here, 'src/extension.ts')],
    outfile: file,
    bundle: true,
    minify: true,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode'],
    logLevel: 'warning',
  });
  return Object.keys(metafile.inputs);
};

/** The licences of the packages in the bundle, which want to go with it. */
const notices = (inputs: readonly string[]): string => {
  const packages = inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  const texts = [...new Set(packages)].sort().map((path) => {
    const license = readdirSync(join(root, path)).find((name) => /^licen[cs]e/i.test(name));
    if (license === undefined) throw new Error(`${path} has no licence that could go with the extension`);
    const { name, version } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as {
      readonly name: string;
      readonly version: string;
    };
    return `${name} ${version}\n\n${readFileSync(join(root, path, license), 'utf8').trim()}\n`;
  });
  return `extension.cjs contains these packages.\n\n${texts.join('\n\n')}`;
};

if (import.meta.main) await packageExtension(join(here, 'dist'));
