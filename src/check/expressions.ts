/** Written expressions become index expressions with axes and a domain. */
import { add, constant, divide, multiply, negate, power, subtract } from '../calculus/build.ts';
import type { Expression as Mathematics } from '../calculus/expression.ts';
import { readNames } from '../calculus/substitute.ts';
import type { Fix } from '../diagnostics/diagnostic.ts';
import { addition, removal, wrapping } from '../diagnostics/fixes.ts';
import type { CallExpression, Expression, FunctionDeclaration, Name } from '../syntax/tree.ts';
import { contract } from './axes.ts';
import {
  builtinNames,
  builtins,
  compareBy,
  isMatrixFunction,
  isReduction,
  onlyBuiltins,
} from './builtins.ts';
import { inlineCall } from './functions.ts';
import { diagonal, outer } from './outer.ts';
import { ofMatrix } from './matrix-functions.ts';
import { reduce } from './reductions.ts';
import {
  error,
  lookup,
  spell,
  visibleNames,
  type Binding,
  type Report,
  type Scope,
  type Value,
} from './scope.ts';
import { alignAxes, axisNamed, isOneHot, placeAlong, positionOf, sizeOf, subscripted } from './subscripts.ts';
import { didYouMean } from './suggest.ts';
import {
  addDomains,
  describe,
  domains,
  multiplyDomains,
  negateDomain,
  point,
  powerDomain,
  reciprocalDomain,
  squareDomain,
  type Domain,
} from './supports.ts';

export interface Environment {
  readonly scope: Scope;
  readonly report: Report;
  /** Functions being inlined, outermost first. */
  readonly inlining: readonly FunctionDeclaration[];
  /** Calls that mean something only here (`grad` in a dynamics); undefined for any other call. */
  readonly calls?: (call: CallExpression, environment: Environment) => Value | null | undefined;
  /** In a subscript, where the name of an axis means the places along it. */
  readonly places?: boolean;
}

/** The meaning of an expression, or null after it has been reported as wrong. */
export const evaluate = (expression: Expression, environment: Environment): Value | null => {
  const { report } = environment;
  const { span } = expression;
  switch (expression.kind) {
    case 'number':
      return { expression: constant(expression.value), axes: [], domain: point(expression.value), span };
    case 'name':
      return evaluateName(expression, environment);
    case 'call':
      return evaluateCall(expression, environment);
    case 'negate': {
      const value = evaluate(expression.value, environment);
      if (value === null) return null;
      return { ...value, expression: negate(value.expression), domain: negateDomain(value.domain), span };
    }
    case 'binary':
      return evaluateBinary(expression, environment);
    case 'compare': {
      const operands = both(expression.left, expression.right, environment);
      if (operands === null) return null;
      const axes = alignAxes(operands, `\`${expression.operator}\``, environment);
      if (axes === null) return null;
      const [left, right] = operands;
      const result = compareBy(expression.operator, left.expression, right.expression);
      const oneHot = expression.operator === '==' ? isOneHot(left, right) : null;
      return { expression: result, axes, domain: oneHot ?? domains.binary, span };
    }
    case 'interval':
      return error(report, 'NSM3013', span, 'an interval is not a value', {
        hint: 'Intervals stand after `within`: `guard u within (-8, 2.5)`.',
      });
    case 'index':
      return subscripted(expression, environment);
    case 'in_phase':
      return error(
        report,
        'NSM2013',
        span,
        `\`in ${expression.phase.text}\` belongs to an objective, not to a value`,
        {
          hint: 'Phases are compared after `descend`: `descend energy in data - energy in model`.',
        },
      );
  }
};

const both = (
  left: Expression,
  right: Expression,
  environment: Environment,
): readonly [Value, Value] | null => {
  const first = evaluate(left, environment);
  const second = evaluate(right, environment);
  return first === null || second === null ? null : [first, second];
};

