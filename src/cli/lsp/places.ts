/** Places and problems as the protocol has them: URIs, lines and characters. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  DiagnosticSeverity,
  type Diagnostic as Shown,
  type Location,
  type Range,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { overlaid } from '../../language-service/library.ts';
import type { Workspace } from '../../language-service/workspace.ts';
import type { Span } from '../../syntax/span.ts';

/** Documents that are no files, such as new ones, keep their URI as name. */
export const fileOf = (uri: string): string => (uri.startsWith('file:') ? fileURLToPath(uri) : uri);
export const uriOf = (file: string): string =>
  file.startsWith('/') || /^[A-Za-z]:[\\/]/.test(file) ? pathToFileURL(file).href : file;

/** The `.nsm` files below the folders of a project; what is installed or hidden is not part of it. */
export const projectFiles = (folders: readonly string[]): readonly string[] =>
  folders.flatMap((folder) => {
    try {
      return readdirSync(folder, { withFileTypes: true }).flatMap((entry): readonly string[] => {
        const path = join(folder, entry.name);
        if (entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
          return projectFiles([path]);
        return entry.isFile() && entry.name.endsWith('.nsm') ? [path] : [];
      });
    } catch {
      return [];
    }
  });

/** A text with its lines, by the text: most requests are about the same few. */
const lined = new Map<string, { readonly text: string; readonly lines: TextDocument }>();

export const linesOf = (file: string, workspace: Workspace): TextDocument => {
  const text = overlaid(workspace.library, workspace.documents).read(file) ?? '';
  const known = lined.get(file);
  if (known?.text === text) return known.lines;
  const lines = TextDocument.create(uriOf(file), 'nsm', 0, text);
  lined.set(file, { text, lines });
  return lines;
};

export const rangeOf = ({ file, start, end }: Span, workspace: Workspace): Range => {
  const lines = linesOf(file, workspace);
  return { start: lines.positionAt(start), end: lines.positionAt(end) };
};

export const locationOf = (span: Span, workspace: Workspace): Location => ({
  uri: uriOf(span.file),
  range: rangeOf(span, workspace),
});

export const diagnosticOf = (problem: Diagnostic, workspace: Workspace): Shown => ({
  range: rangeOf(problem.span, workspace),
  severity: problem.severity === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
  code: problem.code,
  source: 'nsm',
  message: problem.hint === null ? problem.message : `${problem.message}\n${problem.hint}`,
  relatedInformation: problem.secondary.map(({ span, label }) => ({
    location: locationOf(span, workspace),
    message: label,
  })),
});
