/** A number in a message: infinities by the name that they have in the language. */
export const numberText = (value: number, digits: number): string => {
  if (Number.isNaN(value)) return 'not a number';
  if (Number.isFinite(value)) return String(Number(value.toPrecision(digits)));
  return value > 0 ? 'infinity' : '-infinity';
};