const evaluateBinary = (
  expression: Extract<Expression, { kind: 'binary' }>,
  environment: Environment,
): Value | null => {
  const operands = both(expression.left, expression.right, environment);
  if (operands === null) return null;
  const [left, right] = operands;
  const { span, operator } = expression;
  if (operator === '@') return contract(left, right, span, environment.report);
  const axes = alignAxes(operands, `\`${operator}\``, environment);
  if (axes === null) return null;
  const result = arithmetic[operator];
  return {
    expression: result.build(left.expression, right.expression),
    axes,
    domain: result.domain(left, right),
    span,
  };
};

const arithmetic: Readonly<
  Record<
    '+' | '-' | '*' | '/' | '^',
    { build: (a: Mathematics, b: Mathematics) => Mathematics; domain: (a: Value, b: Value) => Domain }
  >
> = {
  '+': { build: add, domain: (a, b) => addDomains(a.domain, b.domain) },
  '-': { build: subtract, domain: (a, b) => addDomains(a.domain, negateDomain(b.domain)) },
  '*': {
    build: multiply,
    domain: (a, b) =>
      a.expression === b.expression ? squareDomain(a.domain) : multiplyDomains(a.domain, b.domain),
  },
  '/': { build: divide, domain: (a, b) => multiplyDomains(a.domain, reciprocalDomain(b.domain)) },
  '^': { build: power, domain: (a, b) => powerDomain(a.domain, b.domain) },
};

const evaluateName = (name: Name, environment: Environment): Value | null => {
  const text = spell(name);
  const axis = environment.places === true ? axisNamed(name, environment.scope) : null;
  if (axis !== null) return { ...placeAlong(axis), span: name.span };
  const binding = lookup(environment.scope, text);
  if (binding === null) {
    const fallback = onlyElsewhere[text] ?? null;
    return error(environment.report, 'NSM2001', name.span, `nothing is called \`${text}\` here`, {
      hint: didYouMean(text, visibleNames(environment.scope, 'value'), fallback),
    });
  }
  return valueOf(binding, name, environment);
};

const onlyElsewhere: Readonly<Record<string, string>> = {
  objective: '`objective` stands inside a dynamics, in `grad(objective, u)`.',
  noise: '`noise` stands inside a dynamics.',
  gradient_norm: '`gradient_norm` stands inside a dynamics.',
  free_energy: '`free_energy` stands after `descend`.',
  energy: '`energy` stands after `descend`.',
  change: '`change` stands after `until`.',
};

const valueOf = (binding: Binding, name: Name, environment: Environment): Value | null => {
  switch (binding.kind) {
    case 'value':
      return { ...binding.value, span: name.span };
    case 'lazy': {
      const value = binding.resolve(name.span);
      return value === null ? null : { ...value, span: name.span };
    }
    case 'hidden':
      binding.explain(name.span);
      return null;
    case 'broken':
      return null;
    case 'function':
      return error(environment.report, 'NSM2013', name.span, `\`${name.text}\` is a function, not a value`, {
        hint: `Call it: \`${name.text}(${binding.declaration.parameters.map((p) => p.name.text).join(', ')})\`.`,
      });
  }
};

const evaluateCall = (call: CallExpression, environment: Environment): Value | null => {
  const special = environment.calls?.(call, environment);
  if (special !== undefined) return special;
  return applyCall(call, [], environment);
};

