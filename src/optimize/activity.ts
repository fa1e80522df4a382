/**
 * Arrays that are expected to be zeros for the most part: spikes, counts and coins that are drawn, and what is rectified. Products with them
 * on the left leave the zeros out (docs/matrix-products.md), so they cost about their share of the rest.
 */
import { zero } from '../calculus/build.ts';
import type { Expression, Index, Operator } from '../calculus/expression.ts';
import type { Draw, Program, Repeat, Statement } from '../schedule/program.ts';

/** What is assumed not to be zero of such an array. */
export const guessedActivity = 0.1;

/** Names of such arrays. */
export type Sparse = Set<string>;

/** Those of a program, as far as their own values show it. */
export const sparseRegisters = (program: Program): Sparse => {
  const found: Sparse = new Set();
  program.body.forEach((statement) => see(statement, found));
  return found;
};

const see = (statement: Statement, found: Sparse): void => {
  switch (statement.kind) {
    case 'assign':
      if (isSparse(statement.value, found)) found.add(statement.target.name);
      return;
    case 'draw':
      if (drawsZeros(statement)) found.add(statement.target.name);
      return;
    case 'repeat':
      return seeLoop(statement, found);
    case 'gradient':
      return;
  }
};

/** Carried arrays are as sparse as what a turn makes of them: as many as can be together. */
const seeLoop = (loop: Repeat, found: Sparse): void => {
  let candidates = loop.carried;
  for (;;) {
    const inside: Sparse = new Set([...found, ...candidates.map(({ register }) => register.name)]);
    loop.body.forEach((statement) => see(statement, inside));
    const kept = candidates.filter(({ next }) => isSparse(next, inside));
    if (kept.length === candidates.length) {
      inside.forEach((name) => found.add(name));
      kept.forEach(({ result }) => found.add(result.name));
      return;
    }
    candidates = kept;
  }
};

/** Counts and coins begin at 0, one of some choices is taken, and a point of its own may be 0. */
const drawsZeros = ({ source }: Draw): boolean => {
  switch (source.kind) {
    case 'inversion':
      return source.low === zero;
    case 'choice':
      return true;
    case 'density':
      return source.atom?.value === zero;
    case 'noise':
    case 'implicit':
      return false;
  }
};

/** Functions that are 0 at 0. */
const keepsZeros: ReadonlySet<Operator> = new Set([
  'detach',
  'abs',
  'sign',
  'floor',
  'step',
  'sin',
  'tanh',
  'expm1',
  'log1p',
]);

/** Whether a value is expected to be zero for the most part, where the arrays named in `sparse` are. */
export const isSparse = (node: Expression, sparse: ReadonlySet<string>): boolean => {
  if (node.indices.length === 0) return false;
  switch (node.kind) {
    case 'read':
      return sparse.has(node.name);
    case 'multiply':
      return node.factors.some((factor) => isSparse(factor, sparse));
    case 'power':
      return node.exponent.kind === 'constant' && node.exponent.value > 0 && isSparse(node.base, sparse);
    case 'apply':
      if (node.operator === 'max') return node.arguments.includes(zero);
      return keepsZeros.has(node.operator) && isSparse(node.arguments[0]!, sparse);
    case 'constant':
    case 'size':
    case 'position':
    case 'delta':
    case 'triangle':
    case 'add':
    case 'sum':
    case 'maximum':
    case 'inverse':
    case 'log_determinant':
    case 'cholesky':
      return false;
  }
};

/**
 * The indices of a value in the order in which it is to lie: examples first, then the rows that a sparse factor has, since products leave
 * out what is zero in the operand that has the rows.
 */
export const sparseFirst = (
  value: Expression,
  indices: readonly Index[],
  sparse: ReadonlySet<string>,
): readonly Index[] => {
  const terms = value.kind === 'add' ? value.terms : [value];
  const factors = terms.flatMap((term) => factorsOf(term).flatMap(summedFactors));
  const rows = factors.find((factor) => isSparse(factor, sparse))?.indices ?? [];
  const placeOf = (index: Index): number => (index === 'example' ? 0 : rows.includes(index) ? 1 : 2);
  return [...indices].sort((a, b) => placeOf(a) - placeOf(b));
};

const factorsOf = (node: Expression): readonly Expression[] =>
  node.kind === 'multiply' ? node.factors : [node];
const summedFactors = (node: Expression): readonly Expression[] =>
  node.kind === 'sum' ? factorsOf(node.body) : [];
