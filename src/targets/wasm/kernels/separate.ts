/**
 * Makes every sum, maximum and function of matrices a statement of its own, so that all other values are elementwise. A sum of a
 * product becomes products of two arrays at a time. What is a plain number gets a register on the host.
 */
import { add, multiply, read, sum } from '../../../calculus/build.ts';
import { cholesky, inverse, logDeterminant } from '../../../calculus/matrix.ts';
import type { Expression, Index, Read, Sum } from '../../../calculus/expression.ts';
import { children, mapChildren } from '../../../calculus/substitute.ts';
import type {
  Assign,
  Carried,
  Draw,
  DrawSource,
  Program,
  Register,
  Statement,
} from '../../../schedule/program.ts';

/** Registers by name, and new ones. */
interface Names {
  readonly isHost: (name: string) => boolean;
  readonly fresh: (indices: readonly Index[], place: Register['place']) => Register;
  /** Numbers that are known where the present block stands. */
  readonly numbers: Map<Expression, Read>;
}

export const separate = (program: Program): Program => {
  const hosts = new Set(program.inputs.filter(({ place }) => place === 'host').map(({ name }) => name));
  collectHosts(program.body, hosts);
  let count = 0;
  const fresh = (indices: readonly Index[], place: Register['place']): Register => {
    const name = `part°${++count}`;
    if (place === 'host') hosts.add(name);
    return { name, indices, place };
  };
  const names: Names = { isHost: (name) => hosts.has(name), fresh, numbers: new Map() };
  return { ...program, body: separateBlock(program.body, names) };
};

const collectHosts = (block: readonly Statement[], hosts: Set<string>): void => {
  const see = ({ name, place }: Register): void => void (place === 'host' && hosts.add(name));
  for (const statement of block)
    switch (statement.kind) {
      case 'assign':
      case 'draw':
        see(statement.target);
        break;
      case 'repeat':
        see(statement.counter);
        statement.carried.forEach(({ register, result }) => [register, result].forEach(see));
        collectHosts(statement.body, hosts);
        break;
      case 'gradient':
        break;
    }
};

const separateBlock = (block: readonly Statement[], names: Names): readonly Statement[] =>
  block.flatMap((statement) => separateStatement(statement, names));

const separateStatement = (statement: Statement, names: Names): readonly Statement[] => {
  switch (statement.kind) {
    case 'assign':
      return separateAssign(statement, names);
    case 'draw':
      return separateDraw(statement, names);
    case 'repeat': {
      const before: Statement[] = [];
      const namesInside = { ...names, numbers: new Map(names.numbers) };
      const inside: Statement[] = [...separateBlock(statement.body, namesInside)];
      const carried = statement.carried.map((entry): Carried => ({
        ...entry,
        initial: elementwise(entry.initial, names, before),
        next: elementwise(entry.next, namesInside, inside),
      }));
      return [...before, { ...statement, carried, body: inside }];
    }
    case 'gradient':
      throw new Error('internal: a gradient has not been lowered');
  }
};

const separateAssign = (statement: Assign, names: Names): readonly Statement[] => {
  const { target, value } = statement;
  const before: Statement[] = [];
  const wholeSum = value.kind === 'sum' && sameIndices(value.indices, target.indices) ? value : null;
  const own =
    wholeSum !== null ? sumOfElements(wholeSum, names, before) : elementwise(value, names, before, statement);
  return [...before, { ...statement, value: own }];
};

/** Formulas of a draw read its parameters by name, which are arrays of the target's shape. */
const separateDraw = (statement: Draw, names: Names): readonly Statement[] => {
  const before: Statement[] = [];
  const { indices } = statement.target;
  const asArray = (value: Expression, over = indices): Expression => {
    if (value.kind === 'read' && value.subscripts.join() === over.join()) return value;
    const register = names.fresh(over, 'tensor');
    before.push(assign(register, elementwise(value, names, before)));
    return read(register.name, over);
  };
  const parametersOf = <Source extends Exclude<DrawSource, { kind: 'noise' | 'choice' }>>(
    source: Source,
  ): Source => ({
    ...source,
    parameters: source.parameters.map(({ name, value }) => ({ name, value: asArray(value) })),
  });
  const { source } = statement;
  switch (source.kind) {
    case 'noise':
      return [statement];
    case 'choice': {
      const own = { ...source, logits: asArray(source.logits) };
      return [...before, { ...statement, source: own }];
    }
    case 'inversion':
    case 'density':
    case 'implicit': {
      const own = parametersOf(source);
      return [...before, { ...statement, source: own }];
    }
  }
};

