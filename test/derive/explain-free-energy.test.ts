/** The free energy that `nsm explain` shows, read back as a formula of the language, against the one that is measured. */
import { describe, expect, it } from 'vitest';
import { evaluate, type NamedArray } from '../../src/calculus/evaluate.ts';
import { explanationText } from '../../src/cli/explanation-text.ts';
import { explain } from '../../src/derive/explain.ts';
import { define } from '../../src/schedule/define.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { uniformArray, uniforms } from '../calculus/support.ts';
import { checked, checkedFile } from './support.ts';

interface Program {
  readonly latent: string;
  readonly observed: string;
  readonly belief: string;
  readonly coordinates: readonly string[];
}
const programOf = ({ latent, observed, belief, coordinates }: Program): string => `
  import { Normal, Poisson } from "std/families"
  import { NaturalGradient } from "std/dynamics"
  model Small(pixels: dim = 4, neurons: dim = 3) {
    param Phi: real[pixels, neurons] = normal(0, 1)
    param log_sd: real[pixels] = 0
    param prior: real[neurons] = 0
    latent   z ~ ${latent}
    observed x ~ ${observed}
  }
  inference Settle of Small {
    belief z ${belief}
    start ${coordinates.join(', ')} = prior
    repeat 3 { descend free_energy over ${coordinates.join(', ')} by NaturalGradient(rate = 0.1) }
  }`;

const examples = 500;
const sizes = { pixels: 4, neurons: 3, example: examples };
const axes: Readonly<Record<string, readonly string[]>> = {
  Phi: ['pixels', 'neurons'],
  log_sd: ['pixels'],
  x: ['pixels'],
};
const axesOf = (name: string): readonly string[] => axes[name] ?? ['neurons'];

/** Signs of the explanation as the language writes them. */
const inLanguage = (text: string): string =>
  Object.entries({ '−': '-', '·': '*', '½': '0.5', '²': '^2', '2π': '2 * pi' }).reduce(
    (written, [sign, word]) => written.replaceAll(sign, word),
    text,
  );

/** The number that a shown formula is, where each of its names has a value. */
const valueOf = (text: string, values: Readonly<Record<string, NamedArray>>): number => {
  const params = Object.keys(values).map((name) => `param ${name}: real[${axesOf(name).join(', ')}] = 0`);
  const file = checked(`model Shown(pixels: dim = 4, neurons: dim = 3) {
    ${params.join('\n')}
    state idle: real
    energy shown = ${inLanguage(text)}
    energy rest = idle^2
  }`);
  return evaluate(file.models[0]!.energies[0]!.value, (name) => values[name]!, sizes).values[0]!;
};

const setting = (program: Program) => {
  const file = checked(programOf(program));
  const [shown] = explain(file).free_energies;
  const { measure } = define(file).definition!.inferences[0]!;
  const next = uniforms(5);
  const names = ['Phi', 'log_sd', 'prior', 'x', ...program.coordinates];
  const values = Object.fromEntries(
    names.map((name) => [name, uniformArray(next, axesOf(name), sizes, -0.7, 0.7)]),
  );
  /** The same for every example. */
  const everywhere = ({ indices, shape, values: one }: NamedArray): NamedArray => ({
    indices: ['example', ...indices],
    shape: [examples, ...shape],
    values: Float64Array.from({ length: examples * one.length }, (_, i) => one[i % one.length]!),
  });
  const given = Object.fromEntries(
    names.map((name) => {
      const isOwn = name === 'x' || program.coordinates.includes(name);
      return [name, isOwn ? everywhere(values[name]!) : values[name]!];
    }),
  );
  const measured = (seed: number) =>
    interpret(measure, { ...given, progress: 1, iteration: 1 }, { seed, firstExample: 0, sizes });
  return { shown: shown!, values, measured };
};

