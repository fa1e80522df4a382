/**
 * What the names of a file stand for, each with the place where it is declared. This follows the tree alone: the
 * checker leaves out what it cannot make sense of, and a name is looked for most often in a half-written line.
 * `test/language-service/occurrences.test.ts` holds it to what the checker resolves.
 */
import { spell } from '../check/scope.ts';
import type { Span } from '../syntax/span.ts';
import type { Declaration, Name, Parameter, Statement, Type } from '../syntax/tree.ts';

export type EntityKind =
  | Declaration['kind']
  | 'axis'
  | 'setting'
  /** Of a family, a function, or a learned one of a model. */
  | 'parameter'
  | 'latent'
  | 'observed'
  | 'state'
  | 'energy'
  | 'measure'
  | 'coordinate'
  | 'natural parameter'
  | 'moved variable'
  | 'value'
  | 'draw'
  | 'part'
  | 'phase';

export interface Entity {
  readonly name: string;
  readonly kind: EntityKind;
  /** Of the name where it is declared; `file` and `start` tell entities apart. */
  readonly span: Span;
  /** The declaration that it is, or that it belongs to. */
  readonly home: Declaration;
  readonly type: Type | null;
  readonly doc: string | null;
  /** What an import gave another name. */
  readonly original: Entity | null;
}

export const same = (a: Entity, b: Entity): boolean =>
  a.span.file === b.span.file && a.span.start === b.span.start;

/** A declaration as a name of its file. */
export const entityOf = (declaration: Declaration): Entity => ({
  name: declaration.name.text,
  kind: declaration.kind,
  span: declaration.name.span,
  home: declaration,
  type: null,
  doc: declaration.doc,
  original: null,
});

const known = new WeakMap<Declaration, readonly Entity[]>();

/** The names that a declaration gives to things inside it, in source order. */
export const namesIn = (declaration: Declaration): readonly Entity[] => {
  const found = known.get(declaration) ?? make(declaration);
  known.set(declaration, found);
  return found;
};

interface Details {
  readonly type?: Type | null;
  readonly doc?: string | null;
}

const make = (home: Declaration): readonly Entity[] => {
  const entity = (name: Name, kind: EntityKind, { type = null, doc = null }: Details = {}): Entity => ({
    name: spell(name),
    kind,
    span: name.span,
    home,
    type,
    doc,
    original: null,
  });
  const settings = home.parameters.map((parameter) => {
    const kind = parameterKind(home, parameter);
    return entity(parameter.name, kind, { type: parameter.type });
  });
  switch (home.kind) {
    case 'family':
      return [
        ...settings,
        ...formalAxes(
          [...home.parameters.map(({ type }) => type), home.support?.type ?? null],
          settings,
          entity,
        ),
        ...(home.natural ?? []).map(({ name }) => entity(name, 'natural parameter')),
        ...home.draws.map(({ name }) => entity(name, 'draw')),
        ...(home.axis === null ? [] : [entity(home.axis.name, 'axis')]),
        ...home.also.map(({ name, type }) => entity(name, 'parameter', { type })),
      ];
    case 'function':
      return [
        ...settings,
        ...formalAxes(
          home.parameters.map(({ type }) => type),
          settings,
          entity,
        ),
      ];
    case 'model':
      return [
        ...settings,
        ...home.members.map((member) => {
          const type = 'type' in member ? member.type : null;
          const kind = member.kind === 'param' ? 'parameter' : member.kind;
          return entity(member.name, kind, { type, doc: member.doc });
        }),
      ];
    case 'dynamics': {
      const parts = new Map<string, Name>();
      for (const member of home.members)
        if (member.kind === 'differential' && member.part !== null && !parts.has(spell(member.part)))
          parts.set(spell(member.part), member.part);
      return [
        ...settings,
        entity(home.variable, 'moved variable'),
        ...home.members.flatMap((member) => {
          if (member.kind === 'state') return [entity(member.name, 'state')];
          return member.kind === 'let' ? [entity(member.name, 'value')] : [];
        }),
        ...[...parts.values()].map((name) => entity(name, 'part')),
      ];
    }
    case 'inference':
    case 'learning':
      return [...settings, ...ofStatements(home.members, entity)];
  }
};

const parameterKind = ({ kind }: Declaration, { type }: Parameter): EntityKind => {
  if (type?.support.text === 'dim') return 'axis';
  return kind === 'family' || kind === 'function' ? 'parameter' : 'setting';
};

type Make = (name: Name, kind: EntityKind, details?: Details) => Entity;

/** Axes that a family or a function names in the types of its parameters, each where it comes first. */
const formalAxes = (
  types: readonly (Type | null)[],
  settings: readonly Entity[],
  entity: Make,
): readonly Entity[] => {
  const axes = new Map<string, Name>();
  for (const name of types.flatMap((type) => (type === null ? [] : [...type.axes, ...type.over])))
    if (!axes.has(name.text) && !settings.some((setting) => setting.name === name.text))
      axes.set(name.text, { ...name, primes: 0 });
  return [...axes.values()].map((name) => entity(name, 'axis'));
};

const ofStatements = (statements: readonly Statement[], entity: Make): readonly Entity[] =>
  statements.flatMap((statement): readonly Entity[] => {
    switch (statement.kind) {
      case 'param':
        return [entity(statement.name, 'parameter', { type: statement.type, doc: statement.doc })];
      case 'belief':
        return statement.form.kind === 'natural'
          ? statement.form.names.map((name) => entity(name, 'coordinate'))
          : statement.form.call.arguments.flatMap(({ value }) =>
              value.kind === 'name' ? [entity(value, 'coordinate')] : [],
            );
      case 'phase':
        return [entity(statement.name, 'phase'), ...ofStatements(statement.body, entity)];
      case 'repeat':
        return ofStatements(statement.body, entity);
      default:
        return [];
    }
  });
