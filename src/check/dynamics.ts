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
  scope.names.set('acceptance', {
    kind: 'value',
    value: { expression: read('@acceptance'), axes: [], domain: domains.unit },
    span: null,
  });
  scope.names.set('gradient_norm', {
    kind: 'value',
    value: { expression: read('@gradient_norm'), axes: [], domain: domains.positive },
    span: null,
  });

  const movable = [variable, ...states.map((state) => state.name)];
  const written = checkSteps(members, movable, environment);
  const differentials = checkDifferentials(members, movable, environment);
  checkParts(members, differentials, report);
  const isWhole = differentials.length > 0 && !written.some(({ kind }) => kind === 'integrate');
  const steps: Dynamics['steps'] = isWhole
    ? [...written, { kind: 'integrate', parts: [], span: differentials[0]!.span }]
    : written;

  const moves =
    steps.some((step) => step.kind === 'assign' && step.target === variable) ||
    differentials.some((line) => line.target === variable) ||
    steps.some(({ kind }) => kind === 'propose');
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
  };
};

/** What a dynamics is given. */
const words: readonly string[] = ['objective', 'noise', 'gradient_norm', 'acceptance'];

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

/** What a dynamics may ask of its objective, and what reads stand for the answers. */
const questions: Readonly<Record<string, string>> = {
  grad: '@gradient',
  natural_grad: '@natural_gradient',
  curvature: '@curvature',
  conditional_mean: '@conditional_mean',
  conditional_draw: '@conditional_draw',
};

/** `grad(objective, u)`, `natural_grad(objective, u)` and the like. */
const gradientCalls =
  (variable: string): NonNullable<Environment['calls']> =>
  (call, { report }) => {
    const name = call.callee.text;
    const answer = Object.hasOwn(questions, name) ? questions[name] : undefined;
    if (answer === undefined) return undefined;
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
    return { expression: read(answer, all), axes: all, domain: domains.real, span: call.span };
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
    } else if (member.kind === 'integrate') {
      steps.push({ kind: 'integrate', parts: member.parts.map(spell), span: member.span });
    } else if (member.kind === 'propose') {
      const value = evaluate(member.value, environment);
      if (value !== null) steps.push({ kind: 'propose', value: value.expression, span: member.span });
    } else if (member.kind === 'accept') {
      if (member.by.text !== 'metropolis_hastings')
        error(report, 'NSM5020', member.by.span, `there is no way to accept called \`${member.by.text}\``, {
          hint: 'Write `accept by metropolis_hastings`.',
        });
      steps.push({ kind: 'accept', span: member.span });
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

/** `integrate` names lines that there are. */
const checkParts = (
  members: readonly DynamicsMember[],
  differentials: Dynamics['differentials'],
  report: Report,
): void => {
  const named = [...new Set(differentials.flatMap(({ part }) => (part === null ? [] : [part])))];
  for (const member of members) {
    if (member.kind !== 'integrate') continue;
    for (const part of member.parts)
      if (!named.includes(spell(part)))
        error(report, 'NSM5016', part.span, `no line is called \`${spell(part)}\``, {
          hint:
            named.length === 0
              ? `Name a line: \`${spell(part)}: d s = ... dt\`.`
              : didYouMean(spell(part), named),
        });
  }
};
