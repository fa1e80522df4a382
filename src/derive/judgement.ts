/** The verdict on a dynamics where it is used: with its settings bound, its source of gradients, and what keeps values inside. */
import { replaceNames } from '../calculus/substitute.ts';
import type { BoundDynamics, Inference, InferenceStatement, Model, Support } from '../check/typed.ts';
import { ratiosOf } from './acceptance.ts';
import { asksFor } from './dynamics-problems.ts';
import { needsMean, servedLayers } from './energy.ts';
import { drawsExactly } from './family/sampler.ts';
import { tidy } from './fokker-planck.ts';
import { variableOf } from './free-energy.ts';
import { allStatements, movedNames } from './moved.ts';
import { judge, lawText, type Verdict } from './verdict.ts';

export interface Judgement {
  readonly moved: readonly string[];
  /** Whether it moves the interneurons of these layers: then its objective is the layer's own energy, given its parents. */
  readonly isPopulation: boolean;
  readonly by: BoundDynamics;
  readonly verdict: Verdict;
  /** Layers whose interneurons give it their share of the slope. */
  readonly sampledLayers: readonly string[];
  /** What else there is to know. */
  readonly remarks: readonly string[];
}

/** Where moves stand: an inference, or a phase, which has no guards. */
export type Place = Pick<Inference, 'model' | 'guards' | 'body'>;

/** Every move of an energy in an inference or a phase, and its interneurons. */
export const judgements = (inference: Place): readonly Judgement[] => {
  const { model } = inference;
  const visit = (body: readonly InferenceStatement[], stops: boolean): readonly Judgement[] =>
    body.flatMap((statement): readonly Judgement[] => {
      switch (statement.kind) {
        case 'repeat':
          return visit(statement.body, stops || statement.until !== null);
        case 'descend':
          return statement.objective.kind === 'energy'
            ? [ofDescent(inference, statement.over, statement.by, stops)]
            : [];
        case 'interneurons':
          return ofInterneurons(model, inference.body, statement);
        case 'draw': {
          if (statement.by === null) return [];
          // Where the family has an exact sampler, no chain runs.
          const chained = statement.names.filter((name) => {
            const { distribution } = variableOf(model, name);
            return distribution === null || !drawsExactly(distribution.family);
          });
          if (chained.length === 0) return [];
          return [{ ...plain(chained, statement.by), remarks: supportRemarks(model, chained, statement.by) }];
        }
        default:
          return [];
      }
    });
  return visit(inference.body, false);
};

const plain = (moved: readonly string[], by: BoundDynamics): Judgement => ({
  moved,
  isPopulation: false,
  by,
  verdict: bound(judge(by.dynamics), by),
  sampledLayers: [],
  remarks: [],
});

/** With settings in place of their names. */
const bound = (verdict: Verdict, { arguments: given }: BoundDynamics): Verdict =>
  verdict.kind === 'sampler'
    ? { ...verdict, temperature: tidy(replaceNames(verdict.temperature, given)) }
    : verdict;

const ofDescent = (
  inference: Place,
  over: readonly string[],
  by: BoundDynamics,
  stops: boolean,
): Judgement => {
  const { model, body, guards } = inference;
  const first = plain(over, by);
  const isSampler = first.verdict.kind === 'sampler';
  const guarded = guards.filter(({ target }) => over.includes(target)).map(({ target }) => target);
  const asked = asksFor(by.dynamics, '@gradient', '@curvature');
  return {
    ...first,
    verdict: atBounds(first.verdict, model, over, by),
    sampledLayers: asked ? sampledFor(model, body, over) : [],
    remarks: [
      ...supportRemarks(model, over, by),
      ...(isSampler && guarded.length > 0
        ? [
            `the guard on ${[...new Set(guarded)].join(', ')} changes the law: what it cuts off gathers at its ends`,
          ]
        : []),
      ...(isSampler && stops ? ['examples stop at `until`: where they stop is not a draw'] : []),
    ],
  };
};

const ofInterneurons = (
  model: Model,
  body: readonly InferenceStatement[],
  { over, by }: Extract<InferenceStatement, { kind: 'interneurons' }>,
): readonly Judgement[] => {
  const layers = servedLayers(model, over, movedNames(body)).map(({ name }) => name);
  return layers.length === 0
    ? []
    : [{ ...plain(layers, by), isPopulation: true, remarks: supportRemarks(model, layers, by) }];
};

