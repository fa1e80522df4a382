import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from '../../src/syntax/parse.ts';
import type { Declaration, Expression } from '../../src/syntax/tree.ts';
import { print, printName } from './print.ts';

const only = <Kind extends Declaration['kind']>(
  kind: Kind,
  source: string,
): Extract<Declaration, { kind: Kind }> => {
  const { module, diagnostics } = parse('test.nsm', source);
  expect(diagnostics).toEqual([]);
  const found = module.declarations.find((each) => each.kind === kind);
  if (found === undefined) throw new Error(`no ${kind}`);
  return found as Extract<Declaration, { kind: Kind }>;
};
const statements = (body: string) => only('inference', `inference I of M { ${body} }`).members;

describe('the standard library', () => {
  const root = new URL('../../', import.meta.url).pathname;
  it.each(globSync(['stdlib/**/*.nsm', 'examples/**/*.nsm'], { cwd: root }))('%s parses', (file) => {
    const { module, diagnostics } = parse(file, readFileSync(`${root}${file}`, 'utf8'));
    expect(diagnostics).toEqual([]);
    expect(module.declarations.length).toBeGreaterThan(0);
  });
});

const design = new URL('../../../shared/design.md', import.meta.url);
describe.skipIf(!existsSync(design))(
  'a program of the design (skipped where ../shared/design.md is absent)',
  () => {
    const text = existsSync(design) ? readFileSync(design, 'utf8') : '';
    const programs = [...text.matchAll(/```nsm\n(.*?)```/gs)].map(([, program]) => program ?? '');
    it.each(programs.map((program, position) => [position, program] as const))(
      'number %i parses',
      (_, program) => {
        expect(parse('design.nsm', program).diagnostics).toEqual([]);
      },
    );
  },
);

describe('a family', () => {
  it('has all its members', () => {
    const family = only(
      'family',
      `/// Counts.
      family Binomial(logit: real, fixed trials: count = 3) {
        support count up to trials
        statistic x, x^2
        natural a = logit, b = 2
        log_partition intractable by quadrature
        log_base log_choose(trials, x)
        pathwise step(logit)
        also p: unit where logit = log(p / (1 - p))
      }`,
    );
    expect(family.doc).toBe('Counts.');
    expect(family.parameters.map(({ name, fixed, type }) => [name.text, fixed, type?.support.text])).toEqual([
      ['logit', false, 'real'],
      ['trials', true, 'count'],
    ]);
    expect(family.support?.type.upTo).toMatchObject({ kind: 'name', text: 'trials' });
    expect(family.statistic?.map(print)).toEqual(['x', '(x ^ 2)']);
    expect(family.natural?.map(({ name, value }) => `${name.text} = ${print(value)}`)).toEqual([
      'a = logit',
      'b = 2',
    ]);
    expect(family.logPartition).toMatchObject({ kind: 'intractable', by: { text: 'quadrature' } });
    expect(family.also[0]).toMatchObject({
      name: { text: 'p' },
      type: { support: { text: 'unit' } },
      target: { text: 'logit' },
    });
  });
  it('has values between bounds, and an atom', () => {
    const line = (text: string) =>
      only('family', `family F(a: real) { support ${text} statistic x }`).support!;
    const shown = (text: string): string => {
      const { type, from, atom } = line(text);
      const parts = [from, type.upTo, atom].map((part) => (part === null ? '-' : print(part)));
      return `${type.support.text} ${parts.join(' ')}`;
    };
    expect(shown('count up to trials')).toBe('count - trials -');
    expect(shown('count from 1')).toBe('count 1 - -');
    expect(shown('real from low up to 2 * low')).toBe('real low (2 * low) -');
    expect(shown('positive with atom at 0')).toBe('positive - - 0');
    expect(shown('positive from 1 with atom at 1')).toBe('positive 1 - 1');
    const vector = line('real over dims');
    expect(vector.type.over.map(({ text }) => text)).toEqual(['dims']);
  });
  it('may give its parameters, and draws of other families', () => {
    const family = only(
      'family',
      `family F(mean: real, sd: positive) {
        standard mean = a / b, sd = b
        draw g ~ Gamma(shape = sd)
        draw h ~ Normal(0, 1)
        pathwise g * h
      }`,
    );
    expect(family.standard?.map(({ name, value }) => `${name.text} = ${print(value)}`)).toEqual([
      'mean = (a / b)',
      'sd = b',
    ]);
    expect(family.draws.map(({ name, distribution }) => `${name.text} ~ ${print(distribution)}`)).toEqual([
      'g ~ Gamma(shape = sd)',
      'h ~ Normal(0, 1)',
    ]);
  });
  it('leaves its words free as names', () => {
    const family = only(
      'family',
      `family F(standard: real, draw: real, atom: real, from: real) {
        natural draw = standard * from, standard = -atom
        log_partition standard
      }`,
    );
    expect(family.parameters.map(({ name }) => name.text)).toEqual(['standard', 'draw', 'atom', 'from']);
    expect(family.natural?.map(({ name, value }) => `${name.text} = ${print(value)}`)).toEqual([
      'draw = (standard * from)',
      'standard = (-atom)',
    ]);
    expect(family.standard).toBeNull();
  });
  it('has one upper bound', () => {
    const { diagnostics } = parse('main.nsm', 'family F(a: real) { support real up to 2 from 1 up to 3 }');
    expect(diagnostics.map(({ code }) => code)).toEqual(['NSM1011']);
  });

  it('tells the axes of a parameter from the next parameter', () => {
    const { parameters } = only(
      'family',
      'family F(a: real over c, d, e: real, x: real over c, fixed n: count, y = 2, z) {}',
    );
    expect(parameters.map(({ name, type }) => [name.text, type?.over.map(printName) ?? null])).toEqual([
      ['a', ['c', 'd']],
      ['e', []],
      ['x', ['c']],
      ['n', []],
      ['y', null],
      ['z', null],
    ]);
  });
});

