/** Numbers of turns, leaps and copies. */
import { wrapping } from '../diagnostics/fixes.ts';
import { error, showAxes, type Report, type Value } from './scope.ts';
import { describe } from './supports.ts';

/** Whether a value is one whole number that may reach `least`; reports why not. Settings are looked at when they have values. */
export const isCount = (value: Value, what: string, least: 0 | 1, report: Report): boolean => {
  const { axes, domain, span } = value;
  if (axes.length > 0) {
    error(report, 'NSM3007', span, `${what} takes one number, and this is ${showAxes(axes)}`);
    return false;
  }
  if (domain.integer && domain.high >= least) return true;
  error(
    report,
    'NSM3006',
    span,
    `${what} needs a whole number from ${least}, and this is ${describe(domain)}`,
    {
      hint: domain.integer
        ? `Write ${least} or more.`
        : 'Declare it as `int`, or round it with `floor(...)`.',
      fixes: domain.integer ? [] : [wrapping(span, 'floor')],
    },
  );
  return false;
};
