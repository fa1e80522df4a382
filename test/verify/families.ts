/** Families from texts and files, and TensorFlow.js to verify them with. */
import { readFileSync } from 'node:fs';
import { fileSources } from '../../src/check/sources.ts';
import type { Family } from '../../src/check/typed.ts';
import { analyse } from '../../src/derive/analyse.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { position } from '../../src/diagnostics/position.ts';
import type { Span } from '../../src/syntax/span.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';
import { verifyFamily, type FamilyReport } from '../../src/verify/verify.ts';

export interface Analysed {
  readonly text: string;
  readonly families: readonly Family[];
  readonly errors: readonly Diagnostic[];
}

export const familiesIn = (file: string, text = readFileSync(file, 'utf8')): Analysed => {
  const { checked, diagnostics } = analyse(file, fileSources(new Map([[file, text]])));
  return {
    text,
    families: checked.families.filter(({ span }) => span.file === file),
    errors: diagnostics.filter(({ severity }) => severity === 'error'),
  };
};

/** The one family of a text. */
export const familyOf = (text: string): Family => {
  const { families, errors } = familiesIn('main.nsm', text);
  if (errors.length > 0 || families.length !== 1) throw new Error(errors[0]?.message ?? 'not one family');
  return families[0]!;
};

export const report = async (family: Family, seed = 1): Promise<FamilyReport> => {
  const { tf } = await loadBackend('cpu');
  return verifyFamily(family, { seed, tf });
};

/** The line of a span, without the spaces before it. */
export const lineAt = (text: string, { start }: Span): string =>
  text.split('\n')[position(text, start).line - 1]!.trim();
