/** What JavaScript does for a module's kernels, on views of its memory: draws of families, functions of matrices. */
import { drawOneHot } from '../choice.ts';
import { drawDensity, fillSlopes, type DensitySampler, type ImplicitSlope } from '../density.ts';
import { drawnThrough, type RunContext } from '../executable.ts';
import { exp } from '../exponential.ts';
import { drawBySampler, drawMissing, type InversionSampler } from '../inversion.ts';
import { choleskyFactors, invertMatrices, logDeterminants } from '../matrix.ts';
import { fillNoise } from '../noise.ts';
import { keyOf, type Key } from '../random.ts';
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

/** Draws what a kernel has left: the elements from the first to before the second that are NaN. */
export const runRedraw = (
  work: HostWork,
  samplers: Samplers,
  view: HostView,
  range: readonly [from: number, to: number],
  key: Key,
): void => {
  if (work.kind !== 'discrete') throw new Error(`internal: draws of a ${work.kind} step are left over`);
  const { target, columns, sampler } = work;
  drawMissing(
    key,
    view.valuesOf(target),
    offsetOf(target, view),
    columns.map(view.valuesOf),
    samplers[sampler] as InversionSampler,
    range,
  );
};

/** Elements of the whole array before those of these examples. */
const offsetOf = (target: Place, { context, shapeOf }: HostView): number => {
  if (target.indices[0] !== 'example') return 0;
  return context.firstExample * shapeOf(target).slice(1).reduce((product, size) => product * size, 1); // prettier-ignore
};

const draw = (
  work: Extract<HostWork, { readonly site: number }>,
  samplers: Samplers,
  view: HostView,
): void => {
  const { context, iteration, numberAt, valuesOf, shapeOf } = view;
  const { target, site, counters } = work;
  const folds = [site, iteration, ...counters.map(numberAt)];
  const shape = shapeOf(target);
  const offset = offsetOf(target, view);
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