/** Layers below what moves whose ∇A comes from interneurons. */
const sampledFor = (
  model: Model,
  body: readonly InferenceStatement[],
  over: readonly string[],
): readonly string[] => {
  const moved = movedNames(body);
  const served = allStatements(body).flatMap((statement) =>
    statement.kind === 'interneurons' ? servedLayers(model, statement.over, moved) : [],
  );
  return [...new Set(served)].filter((layer) => needsMean(layer, new Set(over))).map(({ name }) => name);
};

/** Whether values have ends that steps can run into. */
const isBounded = (support: Support, model: Model, name: string): boolean => {
  if (support.kind === 'positive' || support.kind === 'unit') return true;
  const range = variableOf(model, name).distribution?.family.range;
  return range !== undefined && support.kind === 'real' && (range.low !== null || range.high !== null);
};
const boundedAmong = (model: Model, names: readonly string[]): readonly string[] =>
  names.filter((name) => isBounded(variableOf(model, name).support, model, name));

/** Reflection after both slopes of Heun's method is right to first order (Bossy, Gobet and Talay 2004). */
const atBounds = (
  verdict: Verdict,
  model: Model,
  over: readonly string[],
  { dynamics }: BoundDynamics,
): Verdict =>
  verdict.kind === 'sampler' &&
  verdict.order === 2 &&
  dynamics.steps.some((step) => step.kind === 'integrate' && step.method === 'heun') &&
  boundedAmong(model, over).length > 0
    ? { ...verdict, order: 1 }
    : verdict;

/** Proposals by a positive factor stay on their side of 0. */
const signRemarks = (
  model: Model,
  names: readonly string[],
  { dynamics }: BoundDynamics,
): readonly string[] => {
  const ratios = ratiosOf(dynamics).map(({ ratio }) => ratio);
  if (ratios.length === 0 || !ratios.every((ratio) => ratio.kind === 'log_normal')) return [];
  const free = names.filter((name) => !isBounded(variableOf(model, name).support, model, name));
  return free.length === 0
    ? []
    : [`proposals by a factor reach one side of 0 alone: ${free.join(', ')} may not get to the other`];
};

const supportRemarks = (model: Model, names: readonly string[], by: BoundDynamics): readonly string[] => [
  ...signRemarks(model, names, by),
  ...boundRemarks(model, names, by),
];

const boundRemarks = (
  model: Model,
  names: readonly string[],
  { dynamics }: BoundDynamics,
): readonly string[] => {
  const bounded = boundedAmong(model, names);
  if (bounded.length === 0 || asksFor(dynamics, '@conditional_draw')) return [];
  const list = bounded.join(', ');
  const decides = dynamics.steps.some(({ kind }) => kind === 'propose');
  if (decides) return [`proposals outside the values of ${list} are refused`];
  const isSampler = asksFor(dynamics, '@noise', '@uniform') || dynamics.differentials.length > 0;
  return isSampler
    ? [`reflected at the ends of ${list}, which leaves no atoms there`]
    : [`projected onto the values of ${list}: units may come to rest at their ends`];
};

/** The verdict in the words of the language: `exact`, `biased O(dt)`, ... */
export const verdictText = (verdict: Verdict, sampledLayers: readonly string[] = []): string => {
  switch (verdict.kind) {
    case 'sampler': {
      const step = ['', 'O(dt)', 'O(dt²)'][verdict.order]!;
      const gradient = sampledLayers.length === 0 ? '' : 'by a sampled gradient';
      const tuning = verdict.adaptation === 'goes_on' ? 'by its adaptation' : '';
      const biases = [step, gradient, tuning].filter((part) => part !== '');
      return biases.length === 0 ? 'exact' : `biased ${biases.join(' and ')}`;
    }
    case 'not_a_sampler':
      return 'not a sampler of this objective';
    case 'deterministic':
      return 'deterministic';
    case 'unknown':
      return 'not judged';
  }
};

/** What is sampled, or null. */
export const sampledText = (verdict: Verdict, objective: string): string | null =>
  verdict.kind === 'sampler' ? `exp(−${lawText(objective, verdict.temperature)})` : null;
