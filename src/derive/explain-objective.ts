/** What the steps of a learning descend, by name: its formula stands with the inference or the model. */
import { negate, one, splitCoefficient } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import type { Learning, LearningStep } from '../check/typed.ts';
import { beliefEnergy, type Contrast } from './contrast.ts';
import { shortest, shown } from './explain-energy.ts';
import type { Named } from './explain-family.ts';

export interface ObjectiveExplanation {
  readonly form: 'words' | 'formula';
  readonly text: string;
  /** What the text names that no inference and no model shows. */
  readonly where: readonly Named[];
}

export const explainObjective = (learning: Learning, step: LearningStep): ObjectiveExplanation => {
  const { model, inference } = learning;
  const when = step.when === 'each_step' ? 'at each step' : 'at the end';
  if (step.kind === 'predict')
    return { form: 'words', text: `what the branches miss of their shares of the soma, ${when}`, where: [] };
  const { objective } = step;
  switch (objective.kind) {
    case 'free_energy': {
      const { klWeight } = objective;
      return {
        form: 'words',
        text: `free energy of ${inference.name} ${when}`,
        where: klWeight === one ? [] : [{ name: 'kl_weight', value: shown(klWeight) }],
      };
    }
    case 'energy':
      return { form: 'words', text: `energy of ${inference.name} ${when}`, where: [] };
    case 'contrast': {
      const ofBeliefs = objective.terms.some(({ what }) => what === 'belief_energy');
      return {
        form: 'formula',
        text: contrastText(objective),
        where: ofBeliefs ? [{ name: 'belief_energy', value: shortest(beliefEnergy(model, inference)) }] : [],
      };
    }
  }
};

/** `energy in data − energy in model`. */
const contrastText = ({ terms, withMean }: Contrast): string => {
  const named = terms.map(({ what, phase, weight }) => {
    const size = shown(isNegative(weight) ? negate(weight) : weight);
    return `${isNegative(weight) ? '− ' : '+ '}${size === '1' ? '' : `${size} · `}${what} in ${phase}`;
  });
  const means = withMean.length === 0 ? '' : `, with the mean of ${withMean.join(', ')}`;
  return `${named.join(' ').replace(/^\+ /, '').replace(/^− /, '−')}${means}`;
};
const isNegative = (weight: Expression): boolean => splitCoefficient(weight).coefficient < 0;
