/** The parameters of the call around the cursor, and which of them is being given. */
import { calleeOf, holder } from './completion.ts';
import { cursorAt, openCall } from './cursor.ts';
import { scopesIn, textOf } from './scopes.ts';
import { builtinCall, signatureOf, type Signature } from './signatures.ts';
import type { Workspace } from './workspace.ts';

export interface SignatureHelp extends Signature {
  /** The parameter at the cursor, or null when there is none. */
  readonly active: number | null;
}

export const signatureHelp = (workspace: Workspace, file: string, offset: number): SignatureHelp | null => {
  const cursor = cursorAt(textOf(workspace, file) ?? '', offset);
  const call = cursor.place === 'code' ? openCall(cursor) : null;
  if (call === null) return null;
  const meant = calleeOf(call.callee, scopesIn(workspace, file)(holder(workspace, file, offset)));
  const signature = meant === null ? builtinCall(call.callee) : signatureOf(meant.home, workspace);
  if (signature === null) return null;
  const { parameters } = signature;
  const named = parameters.findIndex(({ name }) => name === call.name);
  const active = call.name === null ? call.argument : named;
  return { ...signature, active: active >= 0 && active < parameters.length ? active : null };
};