describe('a model', () => {
  it('has types, starts, bounds and docs', () => {
    const model = only(
      'model',
      `model M {
        /// Weights.
        param W: real[units, units'] = normal(0, 1e-4) within soft(-1, 1)
        latent z: count[units] ~ Poisson(log_rate = 0)
        observed x: unit[pixels]
        state s: unit[units]
        energy leak = sum(x^2) / 2
      }`,
    );
    const [param, latent, observed, state, energy] = model.members;
    expect(param).toMatchObject({
      kind: 'param',
      doc: 'Weights.',
      type: {
        axes: [
          { text: 'units', primes: 0 },
          { text: 'units', primes: 1 },
        ],
      },
    });
    expect(param).toMatchObject({ within: { kind: 'call', callee: { text: 'soft' } } });
    expect(latent).toMatchObject({
      kind: 'latent',
      distribution: { callee: { text: 'Poisson' } },
      type: { support: { text: 'count' } },
    });
    expect(observed).toMatchObject({ kind: 'observed', distribution: null });
    expect([state?.kind, energy?.kind]).toEqual(['state', 'energy']);
  });
});

describe('dynamics', () => {
  it('has differentials with their parts, terms and signs', () => {
    const { members, variable } = only(
      'dynamics',
      `dynamics D(dt: positive, friction) of s {
        state p = 0
        A: d s = p dt
        O: d p = -friction * p dt - 2 * p dt + dW
        d q = dt * p dt + dW
        integrate A O A
        p <- p + 1
        propose s' = s
        accept by metropolis_hastings
      }`,
    );
    const shown = members.flatMap((each) =>
      each.kind !== 'differential'
        ? []
        : [
            `${each.part?.text ?? '-'} ${each.target.text}: ${each.terms.map(({ value, by }) => `${print(value)} ${by}`).join('; ')}`,
          ],
    );
    expect(shown).toEqual([
      'A s: p dt',
      'O p: ((-friction) * p) dt; (-(2 * p)) dt; 1 dW',
      '- q: (dt * p) dt; 1 dW',
    ]);
    expect(variable.text).toBe('s');
    expect(members.map(({ kind }) => kind)).toEqual([
      'state', 'differential', 'differential', 'differential', 'integrate', 'assign', 'propose', 'accept',
    ]); // prettier-ignore
    expect(members[4]).toMatchObject({ parts: [{ text: 'A' }, { text: 'O' }, { text: 'A' }] });
    expect(members[6]).toMatchObject({ target: { text: 's', primes: 1 } });
  });
});

