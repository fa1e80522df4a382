/** What the layout looks like: programs beside what becomes of them. */
import { describe, expect, it } from 'vitest';
import { format } from '../../src/format/format.ts';

const laidOut = (source: string): string => format('test.nsm', source).text;

describe('the layout', () => {
  it('has two spaces a level, one member a line, and one space between words', () => {
    expect(
      laidOut(`inference  I  of M( steps:int=5 ){start u=-x^ 2+W [ i,j ]@( z )
repeat steps   until change<1e-3
{
descend energy
over u by SGD ( rate=0.1 );local}}`),
    ).toBe(`inference I of M(steps: int = 5) {
  start u = -x^2 + W[i, j] @ (z)
  repeat steps until change < 1e-3 {
    descend energy over u by SGD(rate = 0.1)
    local
  }
}
`);
  });

  it('keeps the brackets that were written, and has tight fractions of two numbers', () => {
    expect(laidOut('function f(x) = ((a)) * (1 / 2) - 1/2*x + x / 2 + 3 * 1 / 2 + 1/x')).toBe(
      'function f(x) = ((a)) * (1/2) - 1/2 * x + x / 2 + 3 * 1 / 2 + 1 / x\n',
    );
  });

  it('keeps statements on one line where they were written so and fit', () => {
    const short = `learning L of M(k: int = 1) {
  phase data { clamp v; sample h }
  repeat k {
    sample v
  }
}
`;
    expect(laidOut(short)).toBe(short);
    const long = Array.from({ length: 9 }, (_, index) => `sample a_long_name_${index}`).join('; ');
    expect(laidOut(`learning L of M { ${long} }`).split('\n')).toHaveLength(12);
  });

  it('keeps at most one empty line between members, and none at the edges of a body', () => {
    expect(laidOut('model M {\n\n\n  param a: real = 0\n\n\n\n  param b: real = 0\n\n}\n\n\n')).toBe(
      'model M {\n  param a: real = 0\n\n  param b: real = 0\n}\n',
    );
  });

  it('sets declarations an empty line apart, but for imports and functions that follow each other', () => {
    expect(
      laidOut(
        'import { A } from "./a"\nimport { B } from "./b"\nfunction f(x) = x\nfunction g(x) = x\nmodel M {}',
      ),
    ).toBe(
      'import { A } from "./a"\nimport { B } from "./b"\n\nfunction f(x) = x\nfunction g(x) = x\n\nmodel M {}\n',
    );
  });

  it('has semicolons on one line only, and where a name would carry on the line above', () => {
    expect(laidOut('dynamics D(at: real) of s { s <- s + 1; state q = 0; }')).toBe(
      'dynamics D(at: real) of s {\n  s <- s + 1\n  state q = 0\n}\n',
    );
    const needed = 'dynamics D of s {\n  accept by metropolis_hastings;\n  at <- at + 1\n}\n';
    expect(laidOut(needed)).toBe(needed);
  });

  it('is the same with the line ends of other systems', () => {
    expect(laidOut('\uFEFFmodel M {\r\n  // one\r\n  param a: real = 0\r\n}\r\n')).toBe(
      'model M {\n  // one\n  param a: real = 0\n}\n',
    );
  });

  it('makes nothing of an empty file', () => {
    expect(laidOut('')).toBe('');
    expect(laidOut('\n\n  // only this\n')).toBe('// only this\n');
  });
});

describe('columns', () => {
  const same = (source: string): void => expect(laidOut(source)).toBe(source);

  it('are those of types, and of starts of parameters with as many axes', () => {
    expect(
      laidOut(`model M(a: dim = 1) {
  param Phi: real[pixels, neurons] = normal(0, 1)
  param log_sd: real[pixels] = 0 within squash(-3, 3)
  param prior: real[neurons] = -1
  latent z: real[a] ~ Normal(mean = 0, sd = 1)
  observed image ~ Normal(mean = Phi @ z, sd = 1)
  state s: unit[a]
  energy leak = 0
  energy coupling = 1
}`),
    ).toBe(`model M(a: dim = 1) {
  param Phi:    real[pixels, neurons] = normal(0, 1)
  param log_sd: real[pixels]  = 0 within squash(-3, 3)
  param prior:  real[neurons] = -1
  latent   z: real[a] ~ Normal(mean = 0, sd = 1)
  observed image ~ Normal(mean = Phi @ z, sd = 1)
  state    s: unit[a]
  energy leak     = 0
  energy coupling = 1
}
`);
  });

  it('are those of phases, beliefs and descents of one form', () => {
    same(`learning L of M by I {
  belief on    natural c
  belief spike natural v
  phase data  { clamp v }
  phase model { from data; repeat k { sample v; sample h } }
  descend free_energy at end over Shape by SGD(rate = 0.2)
  descend free_energy at end over sd    by SGD(rate = 0.1)
  descend free_energy at end over a, b by SGD(rate = 0.1)
}
`);
  });

  it('end at an empty line and at what takes several lines', () => {
    same(`model M {
  param a: real = 0

  param long: real = 0
}
`);
  });

  it("have a family's words, whatever they are", () => {
    expect(laidOut('family F(a: real) { support real statistic x also b: real where a = b }')).toBe(
      'family F(a: real) {\n  support       real\n  statistic     x\n  also b: real where a = b\n}\n',
    );
  });

  it('have comments behind lines that follow each other', () => {
    same(`inference I of M {
  param rate: positive = 1   // learned with the model
  belief z natural u         // its own family
  start u = prior
  repeat 1 {   // and again
    rolling prior   // from here
  }
}
`);
  });
});

