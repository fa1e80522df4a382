/** Checking of program texts, with other files beside them where a test needs some. */
import { check } from '../../src/check/check.ts';
import { fileSources } from '../../src/check/sources.ts';
import type { Checked, Model } from '../../src/check/typed.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { render } from '../../src/diagnostics/render.ts';
import { show, showModel } from './print.ts';

export const checkText = (
  text: string,
  beside: Readonly<Record<string, string>> = {},
): { readonly checked: Checked; readonly diagnostics: readonly Diagnostic[] } =>
  check('main.nsm', fileSources(new Map([['main.nsm', text], ...Object.entries(beside)])));

/** What is checked, when nothing is wrong with it. */
export const sound = (text: string, beside: Readonly<Record<string, string>> = {}): Checked => {
  const { checked, diagnostics } = checkText(text, beside);
  const errors = diagnostics.filter((problem) => problem.severity === 'error');
  if (errors.length > 0)
    throw new Error(render(errors, (file) => (file === 'main.nsm' ? text : beside[file])));
  return checked;
};

export const firstModel = (text: string, beside: Readonly<Record<string, string>> = {}): Model => {
  const model = sound(text, beside).models[0];
  if (model === undefined) throw new Error('there is no model');
  return model;
};
export const modelText = (text: string): string => showModel(firstModel(text));

/** `NSM3001 slope * gain`: codes with the text they point at. */
export const problems = (text: string, beside: Readonly<Record<string, string>> = {}): readonly string[] =>
  checkText(text, beside).diagnostics.map(
    ({ code, span }) =>
      `${code} ${(span.file === 'main.nsm' ? text : (beside[span.file] ?? '')).slice(span.start, span.end)}`,
  );

const axes = 'a: dim = 2, b: dim = 3, units: dim = 4';
const params = [
  's: real',
  'va: real[a]',
  'vb: real[b]',
  'm: real[a, b]',
  "W: real[units, units']",
  'u: real[units]',
  'V: real[a, units]',
  'rate: positive[a]',
  'p: unit[a]',
  'n: real',
];
const declared = params
  .map((param) => `  param ${param} = ${/positive|unit\[/.test(param.split(':')[1]!) ? '0.5' : '0'}`)
  .join('\n');

/** A model whose one energy is the formula, summed when it has axes. */
const withFormula = (formula: string, functions: string): string =>
  `${functions}\nmodel M(${axes}) {\n${declared}\n  energy value = ${formula}\n}\n`;

/** The mathematics of a scalar formula over s, va[a], vb[b], m[a, b], W[units, units'], u[units], V[a, units], ... */
export const formula = (text: string, functions = ''): string => {
  const model = firstModel(withFormula(text, functions));
  return show(model.energies[0]!.value);
};
export const formulaProblems = (text: string, functions = ''): readonly string[] =>
  problems(withFormula(text, functions)).filter((problem) => !problem.startsWith('NSM9'));
