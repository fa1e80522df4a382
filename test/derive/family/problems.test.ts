import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fileSources } from '../../../src/check/sources.ts';
import type { Family } from '../../../src/check/typed.ts';
import { analyse } from '../../../src/derive/analyse.ts';
import { measureOf } from '../../../src/derive/family/member.ts';
import { sampleMembers, sampleValues } from '../../../src/derive/family/sample-members.ts';
import { sound } from '../../check/support.ts';

/**
 * `NSM4011 1 / x: ... at x = 0`: codes with the text they point at, and the message. How families are drawn is left out: most of
 * those here are none but for one line.
 */
const problems = (text: string, beside: Readonly<Record<string, string>> = {}): readonly string[] =>
  analyse('main.nsm', fileSources(new Map([['main.nsm', text], ...Object.entries(beside)])))
    .diagnostics.filter(({ code }) => code !== 'NSM9008')
    .map(({ code, span, message }) => `${code} ${text.slice(span.start, span.end)}: ${message}`);

const hints = (text: string): readonly (string | null)[] =>
  analyse('main.nsm', fileSources(new Map([['main.nsm', text]]))).diagnostics.map(({ hint }) => hint);

interface Lines {
  readonly parameters?: string;
  readonly support?: string;
  readonly statistic?: string;
  readonly natural?: string;
  readonly partition?: string;
  readonly rest?: string;
}
const family = ({
  parameters = 'rate: real',
  support = 'count',
  statistic = 'x',
  natural = 'eta = rate',
  partition = 'exp(eta)',
  rest = '',
}: Lines): string =>
  `family F(${parameters}) {\n support ${support}\n statistic ${statistic}\n natural ${natural}\n log_partition ${partition}\n ${rest}\n}`;

describe('the bounds of a support', () => {
  it('are refused where the defaults leave nothing between them', () => {
    const of = (low: string): string =>
      family({
        parameters: `rate: real, fixed low: real = ${low}, fixed high: real = 1`,
        support: 'real from low up to high',
        partition: 'eta^2',
      });
    expect(problems(of('3'))).toEqual([
      'NSM4010 real from low up to high: there are no values between these bounds: from 3 up to 1 by the defaults for low = 3, high = 1',
    ]);
    expect(problems(of('0'))).toEqual([]);
  });
});

