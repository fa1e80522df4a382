import { describe, expect, it } from 'vitest';
import { didYouMean, distance } from '../../src/diagnostics/distance.ts';
import { longHelp } from '../../src/diagnostics/help.ts';

describe('the distance of two words', () => {
  it.each([
    ['', 'abc', 3],
    ['modle', 'model', 1],
    ['kitten', 'sitting', 3],
    ['same', 'same', 0],
    ['Φz', 'Φx', 1],
  ])('%j to %j is %i', (from, to, edits) => {
    expect(distance(from, to)).toBe(edits);
  });
});

describe('a suggestion', () => {
  it.each([
    ['ovr', ['over', 'by'], 'over'],
    ['poisson', ['Normal', 'Poisson'], 'Poisson'],
    ['x', ['y', 'z'], null],
    ['X', ['x'], 'x'],
    ['u1', ['u2', 'latent'], 'u2'],
    ['neurons', ['pixels'], null],
    ['over', ['over'], null],
    ['standard_expo', ['standard_normal', 'standard_exponential'], 'standard_exponential'],
    ['standard', ['standard_normal', 'standard_exponential'], null],
    ['st', ['step_size'], null],
  ])('for %s among %j is %s', (word, candidates, expected) => {
    expect(didYouMean(word, candidates)).toBe(expected);
  });
});

describe('the long help', () => {
  it('is the page of a code', () => {
    expect(longHelp('nsm1001')).toContain('# NSM1001: ');
  });
  it('is null for what is no code', () => {
    expect(longHelp('NSM0000')).toBeNull();
    expect(longHelp('../../README')).toBeNull();
  });
});
