/**
 * The variational free energy of a model under factorised beliefs (design.md section 3):
 * F = E_q[−log p(observed | latents)] + kl_weight · Σ_latents KL(q ‖ current prior), per example, constants included.
 * Latents enter as draws (reads of the latent), beliefs through their coordinates.
 */
import { add, divide, multiply, negate, read, subtract, sum, zero } from '../calculus/build.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import { renameIndices, replaceReads } from '../calculus/substitute.ts';
import { eventAxes } from '../check/family-names.ts';
import type { Belief, Distribution, Inference, Model, Objective, Variable } from '../check/typed.ts';
import { rolledName } from './belief.ts';
import {
  atNaturals,
  divergence,
  fixedArguments,
  logDensityAt,
  meanParameters,
  naturals,
} from './family/family.ts';
import { priorFollows } from './belief-order.ts';
import { outsideOfDomain } from './family/domain.ts';
import { exactExpectation, type Units } from './family/expectation.ts';
import { meanOfValue, shiftOfPower } from './family/moments.ts';
import { rangesOf, simplified } from './known.ts';

/** The index of the batch: one entry per example. */
export const example: Index = 'example';

/** Which distribution a belief is compared with. */
export type PriorKind = 'model' | 'rolled';

/** Adds the example index to every variable that has one value per example. */
export const perExample = (node: Expression, names: ReadonlySet<string>): Expression =>
  replaceReads(node, (found) =>
    names.has(found.name) && found.subscripts[0] !== example
      ? read(found.name, [example, ...found.subscripts])
      : null,
  );

export const exampleNames = (model: Model, inference: Inference | null): ReadonlySet<string> =>
  new Set([
    ...model.variables.filter(({ plate }) => plate === 'example').map(({ name }) => name),
    ...(inference?.beliefs.flatMap(({ coordinates }) => coordinates.map(({ name }) => name)) ?? []),
  ]);

/** A variable read with its example index. */
export const variableRead = ({ name, indices }: { name: string; indices: readonly Index[] }): Expression =>
  read(name, [example, ...indices]);

export const variableOf = (model: Model, name: string): Variable =>
  model.variables.find((variable) => variable.name === name)!;
export const beliefOf = (inference: Inference, latent: string): Belief =>
  inference.beliefs.find((belief) => belief.latent === latent)!;

/** The axes along which a variable has independent units: without the event axes of each value. */
export const unitIndices = ({ indices, support }: Variable): readonly Index[] =>
  indices.filter((index) => !eventAxes(support).includes(index));

/** Natural parameters of a belief, per example. */
export const beliefNaturals = (model: Model, inference: Inference, belief: Belief): readonly Expression[] => {
  const names = exampleNames(model, inference);
  return naturals(belief.distribution).map((value) => perExample(value, names));
};

/** Natural parameters of what a belief is compared with. */
export const priorNaturals = (
  model: Model,
  inference: Inference,
  belief: Belief,
  prior: PriorKind,
): readonly Expression[] => {
  const names = exampleNames(model, inference);
  switch (prior) {
    case 'model':
      return naturals(variableOf(model, belief.latent).distribution!).map((value) =>
        perExample(value, names),
      );
    case 'rolled':
      return beliefNaturals(model, inference, belief).map((value) =>
        replaceReads(value, (found) =>
          belief.coordinates.some(({ name }) => name === found.name)
            ? read(rolledName(found.name), found.subscripts)
            : null,
        ),
      );
  }
};

/** −log p(x | latents) of every observed variable, summed over its units. */
export const surprise = (model: Model, inference: Inference | null): Expression => {
  const names = exampleNames(model, inference);
  const terms = model.variables
    .filter(({ role, distribution }) => role === 'observed' && distribution !== null)
    .map((variable) => {
      const density = logDensityAt(variable.distribution!, variableRead(variable));
      return sum(unitIndices(variable), negate(perExample(density, names)));
    });
  return add(...terms);
};

/**
 * How the KL of a belief from its prior is found: exactly, as the Bregman divergence of A, where both are members of one family; else
 * from draws, as the mean of log q(z) − log p(z). A rolled prior is of the belief's own family.
 */
export const divergenceKind = (
  model: Model,
  inference: Pick<Inference, 'beliefs'>,
  belief: Belief,
  prior: PriorKind,
): 'bregman' | 'drawn' => {
  if (prior === 'rolled') return 'bregman';
  if (priorFollows(model, belief, inference)) return 'drawn';
  const own = belief.distribution.family;
  const other = variableOf(model, belief.latent).distribution!.family;
  const same = own.name === other.name && own.span.file === other.span.file;
  return same && own.span.start === other.span.start ? 'bregman' : 'drawn';
};

