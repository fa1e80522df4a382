import { describe, expect, it } from 'vitest';
import { analyse } from '../../src/derive/analyse.ts';
import { fileSources } from '../../src/check/sources.ts';
import { define } from '../../src/schedule/define.ts';

const unmeasured = (file: string, model?: string) => {
  const { checked } = analyse(file, fileSources());
  return define(checked, { model }).definition!.learnings.map(({ name, unmeasured: why }) => [name, why]);
};
const why = (layers: string): string =>
  `the log-partition of ${layers} is not computed, so it has a gradient but no value`;

describe('what a learning descends', () => {
  it('has a gradient and no value where interneurons stand for a log-partition', () => {
    expect(unmeasured('stdlib/models/hee.nsm')).toEqual([['Online', why('x2 and x1')]]);
    expect(unmeasured('bench/teacher.nsm', 'Sampled')).toEqual([['Online', why('x1 and x0')]]);
  });

  it('has a value by quadrature, and in a contrast where the log-partition cancels', () => {
    expect(unmeasured('bench/teacher.nsm', 'Exact')).toEqual([['ExactOnline', null]]);
    expect(unmeasured('bench/teacher.nsm', 'Undirected')).toEqual([['ContrastiveDivergence', null]]);
    expect(unmeasured('stdlib/models/rbm.nsm', 'RBM').map(([, reason]) => reason)).toEqual([null, null]);
  });
});
