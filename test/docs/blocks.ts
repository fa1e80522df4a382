/** The fenced code blocks of the documentation, and what their first lines ask for. */
import { readFileSync } from 'node:fs';

export interface CodeBlock {
  /** `docs/language.md:120`: the file, and the line of the first line of code. */
  readonly place: string;
  readonly language: string;
  /** The words after the language: `norun`, `wrong NSM3001`, `fragment of model`, `output`, `pass NAME`. */
  readonly words: readonly string[];
  readonly code: string;
  /** The block before it in the same file. */
  readonly before: CodeBlock | null;
}

/** The documents whose code is run, from the package root. Pages of diagnostics are run by `test/samples.test.ts`. */
export const documents = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'docs/architecture.md',
  'docs/language.md',
  'docs/extending.md',
  'docs/families.md',
  'docs/verify.md',
  'docs/energies.md',
  'docs/dynamics.md',
  'docs/time-scales.md',
  'docs/feedforward.md',
  'docs/phases.md',
  'docs/likelihood.md',
  'docs/generation.md',
  'docs/convolution.md',
  'docs/optimiser.md',
  'docs/bundlers.md',
  'docs/live-runs.md',
] as const;

export const root = new URL('../../', import.meta.url);

export const blocksOf = (document: string): readonly CodeBlock[] => {
  const lines = readFileSync(new URL(document, root), 'utf8').split('\n');
  const blocks: CodeBlock[] = [];
  let open: { readonly line: number; readonly info: readonly string[] } | null = null;
  for (const [position, line] of lines.entries()) {
    if (!line.startsWith('```')) continue;
    if (open === null) {
      open = { line: position + 1, info: line.slice(3).split(/\s+/).filter(Boolean) };
      continue;
    }
    const [language = '', ...words] = open.info;
    const code = `${lines.slice(open.line, position).join('\n')}\n`;
    blocks.push({
      place: `${document}:${open.line + 1}`,
      language,
      words,
      code,
      before: blocks.at(-1) ?? null,
    });
    open = null;
  }
  return blocks;
};

export const allBlocks: readonly CodeBlock[] = documents.flatMap(blocksOf);
