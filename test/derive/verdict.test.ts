/** Verdicts in words; `test/samplers` holds them against simulations and stationary laws. */
import { describe, expect, it } from 'vitest';
import { readdirSync } from 'node:fs';
import { ratiosOf } from '../../src/derive/acceptance.ts';
import { explainDynamics } from '../../src/derive/explain-dynamics.ts';
import { judgements, sampledText, verdictText } from '../../src/derive/judgement.ts';
import { judge } from '../../src/derive/verdict.ts';
import { checked, checkedFile } from './support.ts';

const said = (text: string): string => {
  const verdict = judge(checked(text).dynamics[0]!);
  const samples = sampledText(verdict, 'objective');
  return `${verdictText(verdict)}${samples === null ? `: ${verdict.why}` : ` ${samples}`}`;
};

describe('the verdict on a dynamics', () => {
  const standard: Readonly<Record<string, string>> = {
    Adaptation: 'biased O(dt²) exp(−objective)',
    Flips: 'exact exp(−objective / temperature)',
    Gibbs: 'exact exp(−objective)',
    HMC: 'exact exp(−objective)',
    HeunLangevin: 'biased O(dt²) exp(−objective / temperature)',
    Langevin: 'biased O(dt) exp(−objective / temperature)',
    MALA: 'exact exp(−objective)',
    Metropolis: 'exact exp(−objective / temperature)',
    ParallelTempering: 'exact exp(−objective)',
    TemperedFlips: 'exact exp(−objective)',
  };
  it('says of everything in the standard library what it does', () => {
    const files = readdirSync(new URL('../../stdlib/dynamics/', import.meta.url));
    for (const file of files)
      for (const dynamics of checkedFile(`stdlib/dynamics/${file}`).dynamics) {
        const verdict = judge(dynamics);
        const samples = sampledText(verdict, 'objective');
        const found = `${verdictText(verdict)}${samples === null ? '' : ` ${samples}`}`;
        // What is not in the list is no sampler of the objective: a rule without noise, or one that is not of a known form.
        if (Object.hasOwn(standard, dynamics.name))
          expect(found, dynamics.name).toBe(standard[dynamics.name]);
        else expect(['deterministic', 'not judged'], `${dynamics.name}: ${found}`).toContain(found);
      }
  });

  it('names the law that a slip samples', () => {
    expect(said('dynamics D(dt: positive) of s { d s = -grad(objective, s) dt + dW }')).toBe(
      'not a sampler of this objective: it samples exp(−objective / ½)',
    );
    expect(
      said(
        'dynamics D(dt: positive, mass: positive = 2) of s { s <- s - dt * grad(objective, s) + sqrt(2 * dt / mass) * noise }',
      ),
    ).toBe('not a sampler of this objective: it samples exp(−objective / (1 / mass))');
  });

  it('says that noise must not grow with the step itself', () => {
    expect(said('dynamics D(dt: positive) of s { s <- s - dt * grad(objective, s) + dt * noise }')).toBe(
      'not a sampler of this objective: its temperature depends on its step',
    );
  });

  it('sees a drift of another direction, and one that ignores its objective', () => {
    expect(said('dynamics D(dt: positive) of s { d s = grad(objective, s) dt + sqrt(2) dW }')).toBe(
      'not a sampler of this objective: the drift climbs the objective',
    );
    expect(said('dynamics D(dt: positive) of s { d s = -s dt + sqrt(2) dW }')).toBe(
      'not a sampler of this objective: noise moves `s` and no slope draws it back',
    );
  });

  it('refuses a metric that changes with the state and is not corrected for', () => {
    // d s = −G⁻¹ ∇E dt + √(2 G⁻¹) dW lacks ∇ · G⁻¹ (Girolami and Calderhead 2011, eq. 8).
    expect(
      said(`dynamics D(dt: positive) of s {
        d s = -grad(objective, s) / curvature(objective, s) dt + sqrt(2 / curvature(objective, s)) dW
      }`),
    ).toMatch(/^not a sampler of this objective: noise and drift do not balance/);
  });

  it('accepts multiplicative noise with its correction', () => {
    // dx = (−D ∇E + D′) dt + √(2 D) dW keeps exp(−E), here with D = 1 + s².
    expect(
      said(`dynamics D(dt: positive) of s {
        d s = (2 * s - (1 + s^2) * grad(objective, s)) dt + sqrt(2 * (1 + s^2)) dW
      }`),
    ).toBe('biased O(dt) exp(−objective)');
  });

  it('does not pretend to know what it does not', () => {
    expect(
      said(`dynamics D(dt: positive) of s {
        let n = noise
        s <- s - dt * grad(objective, s) + sqrt(dt) * n
        s <- s + sqrt(dt) * n
      }`),
    ).toMatch(/^not judged: the noise in `n` enters more than one line/);
    expect(said('dynamics D of s { s <- where(uniform < 0.5, s, flipped) }')).toMatch(/^not judged/);
  });

  it('tells moves apart that belong to different temperatures', () => {
    expect(
      said(`dynamics D(scale: positive = 1) of s {
        propose s' = s + scale * noise
        accept by metropolis_hastings
        propose s' = s + scale * noise
        accept by metropolis_hastings at 2
      }`),
    ).toBe('not a sampler of this objective: its moves belong to different temperatures');
  });
});

