/** `belief` statements: the approximate posterior of a latent and the coordinates that move it. */
import { read, subtract, zero } from '../calculus/build.ts';
import { expand } from '../calculus/expand.ts';
import type { Expression as Mathematics } from '../calculus/expression.ts';
import { print } from '../calculus/print.ts';
import { removal, replacement } from '../diagnostics/fixes.ts';
import type { BeliefStatement, CallExpression } from '../syntax/tree.ts';
import { within } from './axes.ts';
import { applyFamily, type ArgumentValue } from './distributions.ts';
import { evaluate, type Environment } from './expressions.ts';
import { eventAxes } from './family-names.ts';
import type { CheckedModel, Lookups } from './models.ts';
import { claim, type NameTable } from './names.ts';
import { error, lookup, quoted, spell, type Report } from './scope.ts';
import { findDeclaration, type Loaded } from './session.ts';
import { refuseReserved } from './settings.ts';
import { didYouMean } from './suggest.ts';
import { domainOf } from './supports.ts';
import type { Belief, Distribution, Variable } from './typed.ts';
import { sameSupport } from './types.ts';

export interface BeliefContext {
  readonly loaded: Loaded;
  readonly model: CheckedModel;
  readonly lookups: Lookups;
  readonly states: Environment;
  readonly taken: NameTable;
}

export const checkBelief = (
  statement: BeliefStatement,
  before: readonly Belief[],
  context: BeliefContext,
): Belief | null => {
  const { model, states } = context;
  const { report } = states;
  const name = spell(statement.latent);
  const { span } = statement.latent;
  const variable = model.model.variables.find((other) => other.name === name);
  const latents = model.model.variables.filter((other) => other.role === 'latent').map((other) => other.name);
  if (variable?.role !== 'latent')
    return error(
      report,
      'NSM5002',
      span,
      variable === undefined
        ? `\`${model.model.name}\` has no latent \`${name}\``
        : `\`${name}\` is ${variable.role === 'observed' ? 'observed: there is nothing to believe about it' : 'a state: it is moved itself'}`,
      {
        hint: didYouMean(
          name,
          latents,
          latents.length === 0
            ? 'A belief is about a `latent` variable.'
            : `Beliefs are about latent variables: ${quoted(latents)}.`,
        ),
        fixes: latents.map((latent) => replacement(span, latent)),
      },
    );
  const earlier = before.find((belief) => belief.latent === name);
  if (earlier !== undefined)
    return error(report, 'NSM2006', span, `\`${name}\` has two beliefs`, {
      secondary: [{ span: earlier.span, label: 'the first one' }],
      hint: 'Keep one.',
      fixes: [removal(statement.span, 'this one'), removal(earlier.span, 'the first one')],
    });
  model.used.add(name);
  return statement.form.kind === 'natural'
    ? naturalBelief(statement, statement.form.names, variable, context)
    : familyBelief(statement, statement.form.call, variable, context);
};

/** `belief z natural u`: the latent's own family, moved in its natural parameters. */
const naturalBelief = (
  statement: BeliefStatement,
  names: Extract<BeliefStatement['form'], { kind: 'natural' }>['names'],
  variable: Variable,
  { states, taken }: BeliefContext,
): Belief | null => {
  const { report } = states;
  const { distribution } = variable;
  if (distribution === null)
    return error(
      report,
      'NSM5002',
      statement.latent.span,
      `\`${variable.name}\` has no family whose natural parameters a belief could have`,
      {
        hint: `Give the belief a family: \`belief ${variable.name} ~ Normal(mean = m, log_sd = s)\`.`,
      },
    );
  const { family } = distribution;
  const { length } = family.natural;
  if (names.length > length)
    return error(
      report,
      'NSM5003',
      names[length]!.span,
      `\`${family.name}\` has ${length} natural parameter${length === 1 ? '' : 's'}, and ${names.length} names are given`,
      {
        hint:
          length === 1
            ? `It is \`${family.natural[0]!.name}\` in the family: give one name.`
            : `They are ${quoted(family.natural.map((natural) => natural.name))} in the family: give one name for each, or fewer, and the last ones stay as in the prior.`,
        fixes: [
          removal(
            {
              file: statement.span.file,
              start: names[length - 1]?.span.end ?? 0,
              end: names.at(-1)!.span.end,
            },
            quoted(names.slice(length).map(spell)),
          ),
        ],
      },
    );
  const events = eventAxes(variable.support);
  const batch = variable.indices.filter((index) => !events.includes(index));
  const coordinates = names.map((name, position) => {
    claim(taken, spell(name), name.span, 'a coordinate', report);
    refuseReserved(spell(name), name.span, report);
    const own = family.natural[position]!.value.indices;
    const indices = own.length > 0 && within(own, events) ? variable.indices : [...batch, ...own];
    return { name: spell(name), support: { kind: 'real' }, indices } as const;
  });
  const fixed: Record<string, Mathematics> = {};
  for (const parameter of family.parameters)
    if (parameter.fixed) fixed[parameter.name] = distribution.arguments[parameter.name]!;
  return {
    latent: variable.name,
    exact: statement.exact,
    distribution: { family, arguments: fixed, span: statement.span },
    coordinates,
    natural: true,
    span: statement.span,
  };
};