describe('a statement', () => {
  it('guards variables and their steps', () => {
    const [guard] = statements('guard u, step(u), step within (-0.7, 0.7)');
    expect(guard).toMatchObject({
      targets: [
        { name: { text: 'u' }, step: false },
        { name: { text: 'u' }, step: true },
        { name: { text: 'step' }, step: false },
      ],
      within: { kind: 'interval' },
    });
  });

  it('descends with its clauses in any order', () => {
    const forms = [
      'descend energy with mean h at each step over W, b by SGD(rate = 1) through inference by relaxed(0.1)',
      'descend energy by SGD(rate = 1) through inference by relaxed(0.1) over W, b at each step with mean h',
    ].map((text) => statements(text)[0]);
    for (const descend of forms) {
      expect(descend).toMatchObject({
        kind: 'descend',
        withMean: [{ text: 'h' }],
        when: 'each_step',
        over: [{ text: 'W' }, { text: 'b' }],
        by: { callee: { text: 'SGD' } },
        through: { estimator: { callee: { text: 'relaxed' } } },
      });
    }
  });

  it('stands in one of each form', () => {
    const members = statements(`
      param rate: positive = 1
      belief exact z natural a, b
      belief z ~ Normal(mean = m, log_sd = s);
      belief exact natural u
      start s1, s2 by feedforward
      start u = prior
      repeat steps until change < 1e-3 { interneurons by Langevin(dt = 0.05) }
      rolling prior
      free x0
      draw x2, x1 by Langevin(dt = 0.05) for burn
      draw x0
      phase model { from data; clamp v; sample h; persist per chain }
      predict soma by branch at end over W1, W2 by SGD
      local`);
    expect(members.map(({ kind }) => kind)).toEqual([
      'param', 'belief', 'belief', 'belief', 'start', 'start', 'repeat', 'rolling', 'free', 'draw', 'draw', 'phase',
      'predict', 'local',
    ]); // prettier-ignore
    expect(members[3]).toMatchObject({ latent: { text: 'exact' }, exact: false });
    expect(members[12]).toMatchObject({ by: { kind: 'call', callee: { text: 'SGD' }, arguments: [] } });
    expect(members[11]).toMatchObject({
      body: [{ kind: 'from' }, { kind: 'clamp' }, { kind: 'sample' }, { kind: 'persist' }],
    });
  });
});

describe('a header', () => {
  it('of learning may leave the inference out', () => {
    expect(only('learning', 'learning CD of RBM(k: int = 1) {}')).toMatchObject({
      inference: null,
      parameters: [{ name: { text: 'k' } }],
    });
    expect(only('learning', 'learning L of M by S(k) {}')).toMatchObject({ inference: { text: 'S' } });
  });
});

describe('a doc comment', () => {
  it('belongs to the file, or to what begins right below it', () => {
    const { module } = parse(
      'test.nsm',
      `/// About the file.

import { A as B, C } from "std/families"
/// One.
///
///   Two.
function f(x) = x // no
function g(x) = x /// no
// between
function h(x) = x
/// Above
// a comment
function i(x) = x
/// Too far.

function j(x) = x
`,
    );
    expect(module.doc).toBe('About the file.');
    expect(module.declarations.map(({ doc }) => doc)).toEqual(['One.\n\n  Two.', null, null, 'Above', null]);
    expect(module.imports[0]).toMatchObject({
      names: [{ name: { text: 'A' }, alias: { text: 'B' } }, { alias: null }],
      from: { text: 'std/families' },
    });
  });
});

describe('a doc comment before the first declaration', () => {
  it('is about the file, whatever stands on the lines of imports', () => {
    const docOf = (source: string) => parse('test.nsm', source).module.doc;
    const declared = '\n\n/// Of nothing.\n\nmodel N {}';
    expect(docOf(`import { A } from "./a" model M {}${declared}`)).toBeNull();
    expect(
      docOf(`import {\n  model,\n  family as\n  learning\n} from "./a"\n\n/// Of the file.\n\nmodel M {}`),
    ).toBe('Of the file.');
  });
});

