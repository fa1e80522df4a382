/** Recurrences of the gamma function, for differences of its logarithm to cancel. */
import { add, apply, constant, log, negate, subtract } from './build.ts';
import type { Expression } from './expression.ts';
import { mapChildren } from './substitute.ts';

/** Longest shift that is written out. */
const longest = 4;

/** log Γ(a + n) = log Γ(a) + log a + ... + log(a + n − 1), and back for negative n. */
export const unfoldLogGamma = (node: Expression): Expression => {
  if (node.kind !== 'apply' || node.operator !== 'log_gamma') return mapChildren(node, unfoldLogGamma);
  const argument = node.arguments[0]!;
  if (argument.kind !== 'add') return node;
  const shift = argument.terms.find((term) => term.kind === 'constant');
  if (shift?.kind !== 'constant' || !Number.isInteger(shift.value) || Math.abs(shift.value) > longest)
    return node;
  const base = subtract(argument, shift);
  const places = Array.from({ length: Math.abs(shift.value) }, (_, i) => (shift.value > 0 ? i : -1 - i));
  const logs = places.map((place) => log(add(base, constant(place))));
  return add(apply('log_gamma', base), ...(shift.value > 0 ? logs : logs.map(negate)));
};
