/** Kinks, jumps and poles are seen where derivatives are silent. */
import { expect, it } from 'vitest';
import {
  add,
  apply,
  constant,
  log,
  maximum,
  multiply,
  one,
  power,
  read,
  sqrt,
  subtract,
  sum,
} from '../../src/calculus/build.ts';
import type { Expression } from '../../src/calculus/expression.ts';
import { positiveRange, wholeLine } from '../../src/calculus/range.ts';
import { smoothnessIn } from '../../src/calculus/smoothness.ts';

const [z, p, a] = ['z', 'p', 'a'].map((name) => read(name)) as [Expression, Expression, Expression];
const many = read('z', ['classes']);
const smoothness = (node: Expression): string =>
  smoothnessIn(node, ['z', 'p'], (name) => (name === 'p' ? positiveRange : wholeLine));
const largest = apply('detach', maximum(['classes'], many));

it.each<readonly [string, string, Expression]>([
  ['softplus', 'smooth', apply('softplus', z)],
  ['a square', 'smooth', power(add(z, one), 2)],
  ['a jump in something else', 'smooth', multiply(z, apply('step', a))],
  ['log p of a positive p', 'smooth', log(p)],
  ['√p', 'smooth', sqrt(p)],
  ['1 / (1 + z²)', 'smooth', power(add(one, power(z, 2)), -1)],
  ['an angle in a cosine', 'smooth', apply('cos', add(a, multiply(constant(2), apply('atan2', z, p))))],
  ['a log-sum-exp', 'smooth', add(largest, log(sum(['classes'], apply('exp', subtract(many, largest)))))],
  ['|z|', 'kinked', apply('abs', z)],
  ['max(z, 0)', 'kinked', apply('max', z, constant(0))],
  ['√z²', 'kinked', sqrt(power(z, 2))],
  ['a kink below a smooth function', 'kinked', apply('exp', apply('abs', z))],
  ['step', 'jumping', apply('step', z)],
  ['a comparison in a product', 'jumping', multiply(z, apply('less', z, a))],
  ['a choice by z', 'jumping', apply('where', z, one, a)],
  ['a jump below a kink', 'jumping', apply('abs', apply('floor', z))],
  ['an angle', 'jumping', apply('atan2', z, p)],
  ['1 / z', 'singular', power(z, -1)],
  ['log z²', 'singular', log(power(z, 2))],
])('%s is %s', (_, wanted, node) => {
  expect(smoothness(node)).toBe(wanted);
});
