/** `start`: first values by a formula, at random, or by a feed-forward sweep. */
import { read } from '../calculus/build.ts';
import type { Fix } from '../diagnostics/diagnostic.ts';
import { otherWords, replacement } from '../diagnostics/fixes.ts';
import type { Span } from '../syntax/span.ts';
import type { CallExpression, Expression, StartStatement } from '../syntax/tree.ts';
import { within } from './axes.ts';
import { evaluate } from './expressions.ts';
import { findMovable, type Movable, type StatementContext } from './movables.ts';
import { randomInitialiser } from './parameters.ts';
import { error, showAxes, spell, type Value } from './scope.ts';
import { describe, fits } from './supports.ts';
import type { InferenceStatement, StartDraw, Support } from './typed.ts';
import { plainValue } from './value-fixes.ts';

/** One statement for each target where they are drawn: each has random numbers along its own axes. */
export const checkStart = (
  statement: StartStatement,
  context: StatementContext,
): readonly InferenceStatement[] => {
  const found = statement.targets.map((target) => findMovable(target, context));
  // A target with an error counts as started: nothing more is said about it.
  for (const target of statement.targets) context.started.add(spell(target));
  const targets = found.flatMap((target) => target ?? []);
  const { value } = statement;
  const starts =
    value.kind === 'by'
      ? feedforwardStart({ ...statement, value }, targets, context)
      : formulaStarts(statement, value, targets, context);
  return targets.length === found.length ? starts : [];
};

const feedforwardStart = (
  { value, span }: StartStatement & { readonly value: Extract<StartStatement['value'], { kind: 'by' }> },
  targets: readonly Movable[],
  { states: { report } }: StatementContext,
): readonly InferenceStatement[] => {
  if (value.method.text !== 'feedforward') {
    error(report, 'NSM5020', value.method.span, `there is no start called \`${value.method.text}\``, {
      hint: 'Write `start ... by feedforward`, or `start ... = value`.',
      fixes: [replacement(value.method.span, 'feedforward')],
    });
    return [];
  }
  const coordinate = targets.find(({ kind }) => kind === 'coordinate');
  if (coordinate !== undefined) {
    error(
      report,
      'NSM5004',
      span,
      `\`${coordinate.name}\` describes a belief, and only a variable itself has a force that a feed-forward start could solve`,
      {
        hint: `Start it yourself: \`start ${coordinate.name} = ...\`.`,
        fixes: [otherWords(span, 'by feedforward', '= 0')],
      },
    );
    return [];
  }
  const names = targets.map(({ name }) => name);
  return [{ kind: 'start', targets: names, value: { kind: 'feedforward' }, span }];
};

const formulaStarts = (
  { span }: StartStatement,
  formula: Expression,
  targets: readonly Movable[],
  context: StatementContext,
): readonly InferenceStatement[] => {
  const [first, ...others] = targets;
  const value = evaluateStart(formula, first, context);
  if (value === null || first === undefined) return [];
  const of = (names: readonly string[], { checked, draws }: CheckedStart): InferenceStatement => ({
    kind: 'start',
    targets: names,
    value: { kind: 'value', value: checked.expression, draws },
    span,
  });
  if (value.draws.length === 0)
    return targets.every((target) => canStart(target, value.checked, context))
      ? [
          of(
            targets.map(({ name }) => name),
            value,
          ),
        ]
      : [];
  const starts: InferenceStatement[] = [];
  for (const target of targets) {
    const own = others.includes(target) ? evaluateStart(formula, target, context) : value;
    if (own === null || !canStart(target, own.checked, context)) return [];
    starts.push(of([target.name], own));
  }
  return starts;
};

interface CheckedStart {
  readonly checked: Value;
  readonly draws: readonly StartDraw[];
}

/** @param target what the random numbers in the formula have an entry for */
const evaluateStart = (
  formula: Expression,
  target: Movable | undefined,
  { states }: StatementContext,
): CheckedStart | null => {
  const draws: StartDraw[] = [];
  const axes = target?.indices ?? [];
  const drawn = (call: CallExpression): Value | null | undefined => {
    const random = randomInitialiser(call, states);
    if (random === null || random === undefined) return random;
    const { initialiser, domain } = random;
    if (initialiser.kind !== 'normal' && initialiser.kind !== 'uniform') return undefined;
    const name = `@draw_${draws.length + 1}`;
    draws.push({ name, initialiser });
    return { expression: read(name, axes), axes, domain, span: call.span };
  };
  const checked = evaluate(formula, { ...states, calls: drawn });
  return checked === null ? null : { checked, draws };
};

const canStart = (target: Movable, { axes, domain, span }: Value, { states }: StatementContext): boolean => {
  const { report } = states;
  if (!within(axes, target.indices)) {
    error(
      report,
      'NSM3012',
      span,
      `\`${target.name}\` is ${showAxes(target.indices)}, and this is ${showAxes(axes)}`,
      { hint: 'A start has the axes of what it starts, or fewer.' },
    );
    return false;
  }
  if (fits(domain, target.support)) return true;
  error(
    report,
    'NSM3006',
    span,
    `\`${target.name}\` is ${target.support.kind}, and this is ${describe(domain)}`,
    { hint: hintFor(target.support), fixes: valueFixes(target.support, span) },
  );
  return false;
};

const valueFixes = (support: Support, span: Span): readonly Fix[] => {
  const value = plainValue(support);
  return value === null ? [] : [replacement(span, value)];
};

/** How values of a support are made. */
const hintFor = (support: Support): string | null => {
  const axisOfValue = 'over' in support ? (support.over[0] ?? 'axis') : 'axis';
  switch (support.kind) {
    case 'unit':
      return 'Wrap it in `sigmoid(...)` or `hard_sigmoid(...)`, or draw it: `uniform(0, 1)`.';
    case 'positive':
      return 'Wrap it in `exp(...)` or `softplus(...)`, or draw it: `uniform(0, 1)`.';
    case 'binary':
      return 'Compare it, as in `a > 0`, or draw it: `where(uniform(0, 1) < 0.5, 1, 0)`.';
    case 'spin':
      return 'Choose one of the two, as in `where(a > 0, 1, -1)`, or draw it: `where(uniform(0, 1) < 0.5, 1, -1)`.';
    case 'one_hot':
      return `Name the entry that is 1, as in \`position(${axisOfValue}) == 0\`.`;
    case 'count':
    case 'integer':
      return 'Round it with `floor(...)`.';
    case 'simplex':
      return `Make shares of any numbers, as in \`softmax(0 * position(${axisOfValue}) over ${axisOfValue})\`.`;
    case 'real':
    case 'angle':
    case 'vector':
    case 'positive_definite':
      return null;
  }
};
