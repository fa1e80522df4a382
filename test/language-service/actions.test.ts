import { describe, expect, it } from 'vitest';
import { actions } from '../../src/language-service/actions.ts';
import { applied, program, sample } from './support.ts';

/** What each action makes of the line with the cursor, or, at the end, of the whole text. */
const offered = (before: string, marked: string): Readonly<Record<string, string>> => {
  const { workspace, file, text, offset } = sample(program.replace(before, marked));
  return Object.fromEntries(
    actions(workspace, file, { start: offset, end: offset }).map(({ title, edits }) => {
      const result = applied(text, edits).split('\n');
      const changed = result.filter((line) => !text.split('\n').includes(line));
      return [title, changed.map((line) => line.trim()).join(' | ')];
    }),
  );
};

describe('a code action', () => {
  it('writes what was meant', () => {
    expect(offered('Phi @ z', '§Phy @ z')).toEqual({
      'Write `Phi`': 'observed x ~ Normal(mean = Phi @ z, sd = 1)',
    });
    expect(offered('  start u', '  §strat u')).toEqual({ 'Write `start`': 'start u = prior' });
    expect(offered('latent   z ~', 'latent   z §=')).toEqual({
      'Write `~`': 'latent   z ~ Poisson(log_rate = prior)',
    });
  });

  it('declares the axis', () => {
    expect(offered('real[neurons]  ', 'real[§cells]  ')).toEqual({
      'Declare the axis `cells`': 'model Tiny(pixels: dim = 6, neurons: dim = 5, cells: dim) {',
    });
  });

  it('uses the parameter that takes the value as it is, or wraps it', () => {
    expect(offered('log_rate = prior', 'rate = §prior')).toEqual({
      'Use `log_rate`': 'latent   z ~ Poisson(log_rate = prior)',
      'Wrap it in `exp(...)`': 'latent   z ~ Poisson(rate = exp(prior))',
      'Wrap it in `softplus(...)`': 'latent   z ~ Poisson(rate = softplus(prior))',
    });
  });

  it('inserts a sum over the axis that is meant', () => {
    expect(offered('mean = Phi @ z', 'mean = §Phi @ Phi')).toEqual({
      'Insert sum over pixels': 'observed x ~ Normal(mean = sum(Phi * Phi over pixels), sd = 1)',
      'Insert sum over neurons': 'observed x ~ Normal(mean = sum(Phi * Phi over neurons), sd = 1)',
      'Insert sum over pixels, neurons':
        'observed x ~ Normal(mean = sum(Phi * Phi over pixels, neurons), sd = 1)',
    });
  });

  it('imports what the standard library has', () => {
    expect(offered('~ Poisson(log_rate', '~ §Geometric(log_odds')).toEqual({
      'Import `Geometric` from "std/families"': 'import { Poisson, Normal, Geometric } from "std/families"',
    });
  });

  it('takes out an import that nothing uses', () => {
    expect(offered('NaturalGradient, Adam', 'NaturalGradient, §SGD, Adam')).toEqual({
      'Take `SGD` out': 'import { NaturalGradient, Adam } from "std/dynamics"',
    });
  });
});
