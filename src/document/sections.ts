/** An explanation in sections of named rows: what `nsm explain` prints as text or LaTeX, and the pages show. */
import type { StartExplanation } from '../derive/explain-branches.ts';
import type { DynamicsExplanation, JudgementExplanation } from '../derive/explain-dynamics.ts';
import type { FamilyExplanation, Named } from '../derive/explain-family.ts';
import type { FreeEnergyExplanation } from '../derive/explain-free-energy.ts';
import type { ObjectiveExplanation } from '../derive/explain-objective.ts';
import type { RelaxationExplanation } from '../derive/explain-relaxation.ts';
import type {
  Explanation,
  InferenceExplanation,
  ModelExplanation,
  RuleExplanation,
} from '../derive/explain.ts';

export interface Section {
  readonly kind: 'model' | 'family' | 'start' | 'inference' | 'samplers' | 'dynamics' | 'learning';
  /** What it is about: the name of a declaration, or `phase data of Persistent`. */
  readonly of: string;
  readonly title: string;
  readonly doc: string | null;
  readonly rows: readonly Row[];
}
export interface Row {
  /** Empty where it goes on with what the row before is about. */
  readonly name: string;
  /** Repetitions around it. */
  readonly depth: number;
  readonly kind: 'formula' | 'words' | 'certificate';
  readonly text: string;
}

export const sectionsOf = (explanation: Explanation): readonly Section[] => {
  const { families, models, starts, inference, free_energies, relaxations } = explanation;
  const { judgements, dynamics, learning } = explanation;
  return [
    ...models.map(modelSection),
    ...families.map(familySection),
    ...starts.map(startSection),
    ...inferenceSections(inference, free_energies),
    ...relaxations.map(relaxationSection),
    ...grouped(judgements, (entry) => entry.of).map(judgementSection),
    ...dynamics.map(dynamicsSection),
    ...grouped(learning, (entry) => entry.learning).map(learningSection),
  ];
};

/** The axes of the names that models and inferences declare; in a file without models, of those of its families. */
export const shapesOf =
  ({ models, families, shapes }: Explanation) =>
  (name: string): readonly string[] | null => {
    const found = models.flatMap(({ parameters, variables }) => [...parameters, ...variables]);
    const shape = found.find((one) => one.name === name)?.shape;
    if (models.length > 0) return shape ?? (Object.hasOwn(shapes, name) ? shapes[name]! : null);
    return families.map(({ shapes }) => shapes[name]).find((one) => one !== undefined) ?? null;
  };

const formula = (name: string, text: string, depth = 0): Row => ({ name, depth, kind: 'formula', text });
const words = (name: string, text: string): Row => ({ name, depth: 0, kind: 'words', text });
const shaped = (name: string, shape: readonly string[]): string =>
  shape.length === 0 ? name : `${name}[${shape.join(', ')}]`;

/** One row for each text, the first one named. */
const formulas = (name: string, texts: readonly string[], depth = 0): readonly Row[] =>
  texts.map((text, i) => formula(i === 0 ? name : '', text, depth));
const equations = (name: string, all: readonly Named[], none: string): readonly Row[] =>
  all.length === 0
    ? [formula(name, none)]
    : formulas(
        name,
        all.map((one) => `${one.name} = ${one.value}`),
      );

const modelSection = (explained: ModelExplanation): Section => {
  const { model, doc, parameters, variables, surprise, energies, branches, laws } = explained;
  return {
    kind: 'model',
    of: model,
    title: `model ${model}`,
    doc,
    rows: [
      ...parameters.map(({ name, shape, support, initial }) =>
        words(shaped(name, shape), `${support}, starts at ${initial}`),
      ),
      ...variables.flatMap(({ name, shape, role, distribution, conjugate_posterior }) => [
        formula(shaped(name, shape), `${role}${distribution === null ? '' : `  ~ ${distribution}`}`),
        ...(conjugate_posterior === null
          ? []
          : [formula('', `given all else, exactly  ~ ${conjugate_posterior}`)]),
      ]),
      ...(surprise === '' ? [] : [formula('−log p(observed | latents)', surprise)]),
      ...energies.map(({ name, value, has_value }) =>
        formula(`energy ${name}`, has_value ? value : `${value}, which has a gradient but no value`),
      ),
      ...branches.flatMap(({ variable, branches: own, rest }) => [
        ...formulas(
          `branches of ${variable}`,
          own.map(({ name, input }) => `${name}: ${input}`),
        ),
        formula('', `at rest: ${rest}`),
      ]),
      ...laws.map(({ variable, law, order }) => formula(`${variable} given all others`, `${law}; ${order}`)),
    ],
  };
};

