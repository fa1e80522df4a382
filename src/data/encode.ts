/** What a URI asks to be made of the numbers of an array as they are read. */
import type { Rows } from './array.ts';
import { dataError } from './error.ts';
import type { ArrayUri } from './uri.ts';

export type Described = Rows & { readonly how: string };

/** Applies `threshold` and `one_hot`. Throws a `DataError` where a row is no label. */
export function encode(parsed: ArrayUri, data: Described): Described {
  const cut = parsed.threshold === null ? data : atThreshold(parsed.threshold, data);
  return parsed.oneHot === null ? cut : oneHot(parsed, parsed.oneHot, cut);
}

function atThreshold(threshold: number, data: Described): Described {
  const values = data.values.map((value) => (value > threshold ? 1 : 0));
  return { ...data, values, how: `${data.how}; 1 above ${threshold}, else 0` };
}

function oneHot({ uri, path, offset }: ArrayUri, classes: number, data: Described): Described {
  const where = 'option "one_hot"';
  if (data.columns !== 1) {
    const what = `labels are one number each, but the rows of this file hold ${data.columns}`;
    throw dataError({ uri, path, what, where, hint: 'name the file of the labels, or leave out one_hot' });
  }
  const values = new Float32Array(data.rows * classes);
  data.values.forEach((label, row) => {
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      const what = `the label ${label} of row ${offset + row} is none of the ${classes} classes 0 to ${classes - 1}`;
      throw dataError({ uri, path, what, where, hint: 'write the number of classes, which count from 0' });
    }
    values[row * classes + label] = 1;
  });
  const how = `${data.how}; one of ${classes} classes`;
  return { rows: data.rows, columns: classes, shape: [classes], values, how };
}
