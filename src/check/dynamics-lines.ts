/** The lines of a dynamics: updates, differential equations and their integration, proposals and decisions. */
import { add, one, read } from '../calculus/build.ts';
import type { Expression as Mathematics } from '../calculus/expression.ts';
import { parameterMore, removal, replacement, statementMore } from '../diagnostics/fixes.ts';
import type { Span } from '../syntax/span.ts';
import type { DynamicsDeclaration, DynamicsMember, Expression, Name } from '../syntax/tree.ts';
import { isCount } from './counts.ts';
import { evaluate, type Environment } from './expressions.ts';
import { error, quoted, showAxes, spell, type Report } from './scope.ts';
import { didYouMean } from './suggest.ts';
import { describe, fits } from './supports.ts';
import type { Dynamics, IntegrationMethod } from './typed.ts';
import { wrapsInto } from './value-fixes.ts';

/** `replicas rungs`: a whole number from 1. */
export const checkReplicas = (
  members: readonly DynamicsMember[],
  environment: Environment,
): Mathematics | null => {
  const { report } = environment;
  const [member, second] = members.filter((one) => one.kind === 'replicas');
  if (second !== undefined)
    error(report, 'NSM1011', second.span, 'this dynamics has a second `replicas`', {
      secondary: [{ span: member!.span, label: 'the first one' }],
      hint: 'Keep one of the two.',
      fixes: [removal(second.span, 'this one'), removal(member!.span, 'the first one')],
    });
  const swap = members.find(({ kind }) => kind === 'swap');
  if (member === undefined) {
    if (swap !== undefined)
      error(report, 'NSM5041', swap.span, 'there is nothing to swap: this dynamics moves one copy', {
        hint: 'Write `replicas n` above: n copies of the variable, of which the model sees the first.',
        fixes: [statementMore('top', swap.span, 'replicas 4'), removal(swap.span, '`swap`')],
      });
    return null;
  }
  return countOf(member.count, '`replicas`', 1, environment);
};

/** Whoever integrates needs a step. */
export const checkClock = (
  declaration: DynamicsDeclaration,
  differentials: Dynamics['differentials'],
  report: Report,
): void => {
  const { name, parameters, members } = declaration;
  const [first] = differentials;
  const known = [
    ...parameters,
    ...members.filter((member) => member.kind === 'let' || member.kind === 'state'),
  ];
  if (first === undefined || known.some((one) => spell(one.name) === 'dt')) return;
  error(report, 'NSM5040', first.span, `\`${name.text}\` has differential equations and no step \`dt\``, {
    hint: `Declare it, as in \`dynamics ${name.text}(dt: positive)\`, or compute it by \`let dt = ...\`.`,
    fixes: [parameterMore(declaration, 'dt: positive')],
  });
};

export const checkSteps = (
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
      const own = checkTarget(name, member.target.span, movable, environment);
      if (value !== null && own)
        steps.push({ kind: 'assign', target: name, value: value.expression, span: member.span });
    } else if (member.kind === 'integrate') {
      const method = integrationMethod(member.method, report);
      steps.push({ kind: 'integrate', parts: member.parts.map(spell), method, span: member.span });
    } else if (member.kind === 'propose') {
      const value = evaluate(member.value, environment);
      if (value !== null) steps.push({ kind: 'propose', value: value.expression, span: member.span });
    } else if (member.kind === 'trajectory') {
      const times = countOf(member.times, '`for`', 0, environment);
      const parts = member.parts.map(spell);
      if (times !== null) steps.push({ kind: 'trajectory', parts, times, span: member.span });
    } else if (member.kind === 'accept' || member.kind === 'swap') {
      if (member.by.text !== 'metropolis_hastings')
        error(
          report,
          'NSM5020',
          member.by.span,
          `there is no way to ${member.kind} called \`${member.by.text}\``,
          {
            hint: `Write \`${member.kind} by metropolis_hastings\`.`,
            fixes: [replacement(member.by.span, 'metropolis_hastings')],
          },
        );
      const temperature = temperatureOf(member.temperature, environment);
      if (temperature !== null) steps.push({ kind: member.kind, temperature, span: member.span });
    }
  }
  checkDecisions(members, report);
  return steps;
};

