import { describe, expect, it } from 'vitest';
import { hover } from '../../src/language-service/hover.ts';
import { program, sample } from './support.ts';

const over = (marked: string): string | undefined => {
  const { workspace, file, offset } = sample(marked);
  return hover(workspace, file, offset)?.markdown;
};
const at = (before: string, cursor: string): string | undefined => over(program.replace(before, cursor));

describe('a hover', () => {
  it('has the type that follows from a distribution', () => {
    expect(at('Phi @ z', 'Phi @ §z')).toBe('```nsm\nlatent z: count[neurons]\n```');
    expect(at('observed x', 'observed §x')).toContain('observed x: real[pixels]');
  });

  it('has the documentation of a parameter, its rule and the certificate of that', () => {
    expect(at('Phi @ z', '§Phi @ z')).toBe(
      [
        '```nsm\nparameter Phi: real[pixels, neurons]\n```',
        'What each neuron paints.',
        '- **Learn** `ΔPhi = Adam(mean over examples of −z · (Phi @ z − x))`\n' +
          '- **certificate** `local: a sum of products of what is known at pixels, at neurons and the weight itself, at one time, in one phase (space yes, time yes, phase yes)`',
      ].join('\n\n'),
    );
  });

  it('of a coordinate has the update that was derived', () => {
    const text = at('start u', 'start §u')!;
    expect(text).toContain('coordinate u: real[neurons]');
    expect(text).toContain('**each step** `u ← 0.1 · prior +');
  });

  it('of a learning has its rules', () => {
    expect(at('learning Learn', 'learning §Learn')).toMatch(
      /learning Learn of Tiny\(speed: positive = 0.01\)[^]*\*\*prior\*\* `Δprior = Adam/,
    );
  });

  it('of a family has its parameters, documentation and density', () => {
    const text = at('~ Poisson', '~ §Poisson')!;
    expect(text).toContain('family Poisson(log_rate: real');
    expect(text).toContain('**log density**');
  });

  it('of a dynamics has its documentation and verdict', () => {
    expect(at('NaturalGradient(rate', '§NaturalGradient(rate')).toMatch(
      /dynamics NaturalGradient\(rate: positive = 1\) of u[^]*\*\*verdict\*\*/,
    );
  });

  it('of a function has its signature', () => {
    expect(at('cosine(', '§cosine(')).toContain(
      'function cosine(peak: real, warmup: real = 0.5%, floor: real = 1e-5)',
    );
    expect(over('function f(a: real): real = e§xp(a)')).toBe('```nsm\nexp(x)\n```');
    expect(over('function f(a: real[n]): real = §sum(a over n)')).toBe('```nsm\nsum(a over axes)\n```');
  });

  it('of a word of the language says what it means', () => {
    expect(at('param prior: real', 'param prior: §real')).toBe('```nsm\nreal\n```\n\nAny real number.');
  });

  it('falls back on what is written where the file cannot be read', () => {
    expect(at('Phi @ z, sd = 1)', '§Phi @ z, sd = 1)\n  param = 3')).toContain(
      'parameter Phi: real[pixels, neurons]',
    );
  });

  it('is nowhere between names', () => {
    expect(at('model Tiny', '§model Tiny')).toBeUndefined();
  });
});
