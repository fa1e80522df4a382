/**
 * Beliefs in natural coordinates (`belief z natural u`): each natural parameter through the map that keeps it in its domain, and
 * the family's parameters in terms of them where they can be found.
 */
import { read } from '../calculus/build.ts';
import { dependsOn } from '../calculus/differentiate.ts';
import type { Expression } from '../calculus/expression.ts';
import type { Belief, Checked, Family, Inference, Model } from '../check/typed.ts';
import { atNaturals, fixedArguments, naturals } from './family/family.ts';
import { naturalChart, standardFromNatural } from './family/maps.ts';
import { samplerFromNaturals, samplerOf, type Sampler } from './family/sampler.ts';

/**
 * Fills in the natural parameters of a belief in natural coordinates, and those of its arguments that follow from them. With
 * fewer coordinates than natural parameters, the last ones stay as in the model's own prior.
 */
export const withNaturals = (belief: Belief, model: Model): Belief => {
  const prior = model.variables.find(({ name }) => name === belief.latent)?.distribution ?? null;
  if (!belief.natural || prior === null) return belief;
  const { family } = belief.distribution;
  const kept = naturals(prior);
  const natural = family.natural.map(({ domain }, i) => {
    const coordinate = belief.coordinates[i];
    return coordinate === undefined
      ? kept[i]!
      : naturalChart(domain).value(read(coordinate.name, coordinate.indices));
  });
  const fixed = fixedArguments(belief.distribution);
  return {
    ...belief,
    distribution: {
      ...belief.distribution,
      arguments: { ...parametersAt(family, natural, fixed), ...plainParameters(belief), ...fixed },
      natural,
    },
  };
};

/** Parameters in terms of natural parameters; those that cannot be found are left out. */
const parametersAt = (
  family: Family,
  natural: readonly Expression[],
  fixed: Readonly<Record<string, Expression>>,
): Readonly<Record<string, Expression>> => {
  const solved = standardFromNatural(family);
  return Object.fromEntries(
    Object.entries(solved).map(([name, value]) => [name, atNaturals(value, family, natural, fixed)]),
  );
};

/** Parameters that are coordinates themselves, because the family's own formula is the map onto the domain. */
const plainParameters = ({
  distribution: { family },
  coordinates,
}: Belief): Readonly<Record<string, Expression>> =>
  Object.fromEntries(
    coordinates.flatMap((coordinate, i) => {
      const { domain, value } = family.natural[i]!;
      const { value: onto } = naturalChart(domain);
      return family.parameters
        .filter(({ name, over }) => onto(read(name, over)) === value)
        .map(({ name }) => [name, read(coordinate.name, coordinate.indices)]);
    }),
  );

/** Coordinates, kept natural parameters and arguments are those of the prior: they may not be drawn themselves. */
export const keepsDrawn = (belief: Belief, model: Model): boolean => {
  const kept = (belief.distribution.natural ?? []).slice(belief.coordinates.length);
  const latents = model.variables.filter(({ role }) => role === 'latent');
  return belief.natural && latents.some(({ name }) => kept.some((value) => dependsOn(value, name)));
};

const inInference = (inference: Inference): Inference => ({
  ...inference,
  beliefs: inference.beliefs.map((belief) => withNaturals(belief, inference.model)),
});

/** Whether every parameter of a belief's family has a value: false for natural coordinates that could not be inverted. */
export const isComplete = ({ distribution }: Belief): boolean =>
  distribution.family.parameters.every(({ name }) => Object.hasOwn(distribution.arguments, name));

/** The same file with the natural parameters and arguments of every belief filled in. */
export const withBeliefArguments = (checked: Checked): Checked => ({
  ...checked,
  inferences: checked.inferences.map(inInference),
  learnings: checked.learnings.map((learning) => ({
    ...learning,
    inference: inInference(learning.inference),
  })),
});

/** Name under which the coordinates of a rolled prior are read. */
export const rolledName = (coordinate: string): string => `@${coordinate}_prior`;

/** How draws of a belief are made. */
export const samplerOfBelief = (belief: Belief): Sampler => {
  const { family } = belief.distribution;
  return isComplete(belief) ? samplerOf(family) : samplerFromNaturals(family);
};
