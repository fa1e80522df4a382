/** What plugins of Rollup and of Vite do alike. */
import { errorsIn, type FileModule, type FileProblem } from './files.ts';

/** What a hook is called on. */
export interface PluginContext {
  readonly addWatchFile: (path: string) => void;
  readonly warn: (log: Log) => void;
  readonly error: (log: Log) => never;
}

interface Log {
  readonly message: string;
  readonly id: string;
  readonly loc: { readonly file: string; readonly line: number; readonly column: number };
  readonly frame: string;
}

const logOf = ({ message, file, line, column, frame }: FileProblem): Log => ({
  message,
  id: file,
  loc: { file, line, column },
  frame,
});

/** What a `load` hook returns; null for what is not nsm's. Warnings and the first error go where the bundler shows them. */
export const loadModule = (
  context: PluginContext,
  id: string,
  found: FileModule | null,
): { readonly code: string; readonly map: string | { readonly mappings: '' } } | null => {
  if (found === null) return null;
  // The file itself is watched as it is; named here, it would depend on itself.
  found.files.filter((file) => file !== id.split('?')[0]).forEach((file) => context.addWatchFile(file));
  const [first] = errorsIn(found);
  if (first !== undefined) context.error(logOf(first));
  // Each part of a file has the warnings of all of it.
  if (!id.includes('?')) found.problems.forEach((problem) => context.warn(logOf(problem)));
  if (found.module === null) return null;
  const { code, map } = found.module;
  return { code, map: map === null ? { mappings: '' } : JSON.stringify(map) };
};
