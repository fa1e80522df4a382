import { describe, expect, it } from 'vitest';
import { show } from './print.ts';
import { modelText, problems, sound } from './support.ts';

const normal = 'import { Normal } from "std/families"\n';
const poisson = 'import { Poisson } from "std/families"\n';
const choice = `family Choice(logits: real over classes) {
  support       one_hot over classes
  statistic     x
  natural       eta = logits
  log_partition log_sum_exp(eta over classes)
  also probabilities: simplex over classes where logits = log(probabilities)
}
`;
const binomial = `family Binomial(logit: real, fixed trials: count) {
  support       count up to trials
  statistic     x
  natural       eta = logit
  log_partition trials * softplus(eta)
  log_base      log_choose(trials, x)
}
`;

describe('a family', () => {
  it('has natural parameters, statistics, normaliser and base measure as mathematics', () => {
    const family = sound(`${poisson}model M { observed n ~ Poisson(rate = 1) }`).families[0]!;
    expect(family.natural.map(({ name, value }) => `${name} = ${show(value)}`)).toEqual(['eta = log_rate']);
    expect(family.statistic.map(({ value }) => show(value))).toEqual(['x']);
    expect(show(family.logPartition!)).toBe('exp(eta)');
    expect(show(family.logBase)).toBe('-1 * log_gamma((1 + x))');
    expect(show(family.pathwise!)).toBe(
      'sum{arrivals:32}(step((1 + -1 * arrival_times[arrivals:32] * exp(-1 * log_rate))))',
    );
    // The axis states its length, so the formula says how far it counts.
    expect(family.pathwiseRange).toEqual({ low: 0, high: 32 });
  });
  it.each([
    'natural eta = -rate - iteration',
    'natural eta = -rate; also mean: positive where rate = 1 / mean + progress',
  ])('is the same at all times of training: %s is refused', (lines) => {
    const text = `family F(rate: positive) {
        support positive; statistic x; ${lines}; log_partition -log(-eta); log_base 0
      }`;
    expect(problems(text)).toEqual([expect.stringContaining('NSM4003')]);
  });
  it('may have a normaliser that nobody can write down', () => {
    const text = `family Quartic(drive: real) {
      support real; statistic x; natural eta = drive; log_partition intractable; log_base -x^4 / 4
    }`;
    expect(sound(text).families[0]!.logPartition).toBeNull();
  });
  it('reports each wrong line once', () => {
    const text = `family Wrong(rate: positive) {
      support       count
      statistic     x, rate
      natural       eta = log(rte), rate = x
      log_partition exp(rate) + x + zeta
      log_base      rate
    }`;
    expect(problems(text)).toEqual([
      'NSM4004 rate',
      'NSM2001 rte',
      'NSM2006 rate',
      'NSM4003 x',
      'NSM4003 x',
      'NSM2001 zeta',
      'NSM4004 rate',
    ]);
  });
});

describe('the arguments of a family', () => {
  it('are brought to the main parameters', () => {
    expect(
      modelText(`${normal}model M(a: dim = 2) {
      param s: real[a] = 0
      param q: positive = 1
      observed x ~ Normal(mean = s, log_sd = s)
      observed y ~ Normal(mean = s, precision = q)
      observed z ~ Normal(s, 1)
    }`),
    ).toBe(`setting a: dim = 2
param s: real[a] = constant
param q: positive = constant
observed x: real[a] per example ~ Normal(mean = s[a], sd = exp(s[a]))
observed y: real[a] per example ~ Normal(mean = s[a], sd = q^-0.5)
observed z: real[a] per example ~ Normal(mean = s[a], sd = 1)`);
  });
  it('are all needed, each in one way', () => {
    expect(problems(`${normal}model M { observed x ~ Normal(mean = 0, sd = 1, precision = 1) }`)).toEqual([
      'NSM4005 precision = 1',
    ]);
    expect(problems(`${normal}model M { observed x ~ Normal(log_sd = 1) }`)).toEqual([
      'NSM4006 Normal(log_sd = 1)',
    ]);
    expect(problems(`${normal}model M { observed x ~ Normal(mean = 0, variance = 1) }`)).toEqual([
      'NSM2009 variance',
    ]);
  });
  it('have their supports, in every parametrisation', () => {
    const text = (argument: string): string =>
      `import { Bernoulli } from "std/families"\nmodel M(a: dim = 2) { param s: real[a] = 0; observed x ~ Bernoulli(${argument}) }`;
    expect(problems(text('probability = s'))).toEqual(['NSM3006 s']);
    expect(problems(text('probability = sigmoid(s)'))).toEqual([]);
    expect(problems(text('logit = s'))).toEqual([]);
  });
  it('fix the shape of the support', () => {
    expect(
      modelText(`${binomial}model M(a: dim = 2, most: int = 3) {
        param s: real[a] = 0
        observed n ~ Binomial(logit = s, trials = 2 + 1)
      }`),
    ).toContain('observed n: count up to 3[a] per example ~ Binomial(logit = s[a], trials = 3)');
  });
});

