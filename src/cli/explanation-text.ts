/** An explanation as text. */
import type { StartExplanation } from '../derive/explain-branches.ts';
import type { DynamicsExplanation, JudgementExplanation } from '../derive/explain-dynamics.ts';
import type { RelaxationExplanation } from '../derive/explain-relaxation.ts';
import type { FamilyExplanation } from '../derive/explain-family.ts';
import type {
  Explanation,
  InferenceExplanation,
  ModelExplanation,
  RuleExplanation,
} from '../derive/explain.ts';

export function explanationText(explanation: Explanation): string {
  const { families, models, starts, inference, relaxations, judgements, dynamics, learning } = explanation;
  const sections = [
    ...models.map(modelText),
    ...families.map(familyText),
    ...starts.map(startText),
    ...grouped(inference, (entry) => entry.inference).map(inferenceText),
    ...relaxations.map(relaxationText),
    ...grouped(judgements, (entry) => entry.of).map(judgementText),
    ...dynamics.map(dynamicsText),
    ...grouped(learning, (entry) => entry.learning).map(learningText),
  ];
  return sections.join('\n\n');
}

const shaped = (name: string, shape: readonly string[]): string =>
  shape.length === 0 ? name : `${name}[${shape.join(', ')}]`;

function modelText({
  model,
  doc,
  parameters,
  variables,
  surprise,
  energies,
  branches,
  laws,
}: ModelExplanation): string {
  return section(`model ${model}`, doc, [
    ...parameters.map(({ name, shape, support, initial }): Row => [
      shaped(name, shape),
      `${support}, starts at ${initial}`,
    ]),
    ...variables.flatMap(({ name, shape, role, distribution, conjugate_posterior }): readonly Row[] => [
      [shaped(name, shape), `${role}${distribution === null ? '' : `  ~ ${distribution}`}`],
      ...(conjugate_posterior === null
        ? []
        : [['', `given all else, exactly  ~ ${conjugate_posterior}`] as const]),
    ]),
    ...(surprise === '' ? [] : [['−log p(observed | latents)', surprise] as Row]),
    ...energies.map(({ name, value, has_value }): Row => [
      `energy ${name}`,
      has_value ? value : `${value}, which has a gradient but no value`,
    ]),
    ...branches.flatMap(({ variable, branches: own, rest }): readonly Row[] => [
      ...lines(
        `branches of ${variable}`,
        own.map(({ name, input }) => `${name}: ${input}`),
      ),
      ['', `at rest: ${rest}`],
    ]),
    ...laws.map(({ variable, law, order }): Row => [`${variable} given all others`, `${law}; ${order}`]),
  ]);
}

function relaxationText({ of, rows }: RelaxationExplanation): string {
  return section(
    of,
    null,
    rows.flatMap(({ depth, what, lines: own }) => lines(`${'  '.repeat(depth)}${what}`, own)),
  );
}

function startText({ inference, states }: StartExplanation): string {
  return section(
    `feed-forward start of ${inference}`,
    null,
    states.map(({ state, value, known, assumed }): Row => {
      const told = `by ${known.join(', ')}`;
      const same = assumed.length === 0 ? '' : `; ${assumed.join(', ')} taken to say the same`;
      return [state, `${value}   (${told}${same})`];
    }),
  );
}

function familyText(family: FamilyExplanation): string {
  const { gradient_estimator: estimator, conjugate_prior: conjugate } = family;
  const fisher = family.fisher_information.map((row) => row.join(', '));
  return section(`family ${family.family} on ${family.support}`, family.doc, [
    ['values', family.values],
    ...lines('parameters', family.parameters),
    ...lines(
      'natural parameters',
      family.natural.map(
        ({ name, value, domain }) => `${name} = ${value}${domain === '' ? '' : `,  ${domain}`}`,
      ),
    ),
    ...lines(
      'coordinate u',
      family.natural.flatMap(({ name, chart }) => (chart === null ? [] : [`${name} = ${chart}`])),
    ),
    ...equations('parameters from them', family.standard, "by Newton's method"),
    ['log density', family.log_density],
    ['log-partition A', family.log_partition],
    ...(family.where.length === 0 ? [] : equations('below', family.where, '')),
    ...equations('mean parameters', family.mean, ''),
    ...(family.moments.length === 0 ? [] : equations('value', family.moments, '')),
    ...(family.divergence === ''
      ? []
      : equations('natural from mean', family.natural_from_mean, "by Newton's method on A(η) − η · μ")),
    ...lines('Fisher information', fisher),
    ...lines('score', family.score),
    ...lines('entropy', family.entropy === '' ? [] : [family.entropy]),
    ...lines('KL from another (₀)', family.divergence === '' ? [] : [family.divergence]),
    ...(conjugate === null
      ? []
      : ([
          ['conjugate prior', `∝ exp(${conjugate.log_density})`],
          ['after a value x', conjugate.update.map(({ name, value }) => `${name} ← ${value}`).join(', ')],
        ] as const)),
    ...lines(
      'natural gradient',
      family.natural_gradient.map(({ name, value }) => `${name}: ${value}`),
    ),
    ['gradient estimator', `${estimator.rule} (${estimator.why})`],
    ['sampler', family.sampler.text],
    ...(family.relaxed_draws === null ? [] : lines('relaxed draws', [family.relaxed_draws])),
  ]);
}

/** One row for each line, the first one named. */
const lines = (name: string, texts: readonly string[]): readonly Row[] =>
  texts.map((text, i): Row => [i === 0 ? name : '', text]);

const equations = (name: string, all: FamilyExplanation['mean'], none: string): readonly Row[] =>
  all.length === 0
    ? [[name, none]]
    : lines(
        name,
        all.map((one) => `${one.name} = ${one.value}`),
      );

function inferenceText(entries: readonly InferenceExplanation[]): string {
  return section(
    `inference ${entries[0]!.inference}`,
    null,
    entries.flatMap(
      ({ state, belief, start, natural_gradient, update, guards, estimator, draws }): readonly Row[] => [
        ['belief', belief],
        ...(start === null ? [] : [['start', `${state} ← ${start}`] as Row]),
        ['natural gradient', natural_gradient],
        ['each step', update],
        ...guards.map((guard): Row => ['guard', guard]),
        ['estimator', estimator],
        ['draws', draws],
      ],
    ),
  );
}

function judgementText(entries: readonly JudgementExplanation[]): string {
  return section(
    `samplers of ${entries[0]!.of}`,
    null,
    entries.flatMap(({ moved, by, verdict, samples, why, remarks }): readonly Row[] => [
      [moved.join(', '), by],
      ['', lawText(verdict, samples)],
      ['', why],
      ...remarks.map((remark): Row => ['', remark]),
    ]),
  );
}

function dynamicsText({ dynamics, of, doc, lines: own, verdict, samples, why }: DynamicsExplanation): string {
  return section(`dynamics ${dynamics} of ${of}`, doc, [
    ...lines('each step', own),
    ['verdict', lawText(verdict, samples)],
    ['', why],
  ]);
}

const lawText = (verdict: string, samples: string | null): string =>
  samples === null ? verdict : `${verdict}: samples ${samples}`;

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
  const words = doc === null ? [] : doc.split('\n').map((line) => `  ${line}`.trimEnd());
  return [title, ...words, ...padded].join('\n');
}

/** Entries that follow each other under one name. */
function grouped<Entry>(
  entries: readonly Entry[],
  nameOf: (entry: Entry) => string,
): readonly (readonly Entry[])[] {
  const names = [...new Set(entries.map(nameOf))];
  return names.map((name) => entries.filter((entry) => nameOf(entry) === name));
}
