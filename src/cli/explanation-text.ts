/** An explanation as text. */
import type {
  Explanation,
  FamilyExplanation,
  InferenceExplanation,
  ModelExplanation,
  RuleExplanation,
} from '../derive/explain.ts';

export function explanationText({ families, models, inference, learning }: Explanation): string {
  const sections = [
    ...models.map(modelText),
    ...families.map(familyText),
    ...grouped(inference, (entry) => entry.inference).map(inferenceText),
    ...grouped(learning, (entry) => entry.learning).map(learningText),
  ];
  return sections.join('\n\n');
}

const shaped = (name: string, shape: readonly string[]): string =>
  shape.length === 0 ? name : `${name}[${shape.join(', ')}]`;

function modelText({ model, doc, parameters, variables, surprise }: ModelExplanation): string {
  return section(`model ${model}`, doc, [
    ...parameters.map(({ name, shape, support, initial }): Row => [
      shaped(name, shape),
      `${support}, starts at ${initial}`,
    ]),
    ...variables.map(({ name, shape, role, distribution }): Row => {
      return [shaped(name, shape), `${role}${distribution === null ? '' : `  ~ ${distribution}`}`];
    }),
    ...(surprise === '' ? [] : [['−log p(observed | latents)', surprise] as Row]),
  ]);
}

function familyText(family: FamilyExplanation): string {
  const fisher = family.fisher_information.map((row) => row.join(', ')).join('; ');
  return section(`family ${family.family} on ${family.support}`, null, [
    ['log density', family.log_density],
    ['mean parameters', family.mean.join(', ')],
    ...(fisher === '' ? [] : [['Fisher information', fisher] as Row]),
    ['score', family.score.join(', ')],
    ['entropy', family.entropy],
    ['KL divergence', family.divergence],
    ['gradient estimator', `${family.gradient_estimator.rule} (${family.gradient_estimator.why})`],
  ]);
}

function inferenceText(entries: readonly InferenceExplanation[]): string {
  return section(
    `inference ${entries[0]!.inference}`,
    null,
    entries.flatMap(
      ({ state, belief, start, natural_gradient, update, guards, estimator }): readonly Row[] => [
        ['belief', belief],
        ...(start === null ? [] : [['start', `${state} ← ${start}`] as Row]),
        ['natural gradient', natural_gradient],
        ['each step', update],
        ...guards.map((guard): Row => ['guard', guard]),
        ['estimator', estimator],
      ],
    ),
  );
}

function learningText(entries: readonly RuleExplanation[]): string {
  return section(
    `learning ${entries[0]!.learning}`,
    null,
    entries.flatMap(({ parameter, rule, local, local_in, reads, why }): readonly Row[] => [
      [parameter, rule],
      ['', `certificate: ${local ? 'local' : 'not local'} (${certificate(local_in)})`],
      ['', why],
      ...(reads.length === 0 ? [] : [['', `reads ${reads.join('; ')}`] as Row]),
    ]),
  );
}

const certificate = ({ space, time, phase }: RuleExplanation['local_in']): string =>
  [`space ${space ? 'yes' : 'no'}`, `time ${time ? 'yes' : 'no'}`, `phase ${phase ? 'yes' : 'no'}`].join(
    ', ',
  );

type Row = readonly [name: string, text: string];

function section(title: string, doc: string | null, rows: readonly Row[]): string {
  const width = Math.max(0, ...rows.map(([name]) => [...name].length));
  const padded = rows.map(([name, text]) =>
    `  ${name}${' '.repeat(width - [...name].length)}  ${text}`.trimEnd(),
  );
  return [title, ...(doc === null ? [] : [`  ${doc.split('\n').join('\n  ')}`]), ...padded].join('\n');
}

/** Entries that follow each other under one name. */
function grouped<Entry>(
  entries: readonly Entry[],
  nameOf: (entry: Entry) => string,
): readonly (readonly Entry[])[] {
  const names = [...new Set(entries.map(nameOf))];
  return names.map((name) => entries.filter((entry) => nameOf(entry) === name));
}
