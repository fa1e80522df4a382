/** The files of a program, looked at again when they are saved. */
import { realpathSync, watch, type FSWatcher } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathOf } from '../../check/named-sources.ts';
import { isAsOnDisk, loadProgram, type LoadedProgram } from '../program.ts';

export interface Watcher {
  /**
   * The program as it is on disk, once it has been saved with other texts than it was last seen with; else null. It costs nothing
   * while nothing is saved.
   */
  readonly saved: () => LoadedProgram | null;
  readonly close: () => void;
}

/** Editors save in several steps: files are read when nothing has happened to them for so long. */
const quietMilliseconds = 80;
/** Where the system cannot watch a directory, it is looked at so often. */
const millisecondsBetweenLooks = 1000;

/**
 * Directories are watched, not files: many editors write another file and give it the name.
 *
 * @param first what was seen last; files that differ from it already are saved ones
 */
export function watchProgram(file: string, first: LoadedProgram): Watcher {
  let seen = first;
  let changedAt: number | null = performance.now();
  const touched = (): void => {
    changedAt = performance.now();
  };
  const watching = new Map<string, Pick<FSWatcher, 'close'>>();
  const follow = (program: LoadedProgram): void => {
    const wanted = directoriesOf(program);
    for (const [directory, watcher] of watching) {
      if (wanted.has(directory)) continue;
      watcher.close();
      watching.delete(directory);
    }
    for (const directory of wanted)
      if (!watching.has(directory)) watching.set(directory, watchDirectory(directory, touched));
  };
  follow(first);
  return {
    saved: () => {
      if (changedAt === null || performance.now() - changedAt < quietMilliseconds) return null;
      changedAt = null;
      if (isAsOnDisk(seen)) return null;
      const program = loadIfThere(file);
      if (program === null) return null;
      seen = program;
      follow(program);
      return program;
    },
    close: () => {
      for (const watcher of watching.values()) watcher.close();
    },
  };
}

/** Null for a file that is not there: it is being saved, or was moved away. */
function loadIfThere(file: string): LoadedProgram | null {
  try {
    return loadProgram(file);
  } catch {
    return null;
  }
}

function watchDirectory(directory: string, touched: () => void): Pick<FSWatcher, 'close'> {
  const look = (): Pick<FSWatcher, 'close'> => {
    const timer = setInterval(touched, millisecondsBetweenLooks).unref();
    return { close: () => clearInterval(timer) };
  };
  try {
    const watcher = watch(directory, { persistent: false }, (_, name) => {
      if (name === null || !name.includes('.') || name.endsWith('.nsm')) touched();
    });
    let instead: Pick<FSWatcher, 'close'> | null = null;
    watcher.on('error', () => {
      watcher.close();
      instead ??= look();
    });
    return {
      close: () => {
        watcher.close();
        instead?.close();
      },
    };
  } catch {
    return look();
  }
}

/** Where files of the program are, where links to them lead, and where files that it lacks would be. */
function directoriesOf({ texts, imports }: LoadedProgram): ReadonlySet<string> {
  const files = [...texts.keys()].map((name) => resolve(pathOf(name)));
  const lacking = imports
    .filter((entry) => entry.files.length === 0 && entry.specifier.startsWith('.'))
    .map(({ from, specifier }) => join(dirname(resolve(pathOf(from))), specifier));
  return new Set([...files, ...files.map(linkedFrom), ...lacking].map((path) => dirname(path)));
}

const linkedFrom = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};
