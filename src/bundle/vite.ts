/** Models in pages that Vite serves and builds, replaced while they run when their source is saved. */
import { createReadStream, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'vite';
import { declarationPath, opener, resolveModule } from './files.ts';
import { loadModule } from './plugin.ts';

export default function nsm(): Plugin {
  const open = opener();
  let isServed = false;
  return {
    name: 'nsm',
    config: () => ({
      // Its workers and models are found from where its files lie.
      optimizeDeps: {
        exclude: ['nsm'],
        include: ['nsm > @tensorflow/tfjs', 'nsm > @tensorflow/tfjs-backend-wasm'],
      },
    }),
    configResolved({ command }) {
      isServed = command === 'serve';
    },
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const file = wasmFile(request.url ?? '');
        if (file === null) return next();
        response.setHeader('Content-Type', 'application/wasm');
        createReadStream(file).pipe(response);
      });
    },
    resolveId: {
      order: 'pre',
      handler(specifier, importer) {
        const id = importer === undefined ? null : resolveModule(specifier, importer);
        return id === null ? null : { id, moduleSideEffects: isServed };
      },
    },
    load(id) {
      const found = open(id, isServed);
      if (found?.declarations !== undefined && found.declarations !== null && !id.includes('?'))
        writeTypes(id, found.declarations);
      return loadModule(this, id, found);
    },
    generateBundle() {
      if (this.environment.config.consumer !== 'client') return;
      for (const file of wasmFiles())
        this.emitFile({ type: 'asset', fileName: file, source: readFileSync(join(wasmFolder(), file)) });
    },
  };
}

/** Beside the file, where TypeScript looks for them; untouched where they are as they should be. */
const writeTypes = (path: string, text: string): void => {
  const beside = declarationPath(path);
  if (path.includes('/node_modules/') || (existsSync(beside) && readFileSync(beside, 'utf8') === text))
    return;
  writeFileSync(beside, text);
};

/** What the WebAssembly backend of TensorFlow.js fetches from beside the page. */
const wasmFolder = (): string =>
  dirname(
    createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm'),
  );
const wasmFiles = (): readonly string[] => readdirSync(wasmFolder()).filter((name) => name.endsWith('.wasm'));

const wasmFile = (url: string): string | null => {
  const name = /\/([^/?]+\.wasm)(?:\?|$)/.exec(url)?.[1];
  return name !== undefined && wasmFiles().includes(name) ? join(wasmFolder(), name) : null;
};
