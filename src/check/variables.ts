/** The variables of a model: their supports, axes and families. */
import { read } from '../calculus/build.ts';
import { removal, replacement } from '../diagnostics/fixes.ts';
import type { Span } from '../syntax/span.ts';
import type { Expression, ModelMember, StateMember, VariableMember } from '../syntax/tree.ts';
import { within } from './axes.ts';
import { isCount } from './counts.ts';
import { applyFamily } from './distributions.ts';
import { evaluate, type Environment } from './expressions.ts';
import type { FamilyLookup } from './models.ts';
import { error, quoted, showAxes, spell, type Report, type Value } from './scope.ts';
import { findDeclaration, type Loaded } from './session.ts';
import { domainOf } from './supports.ts';
import type { Support, Variable } from './typed.ts';
import { liesAlongOneAxis, resolveType, sameSupport, type ResolvedType } from './types.ts';

interface VariableContext {
  readonly loaded: Loaded;
  readonly familyOf: FamilyLookup;
  readonly environment: Environment;
  readonly dims: readonly string[];
}

export const isVariable = (member: ModelMember): member is VariableMember | StateMember =>
  member.kind === 'latent' || member.kind === 'observed' || member.kind === 'state';

/**
 * Variables may be written in any order: each is checked when something first reads it, because its axes follow
 * from the arguments of its distribution.
 */
export const checkVariables = (
  members: readonly ModelMember[],
  context: VariableContext,
): readonly Variable[] => {
  const { scope, report } = context.environment;
  const results = new Map<ModelMember, Variable | null>();
  const underway: (VariableMember | StateMember)[] = [];
  const all = members.filter(isVariable);

  const resolve = (member: VariableMember | StateMember, at: Span): Variable | null => {
    const known = results.get(member);
    if (known !== undefined) return known;
    if (underway.includes(member)) {
      reportCycle(underway.slice(underway.indexOf(member)), member, at, report);
      return null;
    }
    underway.push(member);
    const variable = checkVariable(member, context);
    underway.pop();
    results.set(member, variable);
    return variable;
  };
  for (const member of all) {
    const name = spell(member.name);
    if (scope.names.has(name)) continue;
    scope.names.set(name, {
      kind: 'lazy',
      span: member.name.span,
      resolve: (at): Omit<Value, 'span'> | null => {
        const variable = resolve(member, at);
        if (variable === null) return null;
        const { indices, support } = variable;
        return { expression: read(name, indices), axes: indices, domain: domainOf(support) };
      },
    });
  }
  return all.flatMap((member) => resolve(member, member.name.span) ?? []);
};

const reportCycle = (
  cycle: readonly (VariableMember | StateMember)[],
  member: VariableMember | StateMember,
  at: Span,
  report: Report,
): void => {
  const name = spell(member.name);
  const names = cycle.map((each) => spell(each.name));
  error(
    report,
    'NSM5001',
    at,
    names.length === 1
      ? `the distribution of \`${name}\` reads \`${name}\` itself`
      : `${quoted(names)} depend on each other in a circle`,
    {
      secondary: cycle
        .filter((each) => each !== member || names.length > 1)
        .map((each) => ({ span: each.name.span, label: 'in the circle' })),
      hint: 'A model draws its variables one after the other. Symmetric interactions are written as `energy` terms between `state` variables.',
    },
  );
};

/** The support of a variable without a family: counts may end. */
const boundedSupport = (
  { name, support, span }: ResolvedType,
  upTo: Expression | null,
  environment: Environment,
): Support | null => {
  const { report } = environment;
  if (upTo === null) return support;
  if (support.kind !== 'count')
    return error(report, 'NSM4010', upTo.span, `values of \`${name}\` have no such bound`, {
      hint: 'Without a family only a `count` may end: `count up to 3`. `unit` lies between 0 and 1.',
      fixes: name === 'integer' ? [replacement({ ...span, end: span.start + name.length }, 'count')] : [],
    });
  const value = evaluate(upTo, environment);
  return value !== null && isCount(value, '`up to`', 1, report)
    ? { kind: 'count', upTo: value.expression }
    : null;
};

const checkVariable = (member: VariableMember | StateMember, context: VariableContext): Variable | null => {
  const { environment, dims, loaded, familyOf } = context;
  const { report } = environment;
  const declared = member.type === null ? null : resolveType(member.type, report, { axes: dims });
  if (member.type !== null && declared === null) return null;
  const base = {
    name: spell(member.name),
    doc: member.doc,
    span: member.name.span,
    role: member.kind,
    plate: 'example',
  } as const;
  const call = member.kind === 'state' ? null : member.distribution;
  if (call === null) {
    if (declared === null || !liesAlongOneAxis(declared, base.name, report)) return null;
    const support = boundedSupport(declared, member.type!.upTo, environment);
    return support === null
      ? null
      : { ...base, support, indices: [...declared.axes, ...declared.over], distribution: null };
  }

  const found = findDeclaration(loaded, spell(call.callee), call.callee.span, 'family', report);
  const family = found === null ? null : familyOf(found);
  if (family === null) {
    // The arguments are looked at all the same, for errors of their own.
    for (const argument of call.arguments) evaluate(argument.value, environment);
    return null;
  }
  const applied = applyFamily(call, family, environment);
  if (applied === null) return null;
  if (declared !== null && !agrees(declared, applied.axes, applied.support.kind, member, report)) return null;
  const indices =
    declared === null
      ? applied.axes
      : [...declared.axes, ...declared.over.filter((axis) => !declared.axes.includes(axis))];
  return { ...base, support: applied.support, indices, distribution: applied.distribution };

  function agrees(
    type: ResolvedType,
    axes: readonly string[],
    kind: string,
    at: VariableMember | StateMember,
    tell: Report,
  ): boolean {
    const all = [...type.axes, ...type.over];
    if (within(axes, all) && sameSupport(type.support, applied!.support)) return true;
    const sides = {
      declared: `${type.name}${all.length > 0 ? showAxes(all) : ''}`,
      given: `${kind}${axes.length > 0 ? showAxes(axes) : ''}`,
    };
    error(
      tell,
      'NSM4009',
      type.span,
      `\`${spell(at.name)}\` is declared ${sides.declared}, and its distribution gives ${sides.given}`,
      {
        secondary: [{ span: call!.span, label: `gives ${sides.given}` }],
        hint: 'Leave the type out, and it follows from the distribution.',
        fixes: [removal({ ...type.span, start: at.name.span.end }, 'the type')],
      },
    );
    return false;
  }
};
