/** Warnings about draws that only approach their density, and about what they make slow. */
import type { Belief, Checked } from '../check/typed.ts';
import { warning } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Span } from '../syntax/span.ts';
import { samplerOfBelief, withBeliefArguments } from './belief.ts';
import { samplerOf, type Sampler } from './family/sampler.ts';

/** For a file without errors: of its own families, and of those of other files where it uses them. */
export const approximateDraws = (entry: string, file: Checked): readonly Diagnostic[] => {
  const { families, models, inferences, learnings } = withBeliefArguments(file);
  const isHere = ({ span }: { readonly span: Span }): boolean => span.file === entry;
  const own = families.filter(isHere).flatMap((family) => about(family.name, family.span, samplerOf(family)));
  const beliefs = inferences
    .filter(isHere)
    .flatMap((inference) => inference.beliefs)
    .filter(({ distribution }) => !isHere(distribution.family));
  const ofBeliefs = beliefs.flatMap((belief) => about(belief.latent, belief.span, samplerOfBelief(belief)));
  const ofLatents = models
    .filter(isHere)
    .flatMap(({ variables }) => variables)
    .flatMap(({ name, role, span, distribution }) =>
      role !== 'latent' ||
      distribution === null ||
      isHere(distribution.family) ||
      beliefs.some(({ latent }) => latent === name)
        ? []
        : about(name, span, samplerOf(distribution.family)),
    );
  const slow = learnings.filter(isHere).flatMap(({ inference, steps }) =>
    steps.flatMap((step) => {
      if (step.kind !== 'descend' || step.through?.estimator.kind !== 'pathwise') return [];
      const { span } = step.through;
      return inference.beliefs
        .filter(isApproximate)
        .map(({ latent }) =>
          warning(
            'NSM9008',
            span,
            `\`pathwise\` through draws of ${latent} is slow: each is a chain, and its slope an integral`,
            { hint: 'A `pathwise` line in the family makes both a formula.' },
          ),
        );
    }),
  );
  return [...own, ...ofBeliefs, ...ofLatents, ...slow];
};

const isApproximate = (belief: Belief): boolean => samplerOfBelief(belief).kind === 'langevin';

const about = (name: string, span: Span, sampler: Sampler): readonly Diagnostic[] =>
  sampler.kind === 'langevin'
    ? [
        warning('NSM9008', span, `draws of ${name} only approach their density: ${sampler.why}`, {
          hint: 'A `pathwise` line in the family makes them exact. `nsm verify` measures how far they are off.',
        }),
      ]
    : [];
