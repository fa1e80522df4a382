/** Variables that cannot be drawn given their parents. */
import type { Checked, InferenceStatement, Model } from '../check/typed.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic, Fix } from '../diagnostics/diagnostic.ts';
import { addition, replacement } from '../diagnostics/fixes.ts';
import type { Span } from '../syntax/span.ts';
import { unwalkable } from './dynamics-problems.ts';
import { samplerOf } from './family/sampler.ts';
import { variableOf } from './free-energy.ts';
import { allStatements } from './moved.ts';

export const drawProblems = ({ inferences, learnings }: Checked): readonly Diagnostic[] => [
  ...inferences.flatMap(({ model, body }) => problemsIn(model, body)),
  ...learnings.flatMap(({ model, phases }) => phases.flatMap(({ body }) => problemsIn(model, body))),
];

const problemsIn = (model: Model, body: readonly InferenceStatement[]): readonly Diagnostic[] =>
  allStatements(body).flatMap((statement) => (statement.kind === 'draw' ? problemsOf(model, statement) : []));

type Draw = Extract<InferenceStatement, { kind: 'draw' }>;

const problemsOf = (model: Model, { names, by, steps, span }: Draw): readonly Diagnostic[] => {
  if ((by === null) !== (steps === null))
    return [
      error(
        'NSM5032',
        by?.span ?? span,
        by === null ? 'these steps are of no dynamics' : `the chain by ${by.dynamics.name} has no length`,
        {
          hint: 'Write both: `draw x by Langevin(dt = 0.05) for 200`.',
          fixes: [addition(by?.span ?? span, by === null ? ' by Langevin(dt = 0.05)' : ' for 200')],
        },
      ),
    ];
  return names.flatMap((name) => {
    const { distribution, support, span: declared } = variableOf(model, name);
    const secondary = [{ span: declared, label: 'declared here' }];
    if (distribution === null)
      return [
        error('NSM5032', span, `\`${name}\` has no distribution, so it cannot be drawn given its parents`, {
          secondary,
          hint: `\`sample ${name}\` draws it given all other variables.`,
          fixes: sampleFixes(name, names, span),
        }),
      ];
    const sampler = samplerOf(distribution.family);
    if (sampler.kind !== 'none' || by !== null) return [];
    return [
      error('NSM5032', span, `there is no way to draw \`${name}\` given its parents: ${sampler.why}`, {
        secondary,
        hint: unwalkable.has(support.kind)
          ? 'Add `pathwise EXPRESSION` to the family: a draw as a function of its parameters and standard noise.'
          : `Draw it by a chain: \`draw ${name} by Langevin(dt = 0.05) for 200\`.`,
        fixes:
          unwalkable.has(support.kind) || names.length > 1
            ? []
            : [addition(span, ' by Langevin(dt = 0.05) for 200')],
      }),
    ];
  });
};

/** A `sample` in the place of a `draw`, or above it for one of several names. */
const sampleFixes = (name: string, names: readonly string[], span: Span): readonly Fix[] =>
  names.length === 1
    ? [replacement(span, `sample ${name}`)]
    : [
        {
          title: `Write \`sample ${name}\``,
          changes: [
            { kind: 'above', span, text: `sample ${name}` },
            { kind: 'words', span: { ...span, start: span.start + 'draw'.length }, words: name, text: '' },
          ],
        },
      ];
