/** `dynamics` declarations, and calls of them with their settings bound. */
import { read, zero } from '../calculus/build.ts';
import type { Index } from '../calculus/expression.ts';
import { removal, replacement } from '../diagnostics/fixes.ts';
import type { Span } from '../syntax/span.ts';
import type { DynamicsDeclaration } from '../syntax/tree.ts';
import { checkClock, checkDifferentials, checkParts, checkReplicas, checkSteps } from './dynamics-lines.ts';
import { evaluate, type Environment } from './expressions.ts';
import { error, newScope, showAxes, spell, warning, type Binding, type Report, type Scope } from './scope.ts';
import { checkSettings, refuseReserved } from './settings.ts';
import { domains, type Domain } from './supports.ts';
import type { Dynamics } from './typed.ts';

/** The placeholder for "all indices of what is moved". */
const all: readonly Index[] = ['*'];
const entry = (name: string, domain: Domain = domains.real): Binding => ({
  kind: 'value',
  value: { expression: read(name, all), axes: all, domain },
  span: null,
});
/** A number for each chain. */
const number = (name: string, domain: Domain): Binding => ({
  kind: 'value',
  value: { expression: read(name), axes: [], domain },
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
  scope.names.set('uniform', entry('@uniform', domains.unit));
  scope.names.set('flipped', entry('@flipped'));
  scope.names.set('acceptance', number('@acceptance', domains.unit));
  scope.names.set('gradient_norm', number('@gradient_norm', domains.positive));
  const replicas = checkReplicas(members, environment);
  if (replicas !== null) scope.names.set('replica', number('@replica', domains.count));

  const movable = [variable, ...states.map((state) => state.name)];
  const written = checkSteps(members, movable, environment);
  const differentials = checkDifferentials(members, movable, environment);
  checkParts(members, differentials, report);
  const isWhole =
    differentials.length > 0 && !written.some(({ kind }) => kind === 'integrate' || kind === 'trajectory');
  const steps: Dynamics['steps'] = isWhole
    ? [...written, { kind: 'integrate', parts: [], method: 'euler', span: differentials[0]!.span }]
    : written;
  checkClock(declaration, differentials, report);

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
        fixes: [removal(setting.span, `\`${setting.name}\``, 'entry')],
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
    replicas,
  };
};

/** What a dynamics is given. */
const words: readonly string[] = [
  ...['objective', 'noise', 'uniform', 'flipped', 'gradient_norm', 'acceptance', 'replica'],
];

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
        fixes: [replacement(call.span, `${name}(objective, ${variable})`)],
      });
    if (objective.value.text !== 'objective')
      return error(
        report,
        'NSM5019',
        objective.span,
        `a dynamics does not know \`${objective.value.text}\`: it descends any objective`,
        {
          hint: usage,
          fixes: [replacement(objective.span, 'objective')],
        },
      );
    if (spell(target.value) !== variable)
      return error(
        report,
        'NSM5019',
        target.span,
        `\`${spell(target.value)}\` is not what this dynamics moves`,
        { hint: usage, fixes: [replacement(target.span, variable)] },
      );
    return { expression: read(answer, all), axes: all, domain: domains.real, span: call.span };
  };
