/**
 * The inputs of a unit in groups (papers.md 2.3): −∂E/∂s, one branch for each named energy term or factor that touches s besides
 * its own leak. Where the force is affine in the unit's own state, −∂E/∂s = Σ_j a_j − κ s, it vanishes where κ s, the soma, is the
 * total of the branches a_j.
 */
import { add, constant, divide, multiply, negate, read, zero } from '../calculus/build.ts';
import { polynomialIn } from '../calculus/collect.ts';
import { dependsOn } from '../calculus/differentiate.ts';
import { expand } from '../calculus/expand.ts';
import type { Expression } from '../calculus/expression.ts';
import { readNames, replaceReads, walk } from '../calculus/substitute.ts';
import type { Model, Support, Variable } from '../check/typed.ts';
import { energyGradient, energyTerms, intractableLayers, touches } from './energy.ts';
import { example } from './free-energy.ts';
import { isPositive } from './sign.ts';

/** One group of inputs of every unit of a variable. */
export interface Branch {
  /** Of the energy term, or of the variable whose factor it is. */
  readonly name: string;
  /**
   * a_j, over the example and the variable's indices. Currents that come from no other variable (biases in a term of their own)
   * are shared equally among the branches.
   */
  readonly input: Expression;
  /** Variables that it reads, and mean statistics of interneurons. */
  readonly sources: readonly string[];
}

export type Branching =
  | {
      readonly kind: 'branches';
      readonly branches: readonly Branch[];
      /** Σ_j a_j. */
      readonly total: Expression;
      /** κ: how much the force falls as the unit's own state rises. */
      readonly leak: Expression;
    }
  | { readonly kind: 'none'; readonly why: string };

/** The branches of one variable, over the example and its indices; none where its force cannot be solved in its own state. */
export const branchesOf = (model: Model, variable: Variable): Branching => {
  const discrete = discreteValues(variable.support);
  if (discrete !== null) return none(`its values are ${discrete}, and only a continuous state has a force`);
  const forces = energyTerms(model, intractableLayers(model))
    .filter((term) => touches(term, variable))
    .map((term) => ({ name: term.name, force: negate(energyGradient(term.value, variable)) }));
  const parts: { readonly name: string; readonly drive: Expression }[] = [];
  let leak = zero;
  for (const { name, force } of forces) {
    const own = ownSlope(force, variable);
    if (own.kind === 'none') return none(`${own.why} in \`${name}\``);
    leak = add(leak, negate(own.slope));
    const drive = replaceReads(force, (found) => (found.name === variable.name ? zero : null));
    if (drive !== zero) parts.push({ name, drive });
  }
  if (!isPositive(leak, model)) return none(leakProblem(leak, variable));

  const known = new Set(model.variables.map(({ name }) => name));
  const sourcesOf = (node: Expression): readonly string[] =>
    [...readNames(node)].filter((name) => known.has(name) || name.includes('.'));
  const inputs = parts.filter(({ drive }) => sourcesOf(drive).length > 0);
  const current = add(zero, ...parts.filter((part) => !inputs.includes(part)).map(({ drive }) => drive));
  const shared = divide(current, constant(Math.max(1, inputs.length)));
  return {
    kind: 'branches',
    branches: inputs.map(({ name, drive }) => ({
      name,
      input: add(drive, shared),
      sources: sourcesOf(drive),
    })),
    total: add(zero, ...parts.map(({ drive }) => drive)),
    leak,
  };
};

const none = (why: string): Branching & { readonly kind: 'none' } => ({ kind: 'none', why });

/** How the force changes with the unit's own state, if it is that times something plus what does not read the variable. */
const ownSlope = (
  force: Expression,
  { name, indices }: Variable,
):
  | { readonly kind: 'slope'; readonly slope: Expression }
  | { readonly kind: 'none'; readonly why: string } => {
  // Told from the form: the derivative of a force that jumps is 0 almost everywhere.
  const own = read(name, [example, ...indices]);
  const whole = expand(force);
  const coefficients = polynomialIn(whole, own, (part) => dependsOn(part, name));
  if (coefficients !== null && coefficients.length <= 2)
    return { kind: 'slope', slope: coefficients[1] ?? zero };
  let isLateral = false;
  walk(whole, (node) => {
    if (node.kind === 'read' && node.name === name && node !== own) isLateral = true;
  });
  return none(isLateral ? 'its units act on each other' : 'its force is not linear in its own state');
};

const leakProblem = (leak: Expression, { name }: Variable): string =>
  leak === zero
    ? `the energy has no \`${name}^2\` that pulls it back`
    : 'what pulls it back cannot be told to be positive';

/** What the values of a discrete support are, or null. */
export const discreteValues = (support: Support): string | null => {
  switch (support.kind) {
    case 'real':
    case 'positive':
    case 'unit':
    case 'angle':
    case 'vector':
    case 'simplex':
    case 'positive_definite':
      return null;
    case 'binary':
      return '0 and 1';
    case 'spin':
      return '−1 and 1';
    case 'count':
    case 'integer':
      return 'whole numbers';
    case 'one_hot':
      return 'one-hot vectors';
  }
};

/** c_j: what consistency makes of each branch, an equal share of the soma (papers.md 2.3). */
export const equalShare = (soma: Expression, branches: readonly Branch[]): Expression =>
  divide(soma, constant(branches.length));

/** Where the force vanishes, bounds aside, when only some branches are known and the others say the same. */
export const restingState = (
  { branches, total, leak }: Branching & { readonly kind: 'branches' },
  known: readonly Branch[],
): Expression => {
  if (known.length === branches.length) return divide(total, leak);
  const heard = add(...known.map(({ input }) => input));
  return divide(multiply(divide(constant(branches.length), constant(known.length)), heard), leak);
};