const relaxationSection = ({ of, rows }: RelaxationExplanation): Section => ({
  kind: 'inference',
  of: of.replace(/^inference /, ''),
  title: of,
  doc: null,
  rows: rows.flatMap(({ depth, what, lines }) => formulas(what, lines, depth)),
});

const startSection = ({ inference, states }: StartExplanation): Section => ({
  kind: 'start',
  of: inference,
  title: `feed-forward start of ${inference}`,
  doc: null,
  rows: states.map(({ state, value, known, assumed }) => {
    const told = `by ${known.join(', ')}`;
    const same = assumed.length === 0 ? '' : `; ${assumed.join(', ')} taken to say the same`;
    return formula(state, `${value}   (${told}${same})`);
  }),
});

const familySection = (family: FamilyExplanation): Section => {
  const { gradient_estimator: estimator, conjugate_prior: conjugate } = family;
  return {
    kind: 'family',
    of: family.family,
    title: `family ${family.family} on ${family.support}`,
    doc: family.doc,
    rows: [
      words('values', family.values),
      ...family.parameters.map((text, i) => words(i === 0 ? 'parameters' : '', text)),
      ...formulas(
        'natural parameters',
        family.natural.map(
          ({ name, value, domain }) => `${name} = ${value}${domain === '' ? '' : `,  ${domain}`}`,
        ),
      ),
      ...formulas(
        'coordinate u',
        family.natural.flatMap(({ name, chart }) => (chart === null ? [] : [`${name} = ${chart}`])),
      ),
      ...equations('parameters from them', family.standard, "by Newton's method"),
      formula('log density', family.log_density),
      formula('log-partition A', family.log_partition),
      ...(family.where.length === 0 ? [] : equations('where', family.where, '')),
      ...equations('mean parameters', family.mean, ''),
      ...(family.moments.length === 0 ? [] : equations('moments', family.moments, '')),
      ...(family.divergence === ''
        ? []
        : equations('natural from mean', family.natural_from_mean, "by Newton's method on A(η) − η · μ")),
      ...formulas(
        'Fisher information',
        family.fisher_information.map((line) => line.join(', ')),
      ),
      ...formulas('score', family.score),
      ...formulas('entropy', family.entropy === '' ? [] : [family.entropy]),
      ...formulas('KL from another (₀)', family.divergence === '' ? [] : [family.divergence]),
      ...(conjugate === null
        ? []
        : [
            formula('conjugate prior', `∝ exp(${conjugate.log_density})`),
            formula(
              'after a value x',
              conjugate.update.map(({ name, value }) => `${name} ← ${value}`).join(', '),
            ),
          ]),
      ...formulas(
        'natural gradient',
        family.natural_gradient.map(({ name, value }) => `${name}: ${value}`),
      ),
      formula('gradient estimator', `${estimator.rule} (${estimator.why})`),
      words('sampler', family.sampler.text),
      ...(family.relaxed_draws === null ? [] : formulas('relaxed draws', [family.relaxed_draws])),
    ],
  };
};

