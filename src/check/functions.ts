/** `function` declarations: checked once where they stand, inlined where they are called. */
import { read, size } from '../calculus/build.ts';
import { axisOf } from '../calculus/expression.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { removal } from '../diagnostics/fixes.ts';
import type { CallExpression, FunctionDeclaration } from '../syntax/tree.ts';
import { matchArguments } from './arguments.ts';
import { axisBinding, bindAxes, type OwnAxes } from './function-axes.ts';
import { onlyBuiltins } from './builtins.ts';
import { type Environment, evaluate, withoutOver } from './expressions.ts';
import {
  error,
  newScope,
  quoted,
  showAxes,
  spell,
  warning,
  type Binding,
  type Report,
  type Scope,
  type Value,
} from './scope.ts';
import { describe, domainOf, domains, fits, intersectDomains } from './supports.ts';
import { resolveType, type ResolvedType } from './types.ts';
import { wrapsInto } from './value-fixes.ts';

/** Functions know no model: any axis may be named. */
const anyType = { axes: null, settings: true } as const;

/** `f(...)` with the body of f in its place. */
export const inlineCall = (
  binding: Extract<Binding, { kind: 'function' | 'broken' }>,
  call: CallExpression,
  leading: readonly Value[],
  environment: Environment,
): Value | null => {
  const values = new Map<string, Value | null>();
  if (binding.kind === 'broken') return null;
  const { declaration } = binding;
  const { report } = environment;
  const name = declaration.name.text;
  if (call.over.length > 0)
    return error(report, 'NSM2009', call.over[0]!.span, `\`${name}\` takes no \`over\``, {
      hint: onlyBuiltins,
      fixes: [withoutOver(call)],
    });
  if (environment.inlining.includes(declaration)) {
    const circle = environment.inlining
      .slice(environment.inlining.indexOf(declaration))
      .map((each) => each.name.text);
    const what = circle.length === 1 ? `\`${name}\` calls itself` : `${quoted(circle)} call each other`;
    return error(report, 'NSM2011', call.span, what, {
      hint: 'A function is a formula that is written out where it is used, so it cannot recur.',
    });
  }
  const names = declaration.parameters.map((parameter) => spell(parameter.name));
  const given = matchArguments(call, names, report, leading.length);
  if (given === null) return null;

  const scope = newScope(binding.scope);
  const inside: Environment = { scope, report: () => {}, inlining: [...environment.inlining, declaration] };
  let sound = true;
  const own: OwnAxes = new Map();
  for (const [position, parameter] of declaration.parameters.entries()) {
    const parameterName = names[position]!;
    const argument = given.get(parameterName);
    const type = parameter.type === null ? null : resolveType(parameter.type, () => {}, anyType);
    let value: Value | null;
    if (position < leading.length) value = leading[position]!;
    else if (argument !== undefined) {
      value = evaluate(argument.value, environment);
      if (value !== null) value = accepted(value, type, parameterName, name, own, report);
    } else if (parameter.initial !== null) value = evaluate(parameter.initial, inside);
    else {
      error(report, 'NSM2010', call.span, `\`${name}\` needs \`${parameterName}\``, {
        hint: `Write \`${name}(${required(declaration, leading.length)})\`.`,
      });
      value = null;
    }
    if (value === null) sound = false;
    values.set(parameterName, value);
    scope.names.set(
      parameterName,
      value === null ? { kind: 'broken' } : { kind: 'value', value, span: null },
    );
  }
  if (!sound || !binding.sound()) return null;
  for (const [axis, meant] of own) if (!scope.names.has(axis)) scope.names.set(axis, axisBinding(meant));

  const problems: Diagnostic[] = [];
  const value = evaluate(declaration.value, { ...inside, report: (problem) => problems.push(problem) });
  const problem = problems[0];
  if (value === null && problem !== undefined) {
    const sameFile = problem.span.file === call.span.file;
    return error(
      report,
      problem.code,
      call.span,
      problem.code === 'NSM2011' ? problem.message : `in \`${name}\`, ${problem.message}`,
      {
        secondary:
          sameFile && problem.code !== 'NSM2011'
            ? [{ span: problem.span, label: 'here in its definition' }]
            : [],
        hint: problem.hint,
      },
    );
  }
  if (value === null) return null;
  const result = declaration.result === null ? null : resolveType(declaration.result, () => {}, anyType);
  const domain = result === null ? value.domain : intersectDomains(value.domain, domainOf(result.support));
  return { ...value, domain, span: call.span };
};

