/** How expressions read: each snapshot stands beside the expression it prints. */
import { describe, expect, it } from 'vitest';
import {
  add,
  apply,
  constant,
  delta,
  divide,
  exp,
  log,
  maximum,
  multiply,
  negate,
  power,
  read,
  size,
  sqrt,
  square,
  subtract,
  sum,
} from '../../src/calculus/build.ts';
import { completeSquares, together } from '../../src/calculus/collect.ts';
import { difference } from '../../src/calculus/difference.ts';
import { derivative } from '../../src/calculus/differentiate.ts';
import { distributeNested, expand } from '../../src/calculus/expand.ts';
import type { Expression, Operator } from '../../src/calculus/expression.ts';
import { print } from '../../src/calculus/print.ts';

const Phi = read('Phi', ['pixels', 'neurons']);
const z = read('z', ['example', 'neurons']);
const x = read('x', ['example', 'pixels']);
const s = read('log_sd', ['pixels']);
const u = read('u', ['example', 'neurons']);
const [a, b, c] = [read('a'), read('b'), read('c')];
const mean = sum(['neurons'], multiply(Phi, z));
const weight = exp(multiply(constant(-2), s));
/** ½ Σ e^(−2s) (x − Φz)² + Σ s: the surprise of Gaussian pixels without its constant. */
const surprise = sum(['pixels'], add(multiply(constant(0.5), weight, square(subtract(x, mean))), s));
const text = (node: Expression): string => print(node, { hide: ['example'] });

describe('printing', () => {
  it('writes numbers, signs and brackets as on paper', () => {
    expect(print(subtract(a, multiply(constant(2), b)))).toBe('a − 2 · b');
    expect(print(multiply(constant(-0.5), add(a, b)))).toBe('−½ · a − ½ · b');
    expect(print(multiply(a, add(b, c)))).toBe('a · (b + c)');
    expect(print(divide(a, multiply(b, c)))).toBe('a / (b · c)');
    expect(print(divide(constant(1), add(a, b)))).toBe('1 / (a + b)');
    expect(print(power(add(a, b), 2))).toBe('(a + b)²');
    expect(print(sqrt(add(a, b)))).toBe('√(a + b)');
    expect(print(negate(exp(negate(a))))).toBe('−exp(−a)');
    expect(print(power(a, b))).toBe('a^b');
    expect(print(add(constant(Math.PI), constant(0)))).toBe('π');
    expect(print(apply('less', a, b))).toBe('[a < b]');
    expect(print(apply('where', apply('less', a, b), c, constant(0)))).toBe('where([a < b], c, 0)');
  });

  it('writes a sum over one shared axis as a matrix product', () => {
    expect(text(mean)).toBe('Phi @ z');
    expect(text(sum(['pixels'], multiply(Phi, weight, x)))).toBe('Phi @ (x · exp(−2 · log_sd))');
    expect(text(sum(['neurons'], exp(u)))).toBe('sum(exp(u) over neurons)');
    expect(text(maximum(['neurons'], u))).toBe('max(u over neurons)');
  });

  it('shows subscripts only where names do not say enough', () => {
    expect(text(multiply(read('W', ['neurons', "neurons'"]), z))).toBe('W[neurons, neurons′] · z');
    expect(text(delta('neurons', "neurons'"))).toBe('[neurons = neurons′]');
    expect(text(size('pixels'))).toBe('size(pixels)');
  });
});

describe('normal forms', () => {
  it('collect like terms and equal bases', () => {
    expect(print(add(a, b, a, negate(b)))).toBe('2 · a');
    expect(print(multiply(a, b, a, power(b, -1)))).toBe('a²');
    expect(print(subtract(a, subtract(a, b)))).toBe('b');
    expect(print(multiply(exp(a), exp(b), exp(negate(a))))).toBe('exp(b)');
    expect(print(exp(add(a, log(b))))).toBe('b · exp(a)');
    expect(print(log(exp(a)))).toBe('a');
  });

  it('pull apart sums of what shares no index', () => {
    expect(text(sum(['neurons', 'pixels'], multiply(read('r', ['neurons']), s)))).toBe(
      'sum(r over neurons) · sum(log_sd over pixels)',
    );
    expect(text(sum(['neurons', 'pixels'], s))).toBe('size(neurons) · sum(log_sd over pixels)');
    expect(text(sum(["neurons'"], multiply(delta('neurons', "neurons'"), read('r', ["neurons'"]))))).toBe(
      'r',
    );
    expect(
      text(sum(["neurons'"], multiply(square(delta('neurons', "neurons'")), read('r', ["neurons'"])))),
    ).toBe('r');
  });
});