/** A call whose first arguments are given already: `within soft(low, high)` is soft(self, low, high). */
export const applyCall = (
  call: CallExpression,
  leading: readonly Value[],
  environment: Environment,
): Value | null => {
  const { report, scope } = environment;
  const name = spell(call.callee);
  const binding = lookupFunction(scope, name);
  if (binding !== null) return inlineCall(binding, call, leading, environment);
  if (isReduction(name)) return reduce(name, call, leading, environment);
  if (isMatrixFunction(name)) return ofMatrix(name, call, leading, environment);
  if (name === 'position') return positionOf(call, environment);
  if (name === 'size') return sizeOf(call, environment);
  if (name === 'outer') return outer(call, leading, environment);
  if (name === 'diagonal') return diagonal(call, leading, environment);
  const builtin = Object.hasOwn(builtins, name) ? builtins[name]! : null;
  if (builtin === null) return unknownFunction(call, name, environment);

  if (call.over.length > 0)
    return error(
      report,
      'NSM2009',
      call.over[0]!.span,
      `\`${name}\` works on each entry and takes no \`over\``,
      {
        hint: onlyBuiltins,
        fixes: [withoutOver(call)],
      },
    );
  const named = call.arguments.find((argument) => argument.name !== null);
  if (named !== undefined)
    return error(report, 'NSM2009', named.span, `\`${name}\` takes its arguments without names`, {
      hint: `Write \`${name}(${builtin.operands.join(', ')})\`.`,
      fixes: [removal({ ...named.span, end: named.value.span.start }, `\`${spell(named.name!)} =\``)],
    });
  const values = call.arguments.map((argument) => evaluate(argument.value, environment));
  if (values.some((value) => value === null)) return null;
  const operands = [...leading, ...(values as Value[])];
  if (operands.length !== builtin.operands.length) {
    const code = operands.length < builtin.operands.length ? 'NSM2010' : 'NSM2009';
    const count = builtin.operands.length;
    return error(
      report,
      code,
      call.span,
      `\`${name}\` takes ${count} argument${count === 1 ? '' : 's'}, not ${operands.length}`,
      { hint: `Write \`${name}(${builtin.operands.join(', ')})\`.` },
    );
  }
  const unmoved = builtin.operands.findIndex((operand) => operand === builtin.unmoved);
  if (unmoved >= 0 && !standsStill(operands[unmoved]!))
    return error(
      report,
      'NSM3006',
      operands[unmoved]!.span,
      `the ${builtin.unmoved} of \`${name}\` needs a whole number or a constant, and this is ${describe(operands[unmoved]!.domain)}`,
      {
        hint: `\`${name}\` has no derivative in it. \`detach(...)\` makes any value a constant for derivatives.`,
        fixes: [wrapping(operands[unmoved]!.span, 'detach')],
      },
    );
  const axes = alignAxes(operands, `\`${name}\``, environment);
  if (axes === null) return null;
  return {
    expression: builtin.build(...operands.map((operand) => operand.expression)),
    axes,
    domain: builtin.domain(...operands.map((operand) => operand.domain)),
    span: call.span,
  };
};

/** Whether a value moves by whole steps or not at all, so that no derivative in it is asked for. */
const standsStill = ({ expression, domain }: Value): boolean =>
  domain.integer ||
  readNames(expression).size === 0 ||
  (expression.kind === 'apply' && expression.operator === 'detach');

const lookupFunction = (
  scope: Scope,
  name: string,
): Extract<Binding, { kind: 'function' | 'broken' }> | null => {
  for (let current: Scope | null = scope; current !== null; current = current.parent) {
    const found = current.names.get(name);
    if (found?.kind !== 'function' && found?.kind !== 'broken') continue;
    current.used.add(name);
    return found;
  }
  return null;
};

const unknownFunction = (call: CallExpression, name: string, environment: Environment): null => {
  const { report, scope } = environment;
  const value = lookup(scope, name);
  if (value?.kind === 'hidden') {
    value.explain(call.callee.span);
    return null;
  }
  if (value !== null)
    return error(report, 'NSM2002', call.callee.span, `\`${name}\` is not a function`, {
      hint: `Multiply with \`*\`: \`${name} * (...)\`.`,
      fixes: [addition(call.callee.span, ' * ')],
    });
  const fallback =
    name === 'grad' || name === 'natural_grad' ? `\`${name}\` stands inside a dynamics.` : null;
  const candidates = [...visibleNames(scope, 'function'), ...builtinNames];
  return error(report, 'NSM2002', call.callee.span, `there is no function \`${name}\``, {
    hint: didYouMean(
      name,
      candidates,
      fallback ??
        'Functions come from `import`, from a `function` declaration, or from the standard prelude.',
    ),
  });
};

/** A call without its axes. */
export const withoutOver = ({ over, arguments: given, callee, span }: CallExpression): Fix => {
  const last = given.at(-1)?.span ?? { ...callee.span, end: callee.span.end + 1 };
  return removal({ file: span.file, start: last.end, end: over.at(-1)!.span.end }, '`over`');
};