describe('what does not fit on a line', () => {
  it('has its parameters one a line, in columns', () => {
    expect(
      laidOut(
        'learning ThroughTime of IterativePoissonVAE by Spiking(beta: real = 16, fixed warmup: positive = 10%, learning_rate: positive = 2e-3) {}',
      ),
    ).toBe(`learning ThroughTime of IterativePoissonVAE by Spiking(
  beta:          real     = 16,
  fixed warmup:  positive = 10%,
  learning_rate: positive = 2e-3
) {}
`);
  });

  it('goes on with a clause, an operator or an argument on a line of its own', () => {
    expect(
      laidOut(`learning L of M {
  descend free_energy(kl_weight = anneal(0, beta, over = warmup)) at each step over Phi, log_sd, prior, rate by Adamax(rate = cosine(learning_rate)) through inference by straight_through
}
function f(x: real): real = where(progress < warmup, peak * progress / warmup, floor + (peak - floor) * (1 + cos(pi * (progress - warmup) / (1 - warmup))) / 2)
function g(x: real): real = a_summand_of_some_length * another_factor_of_some_length + another_summand_of_some_length * another_factor_of_some_length`),
    ).toBe(`learning L of M {
  descend free_energy(kl_weight = anneal(0, beta, over = warmup)) at each step
    over Phi, log_sd, prior, rate
    by Adamax(rate = cosine(learning_rate))
    through inference by straight_through
}

function f(x: real): real =
  where(
    progress < warmup,
    peak * progress / warmup,
    floor + (peak - floor) * (1 + cos(pi * (progress - warmup) / (1 - warmup))) / 2
  )
function g(x: real): real =
  a_summand_of_some_length * another_factor_of_some_length
  + another_summand_of_some_length * another_factor_of_some_length
`);
  });

  it('has arguments one a line', () => {
    expect(
      laidOut(`model M {
  observed x ~ Normal(mean = first_weights @ relu(hidden) + second_weights @ relu(top) + offset, log_sd = squash(noise, -3.45, 3.45))
}`),
    ).toBe(`model M {
  observed x ~ Normal(
    mean = first_weights @ relu(hidden) + second_weights @ relu(top) + offset,
    log_sd = squash(noise, -3.45, 3.45)
  )
}
`);
  });

  it('fills lines with names', () => {
    const names = Array.from({ length: 30 }, (_, index) => `name${index}`).join(', ');
    const lines = laidOut(`inference I of M { clamp ${names} }`).split('\n');
    expect(lines).toHaveLength(6);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(120);
  });

  it('is not broken for the sake of a comment', () => {
    const commented = `model M {\n  param a: real = 0   // ${'long '.repeat(40)}end\n}\n`;
    expect(laidOut(commented)).toBe(commented);
  });
});

describe('a comment', () => {
  it('stays where it was: above, behind, between, below', () => {
    expect(
      laidOut(`/// About the file.

import { A, // first
  B } from "./a" // imported
/// A model.
model M(a: dim = 1, // pixels
  // neurons
  b: dim = 2) { // opens
    // above
    param W: real[a, b] = normal( // mean
      0, 1)
    ; // behind

    // at the end
}
// last`),
    ).toBe(`/// About the file.

import {
  A,   // first
  B
} from "./a"   // imported

/// A model.
model M(
  a: dim = 1,   // pixels
  // neurons
  b: dim = 2
) {   // opens
  // above
  param W: real[a, b] = normal(   // mean
    0,
    1
  )
  // behind

  // at the end
}
// last
`);
  });

  it('documents what it documented, and nothing else', () => {
    const source =
      'model M {\n  /// Of nothing.\n\n  param a: real = 0\n  /// Of b.\n  param b: real = 0\n}\n';
    expect(laidOut(source)).toBe(source);
    expect(laidOut('model M { param a: real = 0\n/// Of the mark.\n; param b: real = 0 }')).toBe(
      'model M {\n  param a: real = 0\n  /// Of the mark.\n\n  param b: real = 0\n}\n',
    );
  });
});

describe('a file with errors', () => {
  it('keeps damaged declarations and their comments byte for byte, and lays out the others', () => {
    const damaged = '  // about B\nmodle   B {   // opens\n   param a:real=0 }   // closes';
    expect(laidOut(`model   A {param a:real=0}\n${damaged}\n   // of B still\n\n// of C\nmodel C  {}`)).toBe(
      `model A {\n  param a: real = 0\n}\n${damaged}\n   // of B still\n\n// of C\nmodel C {}\n`,
    );
  });

  it('keeps what lacks its closing brace, and what shares a line with it', () => {
    const open = 'inference I of M {\n    start   u = 0\n  repeat 3 {\n}';
    expect(laidOut(`${open}\n\nmodel   A   {}`)).toBe(`${open}\n\nmodel A {}\n`);
    const shared = 'modle  B { }  model   C   {}\n';
    expect(laidOut(shared)).toBe(shared);
  });

  it('says what is wrong', () => {
    expect(format('test.nsm', 'modle B {}').diagnostics.map(({ code }) => code)).toEqual(['NSM1007']);
  });

  it('is left alone when it is nested too deeply to be read', () => {
    const deep = `function f(x)   = ${'('.repeat(20_000)}`;
    expect(laidOut(deep)).toBe(deep);
  });
});