/**
 * KL of one belief from its prior, summed over units; `posterior_rate` multiplies each unit's by μ_q / μ_p. Drawn ones read the
 * draw of the latent.
 */
export const beliefDivergence = (
  model: Model,
  inference: Inference,
  belief: Belief,
  prior: PriorKind,
  variant: 'exact' | 'posterior_rate',
): Expression => {
  const { family } = belief.distribution;
  const latent = variableOf(model, belief.latent);
  const units = unitIndices(latent);
  if (divergenceKind(model, inference, belief, prior) === 'drawn') {
    const names = exampleNames(model, inference);
    const at = (member: Distribution) => perExample(logDensityAt(member, variableRead(latent)), names);
    return sum(units, subtract(at(belief.distribution), at(latent.distribution!)));
  }
  const posterior = beliefNaturals(model, inference, belief);
  const against = priorNaturals(model, inference, belief, prior);
  const fixed = fixedArguments(belief.distribution);
  const exact = divergence(family, posterior, against, fixed);
  if (variant === 'exact') return sum(units, exact);
  const mean = meanOfValue(family) ?? meanParameters(family)[0]!;
  const at = (values: readonly Expression[]) => atNaturals(mean, family, values, fixed);
  return sum(units, multiply(exact, divide(at(posterior), at(against))));
};

/** The free energy of each example, a function of draws and coordinates. */
export const freeEnergy = (
  model: Model,
  inference: Inference,
  objective: Extract<Objective, { kind: 'free_energy' }>,
  prior: PriorKind,
): Expression => {
  const divergences = inference.beliefs.map((belief) =>
    beliefDivergence(model, inference, belief, prior, objective.kl),
  );
  const sampled = add(surprise(model, inference), multiply(objective.klWeight, add(zero, ...divergences)));
  return inference.beliefs
    .filter(({ exact }) => exact)
    .reduce((value, belief) => {
      const units = unitsOf(model, inference, belief);
      const expected = exactExpectation(simplified(value, belief.latent, units.ranges), units);
      return expected.kind === 'exact' ? expected.value : value;
    }, sampled);
};

/** The units that a belief is about, for exact expectations. */
export const unitsOf = (model: Model, inference: Inference, belief: Belief): Units => {
  const { distribution, latent } = belief;
  const names = exampleNames(model, inference);
  const fixed = Object.entries(fixedArguments(distribution));
  return {
    name: latent,
    shared: [example],
    own: variableOf(model, latent).indices,
    family: distribution.family,
    naturals: beliefNaturals(model, inference, belief),
    fixed: Object.fromEntries(fixed.map(([name, value]) => [name, perExample(value, names)])),
    ranges: rangesOf(model, inference),
  };
};

/** Puts a value in place of the draws of a latent; the value's indices follow the reads' subscripts. */
export const replaceLatent = (node: Expression, latent: Variable, value: Expression): Expression =>
  replaceReads(node, (found) => {
    if (found.name !== latent.name) return null;
    return alignTo(value, [example, ...latent.indices], found.subscripts);
  });

const alignTo = (value: Expression, from: readonly Index[], to: readonly Index[]): Expression =>
  renameIndices(value, new Map(from.map((index, i) => [index, to[i]!])));

/** E_q[z], elementwise. */
export const beliefMean = (model: Model, inference: Inference, belief: Belief): Expression => {
  const { family } = belief.distribution;
  const mean = meanOfValue(family)!;
  return atNaturals(
    mean,
    family,
    beliefNaturals(model, inference, belief),
    fixedArguments(belief.distribution),
  );
};

/**
 * Whether E[z^n] is finite for every member that the coordinates of a belief can reach: a power may be an exponential moment of the
 * statistics, which only members far enough inside the domain have.
 */
export const hasFinitePower = (model: Model, inference: Inference, belief: Belief, n: number): boolean => {
  const { family, naturals: own, fixed, ranges, shared } = unitsOf(model, inference, belief);
  const shift = shiftOfPower(family, n)?.map((c) => atNaturals(c, family, [], fixed)) ?? null;
  return shift === null || outsideOfDomain(shift, { family, naturals: own, shared, ranges }) === null;
};

/** Mean of an observed variable given draws of the latents: what a reconstruction shows. Null if x is not a statistic. */
export const reconstruction = (
  model: Model,
  inference: Inference | null,
  variable: Variable,
): Expression | null => {
  const member = variable.distribution;
  if (member === null) return null;
  const mean = meanOfValue(member.family);
  if (mean === null) return null;
  const value = atNaturals(mean, member.family, naturals(member), fixedArguments(member));
  return perExample(value, exampleNames(model, inference));
};
