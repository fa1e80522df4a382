/** What `nsm explain` says about energies, and about inferences and phases that move states. */
import { describe, expect, it } from 'vitest';
import { explanationText } from '../../src/cli/explanation-text.ts';
import { explain } from '../../src/derive/explain.ts';
import { checked } from './support.ts';

const explained = (text: string) => {
  const explanation = explain(checked(text));
  return { explanation, text: explanationText(explanation) };
};
/** One section of the text, without the spaces that line columns up. */
const section = (text: string, title: string): readonly string[] =>
  text
    .split('\n\n')
    .find((part) => part.startsWith(title))!
    .split('\n')
    .slice(1)
    .map((line) => line.trim().replace(/ {2,}/g, ' | '));

const hierarchy = `
  import { Quartic, Normal } from "std/families"
  import { Langevin, Adaptation, SGD } from "std/dynamics"
  model HEE(pixels: dim = 8, v1: dim = 5, v2: dim = 3) {
    param W0: real[pixels, v1] = normal(0, 0.05)
    param W1: real[v1, v2] = normal(0, 0.05)
    param b2: real[v2] = 0
    latent   x2 ~ Quartic(drive = b2)
    latent   x1 ~ Quartic(drive = W1 @ x2)
    observed x0 ~ Normal(mean = W0 @ x1, sd = 1)
  }
  inference Sampling of HEE(steps: int = 60, fast_steps: int = 200) {
    start x1 = x0 @ W0
    start x2 = normal(0, 1)
    guard x2 within (-5, 5)
    repeat steps {
      repeat fast_steps { interneurons by Langevin(dt = 0.05) }
      descend energy over x1, x2 by Adaptation(dt = 0.2, friction = 1)
    }
  }
  learning Online of HEE by Sampling {
    local
    descend energy at each step over W1, b2 by SGD(rate = 1e-3)
  }
  inference Down of HEE(burn: int = 200) {
    free x0
    draw x2, x1, x0 by Langevin(dt = 0.05) for burn
  }`;

describe('a hierarchy of layers without normalisers', () => {
  const { explanation, text } = explained(hierarchy);

  it('has its energy factor by factor, and says which has no value', () => {
    expect(explanation.models[0]!.energies).toEqual([
      {
        name: '−log p(x2)',
        kind: 'factor',
        value: 'sum(A(b2) over v2) + ¼ · sum(x2⁴ over v2) − sum(b2 · x2 over v2)',
        has_value: false,
      },
      {
        name: '−log p(x1 | x2)',
        kind: 'factor',
        value: 'sum(A(W1 @ x2) over v1) + ¼ · sum(x1⁴ over v1) − sum(x1 · (W1 @ x2) over v1)',
        has_value: false,
      },
      {
        name: '−log p(x0 | x1)',
        kind: 'factor',
        value: '½ · size(pixels) · log(2π) + ½ · sum((x0 − W0 @ x1)² over pixels)',
        has_value: true,
      },
    ]);
    expect(text).toMatch(/energy −log p\(x2\) .*which has a gradient but no value/);
  });

  it('is relaxed statement by statement: starts, interneurons, forces and one step of the dynamics', () => {
    expect(section(text, 'inference Sampling')).toEqual([
      'start x1 | W0 @ x0',
      'start x2 | normal(0, 1)',
      'repeat | steps times',
      'repeat | fast_steps times',
      // Of x2 only the rule of b2 needs a mean.
      'interneurons of x2, while learning | follow p(x2 | η = b2) by Langevin; their mean ⟨x2⟩ stands for ∂A/∂η',
      'each step | x2.interneurons ← x2.interneurons + 0.05 · force + 0.316228 · noise',
      'interneurons of x1 | follow p(x1 | η = W1 @ x2) by Langevin; their mean ⟨x1⟩ stands for ∂A/∂η',
      'each step | x1.interneurons ← x1.interneurons + 0.05 · force + 0.316228 · noise',
      'descend energy | over x1, x2 by Adaptation',
      'force on x1 | W1 @ x2 − x1³ − W0 @ (W0 @ x1 − x0)',
      'force on x2 | b2 + W1 @ x1 − x2³ − W1 @ ⟨x1⟩',
      'each step of s = x1, x2 | p ← p + 0.2 · force',
      's ← s + 0.1 · p',
      'p ← 0.574178 · noise + 0.818731 · p',
      's ← s + 0.1 · p',
      'guard | x2 within min(max(x2, −5), 5)',
    ]);
  });

  it('generates top down, each layer as it is drawn', () => {
    expect(section(text, 'inference Down')).toEqual([
      'free | x0',
      "draw x2 | ~ Quartic(drive = b2), by the family's sampler",
      "draw x1 | ~ Quartic(drive = W1 @ x2), by the family's sampler",
      "draw x0 | ~ Normal(mean = W0 @ x1, sd = 1), by the family's sampler",
    ]);
    // Nothing is judged that does not run.
    expect(text).not.toContain('samplers of Down');
  });

  it('learns by rules that read the means of interneurons by what they are', () => {
    const rule = explanation.learning.find(({ parameter }) => parameter === 'W1')!;
    expect(rule.rule).toBe('ΔW1 = SGD(mean over examples and steps of x1 · x2 − ⟨x1⟩ · x2)');
    expect(rule.local).toBe(true);
    expect(rule.reads).toContain('⟨x1⟩ at v1');
  });
});