describe('statistics and base measure', () => {
  it.each([
    ['1 / x', 'count', 'infinite at x = 0'],
    ['log(x)', 'real', 'minus infinity at x = 0'],
    ['log(x + 1)', 'real', 'infinity at x = -1'],
    ['sqrt(x - 1)', 'positive', 'no number at x = 0.5'],
    ['log(1 - x)', 'positive', 'minus infinity at x = 1'],
    ['1 / x', 'positive with atom at 0', 'infinite at x = 0'],
    ['log(x - 0.2)', 'real from 0 up to 1', 'no number at x = 0'],
    ['1 / x', 'real from 0 up to 1 with atom at 0', 'infinite at x = 0'],
    ['1 / (2 - x)', 'count up to 2', 'infinite at x = 2'],
    ['log(x)', 'integer', 'minus infinity at x = 0'],
    ['log(x)', 'spin', 'no number at x = -1'],
    ['1 / x', 'angle', 'infinite at x = 0'],
  ])('are refused: %s on %s', (statistic, support, where) => {
    const found = problems(family({ statistic, support }));
    expect(
      found.filter((problem) => problem.startsWith('NSM4011')).map((each) => each.split(': ')[0]),
    ).toEqual([`NSM4011 ${statistic}`]);
    expect(found.join()).toContain(where);
  });
  it.each([
    ['log(x)', 'positive'],
    ['log(x)', 'unit'],
    ['log(x)', 'real from 0 up to 1'],
    ['log(1 - x^2)', 'real from -1 up to 1'],
    ['log(1 - x)', 'unit'],
    ['1 / x', 'count from 1'],
    ['log(x)', 'real from 1 up to 2'],
    ['cos(x)', 'angle'],
    ['x', 'positive with atom at 0'],
    ['1 / x', 'spin'],
  ])('are accepted: %s on %s', (statistic, support) => {
    expect(problems(family({ statistic, support }))).toEqual([]);
  });
  it('are tried for several fixed arguments', () => {
    const lines = { support: 'positive', statistic: 'log(x - 2 * least)' };
    const of = (line: string): string =>
      family({ ...lines, support: line, parameters: 'rate: real, fixed least: positive = 1' });
    expect(problems(of('positive from least'))[0]).toMatch(
      /^NSM4011 log\(x - 2 \* least\): .* minus infinity at x = 2 for least = 1,/,
    );
    expect(problems(of('positive'))[0]).toContain('NSM4011');
  });
  it.each([
    ['log(x)', 'real', '`positive`'],
    ['log(1 - x)', 'positive', '`unit`'],
    ['log(x - 0.5)', 'unit', '`real from 0.5 up to 1`'],
    ['log(x)', 'integer', '`count from 1`'],
    ['log(x)', 'count', '`count from 1`'],
    ['log(x - least)', 'real', '`real from least`'],
    ['log_choose(most, x)', 'count up to most + 1', '`count up to most`'],
  ])('come with the part of the support that has them: %s on %s', (statistic, support, instead) => {
    const parameters = 'rate: real, fixed least: positive = 0.7, fixed most: count = 5';
    expect(hints(family({ statistic, support, parameters }))[0]).toContain(`it has one on ${instead}.`);
  });
  it('come without a part where it is no interval', () => {
    expect(hints(family({ statistic: '1 / x', support: 'real' }))[0]).toBe(
      'Every value of the support needs a finite one here.',
    );
  });
  it('are blamed on the base measure where it is to blame', () => {
    expect(problems(family({ rest: 'log_base -log_gamma(x)' }))[0]).toMatch(
      /^NSM4011 -log_gamma\(x\): the base measure/,
    );
  });
  it('may be infinite at no vertex of what lies over an axis', () => {
    const simplex = (statistic: string): string =>
      family({
        parameters: 'rate: positive over classes',
        support: 'simplex over classes',
        statistic,
        natural: 'eta = rate',
        partition: 'sum(eta^2 over classes)',
      });
    expect(problems(simplex('log(x)'))).toEqual([]);
    expect(problems(simplex('log(x - 1)'))[0]).toContain('no number at x = [');
  });
});

describe('a log-partition', () => {
  it('is convex', () => {
    expect(problems(family({ partition: '-exp(eta)' }))).toEqual([
      'NSM4012 -exp(eta): the log-partition is not convex: its second derivative is -1 at eta = 0',
    ]);
  });
  it('is convex everywhere', () => {
    // Its second derivative is 2 - 12/50 eta^2: negative beyond 2.9.
    const found = problems(family({ partition: 'eta^2 - eta^4 / 50' }));
    expect(found).toHaveLength(1);
    const [, slope, at] = /second derivative is (\S+) at eta = (\S+)$/.exec(found[0]!)!;
    expect(Number(slope)).toBeCloseTo(2 - (12 / 50) * Number(at) ** 2, 2);
    expect(Number(slope)).toBeLessThan(0);
  });
  it('has no negative eigenvalue between its statistics', () => {
    const two = (partition: string): readonly string[] =>
      problems(
        family({
          parameters: 'p: real, q: real',
          support: 'real',
          statistic: 'x, x^2',
          natural: 'a = p, b = q',
          partition,
        }),
      );
    expect(two('a^2 + b^2 + 1.9 * a * b')).toEqual([]);
    expect(two('a^2 + b^2 + 2.1 * a * b')[0]).toContain(
      'its Hessian has a negative eigenvalue at a = 0, b =',
    );
  });
  it('may be flat in a direction that an event axis makes', () => {
    const choice = (sign: string): string =>
      family({
        parameters: 'logits: real over classes',
        support: 'one_hot over classes',
        natural: 'eta = logits',
        partition: `${sign}log_sum_exp(eta over classes)`,
      });
    expect(problems(choice(''))).toEqual([]);
    expect(problems(choice('-'))[0]).toContain('NSM4012');
  });
  it('has a value for all natural parameters', () => {
    const waiting = { parameters: 'rate: positive', support: 'positive', natural: 'eta = -rate' };
    expect(problems(family({ ...waiting, partition: '-log(-eta)' }))).toEqual([]);
    expect(problems(family({ ...waiting, partition: '-log(eta)' }))).toEqual([
      'NSM4015 -log(eta): the log-partition has no value at eta = -1',
    ]);
    // The limit at 0 exists, and the formula has no value there.
    expect(problems(family({ support: 'unit', partition: 'log((exp(eta) - 1) / eta)' }))).toEqual([
      'NSM4015 log((exp(eta) - 1) / eta): the log-partition has no value at eta = 0',
    ]);
  });
  it('is read at natural parameters that have values themselves', () => {
    expect(problems(family({ natural: 'eta = log(rate)' }))[0]).toMatch(
      /^NSM4015 eta: `eta = log\(rate\)` has no value at rate = 0$/,
    );
  });
  it('may be intractable', () => {
    expect(problems(family({ support: 'real', partition: 'intractable', rest: 'log_base -x^4' }))).toEqual(
      [],
    );
  });
});

