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

describe('what is beside the moves', () => {
  const walk = (before: string, scale: string, after: string): string => `dynamics D(steps: int = 100) of s {
    ${before}
    propose s' = s + ${scale} * noise
    accept by metropolis_hastings
    ${after}
  }`;
  it.each([
    ['a count of moves', walk('state k = 0', 'where(k < 9, 2, 0.2)', 'k <- k + 1'), 'exact'],
    [
      'adaptation without end',
      walk('state l = 0', 'exp(l)', 'l <- l + (acceptance - 0.4)'),
      'biased by its adaptation',
    ],
    [
      'adaptation by what another state remembers of acceptance',
      walk('state a = 1  state b = 1', 'b', 'a <- 0.9 * a + 0.1 * acceptance  b <- a'),
      'biased by its adaptation',
    ],
    [
      'adaptation for so many updates',
      walk('state l = 0', 'exp(l)', 'l <- where(iteration < steps, l + (acceptance - 0.4), l)'),
      'exact',
    ],
    [
      'adaptation for so many moves',
      walk(
        'state l = 0  state k = 0',
        'exp(l)',
        'let learns = k < steps  k <- k + 1  l <- l + learns * (acceptance - 0.4)',
      ),
      'exact',
    ],
    [
      'adaptation that begins after so many moves',
      walk(
        'state l = 0  state k = 0',
        'exp(l)',
        'let learns = k > steps  k <- k + 1  l <- l + learns * (acceptance - 0.4)',
      ),
      'biased by its adaptation',
    ],
    ['what was accepted, only counted', walk('state a = 0', '0.5', 'a <- a + acceptance'), 'exact'],
    // Above any decision `acceptance` is 1.
    ['acceptance above the decision', walk('', '(0.1 + acceptance)', ''), 'exact'],
  ])('%s', (_, text, verdict) => {
    const [found] = explainDynamics(checked(text));
    expect(found!.verdict).toBe(verdict);
    const isEndless = verdict === 'biased by its adaptation';
    if (isEndless) expect(found!.why).toContain('exact only where that stops');
  });

  it('says that a move outside the accept step is what is wrong', () => {
    for (const slip of ['s <- 0.9 * s', 's <- -s', 's <- s - dt * grad(objective, s)'])
      expect(
        said(`dynamics D(dt: positive = 0.1) of s {
          propose s' = s - dt * grad(objective, s) + sqrt(2 * dt) * noise
          accept by metropolis_hastings
          ${slip}
        }`),
      ).toMatch(
        /^not a sampler of this objective: `s <- \.\.\.` moves `s` outside the accept step, so that nothing accepts/,
      );
  });

  it('says of a state that follows others that it has no noise of its own', () => {
    expect(
      said(`dynamics D(dt: positive = 0.01, memory: real = 0.9) of s {
        state v = 1
        let g = grad(objective, s)
        v <- memory * v + (1 - memory) * g^2
        let h = dt / (sqrt(v) + 0.1)
        s <- s - h * g + sqrt(2 * h) * noise
      }`),
    ).toBe(
      'not judged: no law of `v` could be found: it is damped, and no noise of its own drives it, so that it follows what moves',
    );
  });

  it('sees a momentum that changes after it was drawn', () => {
    const bare = (line: string): string => `dynamics D(dt: positive = 0.1) of s {
      state p = 0
      A: d s = p dt
      B: d p = -grad(objective, s) dt
      ${line}
      integrate B A B
    }`;
    expect(said(bare('p <- noise'))).toBe('biased O(dt²) exp(−objective)');
    expect(said(bare('p <- noise  p <- -p'))).toBe('biased O(dt²) exp(−objective)');
    expect(said(bare('p <- noise  p <- 0.5 * p'))).toBe(
      'not judged: `p <- ...` changes `p` beside the noise that draws it anew, so that its spread is not known',
    );
    // A slope from the beginning in both halves of the kick is Euler's.
    expect(
      said(bare('p <- noise  let g = grad(objective, s)').replace('-grad(objective, s) dt', '-g dt')),
    ).toBe('biased O(dt) exp(−objective)');
  });

  it('finds the temperature of a thermostat that is driven by noise, where no term alone says it', () => {
    const thermostat = (pull: string, noise: string): string => `
      dynamics D(dt: positive = 0.05, Q: positive = 0.5, g: positive = 1) of s {
        state p = 0
        state xi = 0
        d s = p dt
        d p = (-grad(objective, s) - xi * p) dt
        d xi = ((p^2 - ${pull}) / Q - g * xi) dt + ${noise} dW
      }`;
    // Leimkuhler, Noorizadeh and Theil 2009: p of variance T, ξ of variance T / Q.
    expect(said(thermostat('1', 'sqrt(2 * g / Q)'))).toBe('biased O(dt) exp(−objective)');
    expect(said(thermostat('2', 'sqrt(4 * g / Q)'))).toBe(
      'not a sampler of this objective: it samples exp(−objective / 2)',
    );
    expect(said(thermostat('1', 'sqrt(2 * g)'))).toMatch(/noise and drift do not balance/);
  });
});

