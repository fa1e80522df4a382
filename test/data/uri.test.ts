import { expect, it } from 'vitest';
import { parseDataUri } from '../../src/data/uri.ts';

const fault = (uri: string): string => {
  try {
    parseDataUri(uri);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`${uri} was expected to fail`);
};

it('array files take an offset and a limit', () => {
  expect(parseDataUri('idx:a/b.gz')).toEqual({
    scheme: 'idx',
    uri: 'idx:a/b.gz',
    path: 'a/b.gz',
    offset: 0,
    limit: null,
    threshold: null,
    oneHot: null,
  });
  expect(parseDataUri('npy:C:\\a b.npy?limit=10&offset=5')).toMatchObject({
    scheme: 'npy',
    path: 'C:\\a b.npy',
    offset: 5,
    limit: 10,
  });
});

it('array files may be cut at a threshold, and labels made one-hot', () => {
  expect(parseDataUri('idx:a?threshold=-0.5')).toMatchObject({ threshold: -0.5, oneHot: null });
  expect(parseDataUri('npy:a?one_hot=10')).toMatchObject({ threshold: null, oneHot: 10 });
  expect(fault('idx:a?threshold=')).toContain('a number such as 0.5');
  expect(fault('idx:a?one_hot=0')).toContain('a whole number from 1');
});

it('patches have defaults and options', () => {
  expect(parseDataUri('patches:a.npy.gz')).toEqual({
    scheme: 'patches',
    uri: 'patches:a.npy.gz',
    path: 'a.npy.gz',
    size: 16,
    count: 20000,
    images: null,
    whiten: 'olshausen',
    minStd: 0.35,
    seed: 0,
  });
  const uri = 'patches:a?size=8&count=10&images=0-19&whiten=none&min_std=.5&seed=3';
  expect(parseDataUri(uri)).toMatchObject({
    size: 8,
    count: 10,
    images: { first: 0, last: 19 },
    whiten: 'none',
    minStd: 0.5,
    seed: 3,
  });
  expect(parseDataUri('patches:a?images=4')).toMatchObject({ images: { first: 4, last: 4 } });
});

it('dead leaves need no file', () => {
  expect(parseDataUri('dead-leaves:?seed=2')).toMatchObject({
    images: { first: 0, last: 11 },
    seed: 2,
    size: 16,
  });
});

it('schemes that are not known', () => {
  expect(fault('ids:a')).toMatchInlineSnapshot(`
    "unknown data scheme "ids"
      from: ids:a
      try:  did you mean "idx"? data is one of idx:PATH, npy:PATH, patches:PATH.npy, dead-leaves:"
  `);
  expect(fault('dead-leafs:')).toContain('did you mean "dead-leaves"?');
  expect(fault('data/faces.npy.gz')).toMatchInlineSnapshot(`
    "the data has no scheme, so it is not known how to read it
      from: data/faces.npy.gz
      try:  write npy:data/faces.npy.gz; data is one of idx:PATH, npy:PATH, patches:PATH.npy, dead-leaves:"
  `);
  expect(fault('../mnist/t10k-images-idx3-ubyte.gz')).toContain('write idx:../mnist');
  expect(fault('')).toContain('no scheme');
});

it('options that are not known, empty or given twice', () => {
  expect(fault('idx:a?limti=3')).toMatchInlineSnapshot(`
    "unknown option "limti" of idx
      at:   option "limti"
      from: idx:a?limti=3
      try:  did you mean "limit"? idx accepts offset, limit, threshold, one_hot"
  `);
  expect(fault('patches:a?limit=3')).toMatchInlineSnapshot(`
    "unknown option "limit" of patches
      at:   option "limit"
      from: patches:a?limit=3
      try:  patches accepts size, count, images, whiten, min_std, seed"
  `);
  expect(fault('idx:a?limit')).toMatchInlineSnapshot(`
    "option "limit" has no value
      at:   option "limit"
      from: idx:a?limit
      try:  write limit=VALUE"
  `);
  expect(fault('idx:a?limit=3&limit=4')).toMatchInlineSnapshot(`
    "option "limit" is given twice
      at:   option "limit"
      from: idx:a?limit=3&limit=4
      try:  keep one of the two"
  `);
});

it('values that are none', () => {
  expect(fault('idx:a?limit=0')).toMatchInlineSnapshot(`
    ""0" is no value for "limit"
      at:   option "limit"
      from: idx:a?limit=0
      try:  write a whole number from 1"
  `);
  expect(fault('idx:a?offset=-1')).toContain('write a whole number from 0');
  expect(fault('idx:a?offset=')).toContain('"" is no value for "offset"');
  expect(fault('patches:a?size=1.5')).toContain('write a whole number from 1');
  expect(fault('patches:a?min_std=many')).toMatchInlineSnapshot(`
    ""many" is no value for "min_std"
      at:   option "min_std"
      from: patches:a?min_std=many
      try:  write a number from 0, such as 0.35"
  `);
  expect(fault('patches:a?min_std=-1')).toContain('a number from 0');
  expect(fault('patches:a?images=9-3')).toMatchInlineSnapshot(`
    ""9-3" is no value for "images"
      at:   option "images"
      from: patches:a?images=9-3
      try:  write image numbers as FIRST-LAST, counted from 0, such as 0-19"
  `);
  expect(fault('patches:a?whiten=zca')).toMatchInlineSnapshot(`
    ""zca" is no value for "whiten"
      at:   option "whiten"
      from: patches:a?whiten=zca
      try:  write olshausen or none"
  `);
  expect(fault('patches:a?seed=4294967296')).toContain('from 0 to 4294967295');
});

it('paths missing or out of place', () => {
  expect(fault('idx:')).toMatchInlineSnapshot(`
    ""idx:" names no file
      from: idx:
      try:  write idx:PATH"
  `);
  expect(fault('dead-leaves:a.npy')).toMatchInlineSnapshot(`
    "dead-leaves images are generated and take no file, but "a.npy" stands where a path would
      from: dead-leaves:a.npy
      try:  write options after "?": dead-leaves:?size=16&count=20000"
  `);
});

it('sets too large for memory', () => {
  expect(fault('patches:a?size=1000&count=1000000')).toMatchInlineSnapshot(`
    "1000000 patches of 1000x1000 do not fit in memory: they are more than 2147483647 numbers
      at:   options "count" and "size"
      from: patches:a?size=1000&count=1000000
      try:  lower count or size, as in patches:PATH.npy?size=16&count=20000"
  `);
  expect(fault('dead-leaves:?images=0-9999')).toMatchInlineSnapshot(`
    "10000 generated images are too many: at most 4096 are made at once
      at:   option "images"
      from: dead-leaves:?images=0-9999
      try:  a few dozen images give any number of patches, as in images=0-11"
  `);
});
