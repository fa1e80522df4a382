/** Which estimators can go through draws of which family, and how far relaxed draws reach. */
import { describe, expect, it } from 'vitest';
import type { Family } from '../../../src/check/typed.ts';
import {
  estimatorsThrough,
  furthestEntries,
  reachOf,
  throughProblem,
} from '../../../src/derive/family/through.ts';
import { standardFamily } from '../../support/draws.ts';
import { sound } from '../../check/support.ts';

const only = (lines: string): Family => sound(`family Own(a: real) { ${lines} }`).families[0]!;
const counts = 'statistic x; natural eta = a; log_partition exp(eta); log_base -log_factorial(x)';

describe('a derivative goes through draws', () => {
  it.each([
    ['Poisson', ['straight_through', 'relaxed(temperature)']],
    ['Geometric', ['straight_through']],
    ['Normal', ['straight_through', 'pathwise', 'relaxed(temperature)']],
    ['Gamma', ['straight_through', 'pathwise']],
    // Made of Gamma draws, which have no line to relax.
    ['Dirichlet', ['straight_through', 'pathwise']],
  ])('of %s by %j', (name, estimators) => {
    expect(estimatorsThrough(standardFamily(name))).toEqual(estimators);
  });
  it('by no estimator that would stop at a jump', () => {
    const jumping = only(`support count; ${counts}; pathwise floor(exp(a) * standard_exponential)`);
    expect(throughProblem('relaxed', jumping)).toContain('jumps as its parameters move');
    const continuous = only(`
      support real; statistic x; natural eta = a; log_partition eta^2 / 2; log_base -x^2 / 2
      pathwise floor(a) + standard_normal`);
    expect(throughProblem('pathwise', continuous)).toContain('jumps as its parameters move');
  });
  it('by a way that is named for integers, whose line can be relaxed and whose mean has no formula', () => {
    const integers = only(`
      support integer; statistic x^2; natural eta = -exp(a); log_partition intractable
      axis arrivals = 8
      pathwise sum(step(1 - arrival_times / exp(a)) over arrivals) - 4`);
    expect(throughProblem('straight_through', integers)).toBe('the mean of Own has no closed form');
    expect(throughProblem('pathwise', integers)).toBe('Own is discrete, so a draw does not move smoothly');
    expect(estimatorsThrough(integers)).toEqual(['relaxed(temperature)']);
    expect(reachOf(integers)).toEqual({ low: -4, high: 4 });
  });
});

describe('an end of a line', () => {
  it('is reached when the entries furthest from it are there', () => {
    const poisson = standardFamily('Poisson');
    expect(furthestEntries(poisson, 32)).toEqual(['last']);
    const descending = only(`support integer; ${counts}; axis arrivals = 8
      pathwise 4 - sum(step(1 - arrival_times / exp(a)) over arrivals)`);
    expect(reachOf(descending)).toEqual({ low: -4, high: 4 });
    expect(furthestEntries(descending, -4)).toEqual(['last']);
    expect(furthestEntries(descending, 4)).toEqual(['first']);
    const either = only(`support integer; ${counts}; axis arrivals = 8
      pathwise sum(step(a - arrival_times) over arrivals)`);
    expect(furthestEntries(either, 8)).toEqual(['first', 'last']);
  });
});

describe('relaxed draws reach', () => {
  it('the number of arrivals that the family states', () => {
    expect(reachOf(standardFamily('Poisson'))).toEqual({ low: null, high: 32 });
  });
  it('both ends of a support that ends there, and whatever values that are not whole take', () => {
    expect(reachOf(standardFamily('Bernoulli'))).toBe(null);
    expect(reachOf(standardFamily('Normal'))).toBe(null);
    const ending = only(`support count up to 4; ${counts}; axis arrivals = 4
      pathwise sum(step(1 - arrival_times / exp(a)) over arrivals)`);
    expect(reachOf(ending)).toBe(null);
  });
});
