/** Every file of `stdlib/families`: it has no problems, its text says what a reader needs, and its line of use works. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fileSources } from '../../src/check/sources.ts';
import type { Family } from '../../src/check/typed.ts';
import { analyse } from '../../src/derive/analyse.ts';
import { memberOf, naturalVector } from '../../src/derive/family/member.ts';
import { render } from '../../src/diagnostics/render.ts';
import { memberFrom, parametrised } from '../derive/family/reference.ts';
import { familyNames, filesInFolder, folder, pathOf } from './families.ts';

const textOf = (name: string): string => readFileSync(new URL(`${name}.nsm`, folder), 'utf8');
const problemsIn = (path: string, program?: string) =>
  analyse(path, fileSources(program === undefined ? new Map() : new Map([[path, program]])));
const familyIn = (name: string): Family =>
  problemsIn(pathOf(name)).checked.families.find((family) => family.name === name)!;

it('are the 28 families of the language, one per file', () => {
  expect(filesInFolder()).toEqual(familyNames);
});

/** Declarations that the lines of use read. */
const example = (name: string, line: string): string => `
  import { ${[...new Set([name, 'Poisson'])].join(', ')} } from "std/families"
  model Example(inputs: dim = 4, units: dim = 3, classes: dim = 3) {
    param W: real[inputs, units] = normal(0, 1)
    param bias: real[units] = 0
    param log_sd: real[inputs] = 0
    param scale: positive[units] = 1
    param rate: positive[units] = 1
    param direction: angle[units] = 0
    param preference: real[classes] = 0
    param weight: positive[classes] = 1
    param m: real[units] = 0
    param C: real[units, units'] = 1
    ${/(latent|observed) z /.test(line) ? '' : 'latent z ~ Poisson(log_rate = bias)'}
    ${line}
  }`;

describe.each(familyNames)('%s', (name) => {
  it('has no problems, not even warnings', () => {
    expect(render(problemsIn(pathOf(name)).diagnostics, () => textOf(name))).toBe('');
  });

  it('says what it models, its density, each parameter, its moments, a source and a line of use', () => {
    const { doc, parameters, also } = familyIn(name);
    expect(doc).toMatch(/\$p\(/);
    for (const { name: parameter } of [...parameters, ...also]) expect(doc).toContain(`\`${parameter}\``);
    for (const parameter of parameters) expect(doc).toContain(`- \`${parameter.name}\`: `);
    for (const parameter of parameters.filter(({ fixed }) => fixed))
      expect(doc).toMatch(new RegExp(`- \`${parameter.name}\`: fixed`));
    expect(doc).toMatch(/^Mean /m);
    expect(doc).toMatch(/variance|covariance|second moment/);
    expect(doc).toMatch(/\((18|19|20)\d\d\)/);
    expect(doc).toMatch(new RegExp(`^In a model: \`(latent|observed) \\w+ ~ ${name}\\(.*\\)\``, 'm'));
  });

  it('is used as its text shows', () => {
    const [, line] = /^In a model: `([^`]*)`/m.exec(familyIn(name).doc!)!;
    const program = example(name, line!);
    const file = join(fileURLToPath(folder), 'example.nsm');
    const wrong = problemsIn(file, program).diagnostics.filter(({ severity }) => severity === 'error');
    expect(render(wrong, () => program)).toBe('');
  });
});

/** One member in two parametrisations. */
const ways: readonly [string, Record<string, number>, Record<string, number>][] = [
  ['Normal', { mean: 1, log_sd: Math.log(0.5) }, { mean: 1, sd: 0.5 }],
  ['Normal', { mean: 1, precision: 4 }, { mean: 1, sd: 0.5 }],
  ['LogNormal', { mean: 1, log_sd: Math.log(0.5) }, { mean: 1, sd: 0.5 }],
  ['LogNormal', { mean: 1, precision: 4 }, { mean: 1, sd: 0.5 }],
  ['HalfNormal', { precision: 4 }, { sd: 0.5 }],
  ['Bernoulli', { probability: 0.8 }, { logit: Math.log(4) }],
  ['Binomial', { probability: 0.8, trials: 5 }, { logit: Math.log(4), trials: 5 }],
  ['ContinuousBernoulli', { probability: 0.8 }, { logit: Math.log(4) }],
  ['Spin', { probability: 0.8 }, { bias: Math.log(2) }],
  ['Poisson', { rate: 3 }, { log_rate: Math.log(3) }],
  ['Geometric', { probability: 0.2 }, { log_odds: Math.log(4) }],
  ['NegativeBinomial', { probability: 0.8, count: 2 }, { log_odds: Math.log(4), count: 2 }],
  ['NegativeBinomial', { mean: 8, count: 2 }, { log_odds: Math.log(4), count: 2 }],
  ['Exponential', { mean: 4 }, { rate: 0.25 }],
  ['Gamma', { shape: 2, scale: 4 }, { shape: 2, rate: 0.25 }],
];
describe('other parametrisations', () => {
  it.each(ways)('of %s %j are the member %j', (name, given, main) => {
    const found = naturalVector(memberFrom(parametrised(name, given)));
    const wanted = naturalVector(memberOf(parametrised(name, given).family, main));
    found.forEach((value, n) => {
      expect(value).toBeCloseTo(wanted[n]!, 12);
    });
  });

  it('are all tested, here or by the reference', () => {
    const tested = new Set(
      ways.flatMap(([name, given]) => Object.keys(given).map((key) => `${name} ${key}`)),
    );
    const byReference = ['Categorical probabilities', 'MultivariateNormal covariance'];
    const all = familyNames.flatMap((name) => familyIn(name).also.map((also) => `${name} ${also.name}`));
    expect(all.filter((way) => !tested.has(way) && !byReference.includes(way))).toEqual([]);
  });
});
