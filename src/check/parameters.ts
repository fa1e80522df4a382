/** `param` members: type, initial value, guard. */
import { apply, constant, read, zero } from '../calculus/build.ts';
import type { Expression as Mathematics, Index } from '../calculus/expression.ts';
import { addition, replacement } from '../diagnostics/fixes.ts';
import type { Span } from '../syntax/span.ts';
import type { CallExpression, Expression, ParamMember } from '../syntax/tree.ts';
import { matchArguments } from './arguments.ts';
import { within } from './axes.ts';
import { applyCall, evaluate, type Environment } from './expressions.ts';
import { error, showAxes, spell, type Value } from './scope.ts';
import { describe, domainOf, domains, fits, point, type Domain } from './supports.ts';
import type { Initialiser, Param } from './typed.ts';
import { liesAlongOneAxis, resolveType, type ResolvedType } from './types.ts';
import { plainValue } from './value-fixes.ts';

/** Checks a parameter in a scope that holds settings (and, for its initial value, earlier parameters). */
export const checkParam = (
  member: ParamMember,
  knownAxes: readonly string[],
  environment: Environment,
): Param | null => {
  const { report } = environment;
  const type = resolveType(member.type, report, { axes: knownAxes });
  if (type === null || !liesAlongOneAxis(type, spell(member.name), report)) return null;
  const axes = type.axes.concat(type.over.filter((index) => !type.axes.includes(index)));
  const initial = checkInitial(member, type, axes, environment);
  const guard =
    member.within === null ? null : checkGuard(member.within, axes, domainOf(type.support), environment);
  return {
    name: spell(member.name),
    doc: member.doc,
    span: member.name.span,
    support: type.support,
    indices: axes,
    initial: initial ?? { kind: 'constant', value: zero },
    within: guard,
  };
};

const checkInitial = (
  member: ParamMember,
  type: ResolvedType,
  axes: readonly Index[],
  environment: Environment,
): Initialiser | null => {
  const { report } = environment;
  const name = spell(member.name);
  if (member.initial === null)
    return error(report, 'NSM3015', member.name.span, `\`${name}\` has no initial value`, {
      hint:
        type.support.kind === 'real'
          ? `Give it one: \`= 0\`, \`= normal(0, 0.1)\`${axes.length === 2 ? ', `= glorot()`' : ', `= uniform(-1, 1)`'}.`
          : 'Give it one: `= 1`, or `= uniform(0.1, 0.9)`.',
      fixes: initialValues(type, axes).map((value) => addition(member.type.span, ` = ${value}`)),
    });
  const random = randomInitialiser(member.initial, environment);
  if (random === undefined) {
    const value = evaluate(member.initial, environment);
    if (value === null) return null;
    if (!within(value.axes, axes))
      return error(
        report,
        'NSM3012',
        value.span,
        `\`${name}\` is ${showAxes(axes)}, and this is ${showAxes(value.axes)}`,
        {
          secondary: [{ span: type.span, label: 'declared here' }],
          hint: 'An initial value has the axes of its parameter, or fewer.',
        },
      );
    if (!fits(value.domain, type.support)) return outside(value.span, value.domain);
    return { kind: 'constant', value: value.expression };
  }
  if (random === null) return null;
  const { initialiser, domain } = random;
  if (initialiser.kind === 'glorot' && axes.length !== 2)
    return error(
      report,
      'NSM3009',
      member.initial.span,
      `\`glorot\` is for two axes, and \`${name}\` has ${axes.length}`,
      {
        hint: 'Its spread follows from the number of rows and columns. Use `normal(0, sd)` or `uniform(low, high)` here.',
        fixes: [replacement(member.initial.span, 'normal(0, 0.1)')],
      },
    );
  return fits(domain, type.support) ? initialiser : outside(member.initial.span, domain);

  function outside(at: Span, reached: Domain): null {
    return error(
      report,
      'NSM3008',
      at,
      `\`${name}\` is ${type.name}, and its initial value is ${describe(reached)}`,
      {
        secondary: [{ span: type.span, label: 'declared here' }],
        hint:
          type.support.kind === 'positive'
            ? 'Start above 0, for example with `= 1` or `= uniform(0.1, 1)`.'
            : 'Change the initial value, or the type.',
        fixes: [
          ...(type.support.kind === 'positive' ? ['1', 'uniform(0.1, 1)'] : []),
          ...(type.support.kind === 'unit' ? ['0.5', 'uniform(0, 1)'] : []),
        ].map((value) => replacement(at, value)),
      },
    );
  }
};

export interface RandomValue {
  readonly initialiser: Exclude<Initialiser, { readonly kind: 'constant' }>;
  /** Where its draws lie. */
  readonly domain: Domain;
}

