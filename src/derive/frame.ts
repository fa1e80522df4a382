/**
 * The geometry of a belief's coordinates u: J = ∂η/∂u and the Fisher information G_u = Jᵀ G J of all coordinates jointly. A natural
 * gradient is G_u⁻¹ ∇_u F, found from whichever slope an estimator gives: ∇_μ F (I6), ∇_η F or ∇_u F.
 */
import {
  add,
  constant,
  divide,
  isConstant,
  multiply,
  negate,
  one,
  read,
  size,
  subtract,
  sum,
  zero,
} from '../calculus/build.ts';
import { simplest } from '../calculus/collect.ts';
import { derivative } from '../calculus/differentiate.ts';
import { expand } from '../calculus/expand.ts';
import { axisOf, type Expression, type Index } from '../calculus/expression.ts';
import { inverse } from '../calculus/matrix.ts';
import { freshIndex, renameIndices, replaceReads, walk } from '../calculus/substitute.ts';
import type { Belief, Inference, Model } from '../check/typed.ts';
import {
  atNaturals,
  eventIndices,
  fisherInformation,
  fixedArguments,
  meanParameters,
  naturals,
  twinIndices,
} from './family/family.ts';
import { exampleNames, perExample, variableRead } from './free-energy.ts';

type Vector = readonly Expression[];
type Matrix = readonly Vector[];

export interface Frame {
  /** G_u⁻¹ ∇_u F from ∇_μ F, one entry per statistic. */
  readonly fromMean: (slope: Vector) => Vector;
  /** From ∇_η F, one entry per natural parameter. */
  readonly fromNatural: (slope: Vector) => Vector;
  /** From ∇_u F, one entry per coordinate. */
  readonly fromCoordinates: (slope: Vector) => Vector;
  /** ∇_u F from the natural gradient. */
  readonly plain: (natural: Vector) => Vector;
}

/** Whether the geometry of a belief can be derived: scalar statistics, or one vector of them with coordinates of its own shape. */
export const frameProblem = (belief: Belief): string | null => {
  const { family } = belief.distribution;
  const axes = family.natural.map((_, i) => eventIndices(family, i));
  if (axes.every((own) => own.length === 0)) return null;
  if (axes.length > 1)
    return `a belief of the family ${family.name}, whose natural parameters are several arrays with one Fisher information,`;
  if (axes[0]!.length > 1)
    return `a belief of the family ${family.name}, whose natural parameter has more than one axis,`;
  if (belief.coordinates.some(({ support }) => support.kind === 'simplex'))
    return 'a belief with coordinates on a simplex';
  if (belief.coordinates.length !== 1 || !isElementwise(naturals(belief.distribution)[0]!, belief, axes[0]!))
    return 'a belief over vectors whose coordinates do not each move one entry';
  return null;
};

/** Whether entry k of a vector depends on entry k of the one coordinate alone. */
const isElementwise = (natural: Expression, belief: Belief, event: readonly Index[]): boolean => {
  let elementwise = belief.coordinates[0]!.indices.includes(event[0]!);
  walk(natural, (node) => {
    if ((node.kind === 'sum' || node.kind === 'maximum') && node.over.includes(event[0]!))
      elementwise = false;
  });
  return elementwise;
};

export const coordinateFrame = (model: Model, inference: Inference, belief: Belief): Frame => {
  const names = exampleNames(model, inference);
  const { family } = belief.distribution;
  const [event] = eventIndices(family, 0);
  return event === undefined ? scalarFrame(belief, names) : vectorFrame(belief, names, event);
};

/** A unit's own coordinates as scalars, to differentiate in, and back. */
const ownCoordinates = (belief: Belief, names: ReadonlySet<string>) => ({
  bare: (node: Expression): Expression =>
    replaceReads(node, (found) =>
      belief.coordinates.some(({ name }) => name === found.name) ? read(found.name) : null,
    ),
  lifted: (node: Expression): Expression =>
    perExample(
      replaceReads(node, (found) => {
        const coordinate = belief.coordinates.find(({ name }) => name === found.name);
        return coordinate === undefined ? null : variableRead(coordinate);
      }),
      names,
    ),
});

const scalarFrame = (belief: Belief, names: ReadonlySet<string>): Frame => {
  const { family } = belief.distribution;
  const { bare, lifted } = ownCoordinates(belief, names);
  const natural = naturals(belief.distribution).map(bare);
  const jacobian = natural.map((eta) => belief.coordinates.map(({ name }) => derivative(eta, name, [])));
  const information = fisherInformation(family).map((row) =>
    row.map((entry) => bare(atNaturals(entry, family, natural, fixedArguments(belief.distribution)))),
  );
  const all = (matrix: Matrix): Matrix => matrix.map((row) => row.map(lifted));
  const own = transposedProduct(jacobian, information);
  const count = belief.coordinates.length;
  const fisher = own.map((row) =>
    belief.coordinates.map((_, j) =>
      simplest(add(zero, ...row.map((entry, k) => multiply(entry, jacobian[k]![j]!)))),
    ),
  );
  const square = jacobian.length === count;
  const fromCoordinates = times(all(invert(fisher)));
  const backwards = (slope: Vector): Vector => times(all(transpose(jacobian, count)))(slope);
  return {
    fromMean: (slope) => {
      if (square) return times(all(invert(jacobian)))(slope);
      // Natural parameters that do not move and do not pull take no part.
      const moving = jacobian.flatMap((row, k) => (row.some((entry) => entry !== zero) ? [k] : []));
      if (moving.length === count && slope.every((entry, k) => entry === zero || moving.includes(k)))
        return times(all(invert(moving.map((k) => jacobian[k]!))))(moving.map((k) => slope[k]!));
      return fromCoordinates(times(all(own))(slope));
    },
    fromNatural: (slope) =>
      square
        ? times(all(invert(jacobian)))(times(all(invert(information)))(slope))
        : fromCoordinates(backwards(slope)),
    fromCoordinates,
    plain: times(all(fisher)),
  };
};

