/** What a name means: its type, its documentation, and what is derived about it. */
import type { Span } from '../syntax/span.ts';
import { derived } from './derived.ts';
import type { Entity } from './entities.ts';
import { occurrenceAt, type Occurrence } from './occurrences.ts';
import { textOf } from './scopes.ts';
import { builtinCall, signatureOf } from './signatures.ts';
import { typeOf } from './types.ts';
import { wordMeanings } from './words.ts';
import type { Workspace } from './workspace.ts';

export interface Hover {
  readonly span: Span;
  readonly markdown: string;
}

export const hover = (workspace: Workspace, file: string, offset: number): Hover | null => {
  const occurrence = occurrenceAt(workspace, file, offset);
  if (occurrence === null) return null;
  const { span, entity } = occurrence;
  const markdown = entity === null ? builtinText(occurrence, workspace) : entityText(entity, workspace, file);
  return markdown === null ? null : { span, markdown };
};

const builtinText = ({ span, role }: Occurrence, workspace: Workspace): string | null => {
  const name = textOf(workspace, span.file)?.slice(span.start, span.end) ?? '';
  const signature = builtinCall(name);
  const meaning = Object.hasOwn(wordMeanings, name) ? wordMeanings[name]! : null;
  if (signature !== null && (role === 'call' || meaning === null)) {
    const form = code(signature.label);
    return meaning === null ? form : `${form}\n\n${meaning}`;
  }
  return meaning === null ? null : `${code(name)}\n\n${meaning}`;
};

const entityText = (entity: Entity, workspace: Workspace, file: string): string => {
  const original = entity.original ?? entity;
  const checked = workspace.documents[file]?.analysis?.checked ?? null;
  const lines = checked === null ? [] : derived(original, checked);
  const type = checked === null ? null : typeOf(original, checked);
  return [
    code(headline(original, type, workspace)),
    ...(original.doc === null ? [] : [original.doc]),
    ...(lines.length === 0 ? [] : [lines.map(([name, text]) => `- **${name}** \`${text}\``).join('\n')]),
  ].join('\n\n');
};

/** `latent z: count[neurons]`, `family Poisson(log_rate: real)`. */
const headline = (entity: Entity, type: string | null, workspace: Workspace): string => {
  const { kind, name, home } = entity;
  if (kind === home.kind && name === home.name.text) {
    const { label } = signatureOf(home, workspace);
    const of =
      'model' in home
        ? ` of ${home.model.text}`
        : home.kind === 'dynamics'
          ? ` of ${home.variable.text}`
          : '';
    return home.kind === 'dynamics'
      ? `${kind} ${label}${of}`
      : `${kind} ${label.replace(name, `${name}${of}`)}`;
  }
  const written = entity.type === null ? null : textOf(workspace, entity.type.span.file);
  const shown = type ?? written?.slice(entity.type!.span.start, entity.type!.span.end) ?? null;
  return `${kind} ${name}${shown === null ? '' : `: ${shown}`}`;
};

const code = (text: string): string => `\`\`\`nsm\n${text}\n\`\`\``;
