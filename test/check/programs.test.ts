import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { fileSources } from '../../src/check/sources.ts';
import { showInference, showLearning, showModel } from './print.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const ipvae = path('../../stdlib/models/ipvae.nsm');
const folder = path('./programs/');
const programs = readdirSync(folder).map((file) => `${folder}${file}`);
const stdlib = ['families', 'dynamics', 'models'].flatMap((part) =>
  readdirSync(path(`../../stdlib/${part}`)).map((file) => path(`../../stdlib/${part}/${file}`)),
);

describe('the iterative Poisson VAE', () => {
  const { checked, diagnostics } = check(ipvae, fileSources());
  const inference = (name: string): string =>
    showInference(checked.inferences.find((each) => each.name === name)!);
  const learning = (name: string): string =>
    showLearning(checked.learnings.find((each) => each.name === name)!);

  it('checks without a word', () => {
    expect(diagnostics).toEqual([]);
  });
  it('is a typed model', () => {
    expect(showModel(checked.models[0]!)).toBe(`setting pixels: dim = 256
setting neurons: dim = 512
param Phi: real[pixels, neurons] = normal
param log_sd: real[pixels] = constant within 3.45 * tanh(0.2898550724637681 * self[pixels])
param prior: real[neurons] = uniform
latent z: count[neurons] per example ~ Poisson(log_rate = prior[neurons])
observed x: real[pixels] per example ~ Normal(mean = sum{neurons}(Phi[pixels, neurons] * z[neurons]), sd = exp(log_sd[pixels]))`);
  });
  it('spikes', () => {
    const soft =
      '(2 + -1 * softplus((2 + -1 * max(self[neurons], -8) + 8 * min(10 * progress, 1))) + 8 * min(10 * progress, 1))';
    expect(inference('Spiking')).toBe(`param rate: positive
belief z natural u[neurons]
guard u within ${soft}
guard step(u) within ${soft}
start u = prior[neurons]
repeat steps { rolling prior; descend free_energy(kl_weight = 1, kl = exact) over u by NaturalGradient(rate = rate) }`);
  });
  it('settles', () => {
    expect(inference('Settling')).toBe(`belief z natural u[neurons]
guard step(u) within min(max(self[neurons], -0.7), 0.7)
guard u within min(max(self[neurons], -8), 2.5)
start u = prior[neurons]
repeat steps { descend free_energy(kl_weight = kl_weight, kl = exact) over u by NaturalGradient(rate = 0.05) }`);
  });
  it('learns', () => {
    expect(learning('Local')).toBe(`local
descend free_energy(kl_weight = 1, kl = exact) at end over Phi by SGD(rate = (final_rate * min(progress, 1) + learning_rate * (1 + -1 * min(progress, 1))))
descend free_energy(kl_weight = 1, kl = exact) at end over prior by SGD(rate = 0.02)
descend free_energy(kl_weight = 1, kl = exact) at end over log_sd by SGD(rate = 0.0005)`);
    expect(learning('ThroughTime')).toMatch(
      /^descend free_energy\(kl_weight = beta \* min\(progress \* warmup\^-1, 1\), kl = exact\) at each_step over Phi, log_sd, prior, rate by Adamax\(.*\) through inference by straight_through$/,
    );
  });
});

describe('programs', () => {
  it.each([...programs, ...stdlib].map((file) => [file.replace(/^.*\/(.*\/.*)$/, '$1'), file]))(
    '%s checks without a word',
    (_, file) => {
      expect(check(file, fileSources()).diagnostics).toEqual([]);
    },
  );
  it('name what each phase of a contrast does', () => {
    const { checked } = check(`${folder}rbm.nsm`, fileSources());
    expect(showLearning(checked.learnings[0]!)).toBe(`phase data { clamp v; sample h }
phase model from data { repeat k { sample v; sample h } }
descend 1 * energy in data + -1 * energy in model at end over W, a, b by SGD(rate = 0.01)`);
  });
  it('keep the parts of a splitting', () => {
    const { checked } = check(`${folder}dynamics.nsm`, fileSources());
    const adaptation = checked.dynamics.find((each) => each.name === 'Adaptation')!;
    expect(adaptation.differentials.map(({ part, target }) => `${part}: d ${target}`)).toEqual([
      'A: d s',
      'B: d p',
      'O: d p',
    ]);
    expect(adaptation.steps).toMatchObject([{ kind: 'integrate', parts: ['B', 'A', 'O', 'A', 'B'] }]);
  });
  it('check within a tenth of a second once loaded', () => {
    const sources = fileSources();
    // The best of a few: other programs share the machine.
    const times = Array.from({ length: 6 }, () => {
      const begin = performance.now();
      check(ipvae, sources);
      return performance.now() - begin;
    });
    expect(Math.min(...times)).toBeLessThan(100);
  });
});

describe('bad input', () => {
  // A small generator of our own, so that a failure can be repeated.
  const random = (seed: number) => () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  it('never makes the checker throw, and every span lies in its file', () => {
    const next = random(7);
    for (const file of [ipvae, ...programs]) {
      const text = readFileSync(file, 'utf8');
      const words = text.match(/[A-Za-z_]\w*|[^\sA-Za-z_]/g)!;
      for (let trial = 0; trial < 25; trial += 1) {
        const position = Math.floor(next() * text.length);
        const length = Math.floor(next() * 12);
        const word = next() < 0.5 ? '' : words[Math.floor(next() * words.length)]!;
        const changed = text.slice(0, position) + word + text.slice(position + length);
        const { diagnostics } = check(file, fileSources(new Map([[file, changed]])));
        for (const { span, message } of diagnostics) {
          expect(message.length).toBeGreaterThan(0);
          expect(span.start).toBeLessThanOrEqual(span.end);
          if (span.file === file) expect(span.end).toBeLessThanOrEqual(changed.length);
        }
      }
    }
  });
  it('never makes it throw when one name stands for another', () => {
    const next = random(11);
    for (const file of [ipvae, ...programs]) {
      const text = readFileSync(file, 'utf8');
      const names = [...text.matchAll(/[A-Za-z_]\w*/g)];
      for (let trial = 0; trial < 40; trial += 1) {
        const { 0: old, index } = names[Math.floor(next() * names.length)]!;
        const other = names[Math.floor(next() * names.length)]![0];
        const changed = text.slice(0, index) + other + text.slice(index + old.length);
        expect(() => check(file, fileSources(new Map([[file, changed]])))).not.toThrow();
      }
    }
  });
});
