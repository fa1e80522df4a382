import { describe, expect, it } from 'vitest';
import type { Family } from '../../src/check/typed.ts';
import { show } from './print.ts';
import { modelText, problems, sound } from './support.ts';

const only = (text: string): Family => sound(text).families.at(-1)!;
const shown = (value: Parameters<typeof show>[0] | null): string => (value === null ? '-' : show(value));

describe('the support of a family', () => {
  const withSupport = (line: string, parameters = ''): string =>
    `family F(rate: real${parameters}) { support ${line}; statistic x; natural eta = rate; log_partition eta^2 }`;
  const range = (line: string, parameters = ''): string => {
    const { support, range: ends, atom } = only(withSupport(line, parameters));
    return `${support.kind} ${shown(ends.low)} ${shown(ends.high)} ${shown(atom)}`;
  };

  it('has the bounds of its kind', () => {
    expect(range('count')).toBe('count 0 - -');
    expect(range('integer')).toBe('integer - - -');
    expect(range('spin')).toBe('spin -1 1 -');
    expect(range('unit')).toBe('unit 0 1 -');
    expect(range('angle')).toBe(`angle ${-Math.PI} ${Math.PI} -`);
    expect(range('real')).toBe('real - - -');
  });
  it('has bounds of its own, in terms of what is fixed', () => {
    expect(range('count from 1')).toBe('count 1 - -');
    expect(range('count up to trials', ', fixed trials: count')).toBe('count 0 trials -');
    expect(range('positive from minimum', ', fixed minimum: positive')).toBe('positive minimum - -');
    expect(range('real from low up to 2', ', fixed low: real')).toBe('real low 2 -');
    expect(range('integer from -3')).toBe('integer -3 - -');
  });
  it('may have an atom', () => {
    expect(range('positive with atom at 0')).toBe('positive 0 - 0');
    expect(range('real from 1 with atom at 2')).toBe('real 1 - 2');
  });
  it.each([
    ['count from 0.5', 'NSM4010 0.5'],
    ['count from -1', 'NSM4010 -1'],
    ['positive from -1', 'NSM4010 -1'],
    ['real from 2 up to 1', 'NSM4010 real from 2 up to 1'],
    ['spin up to 1', 'NSM4010 1'],
    ['count with atom at 0', 'NSM4010 0'],
    ['real from 1 with atom at 0', 'NSM4010 0'],
    ['positive over dims', 'NSM4010 positive over dims'],
    ['real[dims]', 'NSM4010 real[dims]'],
    ['simplex', 'NSM4010 simplex'],
    ['count up to rate', 'NSM4004 rate'],
    ["positive_definite over dims, dims'", "NSM4010 positive_definite over dims, dims'"],
  ])('is not `%s`', (line, problem) => {
    expect(problems(withSupport(line))).toEqual([problem]);
  });
  it('says which values `x` has', () => {
    // A function that needs a positive number takes x where its bounds make it one.
    const text = (line: string): string =>
      `function root(a: positive) = sqrt(a)
      family F(rate: real) { support ${line}; statistic root(x); natural eta = rate; log_partition eta^2 }`;
    expect(problems(text('real from 1'))).toEqual([]);
    expect(problems(text('real'))).toEqual(['NSM3006 x']);
  });
});

describe('a vector', () => {
  const cloud = `family Cloud(mean: real over dims, precision: positive_definite over dims, dims') {
    support       real over dims
    statistic     x, outer(x, x)
    natural       a = precision @ mean, b = -precision / 2
    standard      mean = a, precision = -2 * b
    log_partition sum(a^2 over dims) + sum(b^2 over dims, dims')
  }
  model M(groups: dim = 4, pixels: dim = 3) {
    param m: real[groups, pixels] = 0
    param P: real[pixels, pixels'] = 0
    observed x ~ Cloud(mean = m, precision = P over pixels)
  }`;
  it('has an outer product, along its axis and the same with a prime', () => {
    const { statistic, natural } = only(cloud);
    expect(statistic.map(({ value }) => show(value))).toEqual(['x[dims]', "x[dims] * x[dims']"]);
    expect(natural.map(({ value }) => value.indices.join(' '))).toEqual(['dims', "dims dims'"]);
  });
  it('takes the name of one axis of the model for both of its own', () => {
    const { family } = sound(cloud).models[0]!.variables[0]!.distribution!;
    expect(family.statistic.map(({ value }) => show(value))).toEqual(['x[pixels]', "x[pixels] * x[pixels']"]);
    expect(family.standard!.map(({ value }) => value.indices.join(' '))).toEqual([
      'pixels',
      "pixels pixels'",
    ]);
    expect(family.parameters.map(({ over }) => over.join(' '))).toEqual(['pixels', "pixels pixels'"]);
    expect(modelText(cloud)).toContain('observed x: vector over pixels[groups, pixels] per example');
  });
  it('needs a whole matrix for a matrix', () => {
    expect(problems(cloud.replace('precision = P over', 'precision = 1 over'))).toContain('NSM4008 1');
    expect(problems(cloud.replace("over dims, dims'", 'over dims'))[0]).toBe(
      'NSM4010 positive_definite over dims',
    );
  });
});

