/** The names that a model shares with what is built on it. */
import type { Span } from '../syntax/span.ts';
import type { Environment } from './expressions.ts';
import type { CheckedModel } from './models.ts';
import { error, newScope, type Report, type Scope } from './scope.ts';
import type { Loaded } from './session.ts';

/**
 * Environments that read a model's names from a file: the file's functions, then the model's names, then names of
 * one's own. `settings` reads settings and parameters, `states` variables too.
 */
export const environmentsIn = (
  loaded: Loaded,
  model: CheckedModel,
  own: Scope,
  report: Report,
): { readonly settings: Environment; readonly states: Environment } => {
  const fixed: Scope = { ...model.settings, parent: loaded.scope };
  const hidden = newScope(fixed);
  for (const variable of model.model.variables)
    hidden.names.set(variable.name, {
      kind: 'hidden',
      explain: (at) =>
        error(
          report,
          'NSM2013',
          at,
          `\`${variable.name}\` is a variable, and only settings and parameters can be read here`,
          {
            hint: 'The values of a variable differ from example to example.',
          },
        ),
    });
  return {
    settings: { scope: { ...own, parent: hidden }, report, inlining: [] },
    states: { scope: { ...own, parent: { ...model.states, parent: fixed } }, report, inlining: [] },
  };
};

/** Names of a model and of what is built on it share one space: they are set by name when it runs. */
export type NameTable = Map<string, { readonly span: Span; readonly what: string }>;

export const namesOf = (model: CheckedModel): NameTable => {
  const { settings, parameters, variables } = model.model;
  const taken: NameTable = new Map();
  for (const { name, span } of settings) taken.set(name, { span, what: 'a setting of the model' });
  for (const { name, span } of parameters) taken.set(name, { span, what: 'a parameter of the model' });
  for (const { name, span } of variables) taken.set(name, { span, what: 'a variable of the model' });
  return taken;
};

/** Adds a name, or reports what has it already. */
export const claim = (taken: NameTable, name: string, span: Span, what: string, report: Report): void => {
  const before = taken.get(name);
  if (before === undefined) {
    taken.set(name, { span, what });
    return;
  }
  error(report, 'NSM5008', span, `\`${name}\` is already ${before.what}`, {
    secondary: before.span.file === span.file ? [{ span: before.span, label: before.what }] : [],
    hint: 'A model, its inference and its learning share their names: rename one of the two.',
  });
};