const checkTarget = (
  name: string,
  span: Span,
  movable: readonly string[],
  { scope, report }: Environment,
): boolean => {
  if (movable.includes(name)) return true;
  error(report, 'NSM5014', span, `\`${name}\` is not a state of this dynamics`, {
    hint: didYouMean(
      name,
      movable,
      `It can move ${quoted(movable)}. Declare a memory of its own with \`state ${name} = 0\`, an intermediate value with \`let\`.`,
    ),
    fixes: scope.names.has(name) ? [] : [statementMore('above', span, `state ${name} = 0`)],
  });
  return false;
};

export const checkDifferentials = (
  members: readonly DynamicsMember[],
  movable: readonly string[],
  environment: Environment,
): Dynamics['differentials'] => {
  const lines: Dynamics['differentials'][number][] = [];
  for (const member of members) {
    if (member.kind !== 'differential') continue;
    const target = spell(member.target);
    const own = checkTarget(target, member.target.span, movable, environment);
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
export const checkParts = (
  members: readonly DynamicsMember[],
  differentials: Dynamics['differentials'],
  report: Report,
): void => {
  const named = [...new Set(differentials.flatMap(({ part }) => (part === null ? [] : [part])))];
  for (const member of members) {
    if (member.kind !== 'integrate' && member.kind !== 'trajectory') continue;
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

/** Every proposal is decided about, and every decision is about one. */
const checkDecisions = (members: readonly DynamicsMember[], report: Report): void => {
  let open: DynamicsMember | null = null;
  const neverDecided = (proposal: DynamicsMember): null =>
    error(report, 'NSM5042', proposal.span, 'nothing accepts or refuses this proposal', {
      hint: 'Add `accept by metropolis_hastings` below, or move the variable at once with `<-` or `integrate`.',
      fixes: [statementMore('below', proposal.span, 'accept by metropolis_hastings')],
    });
  for (const member of members) {
    if (member.kind === 'propose' || member.kind === 'trajectory') {
      if (open !== null) neverDecided(open);
      open = member;
    } else if (member.kind === 'accept') {
      if (open === null)
        error(report, 'NSM5042', member.span, 'there is no proposal to accept here', {
          hint: "Add one above: `propose s' = ...`, or `propose integrate B A B`.",
          fixes: [removal(member.span, '`accept`')],
        });
      open = null;
    }
  }
  if (open !== null) neverDecided(open);
};

const methods: readonly IntegrationMethod[] = ['euler', 'heun'];
const integrationMethod = (name: Name | null, report: Report): IntegrationMethod => {
  if (name === null) return 'euler';
  const found = methods.find((method) => method === name.text);
  if (found === undefined)
    error(report, 'NSM5020', name.span, `there is no way to integrate called \`${name.text}\``, {
      hint: didYouMean(name.text, methods),
    });
  return found ?? 'euler';
};

/** A whole number, 1 where none is written. */
const countOf = (
  written: Expression | null,
  where: string,
  least: 0 | 1,
  environment: Environment,
): Mathematics | null => {
  if (written === null) return one;
  const value = evaluate(written, environment);
  return value !== null && isCount(value, where, least, environment.report) ? value.expression : null;
};

/** A number for each chain, 1 where none is written. */
const temperatureOf = (written: Expression | null, environment: Environment): Mathematics | null => {
  if (written === null) return one;
  const { report } = environment;
  const value = evaluate(written, environment);
  if (value === null) return null;
  if (value.axes.length > 0)
    return error(
      report,
      'NSM3007',
      value.span,
      `a temperature is one number for each chain, and this is ${showAxes(value.axes)}`,
    );
  if (fits(value.domain, { kind: 'positive' })) return value.expression;
  const isConstant = value.domain.low === value.domain.high;
  return error(
    report,
    'NSM3006',
    value.span,
    `a temperature is positive, and ${isConstant ? `${value.domain.low} is not` : `this is ${describe(value.domain)}`}`,
    {
      hint: isConstant
        ? 'It must be greater than 0; without `at` it is 1.'
        : 'Declare what it depends on as `positive`, or wrap it in `exp(...)`.',
      fixes: wrapsInto(value, { kind: 'positive' }),
    },
  );
};
