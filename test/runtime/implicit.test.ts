/** How draws move with natural parameters: against 50-digit values, against closed forms, and as derivatives of expectations. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { NamedArray } from '../../src/calculus/evaluate.ts';
import type { Family } from '../../src/check/typed.ts';
import { fisherOf, memberOf } from '../../src/derive/family/member.ts';
import type { Program, Statement } from '../../src/schedule/program.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { contextOf, drawMember, drawProgram, standardFamily, type Numbers } from '../support/draws.ts';
import { falseAlarm, meanTest } from '../support/goodness.ts';

/** Slopes at given values instead of draws: the program without its draw, which becomes an input. */
const slopesAt = (
  family: Family,
  parameters: Numbers,
  values: ArrayLike<number>,
): readonly Float64Array[] => {
  const program = drawProgram({ ...family, pathwise: null }, parameters);
  const isSlope = (statement: Statement): boolean =>
    statement.kind === 'draw' && statement.source.kind === 'implicit';
  const drawn = program.body.find((statement) => statement.kind === 'draw' && !isSlope(statement))!;
  const given = drawn.kind === 'draw' ? drawn.target : null;
  const alone: Program = {
    ...program,
    inputs: [...program.inputs, given!],
    body: program.body.filter(isSlope),
    outputs: program.outputs.filter(({ name }) => name !== 'z'),
  };
  const input: NamedArray = {
    indices: ['example'],
    shape: [values.length],
    values: Float64Array.from(values),
  };
  const results = interpret(alone, { iteration: 0, [given!.name]: input }, contextOf(values.length, 1));
  return family.natural.map((_, k) => results[`implicit_${k}`]!.values);
};

type Case = readonly [name: string, parameters: Numbers, x: number, slopes: readonly number[]];
const cases = JSON.parse(
  readFileSync(new URL('implicit-values.json', import.meta.url), 'utf8'),
) as readonly Case[];
const families = [...new Set(cases.map(([name]) => name))];

describe('slopes of draws agree with 50-digit values to 1e-7', () => {
  it.each(families)('%s', (name) => {
    const family = standardFamily(name);
    for (const [, parameters, x, wanted] of cases.filter(([own]) => own === name)) {
      const found = slopesAt(family, parameters, [x]).map((values) => values[0]!);
      // A slope that crosses zero here is compared with the size of the others.
      const scale = Math.max(...wanted.map(Math.abs));
      wanted.forEach((slope, k) => {
        const error =
          Math.abs(found[k]! - slope) / Math.max(Math.abs(slope), name === 'VonMises' ? scale : 0);
        expect(
          error,
          `${JSON.stringify(parameters)}, x = ${x}, slope ${k}: ${found[k]} for ${slope}`,
        ).toBeLessThan(1e-7);
      });
    }
  });
});

describe('slopes of draws agree with closed forms to 1e-7', () => {
  const expectSlopes = (
    name: string,
    parameters: Numbers,
    xs: readonly number[],
    wanted: readonly ((x: number) => number)[],
  ): void => {
    const found = slopesAt(standardFamily(name), parameters, xs);
    xs.forEach((x, n) => {
      wanted.forEach((slope, k) => {
        const error = Math.abs(found[k]![n]! - slope(x)) / Math.max(Math.abs(slope(x)), 1e-3);
        expect(error, `${name}, x = ${x}, slope ${k}: ${found[k]![n]} for ${slope(x)}`).toBeLessThan(1e-7);
      });
    });
  };

  it('of a Normal, whose draws are mean + sd * noise', () => {
    // a = mean / sd², b = -1 / (2 sd²): dmean/da = sd², dmean/db = 2 sd² mean, dsd/db = sd³.
    const [mean, sd] = [3, 0.5];
    expectSlopes(
      'Normal',
      { mean, sd },
      [mean - 2.5, mean - 0.3, mean + 0.1, mean + 1.5],
      [() => sd ** 2, (x) => 2 * sd ** 2 * mean + sd ** 2 * (x - mean)],
    );
  });

  it('of an Exponential and of a Weibull, whose draws are multiples of their scale', () => {
    expectSlopes('Exponential', { rate: 3 }, [1e-12, 0.1, 2, 9], [(x) => x / 3]);
    // eta = -scale^-shape: dscale/deta = scale^(shape + 1) / shape.
    for (const shape of [0.4, 3])
      expectSlopes('Weibull', { scale: 2, shape }, [1e-4, 0.5, 3], [(x) => (x * 2 ** shape) / shape]);
  });

  it('of a power law above its least value', () => {
    // x = minimum u^(-1/shape), and eta = -shape.
    expectSlopes('Pareto', { shape: 2, minimum: 3 }, [3.1, 5, 100], [(x) => (x * Math.log(x / 3)) / 2]);
  });
});

describe('the derivative of a mean is the mean of the slopes times the derivative', () => {
  // d E[T_j] / d eta_k = G_jk = E[T_j'(x) dx/d eta_k]. False alarm 1e-4 each, 14 checks.
  it.each([
    ['Gamma', { shape: 0.3, rate: 2 }, [(x: number) => 1 / x, () => 1]],
    ['Beta', { alpha: 2, beta: 3 }, [(x: number) => 1 / x, (x: number) => -1 / (1 - x)]],
    ['VonMises', { mean: 2, concentration: 1.5 }, [(x: number) => -Math.sin(x), Math.cos]],
    ['RectifiedNormal', { mean: 0.5, sd: 1 }, [() => 1]],
    ['Quartic', { drive: 1 }, [() => 1]],
  ] as const)('%s', (name, parameters, slopesOfStatistics) => {
    const family = standardFamily(name);
    const member = memberOf(family, parameters);
    const draws = drawMember(family, parameters, 20_000, 5);
    const moved = slopesAt(family, parameters, draws);
    const fisher = fisherOf(member);
    slopesOfStatistics.forEach((derivative, j) =>
      moved.forEach((slopes, k) => {
        const values = slopes.map((slope, n) => slope * derivative(draws[n]!));
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
        expect(
          meanTest(values, fisher[j]![k]!, variance + 1e-12),
          `G[${j}][${k}]: ${mean} for ${fisher[j]![k]}`,
        ).toBeGreaterThan(falseAlarm);
      }),
    );
  });
});

describe('a value with a probability of its own', () => {
  it('does not move, and neither does a draw that could not be made', () => {
    const family = standardFamily('RectifiedNormal');
    const [slopes] = slopesAt(family, { mean: 1, sd: 1 }, [0, 0.5, NaN]);
    expect(slopes![0]).toBe(0);
    expect(slopes![1]).toBeGreaterThan(0);
    expect(slopes![2]).toBeNaN();
  });
});

describe('the pathwise estimator', () => {
  it('reads a draw and how it moves with each natural parameter', () => {
    const program = drawProgram(standardFamily('Gamma'), { shape: 2, rate: 1 }, 'parameters', {
      estimator: { kind: 'pathwise' },
    });
    expect(program.body.map(({ kind }) => kind)).toEqual(['draw', 'draw', 'draw', 'assign']);
    const { z, implicit_0: first } = interpret(program, { iteration: 0 }, contextOf(100, 2));
    expect(z!.values).toEqual(drawMember(standardFamily('Gamma'), { shape: 2, rate: 1 }, 100, 2));
    expect(first!.values.every((slope) => slope > 0)).toBe(true);
  });
});
