/** Which argument of a call goes to which parameter. */
import { removal } from '../diagnostics/fixes.ts';
import type { Span } from '../syntax/span.ts';
import type { CallExpression, Expression } from '../syntax/tree.ts';
import { error, spell, type Report } from './scope.ts';
import { didYouMean } from './suggest.ts';

export interface Given {
  readonly value: Expression;
  readonly span: Span;
}

/**
 * Pairs the arguments of a call with parameter names: first those without a name, in order, then by name. The first
 * `skip` parameters are filled already. Reports unknown, repeated and surplus arguments; returns null if there was any.
 */
export const matchArguments = (
  call: CallExpression,
  parameters: readonly string[],
  report: Report,
  skip = 0,
): ReadonlyMap<string, Given> | null => {
  const callee = spell(call.callee);
  const given = new Map<string, Given>();
  const open = parameters.slice(skip);
  let position = 0;
  let sound = true;
  for (const argument of call.arguments) {
    const name = argument.name === null ? open[position++] : spell(argument.name);
    if (name === undefined) {
      const count = open.length;
      error(
        report,
        'NSM2009',
        argument.span,
        `\`${callee}\` takes ${count === 0 ? 'no arguments' : `at most ${count} argument${count === 1 ? '' : 's'}`}`,
        {
          hint: count === 0 ? null : `They are ${open.map((parameter) => `\`${parameter}\``).join(', ')}.`,
          fixes: [removal(argument.span, 'this argument')],
        },
      );
      sound = false;
    } else if (!open.includes(name)) {
      const filled = parameters.includes(name);
      error(
        report,
        'NSM2009',
        argument.name?.span ?? argument.span,
        filled
          ? `\`${name}\` of \`${callee}\` is the guarded value itself`
          : `\`${callee}\` has no argument \`${name}\``,
        { hint: didYouMean(name, open) },
      );
      sound = false;
    } else if (given.has(name)) {
      error(report, 'NSM2009', argument.span, `\`${name}\` is given twice`, {
        secondary: [{ span: given.get(name)!.span, label: 'given here first' }],
        hint: 'Keep one of the two.',
        fixes: [removal(argument.span, 'this one'), removal(given.get(name)!.span, 'the first one')],
      });
      sound = false;
    } else given.set(name, { value: argument.value, span: argument.span });
  }
  return sound ? given : null;
};
