/** Weights of the energies of a contrast that settings leave without a value: `/ nudge` where `nudge` is 0. */
import { print } from '../calculus/print.ts';
import type { Expression } from '../calculus/expression.ts';
import { scalarValue } from '../calculus/scalar-value.ts';
import { readNames } from '../calculus/substitute.ts';
import { quoted } from '../check/scope.ts';
import type { Learning } from '../check/typed.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { settingValues, type Numbers } from './setting-values.ts';

/** @param set what is set in place of the defaults */
export const weightProblems = (
  { model, inference, settings, steps }: Learning,
  set: Numbers = {},
): readonly Diagnostic[] => {
  const values = settingValues([...model.settings, ...inference.settings, ...settings], set, {});
  const isBroken = (weight: Expression): boolean =>
    // A setting without a default is not known yet.
    [...readNames(weight)].every((name) => Number.isFinite(values[name])) &&
    !Number.isFinite(scalarValue(weight, values));
  for (const step of steps) {
    if (step.kind !== 'descend' || step.objective.kind !== 'contrast') continue;
    const { terms, span } = step.objective;
    const broken = terms.find(({ weight }) => isBroken(weight));
    if (broken === undefined) continue;
    const names = [...readNames(broken.weight)];
    const given = names.map((name) => `\`${name}\` is ${values[name]}`).join(', ');
    const message = `\`${broken.what} in ${broken.phase}\` is divided by 0: its weight is ${print(broken.weight)}, and ${given}`;
    const another = `${quoted(names, 'or')} another value`;
    // One slip is one error: other lines mostly divide by the same.
    return Object.keys(set).length === 0
      ? [
          error('NSM5060', span, message, {
            hint: `Divide by the number that tells the phases apart, as \`beta\` in \`set nudge = beta\`, or give ${another}.`,
          }),
        ]
      : [error('NSM6021', span, message, { hint: `Give ${another}.` })];
  }
  return [];
};
