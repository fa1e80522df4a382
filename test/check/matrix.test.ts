import { describe, expect, it } from 'vitest';
import { formula, formulaProblems, problems, sound } from './support.ts';
import { show } from './print.ts';

describe('functions of square matrices', () => {
  it('name the rows and the columns after `over`', () => {
    expect(formula("log_determinant(W over units, units')")).toBe(
      "log_determinant{units units'}(W[units, units'])",
    );
    expect(formula("sum(inverse(W over units, units') @ u)")).toBe(
      "sum{units units'}(u[units] * inverse{units units'}(W[units, units'])[units', units])",
    );
    expect(formula("sum(cholesky(W over units, units') @ u)")).toBe(
      "sum{units units'}(u[units] * cholesky{units units'}(W[units, units'])[units', units])",
    );
    // The axis that `@` sums over is the primed one: here that of the rows.
    expect(formula("sum(cholesky(W over units', units) @ u)")).toBe(
      "sum{units units'}(u[units] * cholesky{units units'}(W[units, units'])[units, units'])",
    );
  });

  it('take all axes of a matrix without `over`', () => {
    expect(formula('log_determinant(W)')).toBe(formula("log_determinant(W over units, units')"));
    expect(formula('sum(inverse(W) @ u)')).toBe(formula("sum(inverse(W over units, units') @ u)"));
  });

  it('are functions of each matrix of a batch', () => {
    expect(formula("sum(log_determinant(outer(va, W) over units, units') over a)")).toBe(
      "sum{a}(log_determinant{units units'}(W[units, units'] * va[a]))",
    );
  });

  it('keep to arithmetic: a matrix times its inverse is gone', () => {
    expect(formula('sum(inverse(W) @ (W @ u))')).toBe('sum{units}(u[units])');
    expect(formula('sum(inverse(inverse(W)) @ u)')).toBe(formula('sum(W @ u)'));
  });

  it('need an axis and the same axis with a prime', () => {
    expect(formulaProblems('log_determinant(m over a, b)')).toEqual(['NSM3016 log_determinant(m over a, b)']);
    expect(formulaProblems('log_determinant(m)')).toEqual(['NSM3016 log_determinant(m)']);
    expect(formulaProblems('log_determinant(u)')).toEqual(['NSM3016 log_determinant(u)']);
    expect(formulaProblems('sum(inverse(W over units))')).toEqual(['NSM3016 inverse(W over units)']);
    expect(formulaProblems("sum(inverse(u over units, units'))")).toEqual(["NSM3005 units'"]);
    expect(formulaProblems('sum(cholesky(W over units, units))')).toEqual(['NSM3011 units']);
    expect(formulaProblems('log_determinant()')).toEqual(['NSM2010 log_determinant()']);
    expect(formulaProblems('log_determinant(W, W)')).toEqual(['NSM2009 log_determinant(W, W)']);
  });

  it('are suggested for names that are almost theirs', () => {
    expect(formulaProblems('log_determinan(W)')).toEqual(['NSM2002 log_determinan']);
  });
});

describe('matrices from vectors', () => {
  it('are outer products, summed over the axes that are named', () => {
    expect(formula('log_determinant(outer(V, V over a))')).toBe(
      "log_determinant{units units'}(sum{a}(V[a, units] * V[a, units']))",
    );
    expect(formula('sum(outer(va, va))')).toBe('sum{a}(va[a])^2');
    expect(formula('outer(va, va over a)')).toBe(formula('va @ va'));
    expect(formulaProblems('sum(outer(V, u over a))')).toEqual(['NSM3005 a']);
    expect(formulaProblems('sum(outer(V, V over a, a))')).toEqual(['NSM3011 a']);
    expect(formulaProblems('sum(outer(W, u))')).toEqual(['NSM3003 outer(W, u)']);
  });

  it('are diagonals', () => {
    expect(formula('log_determinant(outer(V, V over a) + diagonal(exp(u)))')).toBe(
      "log_determinant{units units'}((sum{a}(V[a, units] * V[a, units']) + exp(u[units']) * [units = units']))",
    );
    expect(formula('sum(diagonal(1 over units) @ u)')).toBe('sum{units}(u[units])');
    expect(formula('sum(diagonal(V over units) @ u)')).toBe(formula('sum(V * u)'));
    expect(formulaProblems('sum(diagonal(s))')).toEqual(['NSM3005 diagonal(s)']);
    expect(formulaProblems('sum(diagonal(V))')).toEqual(['NSM3005 diagonal(V)']);
    expect(formulaProblems('sum(diagonal(W over units))')).toEqual(['NSM3003 diagonal(W over units)']);
    expect(formulaProblems('sum(diagonal(u, u))')).toEqual(['NSM2009 diagonal(u, u)']);
  });
});

describe('a family with matrices among its parameters', () => {
  const model = (members: string): string => `
    import { MultivariateNormal } from "std/families"
    model Cloud(units: dim = 3, causes: dim = 2) {
      param m: real[units] = 0
      param P: real[units, units'] = normal(0, 1)
      param W: real[causes, units] = normal(0, 1)
      ${members}
    }`;
  const argumentsOf = (members: string): Readonly<Record<string, string>> => {
    const { distribution } = sound(model(members)).models[0]!.variables.at(-1)!;
    return Object.fromEntries(
      Object.entries(distribution!.arguments).map(([name, value]) => [name, show(value)]),
    );
  };

  it('finds its axis, and the primed one with it, in the arguments', () => {
    const text = model('latent z ~ MultivariateNormal(mean = m, precision = P)');
    const [z] = sound(text).models[0]!.variables;
    expect(z!.indices).toEqual(['units']);
    expect(z!.support).toEqual({ kind: 'vector', over: ['units'] });
    const { family } = z!.distribution!;
    expect(family.parameters.map(({ over }) => over)).toEqual([['units'], ['units', "units'"]]);
    expect(show(family.natural[0]!.value)).toBe("sum{units'}(mean[units'] * precision[units, units'])");
    expect(show(family.natural[1]!.value)).toBe("-0.5 * precision[units, units']");
  });

  it('takes a covariance in place of a precision', () => {
    expect(argumentsOf('observed x ~ MultivariateNormal(mean = m, covariance = P)')).toEqual({
      mean: 'm[units]',
      precision: "inverse{units units'}(P[units, units'])[units, units']",
    });
  });

  it('may have a mean that varies with other axes, and one matrix for all', () => {
    const text = `latent z ~ MultivariateNormal(mean = W, precision = P over units)`;
    const [z] = sound(model(text)).models[0]!.variables;
    expect(z!.indices).toEqual(['causes', 'units']);
  });

  it('says so when a vector stands in place of the matrix', () => {
    expect(problems(model('latent z ~ MultivariateNormal(mean = m, precision = m)'))).toContain('NSM4008 m');
  });
});
