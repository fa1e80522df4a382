/**
 * How long an editor waits after a keystroke: `node bench/keystrokes.ts` types into a file of 1,000 lines, letter by
 * letter, and prints the time from each change to its problems and the completions behind it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileSources, standardLibrary } from '../src/check/sources.ts';
import { completion } from '../src/language-service/completion.ts';
import { diagnostics } from '../src/language-service/diagnostics.ts';
import { analysed, edited, newWorkspace } from '../src/language-service/workspace.ts';
import { quantile } from './harness/statistics.ts';

const folder = join(standardLibrary()!, 'models');
const lines = 1000;

/** The models of the library one after the other, each with names of its own, until there are enough lines. */
const longFile = (): string => {
  const wanted = new Map<string, Set<string>>();
  const bodies: string[] = [];
  const names = readdirSync(folder).sort();
  for (let copy = 0; bodies.join('\n').split('\n').length < lines; copy += 1) {
    const source = readFileSync(join(folder, names[copy % names.length]!), 'utf8');
    const body = source.replace(/^import \{([^}]*)\} from "([^"]*)"\n/gm, (_, list: string, from: string) => {
      const known = wanted.get(from) ?? new Set();
      for (const name of list.split(',')) known.add(name.trim());
      wanted.set(from, known);
      return '';
    });
    const declared = [...body.matchAll(/^(?:model|inference|learning|function) (\w+)/gm)].map(
      ([, name]) => name!,
    );
    bodies.push(
      [...new Set(declared)].reduce(
        (text, name) =>
          text.replace(
            new RegExp(
              `(?<=\\b(?:model|inference|learning|function|of|by) )${name}\\b|\\b${name}(?=\\()`,
              'g',
            ),
            `${name}${copy}`,
          ),
        body,
      ),
    );
  }
  const imports = [...wanted].map(([from, list]) => `import { ${[...list].join(', ')} } from "${from}"`);
  return `${imports.join('\n')}\n\n${bodies.join('\n')}`;
};

const file = join(folder, 'long.nsm');
const text = longFile();
let { workspace } = edited(newWorkspace(fileSources()), file, 1, text);
({ workspace } = analysed(workspace, file));
const wrong = diagnostics(workspace, file).filter(({ severity }) => severity === 'error');
if (wrong.length > 0) throw new Error(wrong[0]!.message);

/** Lines typed below the first line of a body, in models, inferences and learnings all over the file. */
const typed: Readonly<Record<string, string>> = {
  model: '\n  measure extra = exp(-1) * (1 + progress) / 2',
  inference: '\n  guard nothing within (-1, relu(2))',
  learning: '\n  descend energy over nothing by SGD(rate = cosine(0.01))',
};
const times: number[] = [];
let version = 1;
for (const [kind, line] of Object.entries(typed))
  for (const { index, 0: header } of [...text.matchAll(new RegExp(`^${kind} .*\\{$`, 'gm'))].slice(0, 4))
    for (let length = 1; length <= line.length; length += 1) {
      const at = index + header.length;
      const now = text.slice(0, at) + line.slice(0, length) + text.slice(at);
      const start = performance.now();
      ({ workspace } = edited(workspace, file, (version += 1), now));
      diagnostics(workspace, file);
      completion(workspace, file, at + length);
      times.push(performance.now() - start);
    }
const shown = (part: number): string => `${quantile(times, part).toFixed(1)} ms`;
process.stdout.write(
  `${text.split('\n').length} lines, ${times.length} keystrokes: median ${shown(0.5)}, 95 % ${shown(0.95)}\n`,
);
