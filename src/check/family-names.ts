/** What the lines of a family may read. */
import { read } from '../calculus/build.ts';
import type { Index } from '../calculus/expression.ts';
import { insertion } from '../diagnostics/fixes.ts';
import { error, newScope, quoted, type Binding, type Report, type Scope } from './scope.ts';
import { domainOf } from './supports.ts';
import type { FamilyParameter, Support } from './typed.ts';

/** Axes that a single value of the support has: `one_hot over classes`. */
export const eventAxes = (support: Support): readonly Index[] => ('over' in support ? support.over : []);

export const parameterBinding = (parameter: FamilyParameter): Binding => ({
  kind: 'value',
  value: {
    expression: read(parameter.name, parameter.over),
    axes: parameter.over,
    domain: domainOf(parameter.support),
  },
  span: null,
});

export const hiddenParameter = (
  { name, span }: FamilyParameter,
  fixed: readonly FamilyParameter[],
  readsX: boolean,
  report: Report,
): Binding => ({
  kind: 'hidden',
  explain: (at) =>
    error(
      report,
      'NSM4004',
      at,
      `\`${name}\` is a parameter, and this line may only read ${readsX ? '`x`' : 'what is fixed'}`,
      {
        hint:
          fixed.length > 0
            ? `${readsX ? 'Besides `x` it may read what is fixed' : 'These are fixed'}: ${quoted(fixed.map((parameter) => parameter.name))}.`
            : !readsX
              ? `Declare it \`fixed ${name}\` when it only shapes the family.`
              : `Move what depends on \`${name}\` into \`natural\` or \`log_partition\`, or declare it \`fixed ${name}\` when it only shapes the family.`,
        fixes: [insertion(span, 'fixed ')],
      },
    ),
});
/** `why`: what the line depends on instead. */
export const hiddenX = (
  why: string,
  report: Report,
  hint = 'What depends on `x` belongs in `statistic` or `log_base`.',
): Binding => ({
  kind: 'hidden',
  explain: (at) => error(report, 'NSM4003', at, `\`x\` cannot be read here: ${why}`, { hint }),
});

/** The scope of a file for a family in it: a density is the same at all times, so `progress`, `iteration` and `elapsed` are not there. */
export const withoutTraining = (file: Scope, report: Report): Scope => {
  const scope = newScope(file);
  for (const name of ['progress', 'iteration', 'elapsed'])
    scope.names.set(name, {
      kind: 'hidden',
      explain: (at) =>
        error(report, 'NSM4003', at, `\`${name}\` changes with training, and a family does not`, {
          hint: 'Give the family a parameter, and let the model or its learning change that.',
        }),
    });
  return scope;
};
