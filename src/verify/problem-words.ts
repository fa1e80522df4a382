/** Members whose density has no integral, and why. */
import type { TestMember } from './members.ts';
import { shown } from './identity.ts';
import type { QuadratureProblem } from './quadrature.ts';

export interface Unfit {
  readonly tested: TestMember;
  readonly problem: QuadratureProblem;
}

export const problemWords = (problem: QuadratureProblem): string => {
  switch (problem.kind) {
    case 'undefined':
      return `the density has no value at x = ${shown(problem.at)}`;
    case 'infinite':
      return `the density is infinite at x = ${shown(problem.at)}`;
    case 'diverges':
      return `the integral of the density diverges towards x = ${shown(problem.at)}`;
    case 'beyond':
      return `too much of the mass lies nearer to x = ${shown(problem.at)} than float64 has numbers`;
    case 'empty':
      return 'the density is 0 on the whole support';
    case 'no_naturals':
      return 'a natural parameter is no number';
    case 'unsupported':
      return problem.why;
  }
};
