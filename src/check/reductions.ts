/** `sum`, `mean`, `largest`, `log_sum_exp` and `softmax` over named axes. */
import { add, apply, divide, exp, log, maximum, multiply, size, subtract, sum } from '../calculus/build.ts';
import { axisOf, lengthOf, writtenIndex, type Expression, type Index } from '../calculus/expression.ts';
import { removal, replacement } from '../diagnostics/fixes.ts';
import type { CallExpression } from '../syntax/tree.ts';
import type { Reduction } from './builtins.ts';
import { evaluate, type Environment } from './expressions.ts';
import { error, showAxes, spell, type Scope, type Value } from './scope.ts';
import { axisNamed } from './subscripts.ts';
import { didYouMean } from './suggest.ts';
import { domains, meanDomain, sumDomain, type Domain } from './supports.ts';

export const reduce = (
  name: Reduction,
  call: CallExpression,
  leading: readonly Value[],
  environment: Environment,
): Value | null => {
  const value = reducedValue(name, call, leading, environment, `${name}(a over axis)`);
  const bound = value === null ? null : overAxes(name, call, value, environment);
  if (value === null || bound === null) return null;
  const result = meaning(name, value, bound);
  const axes = name === 'softmax' ? value.axes : value.axes.filter((axis) => !bound.includes(axis));
  return { ...result, axes, span: call.span };
};

/** The one argument of a function that takes `over`. */
export const reducedValue = (
  name: string,
  call: CallExpression,
  leading: readonly Value[],
  environment: Environment,
  form: string,
): Value | null => {
  const values = [...leading, ...call.arguments.map((argument) => evaluate(argument.value, environment))];
  if (values.length === 1) return values[0]!;
  const code = values.length === 0 ? 'NSM2010' : 'NSM2009';
  return error(
    environment.report,
    code,
    call.span,
    `\`${name}\` takes one expression, not ${values.length}`,
    { hint: `Write \`${form}\`.` },
  );
};

/** Axes by their names, or those that a function was given for its own. */
export const axesAfterOver = ({ over }: CallExpression, scope: Scope): readonly Index[] =>
  over.map((name) => axisNamed(name, scope) ?? spell(name));

/** The axes after `over`, all of which the argument has; without `over` all of its axes. */
export const overAxes = (
  name: string,
  call: CallExpression,
  value: Value,
  { scope, report }: Environment,
): readonly Index[] | null => {
  const over = axesAfterOver(call, scope).map(
    (written) => value.axes.find((axis) => writtenIndex(axis) === written) ?? written,
  );
  for (const [position, axis] of over.entries()) {
    const { span } = call.over[position]!;
    if (over.indexOf(axis) !== position)
      return error(report, 'NSM3011', span, `\`${axis}\` is named twice`, {
        hint: 'Name each axis once.',
        fixes: [removal(span, 'this one')],
      });
    if (value.axes.includes(axis)) continue;
    const fallback = value.axes.length === 0 ? 'A single number has nothing to reduce.' : null;
    return error(report, 'NSM3005', span, `this has no axis \`${axis}\`: it is ${showAxes(value.axes)}`, {
      secondary: [{ span: value.span, label: `is ${showAxes(value.axes)}` }],
      hint: didYouMean(axis, value.axes.map(writtenIndex), fallback),
      fixes: value.axes.length === 1 ? [replacement(span, writtenIndex(value.axes[0]!))] : [],
    });
  }
  const bound = over.length === 0 ? value.axes : over;
  if (bound.includes('*'))
    return error(
      report,
      'NSM3005',
      call.span,
      `a dynamics acts on each entry: it cannot use \`${name}\` on what it moves`,
      {
        hint: 'For the size of the gradient over everything that is moved together, read `gradient_norm`.',
      },
    );
  return bound;
};

/** How many entries there are along axes that state their length, or null. */
const entriesOf = (over: readonly Index[]): number | null =>
  over.reduce<number | null>((count, index) => {
    const length = lengthOf(index, {});
    return count === null || length === undefined ? null : count * length;
  }, 1);

const meaning = (
  name: Reduction,
  value: Value,
  over: readonly Index[],
): { expression: Expression; domain: Domain } => {
  const body = value.expression;
  if (name === 'sum')
    return { expression: sum(over, body), domain: sumDomain(value.domain, entriesOf(over)) };
  if (name === 'mean') {
    const count = multiply(...over.map((index) => size(axisOf(index))));
    return { expression: divide(sum(over, body), count), domain: meanDomain(value.domain) };
  }
  if (name === 'largest') return { expression: maximum(over, body), domain: value.domain };
  // Shifted by the largest entry, a constant for derivatives, so that no exponential overflows.
  const largest = apply('detach', maximum(over, body));
  const shifted = exp(subtract(body, largest));
  const total = sum(over, shifted);
  if (name === 'log_sum_exp') return { expression: add(largest, log(total)), domain: domains.real };
  return { expression: divide(shifted, total), domain: { ...domains.unit, special: 'simplex', over } };
};
