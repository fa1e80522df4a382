/** What `nsm explain` says about families: every derived quantity, in words that a textbook would use. */
import { describe, expect, it } from 'vitest';
import { explanationText } from '../../src/cli/explanation-text.ts';
import { explain } from '../../src/derive/explain.ts';
import { explainFamily } from '../../src/derive/explain-family.ts';
import { libraryFamily, libraryNames } from './family/members.ts';
import { checked, checkedFile } from './support.ts';

const textOf = (name: string): string => {
  const file = checkedFile(`stdlib/families/${name}.nsm`);
  return explanationText(explain({ ...file, families: [libraryFamily(name)] }));
};

it('covers all families of the library', () => {
  expect(libraryNames).toHaveLength(28);
});

describe.each(libraryNames)('%s', (name) => {
  const explanation = explainFamily(libraryFamily(name));
  const text = textOf(name);

  it('is explained in full', () => {
    expect(explanation.doc).not.toBeNull();
    for (const row of [
      'values',
      'parameters',
      'natural parameters',
      'parameters from them',
      'log density',
      'log-partition A',
      'mean parameters',
      'score',
      'natural gradient',
      'gradient estimator',
      'sampler',
    ])
      expect(text).toMatch(new RegExp(`^  ${row} +\\S`, 'm'));
    if (name === 'Quartic') return;
    for (const row of [
      'natural from mean',
      'Fisher information',
      'entropy',
      'KL from another (₀)',
      'conjugate prior',
      'after a value x',
    ])
      expect(text).toMatch(new RegExp(`^  ${row.replace('(', '\\(').replace(')', '\\)')} +\\S`, 'm'));
  });

  it('is written without names of the compiler, unfolded constants or needless lengths', () => {
    const formulas = text.slice(text.indexOf('\n  values'));
    expect(formulas).not.toMatch(
      /log_mills|log_exprel|log1m_exp|log_bessel|detach|maximum|\bmax\(|@[a-z]|°|undefined/,
    );
    expect(formulas).not.toMatch(/\d\.\d{3}/);
    // The gradient estimator of a family with a long `pathwise` line repeats it.
    for (const line of formulas.split('\n').filter((row) => !row.startsWith('  gradient estimator')))
      expect(line.length).toBeLessThan(330);
  });
});

describe('the values of a family', () => {
  const valuesOf = (support: string, parameters = 'rate: real'): string =>
    explainFamily(
      checked(
        `family F(${parameters}) {\n support ${support}\n statistic x\n natural eta = rate\n log_partition intractable\n}`,
      ).families[0]!,
    ).values;
  it('have their bounds, and fractions of pi by name', () => {
    expect(valuesOf('integer')).toBe('whole numbers of either sign');
    expect(valuesOf('integer from start', 'rate: real, fixed start: integer = 2')).toBe(
      'whole numbers from start',
    );
    expect(valuesOf('integer from -3 up to 4')).toBe('whole numbers from −3 up to 4');
    expect(valuesOf('real from -pi / 2 up to pi / 4')).toBe('real numbers from −π/2 up to π/4');
  });
});

describe('draws that are not exact', () => {
  it('are said to be approximate', () => {
    const [heavy] = checked(`family Heavy(a: positive) {
      support       real
      statistic     log(1 + x^2)
      natural       eta = -a - 0.5
      log_partition intractable
    }`).families;
    expect(explainFamily(heavy!).sampler.text).toMatch(/^approximate, by a chain: .*too light or too heavy/);
  });
});

describe('the mathematics of a family', () => {
  it('uses hyperbolic functions for spins', () => {
    const spin = explainFamily(libraryFamily('Spin'));
    expect(spin).toMatchObject({
      mean: [{ name: 'E[x]', value: 'tanh(eta)' }],
      fisher_information: [['1 − tanh(eta)²']],
      entropy: 'log(2 · cosh(eta)) − eta · tanh(eta)',
      natural_from_mean: [{ name: 'eta', value: '½ · log((1 + μ₁) / (1 − μ₁))' }],
    });
  });

  it('uses a mean and a covariance for vectors', () => {
    const { where, mean, fisher_information: fisher } = explainFamily(libraryFamily('MultivariateNormal'));
    expect(where).toEqual([
      { name: 'C', value: '−½ · b⁻¹' },
      { name: 'm', value: 'C @ a' },
    ]);
    expect(mean).toEqual([
      { name: 'E[x]', value: 'm' },
      { name: 'E[x · x[dims′]]', value: 'C[dims, dims′] + m · m[dims′]' },
    ]);
    expect(fisher[0]).toEqual([
      'C[dims, dims′′]',
      'C[dims, dims′′] · m[dims′′′] + C[dims, dims′′′] · m[dims′′]',
    ]);
  });

  it('uses a ratio of Bessel functions for angles', () => {
    const { where, entropy, fisher_information: fisher } = explainFamily(libraryFamily('VonMises'));
    expect(where).toEqual([
      { name: 'r', value: '√(a² + b²)' },
      { name: 'R', value: 'I₁(r) / I₀(r)' },
    ]);
    expect(entropy).toBe('log(2π) + log I₀(r) − R · r');
    expect(fisher[0]![1]).toBe('a · b · (1 − 2 · R / r − R²) / r²');
  });

  it('uses shares for classes', () => {
    const { fisher_information: fisher } = explainFamily(libraryFamily('Categorical'));
    expect(fisher).toEqual([
      [
        'softmax(eta over classes) · [classes = classes′] − softmax(eta over classes) · softmax(eta over classes)[classes′]',
      ],
    ]);
  });

  it('says where a natural parameter may lie and which coordinate keeps it there', () => {
    expect(explainFamily(libraryFamily('Normal')).natural).toEqual([
      { name: 'a', value: 'mean / sd²', domain: '', chart: null },
      { name: 'b', value: '−1 / (2 · sd²)', domain: 'b < 0', chart: '−softplus(−u)' },
    ]);
  });

  it('says what there is of a family whose log-partition nobody can write down', () => {
    expect(explainFamily(libraryFamily('Quartic'))).toMatchObject({
      log_density: 'eta · x − ¼ · x⁴ − A(eta)',
      log_partition: 'intractable',
      score: ['x − E[x]'],
      conjugate_prior: null,
    });
  });

  it('describes values by their bounds', () => {
    const values = Object.fromEntries(
      libraryNames.map((name) => [name, explainFamily(libraryFamily(name)).values]),
    );
    expect(values).toMatchObject({
      Binomial: 'whole numbers from 0 up to trials',
      Categorical: 'one-hot vectors over classes',
      Dirichlet: 'positive vectors over classes that add up to 1',
      MultivariateNormal: 'real vectors over dims',
      Pareto: 'positive numbers from minimum',
      RectifiedNormal: 'positive numbers, with an atom at 0',
      VonMises: 'angles from −π to π',
    });
  });
});

describe('a model', () => {
  it('shows the exact conditional of a latent where there is one', () => {
    const file = checked(`
      import { Gamma, Poisson } from "std/families"
      model Rates(cells: dim = 3) {
        param p: positive[cells] = 1
        param q: positive[cells] = 1
        latent z ~ Gamma(shape = p, rate = q)
        observed x ~ Poisson(rate = z)
      }`);
    expect(explanationText(explain(file))).toContain(
      'given all else, exactly  ~ Gamma(shape = p + x, rate = 1 + q)',
    );
    const [model] = explain(file).models;
    expect(model!.variables.map(({ conjugate_posterior: posterior }) => posterior)).toEqual([
      'Gamma(shape = p + x, rate = 1 + q)',
      null,
    ]);
  });
});