describe('an energy of named terms', () => {
  const { explanation, text } = explained(`
    import { GradientFlow, MALA, SGD } from "std/dynamics"
    model Net(units: dim = 4) {
      param b: real[units] = 0
      observed x: real[units]
      state s: real[units]
      state h: binary[units]
      energy leak = sum(s^2) / 2
      energy tie = -sum(x * s) - sum(h * (s + b))
    }
    inference Settle of Net(steps: int = 9) {
      start s = 0
      start h = 0
      repeat steps until change < 0.01 {
        sample h
        descend energy over s by MALA(dt = 0.1)
      }
    }
    learning Contrast of Net by Settle {
      phase low { descend energy over s by GradientFlow(rate = 0.5) }
      phase high { clamp x; sample h }
      phase free { from high; persist per example; sample h }
      descend energy in high - energy in low over b by SGD(rate = 1)
    }`);

  it('is shown term by term', () => {
    expect(explanation.models[0]!.energies.map(({ name, value }) => `${name}: ${value}`)).toEqual([
      'leak: ½ · sum(s² over units)',
      'tie: −sum(h · (b + s) over units) − sum(s · x over units)',
    ]);
  });

  it('is moved in phases, each on its own', () => {
    expect(section(text, 'phase low of Contrast')).toEqual([
      'descend energy | over s by GradientFlow',
      'force on s | h + x − s',
      'each step | s ← s + ½ · force',
    ]);
    expect(section(text, 'phase high of Contrast')).toEqual([
      'clamp | x',
      'sample h | from its law given all others',
    ]);
  });

  it('says where a phase begins', () => {
    expect(section(text, 'phase free of Contrast')).toEqual([
      'begin | where this phase ended in the last iteration, a state for each example of the data; the first time where high ended',
      'sample h | from its law given all others',
    ]);
  });

  it('is sampled by proposals that are decided about', () => {
    expect(section(text, 'inference Settle').slice(2)).toEqual([
      'repeat | steps times, each example until [change < 0.01]',
      'sample h | from its law given all others',
      'descend energy | over s by MALA',
      'force on s | h + x − s',
      'each step | s′ = s + 0.1 · force + 0.447214 · noise',
      's ← s′ by Metropolis and Hastings',
    ]);
  });
});

it('a model of beliefs has no energies to show', () => {
  const { explanation } = explained(`
    import { Poisson, Normal } from "std/families"
    import { NaturalGradient } from "std/dynamics"
    model Spikes(pixels: dim = 4, neurons: dim = 3) {
      param W: real[pixels, neurons] = 0
      latent z: count[neurons] ~ Poisson(log_rate = 0)
      observed x ~ Normal(mean = W @ z, sd = 1)
    }
    inference Settle of Spikes(steps: int = 2) {
      belief z natural u
      start u = 0
      repeat steps { descend free_energy over u by NaturalGradient(rate = 0.1) }
    }`);
  expect(explanation.models[0]!.energies).toEqual([]);
  expect(explanation.relaxations).toEqual([]);
});
