/** Modules of `.nsm` files of the file system, as the plugins and the loader ask for them. */
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nameOf, pathOf, recording } from '../check/named-sources.ts';
import { fileSources } from '../check/sources.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { position } from '../diagnostics/position.ts';
import { render } from '../diagnostics/render.ts';
import { bundle, moduleText, partOf, type Bundled, type ModuleText } from './bundle.ts';

/** The runtime that belongs to this compiler. */
export const runtimePath = fileURLToPath(
  new URL(`../runtime/index${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);

/**
 * What a module of the file `importer` means by a specifier that ends in `.nsm`: a path as bundlers know it, with the part that is
 * asked for. Null for what is not nsm's business.
 */
export const resolveModule = (specifier: string, importer: string): string | null => {
  if (specifier === 'nsm/runtime' && partOf(importer) !== null) return runtimePath;
  const asked = partOf(specifier);
  if (asked === null) return null;
  const from = partOf(importer)?.path ?? importer;
  const found = fileSources().resolve(from, asked.path);
  if (found.kind === 'missing' || found.files.length !== 1) return null;
  return `${resolve(found.files[0]!)}${specifier.slice(asked.path.length)}`;
};

/** What is wrong, in the words of bundlers. */
export interface FileProblem {
  readonly severity: Diagnostic['severity'];
  readonly message: string;
  /** Path of the file, line from 1, column from 0, and the text of the line. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly lineText: string;
  /** The lines with marks under them, and what to do. */
  readonly frame: string;
  readonly hint: string | null;
}

export interface FileModule {
  /** Null where an error stopped it. */
  readonly module: ModuleText | null;
  /** Text of the file's `.d.nsm.ts`, null where an error stopped it. */
  readonly declarations: string | null;
  readonly problems: readonly FileProblem[];
  /** Paths of all files that it depends on. */
  readonly files: readonly string[];
}

/** Opens modules by path and query. What a file holds is worked out once for its text and that of its imports. */
export const opener = (): ((id: string, isHot?: boolean) => FileModule | null) => {
  const known = new Map<string, Bundled>();
  const bundled = (path: string): Bundled => {
    const before = known.get(path);
    if (before !== undefined && [...before.texts].every(([name, text]) => textAt(pathOf(name)) === text))
      return before;
    const made = bundle(nameOf(path), recording(fileSources()).sources);
    known.set(path, made);
    return made;
  };
  return (id, isHot = false) => {
    const asked = partOf(id);
    if (asked === null) return null;
    const found = bundled(asked.path);
    const module =
      found.declarations === null
        ? null
        : moduleText(found, asked.part, {
            self: `./${basename(asked.path)}`,
            spell: (name) => resolve(pathOf(name)),
            isHot,
          });
    return {
      module,
      declarations: found.declarations,
      problems: found.diagnostics.map((diagnostic) => problemOf(diagnostic, found)),
      files: [...found.texts.keys()].map((name) => resolve(pathOf(name))),
    };
  };
};

const textAt = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

const problemOf = (diagnostic: Diagnostic, { texts }: Bundled): FileProblem => {
  const { severity, code, message, span, hint } = diagnostic;
  const text = texts.get(span.file) ?? '';
  const { line, column } = position(text, span.start);
  // The message and the place come first; bundlers say both themselves.
  const [, , ...frame] = render([diagnostic], (file) => texts.get(file)).split('\n');
  return {
    severity,
    message: `${code}: ${message}`,
    file: resolve(pathOf(span.file)),
    line,
    column: column - 1,
    length: Math.max(1, span.end - span.start),
    lineText: text.split(/\r?\n/)[line - 1] ?? '',
    frame: frame.join('\n'),
    hint,
  };
};

export const errorsIn = ({ problems }: FileModule): readonly FileProblem[] =>
  problems.filter(({ severity }) => severity === 'error');

/** `ipvae.d.nsm.ts`, where TypeScript looks for the types of `ipvae.nsm` (its option `allowArbitraryExtensions`). */
export const declarationPath = (path: string): string => path.replace(/\.nsm$/, '.d.nsm.ts');

/** The text of a module with its source map inside. */
export const withMap = ({ code, map }: ModuleText): string => {
  if (map === null) return code;
  const data = Buffer.from(JSON.stringify(map)).toString('base64');
  return `${code}//# sourceMappingURL=data:application/json;base64,${data}\n`;
};
