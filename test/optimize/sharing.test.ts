/** What the optimiser shares in the iterative Poisson VAE: each product of matrices is the dearest thing there is. */
import { describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { fileSources } from '../../src/check/sources.ts';
import { define } from '../../src/schedule/define.ts';
import { emitProgram } from '../../src/targets/tfjs/emit.ts';

describe('learning through time', () => {
  const { checked } = check('stdlib/models/ipvae.nsm', fileSources());
  const { definition } = define(checked, { set: { pixels: 784, neurons: 256 } });
  const whole = emitProgram(definition!.learnings.find(({ name }) => name === 'ThroughTime')!.update);
  const text = whole.slice(whole.indexOf('function ThroughTime_update'));
  const products = (part: string): number => part.match(/tf\.matMul/g)?.length ?? 0;
  const loops = text.split(/\n {4}for \(/).map((part) => part.split('\n    }\n')[0]!);

  it('multiplies by the Gram matrix twice in a turn, once on the way back, and never by its transpose besides', () => {
    expect(loops).toHaveLength(3);
    // The third is z zᵀ: all that the energy of the pixels, and the gradient of that, need of a turn.
    expect(products(loops[1]!)).toBe(3);
    // The second is the adjoint of the Gram matrix through inference.
    expect(products(loops[2]!)).toBe(2);
  });
  it('takes the exponential of the states on the way there alone', () => {
    expect(loops[1]).toContain('tf.exp(');
    expect(loops[2]).not.toContain('tf.exp(');
  });
  it('multiplies the dictionary by the symmetric gradient of its Gram matrix once', () => {
    expect(text.match(/tf\.matMul\(Phi, /g)).toHaveLength(1);
  });
});