const assign = (target: Register, value: Expression): Assign => ({
  kind: 'assign',
  target,
  value,
  note: null,
});
const sameIndices = (left: readonly Index[], right: readonly Index[]): boolean =>
  left.length === right.length && left.every((index) => right.includes(index));

/** Whether nothing but numbers of the host is read. */
const isNumber = (node: Expression, names: Names): boolean => {
  switch (node.kind) {
    case 'read':
      return node.subscripts.length === 0 && names.isHost(node.name);
    case 'constant':
    case 'size':
      return true;
    case 'add':
    case 'multiply':
    case 'power':
    case 'apply':
      return children(node).every((child) => isNumber(child, names));
    default:
      return false;
  }
};

/** The expression with reads in place of what is not elementwise, which is assigned in `before`. */
const elementwise = (
  node: Expression,
  names: Names,
  before: Statement[],
  owner: Assign | null = null,
): Expression => {
  if (isNumber(node, names)) {
    if (node.kind === 'constant' || node.kind === 'read' || owner?.target.place === 'host') return node;
    const known = names.numbers.get(node);
    if (known !== undefined) return known;
    const register = names.fresh([], 'host');
    before.push(assign(register, node));
    const number = read(register.name);
    names.numbers.set(node, number);
    return number;
  }
  switch (node.kind) {
    case 'sum': {
      const register = names.fresh(node.indices, 'tensor');
      before.push(assign(register, sumOfElements(node, names, before)));
      return read(register.name, node.indices);
    }
    case 'maximum': {
      const inside = mapChildren(node, (child) => elementwise(child, names, before));
      if (owner?.value === node) return inside;
      const register = names.fresh(node.indices, 'tensor');
      before.push(assign(register, inside));
      return read(register.name, node.indices);
    }
    case 'log_determinant': {
      const register = names.fresh(node.indices, 'tensor');
      before.push(assign(register, logDeterminant(node.over, stored(node.body, node.over, names, before))));
      return read(register.name, node.indices);
    }
    case 'inverse':
    case 'cholesky': {
      // All entries, of which the expression reads some.
      const body = stored(node.body, node.over, names, before);
      const register = names.fresh(body.subscripts, 'tensor');
      const whole = { inverse, cholesky }[node.kind](node.over[0], node.over[1], node.over, body);
      before.push(assign(register, whole));
      return read(register.name, [...body.subscripts.slice(0, -2), node.row, node.column]);
    }
    case 'multiply': {
      // Numbers go together, as one.
      const numbers = node.factors.filter((factor) => isNumber(factor, names));
      const others = node.factors.filter((factor) => !isNumber(factor, names));
      const number = multiply(...numbers);
      return multiply(
        elementwise(number, names, before),
        ...others.map((factor) => elementwise(factor, names, before)),
      );
    }
    case 'add': {
      const numbers = node.terms.filter((term) => isNumber(term, names));
      const others = node.terms.filter((term) => !isNumber(term, names));
      const parts = others.map((term) => elementwise(term, names, before));
      return numbers.length === 0
        ? add(...parts)
        : add(elementwise(add(...numbers), names, before), ...parts);
    }
    case 'apply':
      return mapChildren(node, (child) =>
        child.kind === 'constant' ? child : elementwise(child, names, before),
      );
    case 'power':
    case 'read':
    case 'constant':
    case 'size':
    case 'position':
    case 'delta':
    case 'triangle':
      return mapChildren(node, (child) => elementwise(child, names, before));
  }
};

