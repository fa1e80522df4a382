/** Matrices from vectors: `outer(a, b)`, every entry of a times every entry of b, and `diagonal(a)`. */
import { delta, multiply, sum } from '../calculus/build.ts';
import type { Index } from '../calculus/expression.ts';
import { renameIndices } from '../calculus/substitute.ts';
import type { CallExpression } from '../syntax/tree.ts';
import { evaluate, type Environment } from './expressions.ts';
import { axesAfterOver, reducedValue } from './reductions.ts';
import { error, quoted, showAxes, type Value } from './scope.ts';
import { multiplyDomains, point, sumDomain, uniteDomains } from './supports.ts';

/**
 * An axis that both have gets a prime where it comes from b: `outer(x, x)` is a square matrix. Axes after `over` are
 * lined up and summed instead: `outer(A, A over causes)` is A Aᵀ.
 */
export const outer = (
  call: CallExpression,
  leading: readonly Value[],
  environment: Environment,
): Value | null => {
  const { report } = environment;
  const values = [...leading, ...call.arguments.map(({ value }) => evaluate(value, environment))];
  if (values.includes(null)) return null;
  const [left, right, ...more] = values as readonly Value[];
  if (left === undefined || right === undefined || more.length > 0)
    return error(
      report,
      values.length < 2 ? 'NSM2010' : 'NSM2009',
      call.span,
      `\`outer\` takes 2 arguments, not ${values.length}`,
      { hint: 'Write `outer(a, b)`.' },
    );
  const over = axesAfterOver(call, environment.scope);
  for (const [position, axis] of over.entries()) {
    const { span } = call.over[position]!;
    const lacking = [left, right].find((value) => !value.axes.includes(axis));
    if (over.indexOf(axis) !== position)
      return error(report, 'NSM3011', span, `\`${axis}\` is named twice`, { hint: 'Name each axis once.' });
    if (lacking !== undefined)
      return error(
        report,
        'NSM3005',
        span,
        `both sides need the axis \`${axis}\`, and one is ${showAxes(lacking.axes)}`,
        {
          secondary: [{ span: lacking.span, label: `is ${showAxes(lacking.axes)}` }],
          hint: 'Axes after `over` are those that both have, and that are summed.',
        },
      );
  }
  const isKept = (axis: Index): boolean => !over.includes(axis);
  const primed = new Map<Index, Index>(
    right.axes.filter((axis) => isKept(axis) && left.axes.includes(axis)).map((axis) => [axis, `${axis}'`]),
  );
  const axes = right.axes.filter(isKept).map((axis) => primed.get(axis) ?? axis);
  const twice = axes.filter((axis, i) => left.axes.includes(axis) || axes.indexOf(axis) !== i);
  if (twice.length > 0)
    return error(report, 'NSM3003', call.span, `\`outer\` would leave ${quoted(twice)} on both sides`, {
      hint: 'A product of matrices over one axis is written with `@`.',
    });
  const product = multiplyDomains(left.domain, right.domain);
  return {
    expression: sum(over, multiply(left.expression, renameIndices(right.expression, primed))),
    axes: [...left.axes.filter(isKept), ...axes],
    domain: over.length === 0 ? product : sumDomain(product),
    span: call.span,
  };
};

/** `diagonal(v over units)`: the matrix with v on its diagonal, and 0 elsewhere. A single number is repeated along the axis. */
export const diagonal = (
  call: CallExpression,
  leading: readonly Value[],
  environment: Environment,
): Value | null => {
  const { report } = environment;
  const value = reducedValue('diagonal', call, leading, environment, 'diagonal(a over axis)');
  if (value === null) return null;
  const named = call.over.length === 0 ? value.axes : axesAfterOver(call, environment.scope);
  const [axis, ...more] = named;
  if (axis === undefined || more.length > 0)
    return error(
      report,
      'NSM3005',
      call.span,
      `\`diagonal\` needs one axis, and this is ${showAxes(named)}`,
      {
        hint: 'Name it: `diagonal(... over axis)`.',
      },
    );
  const [twin, { expression, domain, span }] = [`${axis}'`, value];
  const axes = value.axes.includes(axis) ? value.axes : [...value.axes, axis];
  if (axes.includes(twin))
    return error(report, 'NSM3003', call.span, `\`diagonal\` would leave ${quoted([twin])} on both sides`, {
      secondary: [{ span, label: `is ${showAxes(value.axes)}` }],
      hint: `It makes a matrix over \`${axis}\` and \`${twin}\`.`,
    });
  return {
    expression: multiply(expression, delta(axis, twin)),
    axes: [...axes, twin],
    domain: uniteDomains(domain, point(0)),
    span: call.span,
  };
};