/** `belief z ~ Normal(mean = m, log_sd = s)`: names that nothing else has become coordinates. */
const familyBelief = (
  statement: BeliefStatement,
  call: Extract<BeliefStatement['form'], { kind: 'family' }>['call'],
  variable: Variable,
  { loaded, lookups, states, taken }: BeliefContext,
): Belief | null => {
  const { report } = states;
  const found = findDeclaration(loaded, spell(call.callee), call.callee.span, 'family', report);
  const family = found === null ? null : lookups.familyOf(found);
  if (family === null) return null;
  const coordinates: Belief['coordinates'][number][] = [];
  const events = eventAxes(family.support);
  const valueOf: ArgumentValue = (given, parameter) => {
    if (given.value.kind !== 'name' || lookup(states.scope, spell(given.value)) !== null)
      return evaluate(given.value, states);
    const name = spell(given.value);
    claim(taken, name, given.value.span, 'a coordinate', report);
    const target = family.also.find((also) => also.name === parameter.name)?.target ?? parameter.name;
    const ownEvents = (family.parameters.find((other) => other.name === target)?.over.length ?? 0) > 0;
    const indices = ownEvents
      ? variable.indices
      : variable.indices.filter((index) => !events.includes(index));
    coordinates.push({ name, support: parameter.support, indices });
    return {
      expression: read(name, indices),
      axes: indices,
      domain: domainOf(parameter.support),
      span: given.value.span,
    };
  };
  const applied = applyFamily(call, family, states, valueOf);
  if (applied === null) return null;
  if (!sameSupport(applied.support, variable.support))
    return error(
      report,
      'NSM5017',
      call.span,
      `\`${variable.name}\` is ${variable.support.kind}, and \`${family.name}\` gives ${applied.support.kind}`,
      {
        hint: `A belief lives where its variable lives. Choose a family with ${variable.support.kind} support.`,
      },
    );
  if (!sharesWhatIsFixed(call, applied.distribution, variable, report)) return null;
  return {
    latent: variable.name,
    exact: statement.exact,
    distribution: applied.distribution,
    coordinates,
    natural: false,
    span: statement.span,
  };
};

/**
 * Within one family the divergence of a belief from its prior is one of A (I4), so both have the same fixed arguments: A is
 * another function for other ones. Across families it is estimated from draws.
 */
const sharesWhatIsFixed = (
  call: CallExpression,
  belief: Distribution,
  { name, distribution: prior }: Variable,
  report: Report,
): boolean => {
  if (prior === null) return true;
  const { family } = belief;
  const [own, other] = [family.span, prior.family.span];
  if (own.file !== other.file || own.start !== other.start) return true;
  const differing = family.parameters.find(
    (parameter) =>
      parameter.fixed && !isSame(belief.arguments[parameter.name]!, prior.arguments[parameter.name]!),
  );
  if (differing === undefined) return true;
  const text = (value: Mathematics): string => `\`${differing.name} = ${print(value)}\``;
  const of = belief.arguments[differing.name]!;
  const given = prior.arguments[differing.name]!;
  const argument = call.arguments.find((each) => each.name !== null && spell(each.name) === differing.name);
  error(
    report,
    'NSM5021',
    argument?.span ?? call.span,
    of.kind === 'constant' && given.kind === 'constant'
      ? `the prior of \`${name}\` has ${text(given)}, and this belief has ${text(of)}`
      : `this belief has ${text(of)}, which cannot be shown to equal the prior's ${text(given)}`,
    {
      hint: `\`${differing.name}\` is fixed, and a belief shares it with its prior: give both by the same formula, or write \`belief ${name} natural ...\`, which keeps it.`,
      fixes:
        argument !== undefined && (given.kind === 'constant' || given.kind === 'read')
          ? [replacement(argument.value.span, print(given))]
          : [],
    },
  );
  return false;
};

const isSame = (left: Mathematics, right: Mathematics): boolean =>
  left === right || expand(subtract(left, right)) === zero;