/** One vector of statistics. G of one-hot vectors has the null vector 1, and its pseudo-inverse subtracts a mean over classes. */
const vectorFrame = (belief: Belief, names: ReadonlySet<string>, event: Index): Frame => {
  const { family } = belief.distribution;
  const { bare, lifted } = ownCoordinates(belief, names);
  const values = naturals(belief.distribution);
  const slopeOf = lifted(derivative(bare(values[0]!), belief.coordinates[0]!.name, []));
  const [twin] = twinIndices(family, 0) as readonly [Index];
  const atBelief = (node: Expression): Expression =>
    perExample(atNaturals(node, family, values, fixedArguments(belief.distribution)), names);
  const information = atBelief(fisherInformation(family)[0]![0]!);
  const toTwin = new Map([[event, twin]]);
  const apply = (matrix: Expression, vector: Expression): Expression =>
    sum([twin], multiply(matrix, renameIndices(vector, toTwin)));
  const inJacobian = (slope: Expression): Expression => divide(slope, slopeOf);
  const solve = (slope: Expression): Expression => {
    const over = [freshIndex(event), freshIndex(event)] as const;
    const renames = new Map([
      [event, over[0]],
      [twin, over[1]],
    ]);
    return apply(inverse(event, twin, over, renameIndices(information, renames)), slope);
  };
  const plain = ([natural]: Vector): Vector => [
    multiply(slopeOf, apply(information, multiply(slopeOf, natural!))),
  ];
  if (family.support.kind === 'one_hot') {
    const centred = (slope: Expression): Expression =>
      subtract(slope, divide(sum([event], slope), size(axisOf(event))));
    // G v = p (v − p · v), so v is slope / p up to a constant.
    const mean = atBelief(meanParameters(family)[0]!);
    return {
      fromMean: ([slope]) => [inJacobian(centred(slope!))],
      fromNatural: ([slope]) => [inJacobian(centred(divide(slope!, mean)))],
      fromCoordinates: ([slope]) => [inJacobian(centred(divide(inJacobian(slope!), mean)))],
      plain,
    };
  }
  return {
    fromMean: ([slope]) => [inJacobian(slope!)],
    fromNatural: ([slope]) => [inJacobian(solve(slope!))],
    fromCoordinates: ([slope]) => [inJacobian(solve(inJacobian(slope!)))],
    plain,
  };
};

const times =
  (matrix: Matrix) =>
  (vector: Vector): Vector =>
    matrix.map((row) => add(zero, ...row.map((entry, j) => multiply(entry, vector[j]!))));

const transpose = (matrix: Matrix, columns: number): Matrix =>
  Array.from({ length: columns }, (_, j) => matrix.map((row) => row[j]!));

/** Jᵀ G. */
const transposedProduct = (jacobian: Matrix, information: Matrix): Matrix =>
  transpose(jacobian, jacobian[0]!.length).map((column) =>
    information.map((_, l) => add(zero, ...column.map((entry, k) => multiply(entry, information[k]![l]!)))),
  );

/** The inverse of a matrix of expressions: diagonal, of two rows, or by elimination without a search for pivots. */
const invert = (matrix: Matrix): Matrix => {
  const diagonal = matrix.every((row, i) => row.every((entry, j) => i === j || isConstant(entry, 0)));
  if (diagonal) return matrix.map((row, i) => row.map((entry, j) => (i === j ? divide(one, entry) : zero)));
  if (matrix.length !== 2) return eliminate(matrix);
  const [[a, b], [c, d]] = matrix as [[Expression, Expression], [Expression, Expression]];
  const determinant = expand(subtract(multiply(a, d), multiply(b, c)));
  const over = (entry: Expression) => expand(divide(entry, determinant));
  return [
    [over(d), over(negate(b))],
    [over(negate(c)), over(a)],
  ];
};

/** Gauss–Jordan. Informations are positive definite, so no pivot of theirs is small; rows change places where an entry is 0. */
const eliminate = (matrix: Matrix): Matrix => {
  let rows = matrix.map((row, i) => [...row, ...row.map((_, j) => constant(i === j ? 1 : 0))]);
  for (const [n] of matrix.entries()) {
    const pivot = rows.findIndex((row, i) => i >= n && row[n] !== zero);
    if (pivot < 0) throw new Error('coordinates that do not move all natural parameters');
    const [chosen, other] = [rows[pivot]!, rows[n]!];
    const first = chosen.map((entry) => divide(entry, chosen[n]!));
    rows = rows
      .map((row, i) => (i === pivot ? other : row))
      .map((row, i) =>
        i === n ? first : row.map((entry, j) => subtract(entry, multiply(row[n]!, first[j]!))),
      );
  }
  return rows.map((row) => row.slice(matrix.length));
};
