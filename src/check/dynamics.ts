/** `dynamics` declarations, and calls of them with their settings bound. */
import { add, read, zero } from '../calculus/build.ts';
import type { Expression as Mathematics, Index } from '../calculus/expression.ts';
import type { Span } from '../syntax/span.ts';
import type { DynamicsDeclaration, DynamicsMember } from '../syntax/tree.ts';
import { evaluate, type Environment } from './expressions.ts';
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
import { checkSettings, refuseReserved } from './settings.ts';
import { didYouMean } from './suggest.ts';
import { domains, type Domain } from './supports.ts';
import type { Dynamics } from './typed.ts';

/** The placeholder for "all indices of what is moved". */
const all: readonly Index[] = ['*'];
const entry = (name: string, domain: Domain = domains.real): Binding => ({
  kind: 'value',
  value: { expression: read(name, all), axes: all, domain },
  span: null,
});

/** Checks one dynamics in the scope of its file. Null when something in it is wrong. */
export const checkDynamics = (
  declaration: DynamicsDeclaration,
  outer: Scope,
  outerReport: Report,
): Dynamics | null => {
  let sound = true;
  const report: Report = (problem) => {
    if (problem.severity === 'error') sound = false;
    outerReport(problem);
  };
  const variable = spell(declaration.variable);
  const scope = newScope(outer);
  const settings = checkSettings(declaration.parameters, scope, report);
  const environment: Environment = { scope, report, inlining: [], calls: gradientCalls(variable) };
  const { members } = declaration;

  const states: Dynamics['states'][number][] = [];
  for (const member of members) {
    if (member.kind !== 'state') continue;
    const name = spell(member.name);
    const initial = evaluate(member.initial, { ...environment, scope: newScope(scope), calls: undefined });
    if (initial !== null && initial.axes.length > 0)
      error(
        report,
        'NSM3007',
        initial.span,
        `\`${name}\` starts at a single number, and this is ${showAxes(initial.axes)}`,
      );
    states.push({ name, initial: initial?.expression ?? zero });
  }
  const owned = new Map<string, Span>([[variable, declaration.variable.span]]);
  for (const { setting } of settings) refuseTwice(setting.name, setting.span, owned, report);
  for (const member of members)
    if (member.kind === 'state' || member.kind === 'let')
      refuseTwice(spell(member.name), member.name.span, owned, report);

  scope.names.set(variable, entry(variable));
  for (const { name } of states) scope.names.set(name, entry(name));
  scope.names.set('noise', entry('@noise'));
  scope.names.set('gradient_norm', {
    kind: 'value',
    value: { expression: read('@gradient_norm'), axes: [], domain: domains.positive },
    span: null,
  });

  const movable = [variable, ...states.map((state) => state.name)];
  const steps = checkSteps(members, movable, environment);
  const differentials = checkDifferentials(members, movable, environment);
  const propose = members.find((member) => member.kind === 'propose');
  const accept = members.find((member) => member.kind === 'accept');
  const proposed = propose === undefined ? null : elementwise(evaluate(propose.value, environment));
  if (accept !== undefined && accept.by.text !== 'metropolis_hastings')
    error(report, 'NSM5020', accept.by.span, `there is no way to accept called \`${accept.by.text}\``, {
      hint: 'Write `accept by metropolis_hastings`.',
    });
  const integrate = checkIntegrate(members, differentials, report);

  const moves =
    steps.some((step) => step.kind === 'assign' && step.target === variable) ||
    differentials.some((line) => line.target === variable) ||
    propose !== undefined;
  if (!moves && sound)
    error(
      report,
      'NSM5015',
      declaration.variable.span,
      `nothing in \`${declaration.name.text}\` moves \`${variable}\``,
      {
        hint: `Add a line \`${variable} <- ...\` or \`d ${variable} = ... dt\`.`,
      },
    );
  if (!sound) return null;
  for (const { setting } of settings)
    // The integrator reads `dt`.
    if (!scope.used.has(setting.name) && !(setting.name === 'dt' && differentials.length > 0))
      warning(report, 'NSM9003', setting.span, `the setting \`${setting.name}\` is never used`, {
        hint: 'Take it out.',
      });
  return {
    name: declaration.name.text,
    doc: declaration.doc,
    span: declaration.name.span,
    settings: settings.map(({ setting }) => setting),
    variable,
    states,
    steps,
    differentials,
    integrate,
    propose: proposed,
    accept: accept?.by.text ?? null,
  };
};

/** What a dynamics is given. */
const words: readonly string[] = ['objective', 'noise', 'gradient_norm'];

const elementwise = (value: Value | null): Mathematics | null => value?.expression ?? null;