describe('a proposal without a ratio', () => {
  const why = (text: string): string => {
    const ratios = ratiosOf(checked(text).dynamics[0]!);
    return ratios.map(({ ratio }) => (ratio.kind === 'none' ? ratio.why : ratio.kind)).join('; ');
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
      '`p` is kept from before, so it has to be turned round: add `p <- -p` above the `accept` and once more below it, or draw it anew by `p <- noise` above',
    ],
    [
      leap('p <- p + noise', 'propose integrate B A B'),
      '`p` is not drawn anew from normal noise before it: add `p <- noise` above',
    ],
    [leap('p <- 2 * noise', 'propose integrate B A B'), 'trajectory'],
    [
      leap('p <- 0.6 * p + 0.8 * noise\n p <- 0.5 * p', 'propose integrate B A B\n p <- -p'),
      '`p` is not drawn anew from normal noise before it: add `p <- noise` above',
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
      'normal noise enters it otherwise than as `mean + scale * noise` or `centre * exp(scale * noise)`',
    ],
    [
      "dynamics D of s { propose s' = s + uniform^2\n accept by metropolis_hastings }",
      'uniform noise enters it otherwise than as `start + width * uniform` or `where(uniform < chance, a, b)`',
    ],
    [
      "dynamics D of s { propose s' = where(uniform^2 < 0.5, s, flipped)\n accept by metropolis_hastings }",
      'uniform noise must choose between two values, as in `where(uniform < chance, a, b)`',
    ],
    // A slope from before another move: E x² came out as 0.410 instead of 0.389.
    [
      `dynamics D(dt: positive = 0.3) of s {
        let g = grad(objective, s)
        propose s' = s + 0.7 * noise
        accept by metropolis_hastings
        propose s' = s - dt * g + sqrt(2 * dt) * noise
        accept by metropolis_hastings
      }`,
      'symmetric; it reads `g`, which depends on where `s` was: the way back would have had another',
    ],
    // How far the last move went: E x² came out as 0.420 instead of 0.389.
    [
      `dynamics D of s {
        state last = 0
        let old = s
        propose s' = s + (0.2 + abs(last)) * noise
        accept by metropolis_hastings
        last <- s - old
      }`,
      'it reads `last`, which depends on where `s` was: the way back would have had another',
    ],
    [
      `dynamics D of s {
        let near = s + noise
        propose s' = near + 0.3 * noise
        accept by metropolis_hastings
      }`,
      'it reads `near`, which depends on where `s` was: the way back would have had another',
    ],
    [
      `dynamics D of s {
        state a = 0
        let n = noise
        propose s' = s + n
        accept by metropolis_hastings
        a <- n
      }`,
      'its noise is drawn above, in several lines or for other lines too: draw it in the proposal',
    ],
    [
      `dynamics D(dt: positive = 0.1) of s {
        state a = 0
        a <- noise
        s <- s - dt * grad(objective, s) + sqrt(2 * dt) * a
        propose s' = s + (1 + a^2) * noise
        accept by metropolis_hastings
      }`,
      'it reads `a`, which depends on where `s` was: the way back would have had another',
    ],
    [
      leap('p <- noise\n let g = grad(objective, s)', 'propose integrate B A B').replace(
        'd p = -grad(objective, s) dt',
        'd p = -g dt',
      ),
      'its step is measured at its beginning: the way back would measure another',
    ],
    [
      leap('p <- noise', 'propose integrate B A B\n p <- 0.5 * p'),
      '`p` changes after the proposal, and before it is decided about',
    ],
    [
      `dynamics D of s {
        propose s' = s + noise
        s <- 0.5 * s
        accept by metropolis_hastings
      }`,
      '`s` changes after the proposal, and before it is decided about',
    ],
    [
      `dynamics D of s {
        state k = 1
        propose s' = 0.5 * s + exp(k) * noise
        k <- 1 - k
        accept by metropolis_hastings
      }`,
      '`k` changes after the proposal, and before it is decided about',
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

  it('says that a factor does not change a sign', () => {
    const dynamics = `
      dynamics Factor of s {
        propose s' = s * exp(0.3 * noise)
        accept by metropolis_hastings
      }`;
    const { inferences } = checked(
      `${dynamics} ${model} inference Sampling of Stack(steps: int = 5) {
        start z = 1  start u = 0.5
        repeat steps { descend energy over z by Factor  descend energy over u by Factor }
      }`,
    );
    expect(judgements(inferences[0]!).map(({ remarks }) => remarks)).toEqual([
      ['proposals by a factor reach one side of 0 alone: z may not get to the other'],
      ['proposals outside the values of u are refused'],
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
        'O: dp = −friction · p dt + √2 · √(friction) dW',
        'integrated B A O A',
      ],
      verdict: 'biased O(dt²)',
      samples: 'exp(−objective)',
      why: 'parts that are each solved exactly: a palindrome but for half of B, which does not move `s`',
    },
  ]);
});
