/** What JavaScript does for a module's kernels, on views of its memory: draws of families, functions of matrices. */
import { drawOneHot } from '../choice.ts';
import { drawDensity, fillSlopes, type DensitySampler, type ImplicitSlope } from '../density.ts';
import { drawnThrough, type RunContext } from '../executable.ts';
import { exp } from '../exponential.ts';
import { drawBySampler, type InversionSampler } from '../inversion.ts';
import { choleskyFactors, invertMatrices, logDeterminants } from '../matrix.ts';
import { fillNoise } from '../noise.ts';
import { keyOf } from '../random.ts';
import * as special from '../special.ts';
import type { HostWork, KernelModule, Place } from './module.ts';

/** Memory as host steps see it. */
export interface HostView {
  readonly context: RunContext;
  readonly iteration: number;
  readonly numberAt: (name: string) => number;
  readonly valuesOf: (place: Place) => Float32Array;
  readonly shapeOf: (place: Place) => readonly number[];
}

/** Functions that a module's texts make. */
export type Samplers = readonly unknown[];

export const makeSamplers = ({ samplers }: KernelModule): Samplers =>
  samplers.map((text) =>
    (new Function('nsm', `${text}\nreturn made;`) as (nsm: object) => unknown)({ ...special, exp }),
  );

const ofMatrices = { inverse: invertMatrices, log_determinant: logDeterminants, cholesky: choleskyFactors };

export const runHostStep = (work: HostWork, samplers: Samplers, view: HostView): void => {
  const values = view.valuesOf(work.target);
  switch (work.kind) {
    case 'inverse':
    case 'log_determinant':
    case 'cholesky':
      values.set(ofMatrices[work.kind](view.valuesOf(work.matrices), view.shapeOf(work.matrices).at(-1)!));
      return;
    case 'slope':
      return fillSlopes(values, work.columns.map(view.valuesOf), samplers[work.sampler] as ImplicitSlope);
    case 'noise':
    case 'choice':
    case 'discrete':
    case 'continuous':
      return draw(work, samplers, view);
  }
};

const draw = (
  work: Extract<HostWork, { readonly site: number }>,
  samplers: Samplers,
  { context, iteration, numberAt, valuesOf, shapeOf }: HostView,
): void => {
  const { target, site, counters } = work;
  const folds = [site, iteration, ...counters.map(numberAt)];
  const shape = shapeOf(target);
  const isShared = target.indices[0] !== 'example';
  const perExample = shape.slice(1).reduce((product, size) => product * size, 1);
  const offset = isShared ? 0 : context.firstExample * perExample;
  drawnThrough(context.draws, folds, valuesOf(target), (empty) => {
    const key = keyOf(context.seed, ...folds);
    switch (work.kind) {
      case 'noise':
        return fillNoise(work.distribution, key, empty, offset, shape.at(-1));
      case 'choice':
        return drawOneHot(key, empty, offset, shape.at(-1)!, valuesOf(work.logits));
      case 'discrete':
        return drawBySampler(
          key,
          empty,
          offset,
          work.columns.map(valuesOf),
          samplers[work.sampler] as InversionSampler,
        );
      case 'continuous':
        return drawDensity(
          key,
          empty,
          offset,
          work.columns.map(valuesOf),
          samplers[work.sampler] as DensitySampler,
        );
    }
  });
};