const refuseTwice = (name: string, span: Span, owned: Map<string, Span>, report: Report): void => {
  const before = owned.get(name);
  if (before !== undefined)
    error(report, 'NSM2006', span, `\`${name}\` is declared twice`, {
      secondary: [{ span: before, label: 'declared here first' }],
      hint: 'Rename one of the two.',
    });
  else owned.set(name, span);
  refuseReserved(name, span, report);
  if (words.includes(name))
    error(report, 'NSM2012', span, `\`${name}\` already has a meaning in every dynamics`, {
      hint: 'Choose another name.',
    });
};

/** `grad(objective, u)` and `natural_grad(objective, u)`. */
const gradientCalls =
  (variable: string): NonNullable<Environment['calls']> =>
  (call, { report }) => {
    const name = call.callee.text;
    if (name !== 'grad' && name !== 'natural_grad') return undefined;
    const [objective, target] = call.arguments;
    const usage = `Write \`${name}(objective, ${variable})\`.`;
    if (call.arguments.length !== 2 || objective?.value.kind !== 'name' || target?.value.kind !== 'name')
      return error(report, 'NSM5019', call.span, `\`${name}\` takes the objective and the variable`, {
        hint: usage,
      });
    if (objective.value.text !== 'objective')
      return error(
        report,
        'NSM5019',
        objective.span,
        `a dynamics does not know \`${objective.value.text}\`: it descends any objective`,
        {
          hint: usage,
        },
      );
    if (spell(target.value) !== variable)
      return error(
        report,
        'NSM5019',
        target.span,
        `\`${spell(target.value)}\` is not what this dynamics moves`,
        { hint: usage },
      );
    const read_ = name === 'grad' ? '@gradient' : '@natural_gradient';
    return { expression: read(read_, all), axes: all, domain: domains.real, span: call.span };
  };

const checkSteps = (
  members: readonly DynamicsMember[],
  movable: readonly string[],
  environment: Environment,
): Dynamics['steps'] => {
  const { scope, report } = environment;
  const steps: Dynamics['steps'][number][] = [];
  for (const member of members) {
    if (member.kind === 'let') {
      const name = spell(member.name);
      const value = evaluate(member.value, environment);
      if (value === null) scope.names.set(name, { kind: 'broken' });
      else {
        scope.names.set(name, {
          kind: 'value',
          value: { expression: read(name, value.axes), axes: value.axes, domain: value.domain },
          span: member.name.span,
        });
        steps.push({ kind: 'let', target: name, value: value.expression, span: member.span });
      }
    } else if (member.kind === 'assign') {
      const name = spell(member.target);
      const value = evaluate(member.value, environment);
      const own = checkTarget(name, member.target.span, movable, report);
      if (value !== null && own)
        steps.push({ kind: 'assign', target: name, value: value.expression, span: member.span });
    }
  }
  return steps;
};

const checkTarget = (name: string, span: Span, movable: readonly string[], report: Report): boolean => {
  if (movable.includes(name)) return true;
  error(report, 'NSM5014', span, `\`${name}\` is not a state of this dynamics`, {
    hint: didYouMean(
      name,
      movable,
      `It can move ${quoted(movable)}. Declare a memory of its own with \`state ${name} = 0\`, an intermediate value with \`let\`.`,
    ),
  });
  return false;
};

const checkDifferentials = (
  members: readonly DynamicsMember[],
  movable: readonly string[],
  environment: Environment,
): Dynamics['differentials'] => {
  const lines: Dynamics['differentials'][number][] = [];
  for (const member of members) {
    if (member.kind !== 'differential') continue;
    const target = spell(member.target);
    const own = checkTarget(target, member.target.span, movable, environment.report);
    const parts = { dt: [] as Mathematics[], dW: [] as Mathematics[] };
    let sound = own;
    for (const term of member.terms) {
      const value = evaluate(term.value, environment);
      if (value === null) sound = false;
      else parts[term.by].push(value.expression);
    }
    if (!sound) continue;
    lines.push({
      part: member.part === null ? null : spell(member.part),
      target,
      drift: add(...parts.dt),
      noise: add(...parts.dW),
      span: member.span,
    });
  }
  return lines;
};

const checkIntegrate = (
  members: readonly DynamicsMember[],
  differentials: Dynamics['differentials'],
  report: Report,
): readonly string[] => {
  const named = [...new Set(differentials.flatMap(({ part }) => (part === null ? [] : [part])))];
  const written: string[] = [];
  for (const member of members) {
    if (member.kind !== 'integrate') continue;
    for (const part of member.parts) {
      const name = spell(part);
      if (named.includes(name)) written.push(name);
      else
        error(report, 'NSM5016', part.span, `no line is called \`${name}\``, {
          hint: named.length === 0 ? `Name a line: \`${name}: d s = ... dt\`.` : didYouMean(name, named),
        });
    }
  }
  return written;
};
