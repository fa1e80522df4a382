/** What is wrong with data or with the words that name it, as one error to show as it is. */

export interface DataFault {
  /** The URI as the user wrote it, where there is one. */
  readonly uri: string | null;
  /** The file, where the fault lies in one. */
  readonly path: string | null;
  /** What is wrong, and why. */
  readonly what: string;
  /** The place: `byte 16`, `row 3, column 7 (byte 220)`, `option "limit"`. */
  readonly where: string | null;
  /** What to do about it. */
  readonly hint: string;
}

export type DataError = Error & DataFault & { readonly name: 'DataError' };

/** An error to `throw`; its message holds the whole fault, one line each for what, where and what to do. */
export function dataError(fault: DataFault, cause?: unknown): DataError {
  const place = [fault.path, fault.where].filter((part) => part !== null).join(', ');
  const lines = [
    fault.what,
    ...(place === '' ? [] : [`  at:   ${place}`]),
    ...(fault.uri === null ? [] : [`  from: ${fault.uri}`]),
    `  try:  ${fault.hint}`,
  ];
  const error = new Error(lines.join('\n'), cause === undefined ? undefined : { cause });
  return Object.assign(error, fault, { name: 'DataError' as const });
}

export const isDataError = (error: unknown): error is DataError =>
  error instanceof Error && error.name === 'DataError';
