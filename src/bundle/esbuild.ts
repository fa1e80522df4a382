/** Models in what esbuild bundles: `import { IterativePoissonVAE } from './ipvae.nsm'`. */
import type { PartialMessage, Plugin } from 'esbuild';
import { dirname } from 'node:path';
import { errorsIn, opener, resolveModule, runtimePath, withMap, type FileProblem } from './files.ts';

const namespace = 'nsm';

export default function nsm(): Plugin {
  const open = opener();
  return {
    name: 'nsm',
    setup(build) {
      build.onResolve({ filter: /^nsm\/runtime$/, namespace }, () => ({ path: runtimePath }));
      build.onResolve({ filter: /\.nsm(\?.*)?$/ }, ({ path, importer }) => {
        const id = resolveModule(path, importer);
        return id === null ? null : { path: id, namespace, sideEffects: false };
      });
      build.onLoad({ filter: /.*/, namespace }, ({ path }) => {
        const found = open(path);
        if (found === null) return null;
        const { module, problems, files } = found;
        const warnings = path.includes('?') ? [] : problems.filter(({ severity }) => severity === 'warning');
        return {
          ...(module === null ? {} : { contents: withMap(module) }),
          loader: 'js',
          resolveDir: dirname(path),
          errors: errorsIn(found).map(messageOf),
          warnings: warnings.map(messageOf),
          watchFiles: [...files],
        };
      });
    },
  };
}

const messageOf = ({ message, file, line, column, length, lineText, hint }: FileProblem): PartialMessage => ({
  text: message,
  location: { file, line, column, length, lineText },
  notes: hint === null ? [] : [{ text: hint }],
});
