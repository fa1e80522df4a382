/**
 * The language service: what an editor asks about `.nsm` documents. It has no file system and no TensorFlow.js, and runs in a worker of
 * a page as well.
 *
 * ```ts
 * import { analysed, diagnostics, edited, hover, newWorkspace, textSources } from 'nsm/language-service';
 *
 * const library = textSources({ 'std/prelude.nsm': prelude });
 * let { workspace } = edited(newWorkspace(library), 'model.nsm', 1, text);
 * const atOnce = diagnostics(workspace, 'model.nsm');
 * ({ workspace } = analysed(workspace, 'model.nsm'));
 * const shown = hover(workspace, 'model.nsm', 12);
 * ```
 *
 * Places are UTF-16 offsets.
 */
export { textSources } from '../check/text-sources.ts';
export type { Resolution, Sources } from '../check/sources.ts';
export type { Diagnostic, Edit, Fix } from '../diagnostics/diagnostic.ts';
export { position, type Position } from '../diagnostics/position.ts';
export { format, type Formatted } from '../format/format.ts';
export type { Span } from '../syntax/span.ts';
export { actions, type Action } from './actions.ts';
export { completion, type Completion, type Completions } from './completion.ts';
export { definition } from './definition.ts';
export { diagnostics } from './diagnostics.ts';
export { folds, type Fold } from './folding.ts';
export { formatting } from './formatting.ts';
export { hover, type Hover } from './hover.ts';
export { inlayHints, type InlayHint } from './inlay.ts';
export { outline, type OutlineEntry } from './outline.ts';
export { references } from './references.ts';
export { renamable, rename, type Renaming } from './rename.ts';
export { signatureHelp, type SignatureHelp } from './signature-help.ts';
export { semanticTokens, tokenKinds, type SemanticToken, type TokenKind } from './tokens.ts';
export {
  analysed,
  closed,
  edited,
  isAnalysed,
  newWorkspace,
  refreshed,
  type Change,
  type Document,
  type Workspace,
} from './workspace.ts';
