import { describe, expect, it } from 'vitest';
import { fileSources } from '../../src/check/sources.ts';
import { analyse } from '../../src/derive/analyse.ts';
import { explain } from '../../src/derive/explain.ts';
import { define } from '../../src/schedule/define.ts';
import { checked } from './support.ts';

const layers = `
  import { Normal, Quartic } from "std/families"
  import { Langevin, Metropolis, SGD } from "std/dynamics"
  model Layers(causes: dim = 2, pixels: dim = 3) {
    param W: real[pixels, causes] = normal(0, 1)
    param b: real[causes] = 0
    latent   h ~ Normal(mean = b, sd = 1)
    observed y ~ Normal(mean = h, sd = 1)
    observed x ~ Quartic(drive = W @ h)
  }
  inference Sampling of Layers {
    start h = 0
    repeat 30 { repeat 20 { interneurons by Langevin(dt = 0.1) }  descend energy over h by Langevin(dt = 0.05) }
  }
  inference Started of Layers { start h = 0 }
`;
/** \`NSM5048 descend energy over h by Langevin(...)\`: codes of errors with the text they point at. */
const errors = (more: string): readonly string[] => {
  const text = layers + more;
  return analyse('test.nsm', fileSources(new Map([['test.nsm', text]])))
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ code, span }) => `${code} ${text.slice(span.start, span.end)}`);
};

describe('a slope that needs the mean of an intractable layer', () => {
  it('is refused where no interneurons find it, once for each place that moves something', () => {
    expect(
      errors(`inference Alone of Layers { start h = 0  repeat 9 { descend energy over h by Langevin(dt = 0.05) } }
        learning Fit of Layers by Alone { descend energy at end over W by SGD(rate = 0.01) }`),
    ).toEqual(['NSM5048 descend energy over h by Langevin(dt = 0.05)']);
  });

  it('is refused in a phase without interneurons, whatever the inference before it has', () => {
    const phase = (body: string) => `learning Fit of Layers by Sampling {
      phase data { clamp x, y; start h = 0; ${body} }
      descend energy in data over W by SGD(rate = 0.01) }`;
    const move = 'descend energy over h by Langevin(dt = 0.05)';
    expect(errors(phase(`repeat 9 { ${move} }`))).toEqual([`NSM5048 ${move}`]);
    expect(errors(phase(`repeat 9 { interneurons by Langevin(dt = 0.1); ${move} }`))).toEqual([]);
    expect(errors(phase(''))).toEqual(['NSM5048 descend energy in data over W by SGD(rate = 0.01)']);
  });

  it('needs none that cancels: no phase changes the input of a layer of a contrast', () => {
    const contrast = (weight: number) => `
      import { Quartic } from "std/families"
      import { SGD } from "std/dynamics"
      model Coupled(pixels: dim = 3, hidden: dim = 2) {
        param W: real[pixels, hidden] = normal(0, 1)
        param a: real[pixels] = 0
        param b: real[hidden] = 0
        latent   h ~ Quartic(drive = b)
        observed x ~ Quartic(drive = a)
        energy coupling = -(x @ W @ h)
      }
      learning Fit of Coupled {
        phase data  { clamp x; sample h }
        phase model { from data; sample x; sample h }
        descend (energy in data - ${weight} * energy in model) / 2 over W, b by SGD(rate = 0.01)
      }`;
    const codes = (program: string) =>
      analyse('test.nsm', fileSources(new Map([['test.nsm', program]])))
        .diagnostics.filter(({ severity }) => severity === 'error')
        .map(({ code }) => code);
    expect(codes(contrast(1))).toEqual([]);
    expect(codes(contrast(2))).toContain('NSM5048');
  });

  it('may be that of parameters alone', () => {
    const fit = (over: string) =>
      `learning Fit of Layers by Started { descend energy at end over ${over} by SGD(rate = 0.01) }`;
    expect(errors(fit('W'))).toEqual(['NSM5048 descend energy at end over W by SGD(rate = 0.01)']);
    expect(errors(fit('b'))).toEqual([]);
    const begun = `learning Fit of Layers by Begun { descend energy at end over W by SGD(rate = 0.01) }
      inference Begun of Layers { start h = 0  repeat 50 { interneurons by Langevin(dt = 0.1) } }`;
    expect(errors(begun)).toEqual([]);
    // Populations that nothing moves are for the parameters: no judgement without a name is printed.
    const told = explain(checked(layers + begun));
    expect(told.judgements.map(({ moved }) => moved)).not.toContainEqual([]);
  });

  it('is not needed by what never changes its input', () => {
    const program = checked(`
      import { Quartic } from "std/families"
      import { Langevin, SGD } from "std/dynamics"
      model Stack(causes: dim = 2, pixels: dim = 3) {
        param W: real[pixels, causes] = normal(0, 1)
        param b: real[causes] = 0
        latent   h ~ Quartic(drive = b)
        observed x ~ Quartic(drive = W @ h)
      }
      inference Sampling of Stack {
        start h = 0
        repeat 9 { interneurons by Langevin(dt = 0.1)  descend energy over h by Langevin(dt = 0.01) }
      }
      learning Fit of Stack by Sampling { descend energy at end over W by SGD(rate = 0.01) }`);
    const { definition } = define(program);
    expect(
      definition!.learnings[0]!.update.inputs.map(({ name }) => name).filter((name) => /mean/.test(name)),
    ).toEqual([]);
  });
});

describe('interneurons', () => {
  const serving = (line: string) => errors(`inference Idle of Layers { start h = 0  repeat 9 { ${line} } }`);
  it('may serve any layer with a family', () => {
    expect(serving('interneurons over x by Langevin(dt = 0.1)')).toEqual([]);
    expect(serving('interneurons over y by Langevin(dt = 0.1)')).toEqual([]);
  });

  it('are refused where there is nothing to serve', () => {
    const bowl = (line: string) =>
      errors(`model Bowl(units: dim = 2) {
          observed v: real[units]
          latent u: real[units] ~ Normal(mean = 0, sd = 1)
          energy bowl = sum((u - v)^2)
        }
        inference Idle of Bowl { start u = 0  repeat 9 { ${line} } }`);
    for (const line of ['', ' over v', ' over u'])
      expect(bowl(`interneurons${line} by Langevin(dt = 0.1)`)).toEqual([
        `NSM5049 interneurons${line} by Langevin(dt = 0.1)`,
      ]);
  });
});
