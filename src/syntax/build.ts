/** Concrete tree -> the tree of `tree.ts`. What could not be read is not in the concrete tree and is left out. */
import type { CstNode } from 'chevrotain';
import { error } from '../diagnostics/construct.ts';
import { removal } from '../diagnostics/fixes.ts';
import {
  additiveOf,
  definitionOf,
  expressionOf,
  callOf,
  maybeType,
  multiplicativeOf,
  parametersOf,
  typeOf,
} from './build-expressions.ts';
import { paramOf, statementsOf } from './build-statements.ts';
import {
  choice,
  docOf,
  maybeNode,
  maybeToken,
  nameOf,
  node,
  nodes,
  spanOf,
  spanOfToken,
  token,
  tokens,
} from './concrete.ts';
import type { Context } from './concrete.ts';
import { cover } from './span.ts';
import type {
  AlsoClause,
  Declaration,
  DynamicsMember,
  FamilyDeclaration,
  FamilyDraw,
  Import,
  Intractable,
  Expression,
  ModelMember,
  Module,
  Name,
  SupportLine,
} from './tree.ts';

/** Builds a file's tree from its concrete tree. `length` is the length of the source in UTF-16 units. */
export const buildModule = (context: Context, of: CstNode, doc: string | null, length: number): Module => {
  const declarations = nodes(of, 'declaration').map((each) => choice(each) as CstNode);
  return {
    kind: 'module',
    imports: declarations
      .filter(({ name }) => name === 'importDeclaration')
      .map((each) => importOf(context, each)),
    declarations: declarations.flatMap((each) => declarationOf(context, each) ?? []),
    doc,
    span: { file: context.file, start: 0, end: length },
  };
};