const spikes: Program = {
  latent: 'Poisson(log_rate = prior)',
  observed: 'Normal(mean = Phi @ z, log_sd = log_sd)',
  belief: 'natural u',
  coordinates: ['u'],
};
const rectified: Program = {
  latent: 'Normal(mean = prior, sd = 1)',
  observed: 'Normal(mean = Phi @ relu(z), log_sd = log_sd)',
  belief: '~ Normal(mean = m, log_sd = l)',
  coordinates: ['m', 'l'],
};

describe('the free energy that is shown', () => {
  it('is the mean of the measured one, where the expectation has a closed form', () => {
    const { shown, values, measured } = setting(spikes);
    expect(shown.value).not.toContain('E[');
    const wanted = valueOf(
      shown.divergences.reduce((text, { name, value }) => text.replace(name, `(${value})`), shown.value),
      values,
    );
    const found = Array.from(
      { length: 40 },
      (_, seed) => measured(seed)['free_energy']!.values[0]! / examples,
    );
    const mean = found.reduce((total, one) => total + one, 0) / found.length;
    const variance = found.reduce((total, one) => total + (one - mean) ** 2, 0) / (found.length - 1);
    expect(variance).toBeGreaterThan(0);
    expect(Math.abs(mean - wanted)).toBeLessThan(4 * Math.sqrt(variance / found.length));
    expect(Math.sqrt(variance / found.length)).toBeLessThan(0.01 * Math.abs(wanted));
  });

  it('is the measured one at each draw, where the expectation is over draws', () => {
    const { shown, values, measured } = setting(rectified);
    const { free_energy, z } = measured(3) as Record<'free_energy' | 'z', NamedArray>;
    const [, closed, drawn, rest] = /^(.*)E\[(.*)\](.*)$/.exec(shown.value)!;
    const text = shown.divergences.reduce(
      (whole, { name, value }) => whole.replace(name, `(${value})`),
      `${closed}(${drawn})${rest}`,
    );
    let total = 0;
    for (let n = 0; n < examples; n++) {
      const own = { indices: ['neurons'], shape: [3], values: z.values.slice(3 * n, 3 * n + 3) };
      total += valueOf(text, { ...values, z: own });
    }
    expect(free_energy.values[0]! / total).toBeCloseTo(1, 10);
  });

  it('names the divergence of each latent, and weighs them as the inference does', () => {
    const settling = explain(checkedFile('stdlib/models/ipvae.nsm')).free_energies[1]!;
    expect(settling.value).toMatch(/ \+ kl_weight · KL\(z\)$/);
    expect(settling.divergences).toEqual([
      { name: 'KL(z)', value: 'sum(exp(prior) + exp(u) · (u − prior) − exp(u) over neurons)' },
    ]);
    const recognition = explain(checkedFile('stdlib/models/sigmoid_belief.nsm')).free_energies[0]!;
    expect(recognition.value).toMatch(/ \+ KL\(h1\) \+ KL\(h2\)$/);
  });

  it('is told once, with the objective of a learning by name', () => {
    const text = explanationText(explain(checkedFile('stdlib/models/ipvae.nsm')));
    expect(text.match(/^ {2}free energy /gm)).toHaveLength(2);
    expect(text).toMatch(/^ {2}objective {2}free energy of Spiking at each step\n {2}kl_weight {2}beta · /m);
    expect(text).toContain('up to `rolling prior`');
  });
});

describe('the objective of a learning by phases', () => {
  it('is shown with every energy that it names', () => {
    const text = explanationText(explain(checkedFile('stdlib/models/sigmoid_belief.nsm')));
    expect(text).toMatch(/^ {2}energy −log p\(h1 \| h2\) +sum\(/m);
    expect(text).toMatch(/^ {2}objective +energy in wake$/m);
    expect(text).toMatch(/^ {2}belief_energy +sum\(softplus\(/m);
    const boltzmann = explanationText(explain(checkedFile('stdlib/models/rbm.nsm')));
    expect(boltzmann).toMatch(/^ {2}objective +energy in data − energy in model, with the mean of h$/m);
  });
});
