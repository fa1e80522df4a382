/** Programs with a cursor in them: `z = W @ §x`. */
import { fileSources } from '../../src/check/sources.ts';
import type { Edit } from '../../src/diagnostics/diagnostic.ts';
import { analysed, edited, newWorkspace, type Workspace } from '../../src/language-service/workspace.ts';

export const mark = '§';

export interface Sample {
  readonly workspace: Workspace;
  readonly file: string;
  readonly text: string;
  /** Where the cursor is; the length of the text when there is none. */
  readonly offset: number;
}

/** An open document, analysed, with other open documents beside it. */
export const sample = (marked: string, beside: Readonly<Record<string, string>> = {}): Sample => {
  const offset = marked.indexOf(mark);
  const text = marked.replace(mark, '');
  const file = '/models/main.nsm';
  let workspace = newWorkspace(fileSources());
  for (const [path, content] of Object.entries(beside))
    workspace = edited(workspace, path, 1, content).workspace;
  workspace = edited(workspace, file, 1, text).workspace;
  workspace = analysed(workspace, file).workspace;
  return { workspace, file, text, offset: offset < 0 ? text.length : offset };
};

/** The pieces of a text that spans cover. */
export const textAt = (
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
): string => text.slice(start, end);

/** A text after edits, which do not overlap. */
export const applied = (text: string, edits: readonly Edit[]): string =>
  edits
    .toSorted((a, b) => b.span.start - a.span.start)
    .reduce((done, { span, text: put }) => done.slice(0, span.start) + put + done.slice(span.end), text);

/** A model with an inference and a learning. */
export const program = `import { Poisson, Normal } from "std/families"
import { NaturalGradient, Adam } from "std/dynamics"

/// Counts behind noise.
model Tiny(pixels: dim = 6, neurons: dim = 5) {
  /// What each neuron paints.
  param Phi:   real[pixels, neurons] = normal(0, 0.1)
  param prior: real[neurons]         = -1

  latent   z ~ Poisson(log_rate = prior)
  observed x ~ Normal(mean = Phi @ z, sd = 1)
}

inference Settle of Tiny(steps: int = 3) {
  belief z natural u
  start u = prior
  guard u within (-4, 2)
  repeat steps { descend free_energy over u by NaturalGradient(rate = 0.1) }
}

learning Learn of Tiny by Settle(speed: positive = 0.01) {
  local
  descend free_energy at end over Phi, prior by Adam(rate = cosine(speed))
}
`;
