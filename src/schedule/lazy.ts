/** Values that are made when they are first asked for: a run calls few of the programs of its model, and each takes time to optimise. */

/** A function that makes its value once. */
export const once = <Value>(make: () => Value): (() => Value) => {
  let made: { readonly value: Value } | null = null;
  return () => (made ??= { value: make() }).value;
};

/** A copy with some other properties, as `{ ...base, ...own }`, but for getters, which stay what they are. */
export const withProperties = <Base extends object, Own extends object>(
  base: Base,
  own: Own,
): Omit<Base, keyof Own> & Own =>
  Object.defineProperties(
    {},
    { ...Object.getOwnPropertyDescriptors(base), ...Object.getOwnPropertyDescriptors(own) },
  ) as Omit<Base, keyof Own> & Own;