describe('recovery', () => {
  const lines = (source: string): (string | number)[][] =>
    parse('test.nsm', source).diagnostics.map(({ code, span }) => [
      code,
      source.slice(0, span.start).split('\n').length,
    ]);

  it('gives one error for each mistake, in source order, and keeps the rest', () => {
    const source = `model A {
  param a real = 0
  param b: real = 0
  param c: real =
  param d: real = 0
}
family F(x: real {
  suport real
}
modle B {}
inference I of A {
  repeat 3 { descend energy ovr u by SGD(); start u 3; local }
  guard u in (0, 1)
}
function f(x) = x +
function g(x) = x
`;
    expect(lines(source)).toEqual([
      ['NSM1014', 2],
      ['NSM1017', 4],
      ['NSM1005', 7],
      ['NSM1008', 8],
      ['NSM1007', 10],
      ['NSM1001', 12],
      ['NSM1001', 12],
      ['NSM1001', 13],
      ['NSM1017', 15],
    ]);
    const { module } = parse('test.nsm', source);
    expect(module.declarations.map(({ name }) => name.text)).toEqual(['A', 'I', 'g']);
    expect(module.declarations[0]).toMatchObject({
      members: [{ name: { text: 'b' } }, { name: { text: 'd' } }],
    });
  });

  it('does not let an open brace swallow the next declaration', () => {
    const source = 'model A {\n  param a: real = 0\n\nmodel B {\n  param b: real = 0\n}\n';
    expect(lines(source)).toEqual([['NSM1005', 2]]);
    expect(parse('test.nsm', source).module.declarations.map(({ name }) => name.text)).toEqual(['A', 'B']);
  });

  it('says what is nested too deeply instead of failing', () => {
    expect(
      parse('test.nsm', `function f(x) = ${'('.repeat(20_000)}`).diagnostics.map(({ code }) => code),
    ).toEqual(['NSM1001']);
  });

  it('survives every prefix of a program', () => {
    const source = readFileSync(new URL('../../stdlib/models/ipvae.nsm', import.meta.url), 'utf8');
    for (let end = 0; end < source.length; end += 7)
      expect(() => parse('test.nsm', source.slice(0, end))).not.toThrow();
  });

  it('reads an empty file', () => {
    expect(parse('test.nsm', '')).toMatchObject({
      module: { declarations: [], imports: [], doc: null },
      diagnostics: [],
    });
  });
});

describe('a keyword', () => {
  const words = ['prior', 'rate', 'state', 'over', 'step', 'energy', 'model', 'data', 'mean', 'exact', 'local', 'at', 'by', 'from', 'draw', 'sample', 'phase', 'statistic', 'within', 'in', 'dt', 'd', 'family', 'import', 'where', 'fixed']; // prettier-ignore

  it.each(words)('%s is free as a name', (word) => {
    const source = `function f(${word}: real, ${word} = 1): real = ${word} + g(${word}, ${word} = ${word}) * ${word}[${word}]
model ${word}(${word}: dim = 2) {
  param ${word}: real[${word}] = ${word}
  energy ${word} = sum(${word} over ${word})
  latent ${word} ~ ${word}(${word} = ${word})
}
dynamics ${word}(${word}) of ${word} {
  state ${word} = ${word}
  ${word} <- ${word} + 1
  let ${word} = ${word} / 2
  ${word}: d ${word} = ${word} dt
}
inference ${word} of ${word} {
  start ${word} = ${word}
  guard ${word} within ${word}
  descend ${word} over ${word} by ${word}(${word} = 2)
  repeat ${word} { free ${word} }
}`;
    const { module, diagnostics } = parse('test.nsm', source);
    expect(diagnostics).toEqual([]);
    expect(module.declarations).toHaveLength(4);
    const body = module.declarations[2];
    expect(body?.kind === 'dynamics' && body.members.map(({ kind }) => kind)).toEqual([
      'state',
      'assign',
      'let',
      'differential',
    ]);
    const value = module.declarations[0]?.kind === 'function' ? module.declarations[0].value : null;
    expect(print(value as Expression)).toBe(`(${word} + (g(${word}, ${word} = ${word}) * ${word}[${word}]))`);
  });
});
