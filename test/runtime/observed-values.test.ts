/** Data that the observed variable cannot have are refused before anything is computed from them. */
import { describe, expect, it } from 'vitest';
import { fileSources } from '../../src/check/sources.ts';
import { analyse } from '../../src/derive/analyse.ts';
import { valueFault, type ValueFault } from '../../src/runtime/observed-values.ts';
import { define } from '../../src/schedule/define.ts';

const unit = 'observed x ~ ';
const definitionOf = (declaration: string, before = '', families = '') => {
  const names = [...new Set([...declaration.matchAll(/[A-Z]\w+(?=\()/g)].map(([name]) => name))];
  const imported = names.filter((name) => !families.includes(`family ${name}(`));
  const text = `${imported.length === 0 ? '' : `import { ${imported.join(', ')} } from "std/families"\n`}${families}
model M(pixels: dim = 2, classes: dim = 3, trials: int = 4) {
  param s: real[pixels] = 0
  param l: real[pixels, classes] = 0
  ${before}
  ${declaration}
}`;
  const { checked, diagnostics } = analyse('main.nsm', fileSources(new Map([['main.nsm', text]])));
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  expect(errors).toEqual([]);
  return define(checked).definition!;
};
const faultOf = (declaration: string, data: readonly number[], families = ''): ValueFault | null => {
  const { observed, sizes, settings } = definitionOf(declaration, '', families);
  const shape = observed[0]!.axes.map((axis) => sizes[axis]!);
  const numbers = { ...sizes, ...settings };
  return valueFault(observed[0]!, shape, Float32Array.from(data), numbers, numbers);
};

describe('values of an observed variable', () => {
  it.each([
    ['Poisson(log_rate = s)', [0, 3, 17, 2]],
    ['Bernoulli(logit = s)', [0, 1, 1, 0]],
    ['Spin(bias = s)', [-1, 1]],
    ['Binomial(logit = s, trials = trials)', [0, 4]],
    ['Geometric(log_odds = s)', [0, 4]],
    ['Normal(mean = s, sd = 1)', [-1e30, 0.5]],
    ['Exponential(rate = exp(s))', [0, 2.5]],
    ['Gamma(shape = exp(s), rate = 1)', [1e-30, 2.5]],
    ['RectifiedNormal(mean = s, sd = 1)', [0, 2.5]],
    ['ContinuousBernoulli(logit = s)', [0, 1]],
    ['Beta(alpha = exp(s), beta = exp(s))', [0.01, 0.99]],
    ['VonMises(mean = s, concentration = 1)', [-Math.PI, Math.PI]],
    ['Pareto(shape = exp(s), minimum = 0.1)', [0.1, 2.5]],
    ['Categorical(logits = l)', [0, 0, 1, 1, 0, 0]],
    ['Dirichlet(concentration = exp(l))', [0.1, 0.2, 0.7, 0.333, 0.333, 0.333]],
  ])('pass: %s', (family, data) => {
    expect(faultOf(unit + family, data)).toBeNull();
  });

  it.each([
    ['real[pixels]', [-1e30, 3]],
    ['binary[pixels]', [0, 1]],
    ['spin[pixels]', [-1, 1]],
    ['count[pixels]', [0, 300]],
    ['count[pixels] up to trials', [0, 4]],
    ['integer[pixels]', [-3, 300]],
    // Grey levels that were scaled in float32.
    ['unit[pixels]', [-1e-7, 1.0000001]],
    ['positive[pixels]', [0, 7]],
    ['angle[pixels]', [-Math.PI, Math.PI]],
    ['one_hot over classes', [0, 1, 0, 1, 0, 0]],
    ['one_hot[pixels] over classes', [0, 1, 0, 1, 0, 0]],
    ['simplex over classes', [0.5, 0.25, 0.25]],
  ])('pass in an energy: %s', (type, data) => {
    expect(faultOf(`observed x: ${type}\n  energy rest = 0 * sum(x)`, data)).toBeNull();
  });

  it.each([
    [
      'binary[pixels]',
      [0, 0.5],
      '0.5 at row 0, pixels 1 is no value of the binary x, which takes 0 and 1',
      'threshold',
    ],
    ['spin[pixels]', [-1, 0], '0 at row 0, pixels 1 is no value of the spin x', 'where('],
    ['count[pixels]', [1, -1], '-1 at row 0, pixels 1 is no value of the count x', 'shift'],
    [
      'count[pixels] up to trials',
      [1, 5],
      '5 at row 0, pixels 1 is no value of the count x, which takes whole numbers from 0 up to 4',
      'shift',
    ],
    ['integer[pixels]', [1, 0.5], '0.5 at row 0, pixels 1 is no value of the integer x', 'rint'],
    ['unit[pixels]', [0, 1.001], '1.001 at row 0, pixels 1 is no value of the unit x', 'rescale'],
    ['positive[pixels]', [0, -0.1], '-0.1 at row 0, pixels 1 is no value of the positive x', 'rescale'],
    ['angle[pixels]', [0, 3.2], '3.2 at row 0, pixels 1 is no value of the angle x', 'radians'],
    [
      'one_hot over classes',
      [0, 1, 0, 1, 1, 1],
      'the entries from row 1, classes 0 on add up to 3',
      'one_hot=10',
    ],
    ['one_hot over classes', [0, 1, 0, 0, 5, 0], '5 at row 1, classes 1 is no entry', 'one_hot=10'],
    ['simplex over classes', [0.5, 0.5, 0.5], 'add up to 1.5', 'divide'],
  ])('are refused in an energy: %s given %j', (type, data, what, hint) => {
    const found = faultOf(`observed x: ${type}\n  energy rest = 0 * sum(x)`, data)!;
    expect(found.what).toContain(what);
    expect(found.hint).toContain(hint);
  });

  it.each([
    ['Poisson(log_rate = s)', [1, -2, 0, 1], '-2 at row 0, pixels 1', 'whole numbers from 0'],
    ['Poisson(log_rate = s)', [1, 2, 0.5, 1], '0.5 at row 1, pixels 0', 'whole numbers from 0'],
    ['Bernoulli(logit = s)', [0, 0.5], '0.5 at row 0, pixels 1', '0 and 1'],
    ['Bernoulli(logit = s)', [0, 255], '255 at row 0, pixels 1', '0 and 1'],
    ['Spin(bias = s)', [0, 1], '0 at row 0, pixels 0', '-1 and 1'],
    ['Binomial(logit = s, trials = trials)', [0, 5], '5 at row 0', 'whole numbers from 0 up to 4'],
    ['Binomial(logit = s, trials = 7)', [0, 8], '8 at row 0', 'whole numbers from 0 up to 7'],
    ['Gamma(shape = exp(s), rate = 1)', [0, 1], '0 at row 0', 'numbers above 0'],
    ['Exponential(rate = exp(s))', [-1, 1], '-1 at row 0', 'numbers from 0'],
    ['RectifiedNormal(mean = s, sd = 1)', [0, -0.5], '-0.5 at row 0', 'numbers from 0'],
    ['Beta(alpha = exp(s), beta = exp(s))', [0.5, 1], '1 at row 0', 'numbers above 0 and below 1'],
    ['ContinuousBernoulli(logit = s)', [0, 1.5], '1.5 at row 0', 'numbers from 0 and up to 1'],
    ['VonMises(mean = s, concentration = 1)', [0, 90], '90 at row 0', 'radians'],
    ['Pareto(shape = exp(s), minimum = 0.1)', [0.09, 2.5], '0.09 at row 0', 'numbers from 0.1'],
    ['Normal(mean = s, sd = 1)', [0, NaN], 'NaN at row 0, pixels 1', 'not finite'],
    ['Categorical(logits = l)', [0, 0, 1, 2, 0, 0], '2 at row 0, pixels 1, classes 0', 'one 1 among 0s'],
    ['Categorical(logits = l)', [0, 0, 1, 1, 0, 1], 'row 0, pixels 1, classes 0 on add up to 2', 'one 1'],
    ['Dirichlet(concentration = exp(l))', [0.1, 0.2, 0.7, 1, 1, 0], 'add up to 2', 'add up to 1'],
  ])('are refused with their place: %s given %j', (family, data, where, takes) => {
    const found = faultOf(unit + family, data)!;
    expect(found.what).toContain(where);
    expect(found.what).toContain(takes);
    expect(found.hint).not.toBe('');
  });

  it('are counted', () => {
    expect(faultOf(`${unit}Bernoulli(logit = s)`, [0.5, 0.5, 0, 0.25])!.what).toMatch(
      /, and 2 more of 4 numbers$/,
    );
  });

  it('have an open end where a statistic has no value, in families of any make', () => {
    const families = `family Tent(a: positive) {
  support       real from -1 up to 1
  statistic     log(1 - x^2)
  natural       eta = a
  log_partition log(2) * (2 * eta + 1) + 2 * log_gamma(eta + 1) - log_gamma(2 * eta + 2)
}
`;
    expect(faultOf(`${unit}Tent(a = exp(s))`, [0.9, -0.9], families)).toBeNull();
    expect(faultOf(`${unit}Tent(a = exp(s))`, [0.9, -1], families)!.what).toContain('above -1 and below 1');
  });

  it('are not held to a bound that another setting has moved', () => {
    const { observed, sizes, settings } = definitionOf(`${unit}Binomial(logit = s, trials = trials)`);
    const planned = { ...sizes, ...settings };
    const data = Float32Array.of(5, 6);
    expect(valueFault(observed[0]!, [2], data, planned, planned)).not.toBeNull();
    expect(valueFault(observed[0]!, [2], data, planned, { ...planned, trials: 6 })).toBeNull();
    expect(valueFault(observed[0]!, [2], Float32Array.of(5, 0.5), planned, { trials: 6 })).not.toBeNull();
  });
});