describe('event axes', () => {
  const model = (members: string): string =>
    `${choice}model M(points: dim = 4, labels: dim = 3) {
      param one: real[labels] = 0
      param all: real[points, labels] = 0
      ${members}
    }`;
  it('are the only axis of the argument', () => {
    expect(modelText(model('observed y ~ Choice(logits = one)'))).toContain(
      'observed y: one_hot over labels[labels] per example ~ Choice(logits = one[labels])',
    );
  });
  it('are named with `over` when there are several', () => {
    expect(modelText(model('observed y ~ Choice(logits = all over labels)'))).toContain(
      'observed y: one_hot over labels[points, labels] per example ~ Choice(logits = all[points, labels])',
    );
    expect(problems(model('observed y ~ Choice(logits = all)')).filter((p) => !p.startsWith('NSM9'))).toEqual(
      ['NSM4008 all'],
    );
  });
  it('are the axis of the same name when there is one', () => {
    const text = model('observed y ~ Choice(logits = all)').replaceAll('labels', 'classes');
    expect(modelText(text)).toContain('observed y: one_hot over classes[points, classes]');
  });
  it('are renamed throughout the family, under its sums too', () => {
    const { models } = sound(
      model('observed y ~ Choice(probabilities = softmax(all over labels) over labels)'),
    );
    const { family } = models[0]!.variables[0]!.distribution!;
    expect(show(family.logPartition!)).toBe(
      '(detach(maximum{labels}(eta[labels])) + log(sum{labels}(exp((eta[labels] + -1 * detach(maximum{labels}(eta[labels])))))))',
    );
    expect(family.support).toEqual({ kind: 'one_hot', over: ['labels'] });
  });
  it('need a simplex where one is asked for', () => {
    expect(
      problems(model('observed y ~ Choice(probabilities = sigmoid(one))')).filter(
        (p) => !p.startsWith('NSM9'),
      ),
    ).toEqual(['NSM3006 sigmoid(one)']);
  });
});

describe('several parametrisations at once', () => {
  const gamma = `family Gamma(shape: positive, rate: positive) {
  support       positive
  statistic     log(x), x
  natural       a = shape, b = -rate
  log_partition log_gamma(a) - a * log(-b)
  log_base      -log(x)
  also mean: positive where shape = mean * rate
  also scale: positive where rate = 1 / scale
  also spread: positive where rate = shape / spread
}
`;
  it('are solved in the order in which they need each other', () => {
    expect(modelText(`${gamma}model M { observed x ~ Gamma(mean = 2, scale = 4) }`)).toContain(
      'Gamma(shape = 0.5, rate = 0.25)',
    );
  });
  it('are refused when each needs the other', () => {
    expect(problems(`${gamma}model M { observed x ~ Gamma(mean = 2, spread = 4) }`)).toEqual([
      'NSM4005 Gamma(mean = 2, spread = 4)',
    ]);
  });
});
