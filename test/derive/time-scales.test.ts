import { describe, expect, it } from 'vitest';
import { neighbours, timeScaleProblems } from '../../src/derive/time-scales.ts';
import { checked } from './support.ts';

const model = `
  import { Normal, Quartic } from "std/families"
  import { Langevin, Adaptation } from "std/dynamics"
  model Stack(pixels: dim = 4, causes: dim = 3) {
    param W: real[pixels, causes] = normal(0, 0.1)
    param b: real[causes] = 0
    latent   y ~ Normal(mean = b, sd = 1)
    latent   z ~ Normal(mean = y, sd = 1)
    observed x ~ Quartic(drive = W @ z)
  }`;
const inference = (settings: string, body: string) =>
  checked(`${model} inference Sampling of Stack(${settings}) { start y, z = 0 ${body} }`).inferences[0]!;

describe('time scales of nested populations', () => {
  it('are steps times dt in one turn of the slow', () => {
    const found = neighbours(
      inference(
        'steps: int = 5, fast: int = 20',
        `repeat steps {
          repeat fast { interneurons by Langevin(dt = 0.05) }
          descend energy over y, z by Adaptation(dt = 0.2)
        }`,
      ),
    );
    expect(found).toMatchObject([
      { fast: { what: 'interneurons of x', steps: 20, dt: 0.05 }, slow: { what: 'y, z', steps: 1, dt: 0.2 } },
    ]);
    expect(found[0]!.ratio).toBeCloseTo(5, 12);
  });

  it('compare the slowest of the fast with the fastest of the slow, at each level', () => {
    const found = neighbours(
      inference(
        'steps: int = 5',
        `repeat steps {
          repeat 4 {
            repeat 30 { interneurons by Langevin(dt = 0.1) }
            descend energy over z by Langevin(dt = 0.1)
          }
          descend energy over y by Langevin(dt = 0.05)
        }`,
      ),
    );
    expect(found.map(({ fast, slow }) => [fast.what, slow.what])).toEqual([
      ['interneurons of x', 'z'],
      ['z', 'y'],
    ]);
    expect(found[0]!.ratio).toBeCloseTo(30, 12);
    expect(found[1]!.ratio).toBeCloseTo(8, 12);
  });

  it('warn under 10, with the numbers', () => {
    const close = inference(
      'steps: int = 5',
      'repeat steps { interneurons by Langevin(dt = 0.1)  descend energy over y, z by Langevin(dt = 0.02) }',
    );
    expect(timeScaleProblems(close)).toMatchObject([
      {
        code: 'NSM9010',
        severity: 'warning',
        message:
          'interneurons of x are 5 times as fast as y, z: 1 step of 0.1 in a turn against 1 step of 0.02',
      },
    ]);
    const apart = inference(
      'steps: int = 5',
      'repeat steps { interneurons by Langevin(dt = 0.1)  descend energy over y, z by Langevin(dt = 0.01) }',
    );
    expect(timeScaleProblems(apart)).toEqual([]);
  });

  it('say nothing of numbers that are not known before a run', () => {
    const unknown = inference(
      'steps: int = 5, dt: positive',
      'repeat steps { interneurons by Langevin(dt = dt)  descend energy over y, z by Langevin(dt = 0.02) }',
    );
    expect(neighbours(unknown)).toEqual([]);
  });
});
