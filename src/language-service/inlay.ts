/** Types that are not written, shown behind the names: the axes of variables and of coordinates of beliefs. */
import { namesIn } from './entities.ts';
import { moduleOf } from './scopes.ts';
import { typeOf } from './types.ts';
import type { Workspace } from './workspace.ts';

export interface InlayHint {
  readonly offset: number;
  readonly text: string;
}

/** Nothing while the last analysis is of another text: hints must not be about what stood there before. */
export const inlayHints = (workspace: Workspace, file: string): readonly InlayHint[] => {
  const document = workspace.documents[file];
  const { analysis, text } = document ?? { analysis: null, text: '' };
  if (analysis?.text !== text) return [];
  return (moduleOf(workspace, file)?.declarations ?? []).flatMap((declaration) =>
    namesIn(declaration).flatMap((entity) => {
      const shown = entity.kind === 'latent' || entity.kind === 'observed' || entity.kind === 'coordinate';
      const type = shown && entity.type === null ? typeOf(entity, analysis.checked) : null;
      return type === null ? [] : [{ offset: entity.span.end, text: `: ${type}` }];
    }),
  );
};