describe('a proposal without a ratio', () => {
  const why = (text: string): string => {
    const { ratio } = ratiosOf(checked(text).dynamics[0]!)[0]!;
    return ratio.kind === 'none' ? ratio.why : ratio.kind;
  };
  const leap = (refresh: string, rest: string): string => `dynamics D(dt: positive = 0.1) of s {
    state p = 0
    A: d s = p dt
    B: d p = -grad(objective, s) dt
    ${refresh}
    ${rest}
    accept by metropolis_hastings
  }`;
  it.each([
    [leap('p <- noise', 'propose integrate B A B'), 'trajectory'],
    [
      leap('p <- noise', 'propose integrate B A'),
      'the parts B A do not read the same backwards, so the way back is another trajectory',
    ],
    [
      leap('p <- 0.9 * p + 0.4 * noise', 'propose integrate B A B'),
      '`p` is not drawn anew from standard noise before it: add `p <- noise` above',
    ],
    [
      leap('p <- noise', 'propose integrate B A B')
        .replace('of s {', 'of s { let dt = 0.1 / (1 + abs(grad(objective, s)))')
        .replace('dt: positive = 0.1', ''),
      'its step is measured at its beginning: the way back would measure another',
    ],
    [
      leap('p <- noise', 'propose integrate B A B')
        .replace('d s = p dt', 'd s = p - 0.1 * s dt')
        .replace('p - 0.1 * s dt', '(p - 0.1 * s) dt'),
      'the part A reads what it moves, so that volume is not known to be preserved',
    ],
    [
      leap('p <- noise', 'propose integrate B A B').replace('d s = p dt', 'd s = p^2 dt'),
      'with momenta turned round `s` does not go back the way it came',
    ],
    [leap('p <- noise', "propose s' = s + p"), 'it holds no noise: the way back has probability 0'],
    [
      `dynamics D of s {
        state last = 0
        propose s' = s + 0.1 * last + noise
        accept by metropolis_hastings
        last <- s
      }`,
      'it reads `last`, which depends on where `s` was: the way back would have had another',
    ],
    [
      "dynamics D of s { propose s' = s + noise^2\n accept by metropolis_hastings }",
      'normal noise enters it otherwise than as `mean + scale * noise`',
    ],
    [
      "dynamics D of s { propose s' = s + uniform\n accept by metropolis_hastings }",
      'uniform noise must choose between two values, as in `where(uniform < chance, a, b)`',
    ],
  ])('%#: says why', (text, reason) => {
    expect(why(text)).toBe(reason);
  });
});

describe('the verdict where a dynamics is used', () => {
  const model = `
    import { Normal, Quartic } from "std/families"
    import { Langevin, HeunLangevin, Adaptation, GradientFlow, Metropolis } from "std/dynamics"
    model Stack(pixels: dim = 4, causes: dim = 3) {
      param W: real[pixels, causes] = normal(0, 0.1)
      param b: real[causes] = 0
      latent   z ~ Normal(mean = b, sd = 1)
      state    u: unit[causes]
      observed x ~ Quartic(drive = W @ z)
      energy pull = sum((u - 1)^2)
    }`;
  const judged = (body: string): readonly string[] => {
    const { inferences } = checked(
      `${model} inference Sampling of Stack(steps: int = 5) { start z = 0  start u = 0 ${body} }`,
    );
    return judgements(inferences[0]!).map(({ verdict, sampledLayers, remarks }) =>
      [verdictText(verdict, sampledLayers), sampledText(verdict, 'E'), ...remarks].join('; '),
    );
  };
  it('knows the settings that it was given', () => {
    expect(judged('repeat 3 { descend energy over u by Metropolis(temperature = 2) }')).toEqual([
      'exact; exp(−E / 2); proposals outside the values of u are refused',
    ]);
  });

  it('says which gradients are sampled', () => {
    expect(
      judged(
        'repeat 3 { repeat 9 { interneurons by Langevin(dt = 0.1) }  descend energy over z by Adaptation(dt = 0.1) }',
      ),
    ).toEqual(['biased O(dt); exp(−E)', 'biased O(dt²) and by a sampled gradient; exp(−E)']);
  });

  it('says what keeps values inside: reflection of samplers, projection of others', () => {
    expect(judged('repeat 3 { descend energy over u by HeunLangevin }')).toEqual([
      'biased O(dt); exp(−E); reflected at the ends of u, which leaves no atoms there',
    ]);
    expect(judged('repeat 3 { descend energy over u by GradientFlow }')).toEqual([
      'deterministic; ; projected onto the values of u: units may come to rest at their ends',
    ]);
  });

  it('warns of guards and of stopping', () => {
    expect(
      judged('guard z within (-1, 1)  repeat 3 until change < 1e-3 { descend energy over z by Langevin }'),
    ).toEqual([
      'biased O(dt); exp(−E); the guard on z changes the law: what it cuts off gathers at its ends; examples stop at `until`: where they stop is not a draw',
    ]);
  });
});

it('a file of dynamics alone is explained line by line, with its verdict', () => {
  expect(explainDynamics(checkedFile('stdlib/dynamics/Adaptation.nsm'))).toMatchObject([
    {
      dynamics: 'Adaptation',
      of: 's',
      lines: [
        'A: ds = p dt',
        'B: dp = −∇objective dt',
        'O: dp = −friction · p dt + 1.41421 · √(friction) dW',
        'integrated B A O A B',
      ],
      verdict: 'biased O(dt²)',
      samples: 'exp(−objective)',
      why: 'a palindrome of parts that are each solved exactly',
    },
  ]);
});