describe('standard parameters', () => {
  const gauss = (standard: string): readonly string[] =>
    problems(
      family({
        parameters: 'mean: real, sd: positive',
        support: 'real',
        statistic: 'x, x^2',
        natural: 'a = mean / sd^2, b = -1 / (2 * sd^2)',
        partition: '-a^2 / (4 * b) - log(-2 * b) / 2',
        rest: `standard ${standard}`,
      }),
    );
  it('lead back to the natural parameters', () => {
    expect(gauss('mean = -a / (2 * b), sd = sqrt(-1 / (2 * b))')).toEqual([]);
  });
  it('are blamed one by one', () => {
    expect(gauss('mean = a / (2 * b), sd = sqrt(-1 / (2 * b))')[0]).toMatch(/^NSM4013 a \/ \(2 \* b\): /);
    expect(gauss('mean = -a / (2 * b), sd = sqrt(-1 / b)')[0]).toMatch(/^NSM4013 sqrt\(-1 \/ b\): /);
  });
  it('may be other ones with the same natural parameters', () => {
    // Logits, up to a number that is added to all.
    expect(
      problems(
        family({
          parameters: 'logits: real over classes',
          support: 'one_hot over classes',
          natural: 'eta = logits - log_sum_exp(logits over classes)',
          partition: 'log_sum_exp(eta over classes)',
          rest: 'standard logits = eta',
        }),
      ),
    ).toEqual([]);
  });
});

describe('statistics that say the same thing', () => {
  const two = (support: string, statistic: string): readonly string[] =>
    problems(
      family({
        parameters: 'p: real, q: real',
        support,
        statistic,
        natural: 'a = p, b = q',
        partition: 'a^2 + b^2',
      }),
    );
  it.each([
    ['binary', 'x, x^2'],
    ['real', 'x, 3 - 2 * x'],
    ['positive', 'log(x), log(2 * x^3)'],
    ['spin', 'x, x^3'],
  ])('are warned of on %s: %s', (support, statistic) => {
    expect(two(support, statistic)).toEqual([
      `NSM9007 ${statistic.split(', ')[1]!}: this statistic is an affine function of the one before it on the support`,
    ]);
  });
  it('are told from statistics that are merely close', () => {
    expect(two('count', 'x, x^2')).toEqual([]);
    expect(two('unit', 'log(x), log(1 - x)')).toEqual([]);
    expect(two('angle', 'cos(x), sin(x)')).toEqual([]);
  });
  it('may be one statistic that is constant', () => {
    expect(problems(family({ support: 'spin', statistic: 'x^2' }))[0]).toBe(
      'NSM9007 x^2: this statistic is the same number for all values',
    );
    expect(two('real', 'x, 1')[0]).toBe('NSM9007 1: this statistic is the same number for all values');
  });
});