const importOf = (context: Context, of: CstNode): Import => {
  const from = token(of, 'StringLiteral');
  return {
    kind: 'import',
    names: nodes(of, 'importedName').map((each) => {
      const alias = maybeNode(each, 'alias');
      return {
        name: nameOf(context, node(each, 'name')),
        alias: alias === null ? null : nameOf(context, alias),
      };
    }),
    from: { text: from.image.replace(/^["']|["']$/g, ''), span: spanOfToken(context, from) },
    span: spanOf(context, of),
  };
};

/** Null for an import, and for a declaration whose header could not be read. */
const declarationOf = (context: Context, of: CstNode): Declaration | null => {
  if (of.name === 'importDeclaration') return null;
  if (of.name === 'functionDeclaration') {
    return {
      kind: 'function',
      ...headOf(context, of, of),
      result: maybeType(context, maybeNode(of, 'type')),
      value: expressionOf(context, node(of, 'expression')),
    };
  }
  const kind = of.name.replace('Declaration', '') as Exclude<Declaration['kind'], 'function'>;
  const header = maybeNode(of, `${kind}Header`);
  if (header === null) return null;
  const head = headOf(context, of, header);
  switch (kind) {
    case 'family':
      return familyOf(context, of, head);
    case 'model':
      return {
        kind,
        ...head,
        members: nodes(of, 'modelMember').map((each) => modelMemberOf(context, choice(each) as CstNode)),
      };
    case 'dynamics': {
      const members = nodes(of, 'dynamicsMember').map((each) => dynamicsMemberOf(context, each));
      return { kind, ...head, variable: nameOf(context, node(header, 'variable')), members };
    }
    case 'inference':
    case 'learning': {
      const model = nameOf(context, node(header, 'model'));
      const members = statementsOf(context, nodes(of, 'statement'));
      if (kind === 'inference') return { kind, ...head, model, members };
      const inference = maybeNode(header, 'inference');
      return {
        kind,
        ...head,
        model,
        inference: inference === null ? null : nameOf(context, inference),
        members,
      };
    }
  }
};

type Head = Pick<Declaration, 'name' | 'parameters' | 'doc' | 'span'>;
const headOf = (context: Context, of: CstNode, header: CstNode): Head => ({
  name: nameOf(context, node(header, 'name')),
  parameters: parametersOf(context, maybeNode(header, 'parameters')),
  doc: docOf(context, of),
  span: spanOf(context, of),
});

const familyOf = (context: Context, of: CstNode, head: Head): FamilyDeclaration => {
  const members = nodes(of, 'familyMember').map((each) => choice(each) as CstNode);
  const one = (name: string): CstNode | null => {
    const [first, ...others] = members.filter((each) => each.name === name);
    if (first === undefined) return null;
    for (const other of others) {
      const word = Object.values(other.children)
        .flat()
        .find((each) => 'image' in each && each.startOffset === other.location?.startOffset);
      const message = `this family has a second \`${word !== undefined && 'image' in word ? word.image : name}\``;
      const secondary = [{ span: spanOf(context, first), label: 'the first one' }];
      context.diagnostics.push(
        error('NSM1011', spanOf(context, other), message, {
          hint: 'Keep one of the two.',
          secondary,
          fixes: [
            removal(spanOf(context, other), 'this one'),
            removal(spanOf(context, first), 'the first one'),
          ],
        }),
      );
    }
    return first;
  };
  const value = (member: CstNode | null): Expression | null =>
    member === null ? null : expressionOf(context, node(member, 'expression'));
  const [support, statistic, natural, logPartition, standard, axis] = [
    one('support'),
    one('statistic'),
    one('natural'),
    one('logPartition'),
    one('standard'),
    one('familyAxis'),
  ];
  return {
    kind: 'family',
    ...head,
    support: support === null ? null : supportOf(context, support),
    statistic:
      statistic === null ? null : nodes(statistic, 'expression').map((each) => expressionOf(context, each)),
    natural: natural === null ? null : definitionsOf(context, natural),
    logPartition: logPartition === null ? null : logPartitionOf(context, logPartition),
    logBase: value(one('logBase')),
    standard: standard === null ? null : definitionsOf(context, standard),
    draws: members.filter(({ name }) => name === 'familyDraw').map((each) => familyDrawOf(context, each)),
    axis: axis === null ? null : definitionOf(context, node(axis, 'definition')),
    pathwise: value(one('pathwise')),
    also: members.filter(({ name }) => name === 'also').map((each) => alsoOf(context, each)),
  };
};

const definitionsOf = (context: Context, of: CstNode): readonly ReturnType<typeof definitionOf>[] =>
  nodes(of, 'definition').map((each) => definitionOf(context, each));

const supportOf = (context: Context, of: CstNode): SupportLine => {
  const type = typeOf(context, node(of, 'type'));
  const part = (key: string): Expression | null => {
    const found = maybeNode(of, key);
    return found === null ? null : additiveOf(context, found);
  };
  const [from, upTo, atom] = [part('from'), part('upTo'), part('atom')];
  if (type.upTo !== null && upTo !== null)
    context.diagnostics.push(
      error('NSM1011', upTo.span, 'this support has a second upper bound', {
        hint: 'Keep one of the two.',
        secondary: [{ span: type.upTo.span, label: 'the first one' }],
      }),
    );
  const last = atom ?? upTo ?? from;
  const span = last === null ? type.span : cover(type.span, last.span);
  return { kind: 'support', type: { ...type, upTo: type.upTo ?? upTo }, from, atom, span };
};

const familyDrawOf = (context: Context, of: CstNode): FamilyDraw => ({
  kind: 'draw',
  name: nameOf(context, node(of, 'name')),
  distribution: callOf(context, node(of, 'call')),
  span: spanOf(context, of),
});

const logPartitionOf = (context: Context, of: CstNode): Expression | Intractable => {
  const intractable = maybeToken(of, 'Intractable');
  if (intractable === null) return expressionOf(context, node(of, 'expression'));
  const by = maybeNode(of, 'name');
  const span = spanOfToken(context, intractable);
  if (by === null) return { kind: 'intractable', by: null, span };
  const name = nameOf(context, by);
  return { kind: 'intractable', by: name, span: cover(span, name.span) };
};

const alsoOf = (context: Context, of: CstNode): AlsoClause => {
  const { name: target, value } = definitionOf(context, node(of, 'definition'));
  return {
    kind: 'also',
    name: nameOf(context, node(of, 'name')),
    type: typeOf(context, node(of, 'type')),
    target,
    value,
    span: spanOf(context, of),
  };
};

const modelMemberOf = (context: Context, of: CstNode): ModelMember => {
  const [doc, span] = [docOf(context, of), spanOf(context, of)];
  switch (of.name) {
    case 'param':
      return paramOf(context, of);
    case 'variable': {
      const call = maybeNode(of, 'call');
      return {
        kind: maybeToken(of, 'Latent') !== null ? 'latent' : 'observed',
        name: nameOf(context, node(of, 'name')),
        distribution: call === null ? null : callOf(context, call),
        type: maybeType(context, maybeNode(of, 'type')),
        doc,
        span,
      };
    }
    case 'modelState':
      return {
        kind: 'state',
        name: nameOf(context, node(of, 'name')),
        type: typeOf(context, node(of, 'type')),
        doc,
        span,
      };
    case 'energy':
    case 'measure':
      return { kind: of.name, ...definitionOf(context, node(of, 'definition')), doc, span };
    default:
      throw new Error(`internal: no member of a model is built from ${of.name}`);
  }
};

const dynamicsMemberOf = (context: Context, member: CstNode): DynamicsMember => {
  const span = spanOf(context, member);
  const named = maybeNode(member, 'nameMember');
  if (named !== null) {
    const name = nameOf(context, node(named, 'name'));
    const differential = maybeNode(named, 'differential');
    if (differential !== null)
      return { kind: 'differential', part: name, ...differentialOf(context, differential), span };
    return { kind: 'assign', target: name, value: expressionOf(context, node(named, 'expression')), span };
  }
  const of = choice(node(member, 'keywordMember')) as CstNode;
  switch (of.name) {
    case 'stateMember': {
      const { name, value } = definitionOf(context, node(of, 'definition'));
      return { kind: 'state', name, initial: value, span };
    }
    case 'letMember':
      return { kind: 'let', ...definitionOf(context, node(of, 'definition')), span };
    case 'differential':
      return { kind: 'differential', part: null, ...differentialOf(context, of), span };
    case 'integrate': {
      const method = maybeNode(of, 'method');
      return method === null
        ? { kind: 'integrate', parts: partsOf(context, of), method, span }
        : { kind: 'integrate', parts: [], method: nameOf(context, method), span };
    }
    case 'propose': {
      const definition = maybeNode(of, 'definition');
      if (definition === null) {
        const times = maybeNode(of, 'times');
        return {
          kind: 'trajectory',
          parts: partsOf(context, of),
          times: times === null ? null : expressionOf(context, times),
          span,
        };
      }
      const { name, value } = definitionOf(context, definition);
      return { kind: 'propose', target: name, value, span };
    }
    case 'accept':
    case 'swap': {
      const decision = node(of, 'decision');
      const temperature = maybeNode(decision, 'temperature');
      return {
        kind: of.name,
        by: nameOf(context, node(decision, 'name')),
        temperature: temperature === null ? null : expressionOf(context, temperature),
        span,
      };
    }
    case 'replicas':
      return { kind: 'replicas', count: expressionOf(context, node(of, 'expression')), span };
    default:
      throw new Error(`internal: no member of dynamics is built from ${of.name}`);
  }
};

const partsOf = (context: Context, of: CstNode): readonly Name[] =>
  nodes(node(of, 'parts'), 'name').map((each) => nameOf(context, each));

type Differential = Extract<DynamicsMember, { kind: 'differential' }>;
const differentialOf = (context: Context, of: CstNode): Pick<Differential, 'target' | 'terms'> => {
  const signs = tokens(of, 'sign');
  const terms = nodes(of, 'term').map((term, position) => {
    const by = token(term, 'by');
    const factor = maybeNode(term, 'multiplicative');
    const value: Expression =
      factor === null
        ? { kind: 'number', value: 1, percent: false, span: spanOfToken(context, by) }
        : multiplicativeOf(context, factor);
    // The first term has no sign of its own: a minus there belongs to its first factor.
    const sign = position === 0 ? undefined : signs[position - 1];
    const span = spanOf(context, term);
    if (sign?.image !== '-') return { value, by: by.image as 'dt' | 'dW', span };
    const signed = spanOfToken(context, sign);
    const negated: Expression = { kind: 'negate', value, span: cover(signed, value.span) };
    return { value: negated, by: by.image as 'dt' | 'dW', span: cover(signed, span) };
  });
  return { target: nameOf(context, node(of, 'name')), terms };
};
