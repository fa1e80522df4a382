/** Models in what Rollup bundles: `import { IterativePoissonVAE } from './ipvae.nsm'`. */
import type { Plugin } from 'rollup';
import { loadModule } from './plugin.ts';
import { opener, resolveModule } from './files.ts';

export default function nsm(): Plugin {
  const open = opener();
  return {
    name: 'nsm',
    resolveId(specifier, importer) {
      const id = importer === undefined ? null : resolveModule(specifier, importer);
      return id === null ? null : { id, moduleSideEffects: false };
    },
    load(id) {
      return loadModule(this, id, open(id));
    },
  };
}
