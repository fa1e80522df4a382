/** Learning rules of single examples against central differences of the free energy with draws and states fixed, and their certificates. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { read } from '../../src/calculus/build.ts';
import type { Expression } from '../../src/calculus/expression.ts';
import { print } from '../../src/calculus/print.ts';
import { readNames, replaceReads } from '../../src/calculus/substitute.ts';
import type { Checked, Learning } from '../../src/check/typed.ts';
import { freeEnergy } from '../../src/derive/free-energy.ts';
import { endsRolled, rulesOf } from '../../src/derive/rules.ts';
import {
  centralDifferences,
  numberOf,
  relativeError,
  uniformArray,
  uniforms,
  valuesOver,
} from '../calculus/support.ts';
import { spiking } from './models.ts';
import { checked } from './support.ts';

const source = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const sizes = {
  pixels: 4,
  neurons: 3,
  example: 1,
  retina: 4,
  cells: 3,
  patch: 4,
  causes: 2,
  view: 4,
  factors: 3,
};

/** Values for everything that an expression reads, positive where `positive` says so. */
const valuesFor = (node: Expression, seed: number, positive: ReadonlySet<string>) => {
  const next = uniforms(seed);
  const shapes = new Map<string, readonly string[]>();
  replaceReads(node, ({ name, subscripts }) => {
    if (!shapes.has(name)) shapes.set(name, subscripts);
    return null;
  });
  return Object.fromEntries(
    [...readNames(node)].sort().map((name) => {
      const subscripts = shapes.get(name)!;
      if (subscripts.length === 0) return [name, 0.5 + next()];
      const [low, high] = positive.has(name)
        ? [0.5, 1.5]
        : name === 'a' || name === 'rest' || name === '@a_prior'
          ? [-2, -0.7]
          : [-0.8, 0.8];
      return [name, uniformArray(next, subscripts, sizes, low, high)];
    }),
  );
};

const files = [
  'stdlib/models/ipvae.nsm',
  'examples/bursts.nsm',
  'examples/causes.nsm',
  'examples/momentum.nsm',
];
const learnings = files.flatMap((path) =>
  checked(source(path)).learnings.map((learning): [string, Learning] => [path, learning]),
);

describe('rules are −∂F/∂parameter of one example', () => {
  for (const [path, learning] of learnings)
    it(`${learning.name} of ${path}`, () => {
      const positive = new Set(
        [...learning.model.parameters, ...learning.inference.parameters]
          .filter(({ support }) => support.kind === 'positive')
          .map(({ name }) => name),
      );
      const rules = rulesOf(learning);
      expect(rules.length).toBeGreaterThan(0);
      for (const [i, { parameter, direction, step }] of rules.entries()) {
        if (step.kind !== 'descend' || step.objective.kind !== 'free_energy') continue;
        const energy = freeEnergy(
          learning.model,
          learning.inference,
          step.objective,
          endsRolled(learning.inference.body) ? 'rolled' : 'model',
        );
        const values = valuesFor(energy, 3 + i, positive);
        const at = values[parameter.name];
        if (at === undefined || typeof at === 'number') {
          // The free energy of one step does not read it (the model's prior under a rolled one, the rate of inference).
          expect(print(direction), parameter.name).toBe('0');
          continue;
        }
        const wanted = centralDifferences(
          (moved) => -numberOf(energy, { ...values, [parameter.name]: moved }, sizes),
          at,
        );
        const found = valuesOver(['example', ...parameter.indices], direction, values, sizes);
        expect(relativeError(found, wanted), `${parameter.name}: ${print(direction)}`).toBeLessThan(1e-6);
      }
    });
});

