/** Whether natural parameters stay in their domain when an exponential moment moves them: E exp(c · T) is infinite elsewhere. */
import { add, constant, one, read, zero } from '../../calculus/build.ts';
import type { Expression } from '../../calculus/expression.ts';
import { print } from '../../calculus/print.ts';
import { isWithin, rangeOf, type Ranges } from '../../calculus/range.ts';
import { mapChildren } from '../../calculus/substitute.ts';
import type { Family } from '../../check/typed.ts';

/** An interval inside the domain of the natural parameter number `natural`. */
export interface Narrower {
  readonly natural: number;
  readonly low: number;
  readonly high: number;
}

interface Outside {
  /** `a > 1`: where the moment is finite. */
  readonly inside: string;
  /** What is known of the natural parameter, in words. */
  readonly known: string;
  /** Null where the interval is not one of numbers. */
  readonly narrower: Narrower | null;
}

/** A natural parameter of which η + c may lie outside of the domain, or null. */
export const outsideOfDomain = (
  c: readonly Expression[],
  members: {
    readonly family: Family;
    readonly naturals: readonly Expression[];
    readonly shared: readonly string[];
    readonly ranges: Ranges;
  },
): Outside | null => {
  const { family, naturals, ranges } = members;
  for (const [i, { name, domain }] of family.natural.entries()) {
    const [shift, eta] = [c[i]!, naturals[i]!];
    if (shift === zero || isWithin(rangeOf(add(eta, shift), ranges), domain.low, domain.high)) continue;
    // Of the unit that a delta chooses.
    const chosen = atDeltas(shift);
    const by = chosen.kind === 'constant' ? chosen.value : null;
    const [low, high] = [domain.low - (by ?? 0), domain.high - (by ?? 0)];
    const hide = [...members.shared, ...chosen.indices.filter((index) => index.includes('°'))];
    const moved = by === null ? print(add(read(name), chosen), { hide }) : name;
    const reach = intervalText(name, rangeOf(eta, ranges));
    return {
      inside: intervalText(moved, { low, high }),
      known: reach === '' ? `${name} can be any number` : `all that is known is ${reach}`,
      narrower: by === null ? null : { natural: i, low, high },
    };
  }
  return null;
};

const atDeltas = (node: Expression): Expression =>
  node.kind === 'delta' ? one : mapChildren(node, atDeltas);

/** `1 < a < 3`; nothing for the whole line. */
const intervalText = (
  name: string,
  { low, high }: { readonly low: number; readonly high: number },
): string => {
  const [below, above] = [low, high].map((bound) => print(constant(bound)));
  if (low === -Infinity) return high === Infinity ? '' : `${name} < ${above}`;
  return high === Infinity ? `${name} > ${below}` : `${below} < ${name} < ${above}`;
};
