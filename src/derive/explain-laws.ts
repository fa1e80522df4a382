/** The laws that variables are drawn from, as text. */
import { apply } from '../calculus/build.ts';
import { simplest } from '../calculus/collect.ts';
import type { Expression } from '../calculus/expression.ts';
import { print } from '../calculus/print.ts';
import type { Checked, Model } from '../check/typed.ts';
import { drawnIn } from './conditional-problems.ts';
import { conditionalLaw, type Law } from './conditional.ts';
import { example, variableOf } from './free-energy.ts';

export interface LawExplanation {
  readonly variable: string;
  readonly law: string;
  /** Whether units are drawn at once or one after the other. */
  readonly order: string;
}

const shown = (node: Expression): string => print(simplest(node), { hide: [example] });

/** Of all variables that inferences and phases draw, or put at their means, given all others. */
export const explainLaws = (checked: Checked, model: Model): readonly LawExplanation[] => {
  const bodies = [
    ...checked.inferences.filter((one) => one.model.name === model.name).map(({ body }) => body),
    ...checked.learnings
      .filter((one) => one.model.name === model.name)
      .flatMap(({ phases }) => phases.map(({ body }) => body)),
  ];
  const names = new Set(bodies.flatMap(drawnIn));
  return [...names].flatMap((name): readonly LawExplanation[] => {
    const found = conditionalLaw(model, variableOf(model, name));
    if (found.kind === 'none') return [];
    return [
      {
        variable: name,
        law: lawText(name, found.law),
        order:
          found.coupled.length === 0
            ? 'all units at once'
            : `one unit after the other along ${found.coupled.join(' and ')}, which couples them`,
      },
    ];
  });
};

const lawText = (name: string, law: Law): string => {
  switch (law.kind) {
    case 'two_point':
      return `P(${name} = ${law.high}) = ${shown(apply('sigmoid', simplest(law.logOdds)))}`;
    case 'choice':
      return `P(${name}) = softmax(${shown(law.logits)} over ${law.over})`;
    case 'normal':
      return `normal with mean ${shown(law.mean)} and precision ${shown(law.precision)}`;
    case 'member': {
      const { family } = law.member;
      const naturals = family.natural.map((each, i) => `${each.name} = ${shown(law.naturals[i]!)}`);
      return `${family.name} with ${naturals.join(', ')}`;
    }
  }
};
