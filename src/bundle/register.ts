/** `node --import nsm/register app.js`: Node imports models as it imports modules. */
import * as nodeModule from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { partOf } from './bundle.ts';
import { errorsIn, opener, resolveModule, withMap } from './files.ts';

const open = opener();

const pathOfUrl = (url: string | undefined): string | null => {
  if (url?.startsWith('file:') !== true) return null;
  const { search } = new URL(url);
  return `${fileURLToPath(url.slice(0, url.length - search.length))}${search}`;
};

if ((nodeModule as Partial<typeof nodeModule>).registerHooks === undefined)
  throw new Error('nsm/register needs Node 22.15 or later: this is ' + process.version);

nodeModule.registerHooks({
  resolve(specifier, context, next) {
    const importer = pathOfUrl(context.parentURL);
    const id = importer === null ? null : resolveModule(specifier, importer);
    if (id === null) return next(specifier, context);
    const path = partOf(id)?.path ?? id;
    return { url: `${pathToFileURL(path).href}${id.slice(path.length)}`, shortCircuit: true };
  },
  load(url, context, next) {
    const id = pathOfUrl(url);
    const found = id === null ? null : open(id);
    if (found === null) return next(url, context);
    const [first] = errorsIn(found);
    if (first !== undefined) {
      const { file, line, column, message, frame } = first;
      throw new SyntaxError(`${message}\n --> ${file}:${line}:${column + 1}\n${frame}`);
    }
    if (found.module === null) throw new SyntaxError(`${url} names no model of the file`);
    return { format: 'module', source: withMap(found.module), shortCircuit: true };
  },
});