describe('the surprise of Gaussian pixels', () => {
  it('keeps its residual form under derivatives', () => {
    expect(text(surprise)).toMatchInlineSnapshot(
      `"sum(log_sd over pixels) + ½ · sum(exp(−2 · log_sd) · (x − Phi @ z)² over pixels)"`,
    );
    expect(text(derivative(surprise, 'z', ['example', 'neurons']))).toMatchInlineSnapshot(
      `"−(Phi @ (exp(−2 · log_sd) · (x − Phi @ z)))"`,
    );
    expect(text(derivative(surprise, 'Phi', ['pixels', 'neurons']))).toMatchInlineSnapshot(
      `"−z · exp(−2 · log_sd) · (x − Phi @ z)"`,
    );
    expect(text(derivative(surprise, 'log_sd', ['pixels']))).toMatchInlineSnapshot(
      `"1 − exp(−2 · log_sd) · (x − Phi @ z)²"`,
    );
  });

  it('writes special functions by their signs', () => {
    const counted = (operator: Operator, count: number): string => print(apply(operator, constant(count), a));
    expect(print(multiply(constant(2), apply('log_gamma', add(a, b))))).toBe('2 · log Γ(a + b)');
    expect(print(square(apply('log_gamma', a)))).toBe('(log Γ(a))²');
    const log = apply('log_gamma', a);
    const first = derivative(log, 'a', []);
    const second = derivative(first, 'a', []);
    const third = derivative(second, 'a', []);
    expect([first, second, third, derivative(third, 'a', [])].map((node) => print(node))).toEqual([
      'ψ(a)',
      'ψ′(a)',
      'ψ″(a)',
      'ψ‴(a)',
    ]);
    expect(counted('polygamma', 5)).toBe('ψ⁽⁵⁾(a)');
    expect(counted('log_bessel', 0)).toBe('log I₀(a)');
    expect(counted('log_bessel', 1)).toBe('I₁(a) / (a · I₀(a))');
    expect(counted('log_bessel', 2)).toBe('((1/t d/dt)² log I₀)(a)');
    expect(print(apply('log_bessel_i', b, a))).toBe('log I_b(a)');
    expect(print(apply('log_bessel_i', add(b, constant(1)), a))).toMatch(/^log I_\((b \+ 1|1 \+ b)\)\(a\)$/);
    expect(print(exp(apply('log_bessel_i', constant(2), a)))).toBe('I₂(a)');
    expect(counted('log_mills', 0)).toBe('log m(a)');
    expect(counted('log_mills', 1)).toBe('(log m)′(a)');
    expect(print(derivative(apply('normal_log_cdf', a), 'a', []))).toBe('exp(−log m(−a))');
    expect(counted('log_exprel', 0)).toBe('log((exp(a) − 1) / a)');
    expect(print(multiply(b, apply('log_exprel', constant(1), negate(a))))).toBe(
      'b · (1 / (1 − exp(a)) − 1 / (−a))',
    );
    expect(counted('log_exprel', 2)).toBe('(log exprel)″(a)');
    expect(print(apply('log1m_exp', negate(a)))).toBe('log(1 − exp(−a))');
  });

  it('writes the slope of log I₀ as a ratio of Bessel functions', () => {
    const mean = derivative(apply('log_bessel', constant(0), sqrt(add(square(a), square(b)))), 'a', []);
    expect(print(derivative(apply('log_bessel', constant(0), a), 'a', []))).toBe('I₁(a) / I₀(a)');
    expect(print(multiply(c, a, apply('log_bessel', constant(1), a)))).toBe('c · I₁(a) / I₀(a)');
    expect(print(mean)).toMatchInlineSnapshot(`"a · I₁(√(a² + b²)) / (√(a² + b²) · I₀(√(a² + b²)))"`);
  });

  it('costs one more spike a difference in closed form', () => {
    expect(
      text(distributeNested(difference(surprise, 'z', ['example', 'neurons'], constant(1), ['example']))),
    ).toMatchInlineSnapshot(
      `"½ · sum(exp(−2 · log_sd) · Phi² over pixels) − Phi @ (exp(−2 · log_sd) · (x − Phi @ z))"`,
    );
  });

  it('expands so that what does not change with z can be computed once, and completes the square again', () => {
    expect(text(expand(surprise))).toMatchInlineSnapshot(
      `"sum(log_sd over pixels) + ½ · sum(Phi · Phi[pixels, neurons′] · z · z[neurons′] · exp(−2 · log_sd) over neurons, neurons′, pixels) + ½ · sum(exp(−2 · log_sd) · x² over pixels) − sum(Phi · x · z · exp(−2 · log_sd) over neurons, pixels)"`,
    );
    expect(print(completeSquares(add(square(a), multiply(constant(-2), a, b), square(b), c)))).toBe(
      'c + (a − b)²',
    );
    expect(
      print(
        completeSquares(
          add(multiply(c, square(a)), multiply(constant(4), c, a, b), multiply(constant(4), c, square(b))),
        ),
      ),
    ).toBe('4 · c · (b + ½ · a)²');
  });

  it('puts fractions over one denominator where that is simpler', () => {
    const odds = divide(exp(a), subtract(constant(1), exp(a)));
    expect(print(together(add(odds, square(odds))))).toBe('exp(a) / (1 − exp(a))²');
  });
});
