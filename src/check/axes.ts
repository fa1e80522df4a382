/** The rules of named axes: who may meet whom, and what `@` contracts. */
import { multiply, sum } from '../calculus/build.ts';
import { axisOf, writtenIndex, type Index } from '../calculus/expression.ts';
import { freshIndex, renameIndices } from '../calculus/substitute.ts';
import type { Fix } from '../diagnostics/diagnostic.ts';
import { around, between, replacement } from '../diagnostics/fixes.ts';
import { cover, type Span } from '../syntax/span.ts';
import { error, quoted, showAxes, type Report, type Value } from './scope.ts';
import { multiplyDomains, sumDomain } from './supports.ts';

/** Whether all of `some` are among `all`. */
export const within = (some: readonly Index[], all: readonly Index[]): boolean =>
  some.every((axis) => all.includes(axis));

/**
 * The axes of an elementwise operation: those of the operand with the most, when they hold the axes of every other
 * operand. Reports the first pair of operands that do not nest, and returns null.
 */
export const commonAxes = (
  operands: readonly Value[],
  what: string,
  report: Report,
): readonly Index[] | null => {
  let widest: Value | null = null;
  for (const operand of operands) {
    if (widest === null || (within(widest.axes, operand.axes) && operand.axes.length > widest.axes.length)) {
      widest = operand;
    } else if (!within(operand.axes, widest.axes)) {
      const [first, second] = widest.span.start <= operand.span.start ? [widest, operand] : [operand, widest];
      return error(
        report,
        'NSM3001',
        cover(first.span, second.span),
        `${what} cannot combine ${showAxes(first.axes)} with ${showAxes(second.axes)}`,
        { secondary: [label(first), label(second)], hint: hintForMeeting(first, second) },
      );
    }
  }
  return widest?.axes ?? [];
};

const label = (operand: Value): { readonly span: Span; readonly label: string } => ({
  span: operand.span,
  label: `is ${showAxes(operand.axes)}`,
});

const hintForMeeting = (first: Value, second: Value): string => {
  const shared = first.axes.filter((axis) => second.axes.includes(axis));
  const extra = first.axes.filter((axis) => !second.axes.includes(axis));
  if (shared.length === 0)
    return 'Different axes are never lined up, even when their sizes agree. Contract one with `@`, or reduce it with `sum(... over axis)`.';
  return `Both have ${quoted(shared)}; reduce the rest first, for example with \`sum(... over ${extra.map(writtenIndex).join(', ')})\`, or contract with \`@\`.`;
};

interface Contraction {
  readonly left: Index;
  readonly right: Index;
}

const isCoupling = (axes: readonly Index[], axis: string): boolean =>
  axes.filter((index) => axisOf(index) === axis).length === 2;

/**
 * Which index of each operand `@` sums over. A square coupling `W[units, units']` is applied along its second
 * index by `W @ s` and along its first by `s @ W`; every other contraction is over one index that both have.
 */
export const contractions = (left: readonly Index[], right: readonly Index[]): readonly Contraction[] => {
  const axes = [...new Set(left.map(axisOf))].filter((axis) => right.some((index) => axisOf(index) === axis));
  const found: Contraction[] = [];
  for (const axis of axes) {
    const leftCouples = isCoupling(left, axis);
    const rightCouples = isCoupling(right, axis);
    const ofLeft = left.filter((index) => axisOf(index) === axis);
    const ofRight = right.filter((index) => axisOf(index) === axis);
    if (leftCouples || rightCouples) found.push({ left: ofLeft.at(-1)!, right: ofRight[0]! });
    else for (const index of ofLeft) if (ofRight.includes(index)) found.push({ left: index, right: index });
  }
  return found;
};

/** `left @ right`. */
export const contract = (left: Value, right: Value, span: Span, report: Report): Value | null => {
  const choices = contractions(left.axes, right.axes);
  const labels = [label(left), label(right)];
  if (choices.length === 0) {
    const related = left.axes.find((index) => right.axes.some((other) => axisOf(other) === axisOf(index)));
    const scalar = left.axes.length === 0 || right.axes.length === 0;
    return error(
      report,
      'NSM3002',
      span,
      `\`@\` needs one axis that both sides have: this is ${showAxes(left.axes)} and ${showAxes(right.axes)}`,
      {
        secondary: labels,
        hint: scalar
          ? 'Use `*` to multiply by a single number.'
          : related === undefined
            ? 'Check which axes the two are declared with: `@` sums over the axis they have in common.'
            : `\`${axisOf(related)}\` and \`${axisOf(related)}'\` are different axes of the same size.`,
        fixes: scalar ? [{ ...replacement(between(left.span, right.span), ' * '), title: 'Write `*`' }] : [],
      },
    );
  }
  if (choices.length > 1) {
    const names = choices.map((choice) => choice.left);
    return error(
      report,
      'NSM3003',
      span,
      `\`@\` contracts exactly one axis, and both sides have ${quoted(names)}`,
      {
        secondary: labels,
        hint: `Say which: \`sum(... * ... over ${names[0]})\` for one of them, \`sum(... * ... over ${names.join(', ')})\` for all.`,
        fixes: [...names.map((name) => [name]), names].map((over) => sumOver(left, right, over)),
      },
    );
  }
  const { left: from, right: to } = choices[0]!;
  return contractOver(left, right, from, to, span, report);
};

/** `sum(left * right over axes)` in the place of `left @ right`. */
const sumOver = (left: Value, right: Value, axes: readonly Index[]): Fix => {
  const over = `over ${axes.map(writtenIndex).join(', ')}`;
  const times = { kind: 'replace', span: between(left.span, right.span), text: ' * ' } as const;
  const [before, after] = around(cover(left.span, right.span), 'sum(', ` ${over})`);
  return { title: `Insert sum ${over}`, changes: [before!, times, after!] };
};

const contractOver = (
  left: Value,
  right: Value,
  from: Index,
  to: Index,
  span: Span,
  report: Report,
): Value | null => {
  const bound = freshIndex(from);
  const first = renameIndices(left.expression, new Map([[from, bound]]));
  const second = renameIndices(right.expression, new Map([[to, bound]]));
  const restOfLeft = left.axes.filter((index) => index !== from);
  const restOfRight = right.axes.filter((index) => index !== to);
  const twice = restOfLeft.filter((index) => restOfRight.includes(index));
  let body = multiply(first, second);
  let axes = [...restOfLeft, ...restOfRight.filter((index) => !restOfLeft.includes(index))];
  if (twice.length > 0)
    return error(report, 'NSM3003', span, `\`@\` would leave ${quoted(twice)} on both sides`, {
      hint: `Name one of them with a prime, \`${twice[0]}'\`, where it is declared.`,
    });
  // A coupling gives back the plain index: sum over units of s[units] W[units, units'] is renamed to [units].
  const axis = axisOf(from);
  const primed = axes.find((index) => axisOf(index) === axis && index !== axis);
  if (primed !== undefined && !axes.includes(axis)) {
    body = renameIndices(body, new Map([[primed, axis]]));
    axes = axes.map((index) => (index === primed ? axis : index));
  }
  const expression = sum([bound], body);
  return { expression, axes, domain: sumDomain(multiplyDomains(left.domain, right.domain)), span };
};
