/** Warnings about what is declared and does nothing. */
import { removal } from '../diagnostics/fixes.ts';
import { cover, type Span } from '../syntax/span.ts';
import type { CheckedInference } from './inferences.ts';
import type { CheckedLearning } from './learnings.ts';
import type { CheckedModel } from './models.ts';
import { warning, type Report } from './scope.ts';
import type { Loaded } from './session.ts';
import type { Setting } from './typed.ts';

export const lintImports = (loaded: Loaded, report: Report): void => {
  for (const statement of loaded.tree.imports)
    for (const item of statement.names) {
      const local = item.alias ?? item.name;
      const declared = loaded.declared.get(local.text);
      if (loaded.used.has(local.text) || declared === 'broken' || declared === undefined) continue;
      warning(report, 'NSM9001', local.span, `\`${local.text}\` is imported and never used`, {
        hint: 'Take it out of the import.',
        fixes: [
          removal(
            statement.names.length === 1 ? statement.span : cover(item.name.span, local.span),
            `\`${local.text}\``,
          ),
        ],
      });
    }
};

export const lintModel = ({ model, used, usedByModel }: CheckedModel, report: Report): void => {
  for (const param of model.parameters)
    if (!used.has(param.name))
      warning(report, 'NSM9002', param.span, `the parameter \`${param.name}\` is never read`, {
        hint: 'Use it in a distribution or an energy, or take it out.',
        fixes: [removal(param.span, `\`${param.name}\``, 'statement')],
      });
  lintSettings(model.settings, used, report);
  for (const variable of model.variables) {
    if (variable.role !== 'latent' || usedByModel.has(variable.name)) continue;
    warning(report, 'NSM9004', variable.span, `nothing depends on the latent \`${variable.name}\``, {
      hint: 'A latent matters by what is generated from it. Read it in the distribution of an observed variable.',
    });
  }
};

export const lintInference = ({ inference, own }: CheckedInference, report: Report): void => {
  lintSettings(inference.settings, own.used, report);
  for (const param of inference.parameters)
    if (!own.used.has(param.name))
      warning(report, 'NSM9002', param.span, `the parameter \`${param.name}\` is never read`, {
        hint: 'Use it in the inference, or take it out.',
      });
};

export const lintLearning = ({ learning, own }: CheckedLearning, report: Report): void =>
  lintSettings(learning.settings, own.used, report);

const lintSettings = (settings: readonly Setting[], used: ReadonlySet<string>, report: Report): void => {
  for (const setting of settings) {
    if (used.has(setting.name)) continue;
    const what = setting.kind === 'dim' ? 'axis' : 'setting';
    warning(report, 'NSM9003', setting.span, `the ${what} \`${setting.name}\` is never used`, {
      hint: 'Take it out.',
      fixes: [removal(setting.span, `\`${setting.name}\``, 'entry')],
    });
  }
};

/** Names of one's own that hide a function of the prelude or an import. */
export const lintHidden = (
  names: readonly { readonly name: string; readonly span: Span }[],
  loaded: Loaded,
  report: Report,
): void => {
  for (const { name, span } of names) {
    const imported = loaded.declared.has(name);
    const prelude = loaded.scope.parent?.names.get(name)?.kind === 'function';
    if (!imported && !prelude) continue;
    warning(
      report,
      'NSM9005',
      span,
      `\`${name}\` hides the ${imported ? 'declaration' : 'prelude function'} of that name`,
      {
        hint: 'It still means what is declared here. Rename it, so that readers need not wonder.',
      },
    );
  }
};
