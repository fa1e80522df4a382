/** Every name in a file with the entity that it stands for: the index behind definitions, references and renaming. */
import { spell } from '../check/scope.ts';
import type { Span } from '../syntax/span.ts';
import type {
  CallExpression,
  Declaration,
  DynamicsMember,
  Expression,
  FamilyDeclaration,
  ModelMember,
  Name,
  Statement,
  Type,
} from '../syntax/tree.ts';
import { entityOf, namesIn, type Entity } from './entities.ts';
import { importedEntity, moduleOf, scopesIn, type Scope } from './scopes.ts';
import type { Workspace } from './workspace.ts';

export interface Occurrence {
  /** Of the whole name, with its primes. */
  readonly span: Span;
  /** Null for what the language itself names, and for what nothing is called. */
  readonly entity: Entity | null;
  /** `word`: a name with a meaning of its own at its place: `free_energy`, `feedforward`, `prior` after `rolling`. */
  readonly role: 'name' | 'call' | 'support' | 'word';
}

const found = new WeakMap<Workspace, Map<string, readonly Occurrence[]>>();

/** In source order. */
export const occurrences = (workspace: Workspace, file: string): readonly Occurrence[] => {
  const ofWorkspace = found.get(workspace) ?? new Map<string, readonly Occurrence[]>();
  found.set(workspace, ofWorkspace);
  const known = ofWorkspace.get(file) ?? collect(workspace, file);
  ofWorkspace.set(file, known);
  return known;
};

/** The occurrence at an offset, at its end too. */
export const occurrenceAt = (workspace: Workspace, file: string, offset: number): Occurrence | null =>
  occurrences(workspace, file).find(({ span }) => span.start <= offset && offset <= span.end) ?? null;

const collect = (workspace: Workspace, file: string): readonly Occurrence[] => {
  const module = moduleOf(workspace, file);
  if (module === null) return [];
  const all: Occurrence[] = [];
  const tell: Tell = (name, entity, role = 'name') => void all.push({ span: name.span, entity, role });
  const scopeOf = scopesIn(workspace, file);
  const outside = scopeOf(null);
  for (const statement of module.imports)
    for (const { name, alias } of statement.names) {
      tell(name, importedEntity(workspace, file, statement, name.text));
      if (alias !== null) tell(alias, outside.declaration(alias.text));
    }
  for (const declaration of module.declarations) visit(declaration, scopeOf(declaration), tell);
  return all.sort((a, b) => a.span.start - b.span.start);
};

type Tell = (name: Name, entity: Entity | null, role?: Occurrence['role']) => void;

const visit = (declaration: Declaration, scope: Scope, tell: Tell): void => {
  const walk = walker(scope, tell);
  tell(declaration.name, entityOf(declaration));
  for (const { name, type, initial } of declaration.parameters) {
    tell(name, scope.value(name));
    walk.type(type);
    walk.optional(initial);
  }
  switch (declaration.kind) {
    case 'family':
      return visitFamily(declaration, scope, tell);
    case 'function':
      walk.type(declaration.result);
      return walk.expression(declaration.value);
    case 'model':
      return declaration.members.forEach((member) => visitMember(member, walk));
    case 'dynamics':
      tell(declaration.variable, scope.value(declaration.variable));
      return declaration.members.forEach((member) => visitLine(member, scope, tell, walk));
    case 'learning':
      if (declaration.inference !== null) walk.declared(declaration.inference);
      walk.declared(declaration.model);
      return declaration.members.forEach((member) => visitStatement(member, walk));
    case 'inference':
      walk.declared(declaration.model);
      return declaration.members.forEach((member) => visitStatement(member, walk));
  }
};

interface Walker {
  readonly expression: (value: Expression) => void;
  readonly optional: (value: Expression | null) => void;
  readonly call: (call: CallExpression, callee?: Entity | null) => void;
  readonly type: (type: Type | null) => void;
  readonly value: (name: Name) => void;
  readonly values: (names: readonly Name[]) => void;
  /** The name of a model, family, dynamics or inference. */
  readonly declared: (name: Name) => void;
  readonly phase: (name: Name) => void;
  readonly word: (name: Name) => void;
}

const walker = (scope: Scope, tell: Tell): Walker => {
  const value = (name: Name): void => tell(name, scope.value(name));
  const declared = (name: Name): void => tell(name, scope.declaration(spell(name)));
  const call = (
    { callee, arguments: given, over }: CallExpression,
    meant: Entity | null = scope.value(callee),
  ): void => {
    tell(callee, meant, 'call');
    const parameters = meant === null || !takesArguments(meant.home) ? [] : namesIn(meant.home);
    for (const argument of given) {
      const { name } = argument;
      const isParameter = ({ kind, name: own }: Entity): boolean =>
        own === name?.text && (kind === 'parameter' || kind === 'setting' || kind === 'axis');
      if (name !== null) tell(name, parameters.find(isParameter) ?? null, meant === null ? 'word' : 'name');
      expression(argument.value);
    }
    over.forEach(value);
  };
  const expression = (node: Expression): void => {
    switch (node.kind) {
      case 'number':
        return;
      case 'name':
        return value(node);
      case 'call':
        return call(node);
      case 'negate':
        return expression(node.value);
      case 'binary':
      case 'compare':
        expression(node.left);
        return expression(node.right);
      case 'interval':
        expression(node.low);
        return expression(node.high);
      case 'index':
        expression(node.target);
        return node.subscripts.forEach(expression);
      case 'in_phase':
        expression(node.value);
        return tell(node.phase, scope.phase(node.phase));
    }
  };
  const optional = (node: Expression | null): void => {
    if (node !== null) expression(node);
  };
  const type = (node: Type | null): void => {
    if (node === null) return;
    tell(node.support, null, 'support');
    node.axes.forEach(value);
    node.over.forEach(value);
    optional(node.upTo);
  };
  return {
    expression,
    optional,
    type,
    value,
    declared,
    call: (node, meant) => call(node, meant === undefined ? scope.declaration(spell(node.callee)) : meant),
    values: (names) => names.forEach(value),
    phase: (name) => tell(name, scope.phase(name)),
    word: (name) => tell(name, null, 'word'),
  };
};

