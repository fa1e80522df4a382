/** The order of the data as a pure function of the seed, so that a resumed run sees the rows it would have seen. */
import { permutation } from '../runtime/noise.ts';
import { keyOf } from '../runtime/random.ts';
import { dataError } from './error.ts';
import { dataStreams } from './streams.ts';

/** The rows of one epoch, each once, in the order of this seed and epoch. */
export function batchOrder(seed: number, epoch: number, rows: number): Uint32Array {
  return permutation(keyOf(seed, dataStreams.order, epoch), rows);
}

/** Full batches in an epoch; the rows left over wait for the next order. */
export const batchesPerEpoch = (batch: number, rows: number): number => Math.floor(rows / batch);

/**
 * The `batch` rows of iteration 0, 1, ...: every epoch goes through its own order, without its last partial batch.
 * Throws a `DataError` when there are fewer rows than a batch takes.
 */
export function batchRows(seed: number, iteration: number, batch: number, rows: number): Uint32Array {
  if (!Number.isSafeInteger(batch) || batch < 1) {
    const what = `a batch is a whole number of rows from 1, not ${batch}`;
    throw dataError({
      uri: null,
      path: null,
      what,
      where: 'batch size',
      hint: 'write a batch size such as 100',
    });
  }
  if (rows < batch) {
    const what = `a batch of ${batch} rows cannot be taken from ${rows} rows of data`;
    const hint = `lower the batch size to at most ${rows}, or load more rows`;
    throw dataError({ uri: null, path: null, what, where: 'batch size', hint });
  }
  const perEpoch = batchesPerEpoch(batch, rows);
  const order = recentOrder(seed, Math.floor(iteration / perEpoch), rows);
  const start = (iteration % perEpoch) * batch;
  return order.slice(start, start + batch);
}

/** The last order asked for: iterations of an epoch share it. Results do not depend on it, and it is never handed out. */
let recent: { readonly seed: number; readonly epoch: number; readonly order: Uint32Array } | null = null;

function recentOrder(seed: number, epoch: number, rows: number): Uint32Array {
  if (recent?.seed !== seed || recent.epoch !== epoch || recent.order.length !== rows) {
    recent = { seed, epoch, order: batchOrder(seed, epoch, rows) };
  }
  return recent.order;
}