describe('certificates', () => {
  const of = (file: Checked, name: string) =>
    rulesOf(file.learnings.find((learning) => learning.name === name)!);
  const ipvae = checked(source('stdlib/models/ipvae.nsm'));

  it('find prediction error times presynaptic spikes local', () => {
    const rules = of(ipvae, 'Local');
    expect(rules.map(({ parameter }) => parameter.name).sort()).toEqual(['Phi', 'log_sd', 'prior']);
    for (const { certificate } of rules)
      expect(certificate).toMatchObject({ local: true, space: true, time: true });
    const [Phi] = rules;
    expect(print(Phi!.direction, { hide: ['example'] })).toBe('z · exp(−2 · log_sd) · (x − Phi @ z)');
  });

  it('find back-propagation through inference not local in time, and a clipped norm not local in space', () => {
    for (const { certificate } of of(ipvae, 'ThroughTime'))
      expect(certificate).toMatchObject({ local: false, space: false, time: false });
  });

  it('blame the term that no synapse knows', () => {
    const coupled = checked(`
      import { Poisson, Normal } from "std/families"
      import { NaturalGradient, SGD } from "std/dynamics"
      model Coupled(pixels: dim = 4, neurons: dim = 3) {
        param Phi:  real[pixels, neurons] = normal(0, 1)
        param gain: real = 1
        latent   z ~ Poisson(log_rate = sum(Phi over pixels))   // its own summed weights: known to the unit
        observed x ~ Normal(mean = gain * Phi @ z, sd = sqrt(sum(Phi^2 over pixels, neurons)))
      }
      inference Settle of Coupled {
        belief z natural u
        start u = sum(Phi over pixels)
        repeat 3 { descend free_energy over u by NaturalGradient(rate = 0.1) }
      }
      learning Slow of Coupled by Settle {
        descend free_energy at end over Phi, gain by SGD(rate = 0.1)
      }`);
    const [Phi, gain] = of(coupled, 'Slow');
    expect(Phi!.certificate).toMatchObject({ local: false, space: false, time: true });
    expect(Phi!.certificate.why).toContain('no single unit sees it');
    expect(gain!.certificate.why).toContain('no single unit sees it');
  });

  it('know where synapses lie, but not what they cannot see', () => {
    const masked = (mask: string) =>
      of(
        checked(`
          import { GradientFlow, SGD } from "std/dynamics"
          model Masked(line: dim = 4, cells: dim = 3) {
            param W: real[line, cells] = normal(0, 1)
            param V: real[line, cells] = normal(0, 1)
            observed x: real[line]
            state    s: real[cells]
            energy error = sum((x - (W * ${mask}) @ s)^2) / 2 + sum(s^2) / 2 + sum(V^2)
          }
          inference Settle of Masked {
            start s = 0
            repeat 3 { descend energy over s by GradientFlow(rate = 0.1) }
          }
          learning Slow of Masked by Settle { descend energy at end over W, V by SGD(rate = 0.1) }`),
        'Slow',
      )[0]!.certificate;
    expect(masked('(abs(position(line - cells)) <= 1)')).toMatchObject({ local: true, space: true });
    expect(masked('(V > 0)')).toMatchObject({ local: false, space: false });
  });

  it('blame the inverse of a matrix, every entry of which depends on all others', () => {
    const coupled = checked(`
      import { Normal, Poisson } from "std/families"
      import { NaturalGradient, SGD } from "std/dynamics"
      model Coupled(pixels: dim = 4, neurons: dim = 3) {
        param Phi: real[pixels, neurons] = normal(0, 1)
        param V:   real[neurons, neurons'] = normal(0, 1)
        latent   z: count[neurons] ~ Poisson(log_rate = 0)
        observed x ~ Normal(mean = Phi @ z, sd = exp(log_determinant(V)))
      }
      inference Settle of Coupled {
        belief z natural u
        start u = 0
        repeat 3 { descend free_energy over u by NaturalGradient(rate = 0.1) }
      }
      learning Slow of Coupled by Settle {
        descend free_energy at end over Phi, V by SGD(rate = 0.1)
      }`);
    const [Phi, V] = of(coupled, 'Slow');
    expect(Phi!.certificate.why).toContain('mixes all entries of a matrix');
    expect(V!.certificate.why).toContain('mixes all entries of a matrix');
    for (const { certificate } of [Phi!, V!])
      expect(certificate).toMatchObject({ local: false, space: false, time: true });
  });
});

describe('updates read as in the paper', () => {
  const example = spiking();
  it('of the surprise and the divergence', () => {
    const energy = freeEnergy(
      example.model,
      example.inference,
      { kind: 'free_energy', klWeight: read('beta'), kl: 'exact', span: example.model.span },
      'model',
    );
    expect(print(energy, { hide: ['example'] })).toMatchInlineSnapshot(
      `"sum(log_sd over pixels) + ½ · sum(exp(−2 · log_sd) · (x − Phi @ z)² over pixels) + 0.918939 · size(pixels) + beta · (sum(exp(prior) over neurons) + sum(exp(u) · (u − prior) over neurons) − sum(exp(u) over neurons))"`,
    );
  });
});
