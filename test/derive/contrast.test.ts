/** Rules of learnings with phases as they are printed, their certificates, and what a contrast may say. */
import { describe, expect, it } from 'vitest';
import { explain } from '../../src/derive/explain.ts';
import { problems } from '../check/support.ts';
import { checked, checkedFile } from './support.ts';

const model = `
import { GradientFlow, SGD } from "std/dynamics"
model Machine(visible: dim = 3, hidden: dim = 2, nudge: real = 0) {
  param W: real[visible, hidden] = 0
  param b: real[hidden] = 0
  param gain: real = 1
  observed v: real[visible]
  state h: unit[hidden]
  state g: unit[hidden]
  energy leak = sum(h^2) / 2 + sum(g^2) / 2
  energy coupling = -(v @ W @ h) - sum(b * h) - sum(h * g)
  energy pull = nudge * gain * sum(h)
}
`;
const rulesOf = (source: string, parameter: string): ReturnType<typeof explain>['learning'] =>
  explain(checked(source)).learning.filter((rule) => rule.parameter === parameter);
const ruleIn = (phases: string, objective: string, parameter = 'W') =>
  rulesOf(
    `${model}
learning Rule of Machine(beta: real = 0.5) {
${phases}
  descend ${objective} over W, b, gain by SGD(rate = 0.1)
}`,
    parameter,
  )[0]!;

const free = 'phase free { start h, g = 0; descend energy over h, g by GradientFlow(rate = 0.1) }';
const nudged =
  'phase nudged { from free; set nudge = beta; descend energy over h by GradientFlow(rate = 0.1) }';
const dream = 'phase dream { from nudged; start v = 0; start g = 1 }';

describe('the rule of a contrast', () => {
  it('reads a variable under the phase that last moved it', () => {
    expect(ruleIn(`${free}\n${nudged}`, 'energy in nudged - energy in free').rule).toBe(
      'ΔW = SGD(mean over examples of h(nudged) · v − h(free) · v)',
    );
    expect(ruleIn(`${free}\n${nudged}\n${dream}`, 'energy in dream - energy in free').rule).toBe(
      'ΔW = SGD(mean over examples of h(nudged) · v(dream) − h(free) · v)',
    );
  });

  it('has the data again where an observed variable is clamped', () => {
    const clamped = 'phase back { from dream; clamp v }';
    expect(ruleIn(`${free}\n${nudged}\n${dream}\n${clamped}`, 'energy in back').rule).toBe(
      'ΔW = SGD(mean over examples of h(nudged) · v)',
    );
  });

  it('has its weights, in the order of the words', () => {
    const phases = `${free}\n${nudged}`;
    expect(ruleIn(phases, '(energy in nudged - energy in free) / (2 * beta)', 'b').rule).toBe(
      'Δb = SGD(mean over examples of ½ · h(nudged) / beta − ½ · h(free) / beta)',
    );
    expect(ruleIn(phases, '-(3 * energy in free) + energy in nudged * beta', 'b').rule).toBe(
      'Δb = SGD(mean over examples of beta · h(nudged) − 3 · h(free))',
    );
  });

  it('knows what a phase has set', () => {
    const { rule } = ruleIn(`${free}\n${nudged}`, 'energy in nudged - energy in free', 'gain');
    expect(rule).toContain('beta · sum(h(nudged)');
    expect(rule).toContain('nudge · sum(h(free)');
  });
});

describe('the certificate of a contrast', () => {
  it('is not single-phase where two phases are compared', () => {
    const found = ruleIn(`${free}\n${nudged}`, 'energy in nudged - energy in free');
    expect(found.local).toBe(false);
    expect(found.local_in).toEqual({ space: true, time: true, phase: false });
    expect(found.why).toBe(
      'not single-phase: it compares the ends of free and nudged, so the earlier must be remembered until the later',
    );
  });

  it('is single-phase where one phase says it all, though the contrast names others', () => {
    expect(ruleIn(`${free}\n${nudged}`, 'energy in nudged').local_in.phase).toBe(true);
    const whole = `${model}
learning Rule of Machine(beta: real = 0.5) {
  ${free}
  phase off { from free; start h = 0 }
  descend energy in free - energy in off over W, b by SGD(rate = 0.1)
  descend energy in off over gain by SGD(rate = 0.1)
}`;
    expect(rulesOf(whole, 'gain')[0]!.local_in.phase).toBe(true);
    expect(rulesOf(whole, 'W')[0]!.local_in.phase).toBe(false);
  });

  it('is local on all counts for wake and for sleep', () => {
    const found = explain(checkedFile('stdlib/models/sigmoid_belief.nsm')).learning;
    expect(found).toHaveLength(9);
    for (const { local_in } of found) expect(local_in).toEqual({ space: true, time: true, phase: true });
    expect(found.find(({ parameter }) => parameter === 'R1')!.rule).toBe(
      'ΔR1 = SGD(mean over examples of h1(sleep) · x(sleep) − x(sleep) · sigmoid(r1 + R1 @ x(sleep)))',
    );
  });

  it('takes hidden units at their means', () => {
    const found = explain(checkedFile('stdlib/models/rbm.nsm')).learning;
    expect(found.find(({ parameter }) => parameter === 'W')!.rule).toBe(
      'ΔW = SGD(mean over examples of v · sigmoid(b + W @ v) − v(model) · sigmoid(b + W @ v(model)))',
    );
  });
});

describe('a contrast', () => {
  const told = (objective: string): readonly string[] =>
    problems(`${model}
learning Rule of Machine(beta: real = 0.5) {
  ${free}
  ${nudged}
  descend ${objective} over W, b, gain by SGD(rate = 0.1)
}`);

  it('is a sum of energies times numbers, and nothing else', () => {
    expect(told('2 * (energy in free) / 3')).toEqual([]);
    expect(told('2 / energy in free')).toEqual(['NSM5011 2 / energy in free']);
    expect(told('sqrt(energy in free)')).toEqual(['NSM5011 sqrt(energy in free)']);
    expect(told('energy in free + beta')).toEqual(['NSM5011 beta']);
    expect(told('W * energy in free')).toEqual(['NSM3007 W']);
    expect(told('force in free')).toEqual(['NSM5011 force']);
    expect(told('energy in fre')).toEqual(['NSM5018 fre']);
  });

  it('takes means of variables of the model', () => {
    expect(told('energy in free with mean h')).toEqual([]);
    expect(told('energy in free with mean z')).toEqual(['NSM2001 z']);
  });
});
