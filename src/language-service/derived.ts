/** What the compiler derived about one entity, as a few lines of a hover. */
import type { Checked } from '../check/typed.ts';
import { explain, type Explanation } from '../derive/explain.ts';
import type { Entity } from './entities.ts';
import { checkedAs } from './types.ts';

/** Name and text of each line. */
export type Lines = readonly (readonly [name: string, text: string])[];

const nothing: Omit<Checked, 'doc' | 'texts'> = {
  families: [],
  models: [],
  dynamics: [],
  inferences: [],
  learnings: [],
};

export const derived = (entity: Entity, checked: Checked): Lines => {
  const { home, name, kind } = entity;
  switch (kind) {
    case 'family': {
      const family = checkedAs(checked.families, home);
      return family === null ? [] : ofFamily(explainOnly(checked, { families: [family] }));
    }
    case 'dynamics': {
      const dynamics = checkedAs(checked.dynamics, home);
      return dynamics === null ? [] : ofDynamics(explainOnly(checked, { dynamics: [dynamics] }));
    }
    case 'model': {
      const model = checkedAs(checked.models, home);
      const found = model === null ? null : explainOnly(checked, { models: [model] });
      return (found?.models ?? []).flatMap(({ surprise, energies }): Lines => [
        ...(surprise === '' ? [] : [['−log p(observed | latents)', surprise] as const]),
        ...energies.map((energy) => [`energy ${energy.name}`, energy.value] as const),
      ]);
    }
    case 'inference':
    case 'coordinate':
      return ofInference(entity, checked);
    case 'learning': {
      const learning = checkedAs(checked.learnings, home);
      return learning === null ? [] : ofRules(explainOnly(checked, { learnings: [learning] }));
    }
    case 'parameter': {
      const owner = checkedAs(checked.models, home) ?? checkedAs(checked.inferences, home);
      const learnings = checked.learnings.filter(
        ({ model, inference }) => model === owner || inference === owner,
      );
      return ofRules(explainOnly(checked, { learnings }), name);
    }
    default:
      return [];
  }
};

/** The explanation of some declarations alone: the rest of a file may take a while. */
const explainOnly = (checked: Checked, part: Partial<typeof nothing>): Explanation =>
  explain({ ...nothing, doc: checked.doc, texts: checked.texts, ...part });

const ofFamily = ({ families: [family] }: Explanation): Lines =>
  family === undefined
    ? []
    : [
        ['values', family.values],
        ['log density', family.log_density],
        ['log-partition', family.log_partition],
        ...family.mean.map(({ name, value }) => [name, value] as const),
        ['gradient estimator', family.gradient_estimator.rule],
        ['sampler', family.sampler.text],
      ];

const ofDynamics = ({ dynamics: [dynamics] }: Explanation): Lines =>
  dynamics === undefined
    ? []
    : [
        ...dynamics.lines.map((line) => ['each step', line] as const),
        [
          'verdict',
          dynamics.samples === null ? dynamics.verdict : `${dynamics.verdict}: samples ${dynamics.samples}`,
        ],
      ];

const ofInference = ({ home, name, kind }: Entity, checked: Checked): Lines => {
  const inference = checkedAs(checked.inferences, home);
  if (inference === null) return [];
  const found = explainOnly(checked, { inferences: [inference], models: [inference.model] });
  return [
    ...(kind === 'inference' ? found.free_energies : []).flatMap(({ value, divergences }): Lines => [
      ['free energy', value],
      ...divergences.map((one) => [one.name, one.value] as const),
    ]),
    ...found.inference
      .filter(({ state }) => kind === 'inference' || state === name)
      .flatMap((entry): Lines => [
        ['belief', entry.belief],
        ['natural gradient', entry.natural_gradient],
        ['each step', entry.update],
        ['estimator', entry.estimator],
      ]),
    ...found.judgements.map(
      ({ moved, verdict, samples }) =>
        [moved.join(', '), samples === null ? verdict : `${verdict}: samples ${samples}`] as const,
    ),
  ];
};

/** Rules with their certificates: of everything, or of one parameter under the names of the learnings. */
const ofRules = ({ learning }: Explanation, parameter: string | null = null): Lines =>
  learning
    .filter((rule) => parameter === null || rule.parameter === parameter)
    .flatMap(({ learning: of, parameter: moved, rule, local_in: { space, time, phase }, why }): Lines => [
      [parameter === null ? moved : of, rule],
      ['certificate', `${why} (space ${yes(space)}, time ${yes(time)}, phase ${yes(phase)})`],
    ]);

const yes = (value: boolean): string => (value ? 'yes' : 'no');
