/** Everything that is wrong with a document, as far as it has been found. */
import { bySourceOrder } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Module } from '../syntax/tree.ts';
import { currentProblems } from './findings.ts';
import { overlaid } from './library.ts';
import type { Workspace } from './workspace.ts';

/** In source order, all in the document itself: a problem of an imported file stands at its import. */
export const diagnostics = (workspace: Workspace, file: string): readonly Diagnostic[] => {
  const document = workspace.documents[file];
  if (document === undefined) return [];
  const { text, parsed, findings } = document;
  const found = currentProblems(findings, file, text, parsed).map((problem) =>
    problem.span.file === file ? problem : atImport(problem, workspace, file, parsed.module),
  );
  return bySourceOrder([...parsed.diagnostics, ...found]);
};

const atImport = (
  problem: Diagnostic,
  workspace: Workspace,
  file: string,
  { imports }: Module,
): Diagnostic => {
  const sources = overlaid(workspace.library, workspace.documents);
  const through = imports.find(({ from }) => {
    const found = sources.resolve(file, from.text);
    return found.kind === 'files' && found.files.includes(problem.span.file);
  });
  return {
    ...problem,
    message: `in ${problem.span.file}: ${problem.message}`,
    span: (through ?? imports[0])?.from.span ?? { file, start: 0, end: 0 },
    secondary: [{ span: problem.span, label: 'here' }, ...problem.secondary],
  };
};
