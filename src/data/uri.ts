/**
 * The names of data: `scheme:path?option=value&option=value`.
 *
 *     idx:PATH?offset=0&limit=1000            IDX arrays (MNIST), plain or .gz
 *     npy:PATH?offset=0&limit=1000            NumPy arrays, plain or .gz
 *     idx:PATH?threshold=0.5                  1 above the threshold, else 0
 *     idx:PATH?one_hot=10                     labels from 0 to 9 as one-hot vectors
 *     patches:PATH?size=16&count=20000&images=0-19&whiten=olshausen&min_std=0.35&seed=0
 *     dead-leaves:?size=16&count=20000&images=0-11&whiten=olshausen&min_std=0.35&seed=0
 *
 * A path is taken as it is written, up to the first `?`.
 */
import { dataError, type DataError } from './error.ts';
import { didYouMean } from '../diagnostics/suggest.ts';

export type DataUri = ArrayUri | PatchesUri | DeadLeavesUri;

/** Rows `offset` to `offset + limit - 1` of an array file; `limit: null` is all that follow. */
export interface ArrayUri {
  readonly scheme: 'idx' | 'npy';
  readonly uri: string;
  readonly path: string;
  readonly offset: number;
  readonly limit: number | null;
  /** Numbers above it become 1 and others 0, where it is given. */
  readonly threshold: number | null;
  /** Number of classes, where the numbers are labels to be made one-hot vectors. */
  readonly oneHot: number | null;
}

/** How patches are cut from images. */
export interface PatchSettings {
  /** Side of a square patch, in pixels. */
  readonly size: number;
  /** Patches to cut, before those of low contrast are dropped. */
  readonly count: number;
  readonly whiten: Whitening;
  /** Patches whose standard deviation is under this share of the set's are dropped. */
  readonly minStd: number;
  readonly seed: number;
}

export interface PatchesUri extends PatchSettings {
  readonly scheme: 'patches';
  readonly uri: string;
  readonly path: string;
  /** Images to cut from; null is all in the file. */
  readonly images: ImageRange | null;
}

export interface DeadLeavesUri extends PatchSettings {
  readonly scheme: 'dead-leaves';
  readonly uri: string;
  /** Images to make; each depends on the seed and its own number alone. */
  readonly images: ImageRange;
}

export type Whitening = 'olshausen' | 'none';

/** Image numbers from 0, both ends included. */
export interface ImageRange {
  readonly first: number;
  readonly last: number;
}

type Scheme = DataUri['scheme'];
interface Accepted {
  readonly form: string;
  readonly options: readonly string[];
}

const accepted: Readonly<Record<Scheme, Accepted>> = {
  idx: { form: 'idx:PATH', options: ['offset', 'limit', 'threshold', 'one_hot'] },
  npy: { form: 'npy:PATH', options: ['offset', 'limit', 'threshold', 'one_hot'] },
  patches: {
    form: 'patches:PATH.npy',
    options: ['size', 'count', 'images', 'whiten', 'min_std', 'seed'],
  },
  'dead-leaves': {
    form: 'dead-leaves:',
    options: ['size', 'count', 'images', 'whiten', 'min_std', 'seed'],
  },
};
const schemes = Object.keys(accepted) as Scheme[];
const isScheme = (name: string): name is Scheme => Object.hasOwn(accepted, name);

/** A Float32Array holds at most this many numbers here (8 GiB); more is a mistake in the URI. */
const mostNumbers = 2 ** 31 - 1;
const mostImages = 4096;

/** Reads a data URI. Throws a `DataError` that lists what is accepted. */
export function parseDataUri(uri: string): DataUri {
  const { scheme, path, query } = split(uri);
  const options = readOptions(uri, scheme, query);
  const read = <Value>(name: string, parse: Parse<Value>, otherwise: Value): Value => {
    const text = options.get(name);
    if (text === undefined) return otherwise;
    const value = parse.value(text);
    if (value === null) {
      throw fault(uri, `"${text}" is no value for "${name}"`, `option "${name}"`, `write ${parse.expects}`);
    }
    return value;
  };
  const settings = (): PatchSettings => ({
    size: read('size', positiveInteger, 16),
    count: read('count', positiveInteger, 20000),
    whiten: read('whiten', whitening, 'olshausen'),
    minStd: read('min_std', nonNegativeNumber, 0.35),
    seed: read('seed', seedNumber, 0),
  });
  switch (scheme) {
    case 'idx':
    case 'npy':
      return {
        scheme,
        uri,
        path,
        offset: read('offset', naturalNumber, 0),
        limit: read<number | null>('limit', positiveInteger, null),
        threshold: read<number | null>('threshold', anyNumber, null),
        oneHot: read<number | null>('one_hot', positiveInteger, null),
      };
    case 'patches': {
      const images = read<ImageRange | null>('images', imageRange, null);
      return { scheme, uri, path, images, ...checkSize(uri, settings()) };
    }
    case 'dead-leaves': {
      const images = read('images', imageRange, { first: 0, last: 11 });
      if (images.last - images.first >= mostImages) {
        const many = images.last - images.first + 1;
        const what = `${many} generated images are too many: at most ${mostImages} are made at once`;
        throw fault(
          uri,
          what,
          'option "images"',
          'a few dozen images give any number of patches, as in images=0-11',
        );
      }
      return { scheme, uri, images, ...checkSize(uri, settings()) };
    }
  }
}

