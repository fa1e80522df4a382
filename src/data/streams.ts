/**
 * First folds of the keys of data. They lie above 2^32, where no draw site of a program is numbered, so data and
 * draws share a seed without sharing numbers.
 */
export const dataStreams = { order: 2 ** 33, patches: 2 ** 33 + 1, leaves: 2 ** 33 + 2 } as const;