const takesArguments = ({ kind }: Declaration): boolean =>
  kind === 'family' || kind === 'dynamics' || kind === 'function';

const visitMember = (member: ModelMember, walk: Walker): void => {
  walk.value(member.name);
  switch (member.kind) {
    case 'param':
      walk.type(member.type);
      walk.optional(member.initial);
      return walk.optional(member.within);
    case 'latent':
    case 'observed':
      walk.type(member.type);
      if (member.distribution !== null) walk.call(member.distribution);
      return;
    case 'state':
      return walk.type(member.type);
    case 'energy':
    case 'measure':
      return walk.expression(member.value);
  }
};

const visitLine = (member: DynamicsMember, scope: Scope, tell: Tell, walk: Walker): void => {
  const part = (name: Name): void => tell(name, scope.part(name));
  switch (member.kind) {
    case 'state':
      walk.value(member.name);
      return walk.expression(member.initial);
    case 'let':
      walk.value(member.name);
      return walk.expression(member.value);
    case 'assign':
    case 'propose':
      walk.value(member.target);
      return walk.expression(member.value);
    case 'differential':
      if (member.part !== null) part(member.part);
      walk.value(member.target);
      return member.terms.forEach(({ value }) => walk.expression(value));
    case 'integrate':
      if (member.method !== null) walk.word(member.method);
      return member.parts.forEach(part);
    case 'trajectory':
      member.parts.forEach(part);
      return walk.optional(member.times);
    case 'accept':
    case 'swap':
      walk.word(member.by);
      return walk.optional(member.temperature);
    case 'replicas':
      return walk.expression(member.count);
  }
};

const visitStatement = (statement: Statement, walk: Walker): void => {
  switch (statement.kind) {
    case 'param':
      return visitMember(statement, walk);
    case 'belief':
      walk.value(statement.latent);
      return statement.form.kind === 'natural'
        ? walk.values(statement.form.names)
        : walk.call(statement.form.call);
    case 'start':
      walk.values(statement.targets);
      return statement.value.kind === 'by'
        ? walk.word(statement.value.method)
        : walk.expression(statement.value);
    case 'guard':
      walk.values(statement.targets.map(({ name }) => name));
      return walk.expression(statement.within);
    case 'repeat':
      walk.expression(statement.times);
      walk.optional(statement.until);
      return statement.body.forEach((inner) => visitStatement(inner, walk));
    case 'descend':
      walk.expression(statement.objective);
      walk.values(statement.withMean);
      walk.values(statement.over);
      walk.call(statement.by);
      return walk.optional(statement.through?.estimator ?? null);
    case 'phase':
      walk.phase(statement.name);
      return statement.body.forEach((inner) => visitStatement(inner, walk));
    case 'predict':
      walk.word(statement.target);
      walk.word(statement.unit);
      walk.values(statement.over);
      return walk.call(statement.by);
    case 'rolling':
      return walk.word(statement.what);
    case 'interneurons':
      walk.values(statement.over ?? []);
      return walk.call(statement.by);
    case 'set':
      walk.value(statement.target);
      return walk.expression(statement.value);
    case 'free':
    case 'clamp':
    case 'sample':
      return walk.values(statement.names);
    case 'draw':
      walk.values(statement.names);
      if (statement.by !== null) walk.call(statement.by);
      return walk.optional(statement.steps);
    case 'from':
      return walk.phase(statement.phase);
    case 'persist':
      return walk.word(statement.per);
    case 'local':
      return;
  }
};

/** Lines of a family read different things: a name of `also` holds in its own line, natural parameters in two others. */
const visitFamily = (family: FamilyDeclaration, scope: Scope, tell: Tell): void => {
  const own = namesIn(family);
  const preferring = (preferred: (entity: Entity) => boolean): Walker =>
    walker(
      {
        ...scope,
        value: (name) =>
          own.find((entity) => entity.name === spell(name) && preferred(entity)) ?? scope.value(name),
      },
      tell,
    );
  const walk = walker(scope, tell);
  const ofNaturals = preferring(({ kind }) => kind === 'natural parameter');
  if (family.support !== null) {
    walk.type(family.support.type);
    walk.optional(family.support.from);
    walk.optional(family.support.atom);
  }
  family.statistic?.forEach(walk.expression);
  for (const { name, value } of family.natural ?? []) {
    ofNaturals.value(name);
    walk.expression(value);
  }
  if (family.logPartition?.kind === 'intractable') {
    if (family.logPartition.by !== null) walk.word(family.logPartition.by);
  } else ofNaturals.optional(family.logPartition);
  walk.optional(family.logBase);
  for (const { name, value } of family.standard ?? []) {
    walk.value(name);
    ofNaturals.expression(value);
  }
  for (const { name, distribution } of family.draws) {
    walk.value(name);
    walk.call(distribution);
  }
  if (family.axis !== null) {
    walk.value(family.axis.name);
    walk.expression(family.axis.value);
  }
  walk.optional(family.pathwise);
  for (const { name, type, target, value } of family.also) {
    const inside = preferring((entity) => entity.span.start === name.span.start);
    inside.value(name);
    inside.type(type);
    walk.value(target);
    inside.expression(value);
  }
};
