import { analyse } from '../src/derive/analyse.ts';
import { fileSources } from '../src/check/sources.ts';
import { define } from '../src/schedule/define.ts';
import type { Definition } from '../src/schedule/definition.ts';
import { defineModel, type Model } from '../src/runtime/model.ts';
import type { TensorFlow } from '../src/runtime/plan.ts';
import { planInProcess, type Load } from '../src/targets/plan.ts';

/** A model of a file and its programs, the first where none is named. */
export const openDefinition = (
  file: string,
  set: Readonly<Record<string, number>>,
  model?: string,
): Definition => {
  const { checked, diagnostics } = analyse(file, fileSources());
  const { definition, diagnostics: more } = define(checked, { set, model });
  const errors = [...diagnostics, ...more].filter(({ severity }) => severity === 'error');
  if (definition === null || errors.length > 0)
    throw new Error(errors.map(({ message }) => message).join('\n'));
  return definition;
};

/** The same, ready to run in this process. */
export const openModel = (
  tf: TensorFlow,
  file: string,
  set: Readonly<Record<string, number>>,
  { model, load }: { readonly model?: string; readonly load?: Load } = {},
): Model => defineModel(planInProcess(openDefinition(file, set, model), { tf }, load));
