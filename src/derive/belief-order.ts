/** Beliefs that read other latents, q(h₂ | h₁): in which order they are drawn, and what they may not be. */
import { readNames } from '../calculus/substitute.ts';
import type { Belief, Inference, Model } from '../check/typed.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';

type Beliefs = Pick<Inference, 'beliefs'>;

/** Latents with a belief that the parameters of another belief read. */
const readBy = ({ distribution }: Belief, { beliefs }: Beliefs): readonly string[] => {
  const formulas = distribution.natural ?? Object.values(distribution.arguments);
  const names = new Set(formulas.flatMap((formula) => [...readNames(formula)]));
  return beliefs.map(({ latent }) => latent).filter((latent) => names.has(latent));
};

/** A latent and every one that its belief reads, at first or second hand. */
export const ancestors = (latent: string, inference: Beliefs): ReadonlySet<string> => {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    const belief = inference.beliefs.find((other) => other.latent === name);
    if (belief !== undefined) readBy(belief, inference).forEach(visit);
  };
  visit(latent);
  return found;
};

/** Every belief after those that it reads. */
export const drawingOrder = (inference: Beliefs): readonly Belief[] => {
  const done: Belief[] = [];
  const visit = (belief: Belief, above: readonly Belief[]): void => {
    if (done.includes(belief) || above.includes(belief)) return;
    for (const latent of readBy(belief, inference))
      visit(
        inference.beliefs.find((other) => other.latent === latent)!,
        [...above, belief],
      );
    done.push(belief);
  };
  inference.beliefs.forEach((belief) => visit(belief, []));
  return done;
};

/** Whether the prior of a latent reads one whose belief depends on that latent: its divergence is then known from draws alone. */
export const priorFollows = (model: Model, { latent }: Belief, inference: Beliefs): boolean => {
  const prior = model.variables.find(({ name }) => name === latent)?.distribution ?? null;
  const read = new Set(Object.values(prior?.arguments ?? {}).flatMap((value) => [...readNames(value)]));
  return inference.beliefs.some(
    (other) =>
      other.latent !== latent && read.has(other.latent) && ancestors(other.latent, inference).has(latent),
  );
};

export const beliefOrderProblems = (inference: Inference): readonly Diagnostic[] =>
  inference.beliefs.flatMap((belief, i): readonly Diagnostic[] => {
    const read = readBy(belief, inference);
    const circle = read.find((latent) => ancestors(latent, inference).has(belief.latent));
    // A circle is told once, of its first belief.
    if (inference.beliefs.slice(0, i).some(({ latent }) => latent === circle)) return [];
    if (circle !== undefined)
      return [
        error(
          'NSM5001',
          belief.span,
          circle === belief.latent
            ? `the belief about \`${belief.latent}\` reads \`${belief.latent}\` itself`
            : `the beliefs about \`${belief.latent}\` and \`${circle}\` read each other`,
          {
            hint: 'Beliefs are drawn one after the other: each may read observed variables and latents drawn before it.',
          },
        ),
      ];
    const moving = inference.beliefs.find(
      ({ latent, coordinates, exact }) => read.includes(latent) && (coordinates.length > 0 || exact),
    );
    return moving === undefined
      ? []
      : [
          error(
            'NSM5090',
            belief.span,
            `a belief that reads \`${moving.latent}\`, whose own belief ${moving.exact ? 'is exact' : 'has coordinates'}, is understood but cannot be compiled yet`,
            {
              secondary: [{ span: moving.span, label: 'read there' }],
              hint: 'Give the parameters of that belief by formulas of observed variables and parameters.',
            },
          ),
        ];
  });
