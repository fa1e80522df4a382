import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { textSources } from '../../src/check/text-sources.ts';

const library = Object.fromEntries(
  globSync('stdlib/**/*.nsm').map((path) => [path.replace('stdlib', 'std'), readFileSync(path, 'utf8')]),
);
const noise = 'family Noise(scale: positive) on real { statistic x, x^2; eta = (0, -0.5 / scale^2) }';

describe('sources that are texts at hand', () => {
  const sources = textSources({ ...library, 'mine/noise.nsm': noise, 'nsm-counts/Burst.nsm': noise });

  it.each(Object.keys(library))('hold %s of the standard library without problems', (path) => {
    expect(check(path, sources).diagnostics).toEqual([]);
  });
  it.each([
    ['./noise', 'mine/noise.nsm'],
    ['../mine/noise.nsm', 'mine/noise.nsm'],
    ['nsm-counts/Burst', 'nsm-counts/Burst.nsm'],
    ['nsm-counts', 'nsm-counts/Burst.nsm'],
    ['std/prelude', 'std/prelude.nsm'],
  ])('find %s from mine/model.nsm', (specifier, file) => {
    expect(sources.resolve('mine/model.nsm', specifier)).toEqual({ kind: 'files', files: [file] });
  });
  it('find the files of a folder', () => {
    const found = sources.resolve('mine/model.nsm', 'std/families');
    expect(found.kind === 'files' && found.files).toContain('std/families/Poisson.nsm');
  });
  it('name what lies beside a file that is not there', () => {
    expect(sources.resolve('mine/model.nsm', './nose')).toEqual({
      kind: 'missing',
      candidates: ['./noise'],
      problem: null,
    });
  });
});
