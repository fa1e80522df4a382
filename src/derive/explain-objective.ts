/** What the steps of a learning descend, by name: its formula stands with the inference or the model. */
import { multiply, one, read } from '../calculus/build.ts';
import type { Learning, LearningStep } from '../check/typed.ts';
import { beliefEnergy, type Contrast } from './contrast.ts';
import { shortest, shown } from './explain-energy.ts';
import type { Named } from './explain-family.ts';

export interface ObjectiveExplanation {
  readonly text: string;
  /** What the text names that no inference and no model shows. */
  readonly where: readonly Named[];
}

export const explainObjective = (learning: Learning, step: LearningStep): ObjectiveExplanation => {
  const { model, inference } = learning;
  const when = step.when === 'each_step' ? 'at each step' : 'at the end';
  if (step.kind === 'predict')
    return { text: `what the branches miss of their shares of the soma, ${when}`, where: [] };
  const { objective } = step;
  switch (objective.kind) {
    case 'free_energy': {
      const { klWeight } = objective;
      return {
        text: `free energy of ${inference.name} ${when}`,
        where: klWeight === one ? [] : [{ name: 'kl_weight', value: shown(klWeight) }],
      };
    }
    case 'energy':
      return { text: `energy of ${inference.name} ${when}`, where: [] };
    case 'contrast': {
      const ofBeliefs = objective.terms.some(({ what }) => what === 'belief_energy');
      return {
        text: contrastText(objective),
        where: ofBeliefs ? [{ name: 'belief_energy', value: shortest(beliefEnergy(model, inference)) }] : [],
      };
    }
  }
};

/** `energy in data − energy in model`. */
const contrastText = ({ terms, withMean }: Contrast): string => {
  const named = terms.map(({ what, phase, weight }) => shown(multiply(weight, read(`${what} in ${phase}`))));
  const means = withMean.length === 0 ? '' : `, with the mean of ${withMean.join(', ')}`;
  return `${named.join(' + ').replaceAll('+ −', '− ')}${means}`;
};