/** The arguments that a call cannot leave out, as they would be written. */
const required = (declaration: FunctionDeclaration, skip: number): string =>
  declaration.parameters
    .slice(skip)
    .filter((parameter) => parameter.initial === null)
    .map((parameter) => spell(parameter.name))
    .join(', ');

/** The argument, with its axes in the order of the parameter's own; null after an error. */
const accepted = (
  value: Value,
  type: ResolvedType | null,
  parameter: string,
  callee: string,
  own: OwnAxes,
  report: Report,
): Value | null => {
  if (type === null) return value;
  if (type.name === 'dim' && value.expression.kind !== 'size')
    return error(
      report,
      'NSM3004',
      value.span,
      `\`${parameter}\` of \`${callee}\` is an axis: give its name`,
      {
        hint: 'Axes are settings of kind `dim`.',
      },
    );
  const axes = bindAxes(type.axes, value.axes, own);
  if (axes === null)
    return error(
      report,
      'NSM3012',
      value.span,
      `\`${parameter}\` of \`${callee}\` needs ${showAxes(type.axes)}, and this is ${showAxes(value.axes)}`,
    );
  if (fits(value.domain, type.support) && (type.name !== 'int' || value.domain.integer))
    return { ...value, axes };
  return error(
    report,
    'NSM3006',
    value.span,
    `\`${parameter}\` of \`${callee}\` needs ${type.name}, and this is ${describe(value.domain)}`,
    {
      hint: type.support.kind === 'positive' ? 'Wrap it in `exp(...)` or `softplus(...)`.' : null,
      fixes: wrapsInto(value, type.support),
    },
  );
};

/** Checks a function by itself, with parameters about which only their types are known. True when it is sound. */
export const checkFunction = (declaration: FunctionDeclaration, outer: Scope, report: Report): boolean => {
  const scope = newScope(outer);
  let sound = true;
  const tell: Report = (problem) => {
    if (problem.severity === 'error') sound = false;
    report(problem);
  };
  const environment: Environment = { scope, report: tell, inlining: [declaration] };
  const own = new Set<string>();
  for (const parameter of declaration.parameters) {
    const name = spell(parameter.name);
    if (scope.names.has(name))
      error(tell, 'NSM2006', parameter.name.span, `\`${name}\` is declared twice`, {
        hint: 'Rename one of the two.',
      });
    const type = parameter.type === null ? null : resolveType(parameter.type, tell, anyType);
    if (parameter.initial !== null) evaluate(parameter.initial, environment);
    const axes = type?.axes ?? [];
    const domain =
      type === null ? domains.real : type.name === 'int' ? domains.integer : domainOf(type.support);
    const expression = type?.name === 'dim' ? size(name) : read(name, axes);
    scope.names.set(name, { kind: 'value', value: { expression, axes, domain }, span: parameter.span });
    for (const axis of axes) own.add(axisOf(axis));
  }
  for (const axis of own) if (!scope.names.has(axis)) scope.names.set(axis, axisBinding(axis));
  const value = evaluate(declaration.value, environment);
  const result = declaration.result === null ? null : resolveType(declaration.result, tell, anyType);
  if (value !== null && result !== null && !fits(value.domain, result.support))
    error(
      tell,
      'NSM3006',
      declaration.value.span,
      `\`${declaration.name.text}\` promises ${result.name}, and its value is ${describe(value.domain)}`,
      {
        secondary: [{ span: declaration.result!.span, label: 'promised here' }],
        hint: 'Change the type after the arguments, or the formula.',
      },
    );
  for (const parameter of declaration.parameters)
    if (sound && !scope.used.has(spell(parameter.name)))
      warning(
        tell,
        'NSM9003',
        parameter.name.span,
        `the argument \`${spell(parameter.name)}\` is never used`,
        {
          hint: 'Take it out.',
          fixes: [removal(parameter.span, `\`${spell(parameter.name)}\``)],
        },
      );
  return sound;
};