describe('natural parameters', () => {
  const domains = (parameters: string, natural: string): readonly string[] =>
    only(
      `family F(${parameters}) { support real; statistic x, x^2; natural ${natural}; log_partition a^2 + b^2 }`,
    ).natural.map(({ domain: { low, high } }) => `${low} ${high}`);
  it('lie between what the supports of the parameters allow', () => {
    expect(domains('mean: real, sd: positive', 'a = mean / sd^2, b = -1 / (2 * sd^2)')).toEqual([
      '-Infinity Infinity',
      '-Infinity 0',
    ]);
    expect(domains('odds: real, p: unit', 'a = -softplus(-odds), b = 2 * p - 1')).toEqual([
      '-Infinity 0',
      '-1 1',
    ]);
  });
  it('are known to lie there in the log-partition', () => {
    const text = (inner: string): string =>
      `function root(a: positive) = sqrt(a)
      family F(rate: positive) { support positive; statistic x; natural eta = -rate; log_partition root(${inner}) }`;
    expect(problems(text('-eta'))).toEqual([]);
    expect(problems(text('eta'))).toEqual(['NSM3006 eta']);
  });
  it('have the axes of their statistics', () => {
    expect(
      problems(`family F(a: real over classes) {
        support real; statistic x; natural eta = a; log_partition sum(eta^2 over classes)
      }`),
    ).toEqual(['NSM4002 eta']);
  });
});

describe('`standard`', () => {
  const gauss = (line: string): string =>
    `family F(mean: real, sd: positive, fixed trials: count) {
      support real; statistic x, x^2; natural a = mean / sd^2, b = -1 / (2 * sd^2); log_partition a^2 + b^2
      standard ${line}
    }`;
  it('gives the parameters from natural and fixed ones, in the order of the parameters', () => {
    const { standard } = only(gauss('sd = sqrt(-trials / b), mean = a'));
    expect(standard!.map(({ name, value }) => `${name} = ${show(value)}`)).toEqual([
      'mean = a',
      'sd = -1 * trials * b^-1^0.5',
    ]);
  });
  it.each([
    ['sd = sqrt(-b)', 'NSM4014 sd'],
    ['mean = a, sd = sqrt(-b), mean = b', 'NSM4014 mean'],
    ['mean = a, sd = sqrt(-b), trials = 3', 'NSM4014 trials'],
    ['mean = a, sd = b', 'NSM3006 b'],
    ['mean = a, sd = mean', 'NSM4003 mean'],
    ['mean = x, sd = sqrt(-b)', 'NSM4003 x'],
  ])('is not `%s`', (line, problem) => {
    expect(problems(gauss(line))).toEqual([problem]);
  });
});

describe('a draw of another family', () => {
  const scale = `family Scale(spread: positive over dims) {
    support real over dims; statistic x; natural eta = spread; log_partition sum(eta^2 over dims)
    draw n ~ Other(mean = 0, sd = spread)
    pathwise n * spread
  }`;
  const other = `family Other(mean: real, sd: positive) {
    support real; statistic x, x^2; natural a = mean / sd^2, b = -1 / (2 * sd^2); log_partition a^2 + b^2
    pathwise mean + sd * standard_normal
  }\n`;
  it('has the axes of its arguments, and is read by `pathwise`', () => {
    const { draws, pathwise } = only(other + scale);
    const [draw] = draws;
    expect(draw!.indices).toEqual(['dims']);
    expect(draw!.distribution.family.name).toBe('Other');
    expect(show(draw!.distribution.arguments['sd']!)).toBe('spread[dims]');
    expect(show(pathwise!)).toBe('n[dims] * spread[dims]');
  });
  it('is renamed with the axes of the family', () => {
    const text = `${other + scale}\nmodel M(units: dim = 3) { param s: positive[units] = 1; latent x ~ Scale(spread = s) }`;
    const { family } = sound(text).models[0]!.variables[0]!.distribution!;
    expect(family.draws[0]!.indices).toEqual(['units']);
    expect(show(family.draws[0]!.distribution.arguments['sd']!)).toBe('spread[units]');
    expect(show(family.pathwise!)).toBe('n[units] * spread[units]');
  });
  it('needs a family, and a name of its own', () => {
    expect(problems(scale)).toEqual(['NSM2008 Other']);
    expect(problems(other + scale.replace('draw n', 'draw spread'))[0]).toBe('NSM2006 spread');
    expect(problems(other + scale.replaceAll(/\bn\b/g, 'standard_normal'))[0]).toBe(
      'NSM2012 standard_normal',
    );
    expect(problems(other + scale.replace('sd = spread', 'sd = x'))).toEqual(['NSM4003 x']);
  });
  it('leads to no circle', () => {
    const back = other.replace('pathwise', 'draw back ~ Scale(spread = sd over dims)\n pathwise');
    expect(problems(back + scale)).toEqual(['NSM4016 Other']);
  });
});

describe('another parametrisation', () => {
  it('has the axes of the parameter that it gives', () => {
    expect(
      problems(`family F(rate: positive) {
        support count; statistic x; natural eta = log(rate); log_partition exp(eta)
        also rates: positive over classes where rate = rates
      }`),
    ).toEqual(['NSM3012 rates']);
  });
});

describe('a fixed count', () => {
  const binomial = (argument: string, setting: string): string =>
    `family B(logit: real, fixed trials: count) {
      support count up to trials; statistic x; natural eta = logit; log_partition trials * softplus(eta)
    }
    model M(n: ${setting}) { observed y ~ B(logit = 0, trials = ${argument}) }`;
  it('may be a setting or a whole number', () => {
    expect(problems(binomial('n', 'int = 3'))).toEqual([]);
    expect(problems(binomial('2 * n + 1', 'int = 3'))).toEqual([]);
    expect(problems(binomial('4 + 0 * n', 'int = 3'))).toEqual([]);
  });
  it('may be nothing else', () => {
    expect(problems(binomial('n', 'real = 3'))).toEqual(['NSM3006 n']);
    expect(problems(binomial('2.5 + 0 * n', 'int = 3'))).toEqual(['NSM3006 2.5 + 0 * n']);
    expect(problems(binomial('-2', 'int = 3'))[0]).toBe('NSM3006 -2');
  });
});