/** `normal(mean, sd)`, `uniform(low, high)`, `glorot()`; undefined for anything else, null after an error. */
export const randomInitialiser = (
  expression: Expression,
  environment: Environment,
): RandomValue | null | undefined => {
  if (expression.kind !== 'call') return undefined;
  switch (expression.callee.text) {
    case 'glorot':
      return matchArguments(expression, [], environment.report) === null
        ? null
        : { initialiser: { kind: 'glorot' }, domain: domains.real };
    case 'normal': {
      const values = scalarArguments(expression, { mean: 0, sd: 1 }, environment);
      if (values === null) return null;
      const [mean, sd] = [values['mean']!, values['sd']!];
      return {
        initialiser: { kind: 'normal', mean: mean.expression, sd: sd.expression },
        domain: domains.real,
      };
    }
    case 'uniform': {
      const values = scalarArguments(expression, { low: null, high: null }, environment);
      if (values === null) return null;
      const [low, high] = [values['low']!, values['high']!];
      return {
        initialiser: { kind: 'uniform', low: low.expression, high: high.expression },
        domain: { ...domains.real, low: low.domain.low, high: high.domain.high },
      };
    }
    default:
      return undefined;
  }
};

type Scalar = Pick<Value, 'expression' | 'domain'>;

const scalarArguments = (
  call: CallExpression,
  defaults: Readonly<Record<string, number | null>>,
  environment: Environment,
): Readonly<Record<string, Scalar>> | null => {
  const { report } = environment;
  const names = Object.keys(defaults);
  const given = matchArguments(call, names, report);
  if (given === null) return null;
  const values: Record<string, Scalar> = {};
  for (const name of names) {
    const argument = given.get(name);
    const otherwise = defaults[name]!;
    if (argument === undefined) {
      if (otherwise === null)
        return error(report, 'NSM2010', call.span, `\`${call.callee.text}\` needs \`${name}\``, {
          hint: `Write \`${call.callee.text}(${names.join(', ')})\`.`,
        });
      values[name] = { expression: constant(otherwise), domain: point(otherwise) };
      continue;
    }
    const value = evaluate(argument.value, environment);
    if (value === null) return null;
    if (value.axes.length > 0)
      return error(
        report,
        'NSM3007',
        value.span,
        `\`${name}\` is a single number, and this is ${showAxes(value.axes)}`,
      );
    if (name === 'sd' && !fits(value.domain, { kind: 'positive' }))
      return error(
        report,
        'NSM3006',
        value.span,
        `\`sd\` needs positive, and this is ${describe(value.domain)}`,
        {
          hint: 'A standard deviation is greater than 0.',
        },
      );
    values[name] = value;
  }
  return values;
};

/**
 * What stands after `within`: a function of the guarded value (`soft(-8, 10)` is soft(self, -8, 10)), or an
 * interval, outside of which the value is cut off.
 */
export const checkGuard = (
  guard: Expression,
  axes: readonly Index[],
  domain: Domain,
  environment: Environment,
): Mathematics | null => {
  const { report } = environment;
  const self: Value = { expression: read('self', axes), axes, domain, span: guard.span };
  if (guard.kind === 'interval') {
    const low = evaluate(guard.low, environment);
    const high = evaluate(guard.high, environment);
    if (low === null || high === null) return null;
    for (const bound of [low, high]) if (!within(bound.axes, axes)) return tooLarge(bound, axes, environment);
    if (
      low.domain.low === low.domain.high &&
      high.domain.low === high.domain.high &&
      low.domain.low >= high.domain.high
    )
      return error(report, 'NSM3013', guard.span, 'this interval is empty', {
        hint: 'The lower bound comes first: `(-8, 2.5)`.',
        fixes:
          low.domain.low === high.domain.low || !Number.isFinite(low.domain.low - high.domain.low)
            ? []
            : [replacement(guard.span, `(${high.domain.low}, ${low.domain.low})`)],
      });
    return apply('min', apply('max', self.expression, low.expression), high.expression);
  }
  if (guard.kind !== 'call')
    return error(report, 'NSM3013', guard.span, 'a guard is an interval or a function', {
      hint: 'Write `within (low, high)`, or a function of the guarded value, `within soft(low, high)`.',
    });
  const result = applyCall(guard, [self], environment);
  if (result === null) return null;
  if (!within(result.axes, axes)) return tooLarge(result, axes, environment);
  return result.expression;
};

const tooLarge = (value: Value, axes: readonly Index[], environment: Environment): null =>
  error(
    environment.report,
    'NSM3012',
    value.span,
    `what is guarded is ${showAxes(axes)}, and this is ${showAxes(value.axes)}`,
    {
      hint: 'A bound has the axes of what it guards, or fewer.',
    },
  );

/** What a parameter may begin with, as it is written; the likeliest first. */
const initialValues = ({ support }: ResolvedType, axes: readonly Index[]): readonly string[] => {
  const value = plainValue(support);
  const random = support.kind === 'real' && axes.length > 0 ? ['normal(0, 0.1)'] : [];
  return value === null ? random : [...random, value];
};
