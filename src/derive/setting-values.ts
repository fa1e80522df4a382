/** The numbers that settings have. */
import { scalarValue } from '../calculus/scalar-value.ts';
import type { Setting } from '../check/typed.ts';

export type Numbers = Readonly<Record<string, number>>;

/** As set, else as declared: a default may read earlier settings. NaN without either. Includes those of `outer`. */
export const settingValues = (settings: readonly Setting[], set: Numbers, outer: Numbers): Numbers => {
  const values: Record<string, number> = { ...outer };
  for (const { name, initial } of settings)
    values[name] = set[name] ?? (initial === null ? NaN : scalarValue(initial, values));
  return values;
};
