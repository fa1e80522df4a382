/** By which inference a run is measured, and what its columns are called. */
import { describe, expect, it } from 'vitest';
import { inferenceOf } from '../../../src/cli/run/measure.ts';
import { define } from '../../../src/schedule/define.ts';
import { checked } from '../../derive/support.ts';

const definition = define(
  checked(`
  import { SGD } from "std/dynamics"
  model Pairs(visible: dim = 9, classes: dim = 4, hidden: dim = 6) {
    param W: real[visible, hidden] = normal(0, 0.5)
    param U: real[classes, hidden] = normal(0, 0.5)
    observed v: real[visible]
    observed y: real[classes]
    state h: binary[hidden]
    energy coupling = sum(v^2) / 2 + sum(y^2) / 2 - (v @ W @ h) - (y @ U @ h)
  }
  inference Dream of Pairs(steps: int = 3) { free v  start h = 0  repeat steps { sample v; sample h } }
  inference Perceive of Pairs { sample h }
  inference Guided of Pairs(steps: int = 3) {
    free v
    start v = 0
    start h = 0
    repeat steps { sample v; sample h }
  }
  learning Contrast of Pairs {
    phase data  { clamp v, y; sample h }
    phase model { from data; sample v, y; sample h }
    descend energy in data - energy in model over W, U by SGD(rate = 0.1)
  }`),
).definition!;

describe('what a run is measured by', () => {
  it('is an inference that clamps all that is observed, where the learning has none', () => {
    expect(inferenceOf(definition, 'Contrast')).toBe('Perceive');
  });

  it('is another one from data where all free something', () => {
    const inferences = definition.inferences.filter(({ name }) => name !== 'Perceive');
    expect(inferenceOf({ ...definition, inferences }, 'Contrast')).toBe('Dream');
  });

  it('names the variables that R² is of, where it is not of all of them', () => {
    const labels = (name: string): readonly string[] =>
      definition.inferences
        .find((one) => one.name === name)!
        .metrics.filter(({ unit }) => unit === 'explained')
        .map(({ label }) => label);
    expect(labels('Perceive')).toEqual(['R²']);
    expect(labels('Guided')).toEqual(['R² of y', 'R² of v']);
  });
});