/** Of inferences with beliefs: what they descend, and how. */
const inferenceSections = (
  updates: readonly InferenceExplanation[],
  freeEnergies: readonly FreeEnergyExplanation[],
): readonly Section[] =>
  [...new Set([...freeEnergies, ...updates].map(({ inference }) => inference))].map((name) => {
    const own = updates.filter(({ inference }) => inference === name);
    const descended = freeEnergies.filter(({ inference }) => inference === name);
    return {
      kind: 'inference',
      of: name,
      title: `inference ${name}`,
      doc: null,
      rows: [
        ...(own.length > 0 ? [] : formulas('belief', descended[0]!.beliefs)),
        ...descended.flatMap(freeEnergyRows),
        ...own.flatMap(updateRows),
      ],
    };
  });

const freeEnergyRows = ({ divergences, rolls, value }: FreeEnergyExplanation): readonly Row[] => [
  formula('free energy', value),
  ...divergences.map((divergence) => formula(divergence.name, divergence.value)),
  ...(rolls ? [words('', 'up to `rolling prior`: from there on the prior is the belief just reached')] : []),
];

const updateRows = (explained: InferenceExplanation): readonly Row[] => {
  const { state, belief, start, natural_gradient, update, guards, estimator, draws } = explained;
  return [
    formula('belief', belief),
    ...(start === null ? [] : [formula('start', `${state} ← ${start}`)]),
    formula('natural gradient', natural_gradient),
    formula('each step', update),
    ...guards.map((guard) => formula('guard', guard)),
    words('estimator', estimator),
    words('draws', draws),
  ];
};

const judgementSection = (entries: readonly JudgementExplanation[]): Section => ({
  kind: 'samplers',
  of: entries[0]!.of,
  title: `samplers of ${entries[0]!.of}`,
  doc: null,
  rows: entries.flatMap(({ moved, by, verdict, samples, why, remarks }) => [
    formula(moved.join(', '), by),
    words('', lawText(verdict, samples)),
    words('', why),
    ...remarks.map((remark) => words('', remark)),
  ]),
});

const dynamicsSection = (explained: DynamicsExplanation): Section => {
  const { dynamics, of, doc, lines, verdict, samples, why } = explained;
  return {
    kind: 'dynamics',
    of: dynamics,
    title: `dynamics ${dynamics} of ${of}`,
    doc,
    rows: [...formulas('each step', lines), words('verdict', lawText(verdict, samples)), words('', why)],
  };
};

const lawText = (verdict: string, samples: string | null): string =>
  samples === null ? verdict : `${verdict}: samples ${samples}`;

const learningSection = (entries: readonly RuleExplanation[]): Section => ({
  kind: 'learning',
  of: entries[0]!.learning,
  title: `learning ${entries[0]!.learning}`,
  doc: null,
  rows: entries.flatMap(({ objective, parameter, rule, local, local_in, reads, why }, i) => [
    ...(isSame(objective, entries[i - 1]?.objective) ? [] : objectiveRows(objective)),
    formula(parameter, rule),
    {
      name: '',
      depth: 0,
      kind: 'certificate',
      text: `certificate: ${local ? 'local' : 'not local'} (${certificate(local_in)})`,
    },
    words('', why),
    ...(reads.length === 0 ? [] : [formula('', `reads ${reads.join('; ')}`)]),
  ]),
});

const isSame = (one: ObjectiveExplanation, other: ObjectiveExplanation | undefined): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

const objectiveRows = ({ form, text, where }: ObjectiveExplanation): readonly Row[] => [
  { name: 'objective', depth: 0, kind: form, text },
  ...where.map(({ name, value }) => formula(name, value)),
];

const certificate = ({ space, time, phase }: RuleExplanation['local_in']): string =>
  [`space ${space ? 'yes' : 'no'}`, `time ${time ? 'yes' : 'no'}`, `phase ${phase ? 'yes' : 'no'}`].join(
    ', ',
  );

/** Entries that follow each other under one name. */
const grouped = <Entry>(
  entries: readonly Entry[],
  nameOf: (entry: Entry) => string,
): readonly (readonly Entry[])[] =>
  [...new Set(entries.map(nameOf))].map((name) => entries.filter((entry) => nameOf(entry) === name));