describe('parameters that no data tell apart', () => {
  it('are refused where two parameters move one natural parameter', () => {
    expect(
      problems(family({ parameters: 'slope: real, drive: real', natural: 'eta = slope * drive' })),
    ).toEqual(['NSM4019 drive: the natural parameters move with `drive` only as they do with `slope`']);
  });
  it('are refused where the natural parameters do not read one', () => {
    expect(problems(family({ parameters: 'rate: real, other: real' }))).toEqual([
      'NSM4019 other: the natural parameters stay the same when `other` moves',
    ]);
  });
  it('are refused where two natural parameters move together', () => {
    const [first] = problems(
      family({
        parameters: 'p: real, q: real',
        support: 'real',
        statistic: 'x, x^2',
        natural: 'a = p - q, b = -exp(p - q)',
        partition: 'a^2 + b^2',
      }),
    );
    expect(first).toBe('NSM4019 q: the natural parameters move with `q` only as they do with `p`');
  });
  it('may be entries of one array', () => {
    expect(
      problems(
        family({
          parameters: 'logits: real over classes',
          support: 'one_hot over classes',
          natural: 'eta = logits - log_sum_exp(logits over classes)',
          partition: 'log_sum_exp(eta over classes)',
        }),
      ),
    ).toEqual([]);
  });
  it('may be fixed', () => {
    expect(
      problems(family({ parameters: 'slope: real, fixed drive: real', natural: 'eta = slope * drive' })),
    ).toEqual([]);
  });
});

describe("natural parameters in each other's place", () => {
  it('are told where the log-partition has a value with them exchanged', () => {
    const [hint] = hints(
      family({
        parameters: 'mean: real, sd: positive',
        support: 'real',
        statistic: 'x, x^2',
        natural: 'a = -1 / (2 * sd^2), b = mean / sd^2',
        partition: '-a^2 / (4 * b) - log(-2 * b) / 2',
      }),
    );
    expect(hint).toContain('With `natural a = mean / sd², b = −½ / sd²` it is one at every member tried.');
  });
});

describe('imported families', () => {
  const wrong = family({ partition: '-exp(eta)' });
  it('are tried where they are declared and nowhere else', () => {
    const text = 'import { F } from "./other"\nmodel M { observed y ~ F(rate = 1) }';
    expect(problems(text, { 'other.nsm': wrong })).toEqual([]);
    expect(problems(wrong)).toHaveLength(1);
  });
});

describe('the families of the standard library', () => {
  const folder = fileURLToPath(new URL('../../../stdlib/families/', import.meta.url));
  it.each(readdirSync(folder))('%s has no problem', (file) => {
    expect(analyse(`${folder}${file}`, fileSources()).diagnostics).toEqual([]);
  });
});

describe('sampled members', () => {
  const of = (text: string): Family => sound(text).families.at(-1)!;
  it('begin in the middle of every domain, with what is fixed as declared', () => {
    const [first, second] = sampleMembers(
      of(family({ parameters: 'rate: real, scale: positive, share: unit, fixed trials: count = 3' })),
      2,
    );
    const numbers = (member: typeof first): readonly (number | undefined)[] =>
      Object.values(member!.parameters).map(({ values }) => values[0]);
    expect(numbers(first)).toEqual([0, 1, 0.5, 3]);
    expect(numbers(second)).not.toContain(0);
  });
  it('have values between their bounds', () => {
    const members = sampleMembers(
      of(family({ parameters: 'rate: real, fixed a: real, fixed b: real', support: 'real from a up to b' })),
      40,
    );
    expect(members.length).toBeGreaterThan(10);
    for (const member of members) {
      const { low, high } = measureOf(member)!;
      const values = sampleValues(member) as readonly number[];
      expect(values.length).toBeGreaterThan(4);
      expect(values.every((x) => x >= low && x <= high)).toBe(true);
      expect([Math.min(...values), Math.max(...values)]).toEqual([low, high]);
    }
  });
});