/** A read of an array with a matrix last, for what works on memory. */
const stored = (node: Expression, last: readonly Index[], names: Names, before: Statement[]): Read => {
  const order = [...node.indices.filter((index) => !last.includes(index)), ...last];
  if (node.kind === 'read' && node.subscripts.join() === order.join()) return node;
  const register = names.fresh(order, 'tensor');
  before.push(assign(register, elementwise(node, names, before)));
  return read(register.name, order);
};

/** A sum whose body is elementwise: of a matrix product, of two reads. */
const sumOfElements = (node: Sum, names: Names, before: Statement[]): Expression => {
  const absent = node.over.filter((index) => !node.body.indices.includes(index));
  const body = elementwise(node.body, names, before);
  if (body.kind !== 'multiply' || absent.length > 0) return sum(node.over, body);
  const numbers = body.factors.filter((factor) => factor.indices.length === 0);
  const groups = groupsOf(body.factors.filter((factor) => factor.indices.length > 0));
  if (groups.length < 2) return sum(node.over, body);
  const first = groups.map((group) => multiply(...group));
  const pairs = contracted(first, node.over, names, before);
  return numbers.length === 0 ? pairs : scaled(pairs, numbers, names, before);
};

const scaled = (
  product: Expression,
  numbers: readonly Expression[],
  names: Names,
  before: Statement[],
): Expression => {
  const register = names.fresh(product.indices, 'tensor');
  before.push(assign(register, product));
  return multiply(...numbers, read(register.name, product.indices));
};

/** Factors of equal indices together; those whose indices another group has go there. */
const groupsOf = (factors: readonly Expression[]): readonly (readonly Expression[])[] => {
  const groups: Expression[][] = [];
  const byRank = [...factors].sort((left, right) => right.indices.length - left.indices.length);
  for (const factor of byRank) {
    const home = groups.filter((group) => factor.indices.every((index) => group[0]!.indices.includes(index)));
    const chosen = home.find((group) => group[0]!.indices.includes('example')) ?? home[0];
    // A vector times a matrix, summed over their index, is a product already.
    if (
      chosen === undefined ||
      (groups.length === 1 && byRank.length === 2 && !sameIndices(factor.indices, chosen[0]!.indices))
    )
      groups.push([factor]);
    else chosen.push(factor);
  }
  return groups;
};

/** Products of two arrays at a time, each summed over what no later one has. */
const contracted = (
  factors: readonly Expression[],
  over: readonly Index[],
  names: Names,
  before: Statement[],
): Expression => {
  let rest = factors.map((factor) => asRead(factor, names, before));
  for (;;) {
    const [left, right, ...others] = nearest(rest, over);
    const needed = others.flatMap(({ indices }) => indices);
    const all = [...new Set([...left!.indices, ...right!.indices])];
    const summed = over.filter((index) => all.includes(index) && !needed.includes(index));
    const product = summed.length === 0 ? multiply(left!, right!) : sum(summed, multiply(left!, right!));
    if (others.length === 0) return product;
    const register = names.fresh(product.indices, 'tensor');
    before.push(assign(register, product));
    rest = [read(register.name, product.indices), ...others];
  }
};

const asRead = (factor: Expression, names: Names, before: Statement[]): Expression => {
  if (factor.kind === 'read' && new Set(factor.subscripts).size === factor.subscripts.length) return factor;
  const register = names.fresh(factor.indices, 'tensor');
  before.push(assign(register, factor));
  return read(register.name, factor.indices);
};

/** The two that leave the smallest product come first. */
const nearest = (factors: readonly Expression[], over: readonly Index[]): readonly Expression[] => {
  let best = factors;
  let least = Infinity;
  factors.forEach((left, i) =>
    factors.slice(i + 1).forEach((right) => {
      const others = factors.filter((factor) => factor !== left && factor !== right);
      const needed = others.flatMap(({ indices }) => indices);
      const all = [...new Set([...left.indices, ...right.indices])];
      const kept = all.filter((index) => needed.includes(index) || !over.includes(index));
      const cost = 10 * kept.length + all.length;
      if (cost < least) [best, least] = [[left, right, ...others], cost];
    }),
  );
  return best;
};
