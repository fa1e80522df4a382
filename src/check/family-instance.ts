/** A family whose event axes have the names that they have in a model: `Categorical(logits = s over labels)`. */
import { delta, maximum, position, read, size, sum } from '../calculus/build.ts';
import { triangle } from '../calculus/matrix.ts';
import { axisOf, type Expression as Mathematics, type Index } from '../calculus/expression.ts';
import { freshIndex, mapChildren, matrixFunction, renameIndices } from '../calculus/substitute.ts';
import type { Distribution, Family, FamilyParameter, Support } from './typed.ts';

/** Axes of the family, without primes, and what they are called instead. */
type Renames = ReadonlyMap<Index, Index>;

/** Another name for an index; its primes stay. */
export const renamed = (index: Index, renames: Renames): Index => {
  const axis = axisOf(index);
  const target = renames.get(axis);
  return target === undefined || index.includes('°') ? index : target + index.slice(axis.length);
};

export const renameFamily = (family: Family, renames: Renames): Family => {
  if ([...renames].every(([from, to]) => from === to)) return family;
  const to = (index: Index): Index => renamed(index, renames);
  const expression = (value: Mathematics): Mathematics => renameEvents(value, renames);
  const maybe = (value: Mathematics | null): Mathematics | null =>
    value === null ? null : expression(value);
  const line = <Line extends { readonly value: Mathematics }>(of: Line): Line => ({
    ...of,
    value: expression(of.value),
  });
  const support = (value: Support): Support =>
    'over' in value ? { ...value, over: value.over.map(to) } : value;
  const distribution = (value: Distribution): Distribution => ({
    ...value,
    family: renameFamily(value.family, renames),
    arguments: Object.fromEntries(
      Object.entries(value.arguments).map(([name, given]) => [name, expression(given)]),
    ),
  });
  return {
    ...family,
    support: support(family.support),
    range: { low: maybe(family.range.low), high: maybe(family.range.high) },
    atom: maybe(family.atom),
    parameters: family.parameters.map((parameter): FamilyParameter => ({
      ...parameter,
      over: parameter.over.map(to),
      support: support(parameter.support),
      initial: maybe(parameter.initial),
    })),
    statistic: family.statistic.map(line),
    natural: family.natural.map(line),
    standard: family.standard?.map(line) ?? null,
    logPartition: maybe(family.logPartition),
    logBase: expression(family.logBase),
    draws: family.draws.map((draw) => ({
      ...draw,
      indices: draw.indices.map(to),
      distribution: distribution(draw.distribution),
    })),
    pathwise: maybe(family.pathwise),
    also: family.also.map((also) => ({ ...line(also), support: support(also.support) })),
  };
};

/** Renames axes everywhere in an expression, under sums too. */
const renameEvents = (node: Mathematics, renames: Renames): Mathematics => {
  const to = (index: Index): Index => renamed(index, renames);
  const inside = (
    over: readonly Index[],
    body: Mathematics,
  ): { readonly over: readonly Index[]; readonly body: Mathematics } => {
    const apart = new Map(over.map((index) => [index, freshIndex(to(index))]));
    return { over: [...apart.values()], body: renameEvents(renameIndices(body, apart), renames) };
  };
  switch (node.kind) {
    case 'read':
      return read(node.name, node.subscripts.map(to));
    case 'size':
      return size(renames.get(node.axis) ?? node.axis);
    case 'position':
      return position(to(node.index));
    case 'delta':
      return delta(to(node.left), to(node.right));
    case 'triangle':
      return triangle(to(node.row), to(node.column));
    case 'sum': {
      const { over, body } = inside(node.over, node.body);
      return sum(over, body);
    }
    case 'maximum':
      // A family knows no other axes than its own, so the new names are free.
      return maximum(node.over.map(to), renameEvents(node.body, renames));
    case 'inverse':
    case 'log_determinant':
    case 'cholesky': {
      const { over, body } = inside(node.over, node.body);
      return matrixFunction(node, [over[0]!, over[1]!], body, to);
    }
    case 'constant':
    case 'add':
    case 'multiply':
    case 'power':
    case 'apply':
      return mapChildren(node, (child) => renameEvents(child, renames));
  }
};
