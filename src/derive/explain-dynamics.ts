/** Dynamics as text: what they do, and the verdict on them, alone and where they are used. */
import { isConstant, zero } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { print } from '../calculus/print.ts';
import { readable } from '../calculus/readable.ts';
import type { BoundDynamics, Checked, Dynamics } from '../check/typed.ts';
import { judgements, sampledText, verdictText } from './judgement.ts';
import { judge, type Verdict } from './verdict.ts';

export interface DynamicsExplanation {
  readonly dynamics: string;
  readonly doc: string | null;
  readonly of: string;
  readonly lines: readonly string[];
  readonly verdict: string;
  /** The law that it samples; null for what is no sampler. */
  readonly samples: string | null;
  readonly why: string;
}
export interface JudgementExplanation {
  /** The inference, or the phase of a learning. */
  readonly of: string;
  readonly moved: readonly string[];
  readonly by: string;
  readonly verdict: string;
  readonly samples: string | null;
  readonly why: string;
  readonly remarks: readonly string[];
}

/** Dynamics that nothing in the file uses: a file of dynamics alone. */
export const explainDynamics = ({
  dynamics,
  inferences,
  learnings,
}: Checked): readonly DynamicsExplanation[] => {
  const uses = [
    ...inferences.flatMap(({ body }) => usesIn(body)),
    ...learnings.flatMap(({ steps, phases }) => [
      ...steps.map(({ by }) => by.dynamics),
      ...phases.flatMap(({ body }) => usesIn(body)),
    ]),
  ];
  return dynamics.filter((one) => !uses.includes(one)).map(explainAlone);
};

const usesIn = (body: Checked['inferences'][number]['body']): readonly Dynamics[] =>
  body.flatMap((statement) => {
    if (statement.kind === 'repeat') return usesIn(statement.body);
    return 'by' in statement && statement.by !== null ? [statement.by.dynamics] : [];
  });

/** What a dynamics does by itself, whatever it moves. */
export const explainAlone = (dynamics: Dynamics): DynamicsExplanation => {
  const verdict = judge(dynamics);
  return {
    dynamics: dynamics.name,
    doc: dynamics.doc,
    of: dynamics.variable,
    lines: linesOf(dynamics),
    verdict: verdictText(verdict),
    samples: sampledText(verdict, 'objective'),
    why: [verdict.why, ...adaptationText(verdict)].join('; '),
  };
};

const adaptationText = (verdict: Verdict): readonly string[] => {
  if (verdict.kind !== 'sampler') return [];
  switch (verdict.adaptation) {
    case 'none':
      return [];
    case 'ends':
      return [
        'it adapts to what is accepted, and only once that stands still are its draws those of the law',
      ];
    case 'goes_on':
      return ['it adapts to what is accepted without end, and is exact only where that stops'];
  }
};

export const explainJudgements = ({ inferences, learnings }: Checked): readonly JudgementExplanation[] =>
  [
    ...inferences.map((inference) => ({ of: inference.name, place: inference })),
    ...learnings.flatMap(({ name, model, phases }) =>
      phases.map((phase) => ({
        of: `phase ${phase.name} of ${name}`,
        place: { model, guards: [], body: phase.body },
      })),
    ),
  ].flatMap(({ of, place }) =>
    judgements(place).map(({ moved, isPopulation, by, verdict, sampledLayers, remarks }) => ({
      of,
      moved: isPopulation ? moved.map((name) => `interneurons of ${name}`) : moved,
      by: callText(by),
      verdict: verdictText(verdict, sampledLayers),
      samples: sampledText(verdict, isPopulation ? 'energy given its parents' : 'energy'),
      why: verdict.why,
      remarks: [
        ...(sampledLayers.length === 0
          ? []
          : [`interneurons of ${sampledLayers.join(', ')} give their share of the slope`]),
        ...adaptationText(verdict),
        ...remarks,
      ],
    })),
  );

const callText = ({ dynamics, arguments: given }: BoundDynamics): string =>
  `${dynamics.name}(${Object.entries(given)
    .map(([name, value]) => `${name} = ${shown(value)}`)
    .join(', ')})`;

const words: Readonly<Record<string, string>> = {
  '@gradient': '∇objective',
  '@natural_gradient': 'natural ∇objective',
  '@curvature': '∇²objective',
  '@conditional_mean': 'conditional mean',
  '@conditional_draw': 'conditional draw',
};
const shown = (node: Expression): string =>
  print(readable(node), { hide: ['*'], rename: (name) => words[name] ?? name.replace(/^@/, '') });

const linesOf = ({ variable, steps, differentials, replicas }: Dynamics): readonly string[] => [
  ...(replicas === null ? [] : [`${shown(replicas)} replicas`]),
  ...differentials.map(({ part, target, drift, noise }) => {
    const terms = [
      ...(drift === zero ? [] : [`${drift.kind === 'add' ? `(${shown(drift)})` : shown(drift)} dt`]),
      ...(noise === zero ? [] : [isConstant(noise, 1) ? 'dW' : `${shown(noise)} dW`]),
    ];
    return `${part === null ? '' : `${part}: `}d${target} = ${terms.join(' + ')}`;
  }),
  ...steps.flatMap((step): readonly string[] => {
    switch (step.kind) {
      case 'let':
        return [`${step.target} = ${shown(step.value)}`];
      case 'assign':
        return [`${step.target} ← ${shown(step.value)}`];
      case 'integrate':
        return [`integrated ${step.parts.length === 0 ? `by ${step.method}` : step.parts.join(' ')}`];
      case 'propose':
        return [`proposed ${variable}′ = ${shown(step.value)}`];
      case 'trajectory':
        return [`proposed ${step.parts.join(' ')}, ${shown(step.times)} times`];
      case 'accept':
      case 'swap':
        return [
          `${step.kind === 'accept' ? 'accepted' : 'neighbours swapped'} by Metropolis and Hastings${
            isConstant(step.temperature, 1) ? '' : ` at temperature ${shown(step.temperature)}`
          }`,
        ];
    }
  }),
];
