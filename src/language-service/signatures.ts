/** Calls as they are written: what may be called, with its parameters. */
import type { Declaration } from '../syntax/tree.ts';
import { textOf } from './scopes.ts';
import { builtinSignature } from './words.ts';
import type { Workspace } from './workspace.ts';

export interface Signature {
  readonly label: string;
  readonly parameters: readonly { readonly name: string; readonly label: string }[];
  readonly doc: string | null;
}

/** `cosine(peak: real, warmup: real = 0.5%, floor: real = 1e-5)`, as its file has it. */
export const signatureOf = (declaration: Declaration, workspace: Workspace): Signature => {
  const text = textOf(workspace, declaration.span.file) ?? '';
  const parameters = [
    ...declaration.parameters.map(({ name, span }) => ({
      name: name.text,
      label: text.slice(span.start, span.end),
    })),
    // Other ways to give the same: they take the place of a parameter.
    ...(declaration.kind === 'family'
      ? declaration.also.map(({ name, type, target }) => ({
          name: name.text,
          label: `${name.text}: ${text.slice(type.span.start, type.span.end)} for ${target.text}`,
        }))
      : []),
  ];
  const list = parameters.map(({ label }) => label).join(', ');
  const label = `${declaration.name.text}${parameters.length === 0 ? '' : `(${list})`}`;
  return { label, parameters, doc: declaration.doc };
};

export const builtinCall = (name: string): Signature | null => {
  const found = builtinSignature(name);
  if (found === null) return null;
  const { parameters, over } = found;
  return {
    label: `${name}(${parameters.join(', ')}${over ? ' over axes' : ''})`,
    parameters: parameters.map((parameter) => ({ name: parameter, label: parameter })),
    doc: null,
  };
};