function split(uri: string): { readonly scheme: Scheme; readonly path: string; readonly query: string } {
  const colon = uri.indexOf(':');
  const scheme = colon < 0 ? '' : uri.slice(0, colon);
  const rest = uri.slice(colon + 1);
  if (!isScheme(scheme)) {
    const forms = `data is one of ${schemes.map((name) => accepted[name].form).join(', ')}`;
    const guess = /\.npy(\.gz)?(\?|$)/.test(uri) ? 'npy' : /\b(idx\d|ubyte)/.test(uri) ? 'idx' : null;
    if (colon < 0 || /[/\\.]/.test(scheme)) {
      const hint = guess === null ? forms : `write ${guess}:${uri}; ${forms}`;
      throw fault(uri, 'the data has no scheme, so it is not known how to read it', null, hint);
    }
    throw fault(uri, `unknown data scheme "${scheme}"`, null, `${didYouMean(scheme, schemes)}${forms}`);
  }
  const mark = rest.indexOf('?');
  const path = mark < 0 ? rest : rest.slice(0, mark);
  const query = mark < 0 ? '' : rest.slice(mark + 1);
  if (scheme === 'dead-leaves' && path !== '') {
    const what = `dead-leaves images are generated and take no file, but "${path}" stands where a path would`;
    throw fault(uri, what, null, `write options after "?": ${example('dead-leaves')}`);
  }
  if (scheme !== 'dead-leaves' && path === '') {
    throw fault(uri, `"${scheme}:" names no file`, null, `write ${accepted[scheme].form}`);
  }
  return { scheme, path, query };
}

function readOptions(uri: string, scheme: Scheme, query: string): ReadonlyMap<string, string> {
  const { options } = accepted[scheme];
  const found = new Map<string, string>();
  for (const part of query.split('&').filter((text) => text !== '')) {
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    if (!options.includes(name)) {
      const hint = `${didYouMean(name, options)}${scheme} accepts ${options.join(', ')}`;
      throw fault(uri, `unknown option "${name}" of ${scheme}`, `option "${name}"`, hint);
    }
    if (equals < 0)
      throw fault(uri, `option "${name}" has no value`, `option "${name}"`, `write ${name}=VALUE`);
    if (found.has(name)) {
      throw fault(uri, `option "${name}" is given twice`, `option "${name}"`, 'keep one of the two');
    }
    found.set(name, part.slice(equals + 1));
  }
  return found;
}

function checkSize(uri: string, settings: PatchSettings): PatchSettings {
  const { size, count } = settings;
  if (count * size * size <= mostNumbers) return settings;
  const what = `${count} patches of ${size}x${size} do not fit in memory: they are more than ${mostNumbers} numbers`;
  throw fault(uri, what, 'options "count" and "size"', `lower count or size, as in ${example('patches')}`);
}

const example = (scheme: 'patches' | 'dead-leaves'): string => `${accepted[scheme].form}?size=16&count=20000`;

const fault = (uri: string, what: string, where: string | null, hint: string): DataError =>
  dataError({ uri, path: null, what, where, hint });

interface Parse<Value> {
  readonly expects: string;
  readonly value: (text: string) => Value | null;
}
const integer = (text: string, least: number, most: number): number | null => {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  return value >= least && value <= most ? value : null;
};
const positiveInteger: Parse<number> = {
  expects: 'a whole number from 1',
  value: (text) => integer(text, 1, mostNumbers),
};
const naturalNumber: Parse<number> = {
  expects: 'a whole number from 0',
  value: (text) => integer(text, 0, Number.MAX_SAFE_INTEGER),
};
const seedNumber: Parse<number> = {
  expects: 'a whole number from 0 to 4294967295',
  value: (text) => integer(text, 0, 2 ** 32 - 1),
};
const nonNegativeNumber: Parse<number> = {
  expects: 'a number from 0, such as 0.35',
  value: (text) =>
    /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text)) ? Number(text) : null,
};
const anyNumber: Parse<number> = {
  expects: 'a number such as 0.5',
  value: (text) => (text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : null),
};
const imageRange: Parse<ImageRange> = {
  expects: 'image numbers as FIRST-LAST, counted from 0, such as 0-19',
  value: (text) => {
    const match = /^(\d+)(?:-(\d+))?$/.exec(text);
    if (match === null) return null;
    const first = integer(match[1]!, 0, 2 ** 31 - 1);
    const last = integer(match[2] ?? match[1]!, 0, 2 ** 31 - 1);
    return first === null || last === null || last < first ? null : { first, last };
  },
};
const whitening: Parse<Whitening> = {
  expects: 'olshausen or none',
  value: (text) => (text === 'olshausen' || text === 'none' ? text : null),
};
