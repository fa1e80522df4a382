/** A density that misses a factor which does not depend on the natural parameters: two lines may hold it. */
import type { Family } from '../check/typed.ts';
import type { Verdict } from './evidence.ts';
import type { Hypothesis } from './hypothesis.ts';
import { shown } from './identity.ts';
import type { TestMember } from './members.ts';
import { hintOf, type Tell } from './tell.ts';

export interface Shift {
  /** The logarithm of the missing factor, where it is largest. */
  readonly size: number;
  /** Whether it is the same for all fixed arguments. */
  readonly isConstant: boolean;
}

/** The gap where it does not depend on the natural parameters: a factor of the density is missing, or there is one too many. */
export const shiftOf = (
  groups: readonly (readonly TestMember[])[],
  gaps: readonly number[],
  family: Family,
): Shift | null => {
  let at = 0;
  const perGroup = groups.map((group) => gaps.slice(at, (at += group.length)));
  const isFlat = perGroup.every((own) => own.every((gap) => Math.abs(gap - own[0]!) < 1e-7));
  if (!isFlat || perGroup.every((own) => own.length < 2)) return null;
  const size = gaps.reduce((most, gap) => (Math.abs(gap) > Math.abs(most) ? gap : most));
  const isConstant = gaps.every((gap) => Math.abs(gap - size) < 1e-7);
  return isConstant || family.parameters.some(({ fixed }) => fixed) ? { size, isConstant } : null;
};

/** Half of a symmetric density has half of its mass: whether the support or a factor of 2 is wrong, draws would have to tell. */
export const mayBeFactor = (family: Family, form: Hypothesis): boolean =>
  form.line === 'support' && family.pathwise === null;

export const factorVerdict = (
  tell: Tell,
  family: Family,
  { size, isConstant }: Shift,
  partition: Hypothesis | null,
  base: Hypothesis | null,
  form: Hypothesis | null,
  symptom: string,
): Verdict => {
  const hasBase = family.logBaseSpan !== family.span;
  const lines = [
    { line: 'log_base', span: family.logBaseSpan, repair: base },
    { line: 'log_partition', span: family.logPartitionSpan, repair: partition },
  ] as const;
  const repaired = lines.filter(({ repair }) => repair !== null);
  const chosen = repaired.length === 1 ? repaired[0]! : hasBase ? lines[0] : lines[1];
  const other = chosen === lines[0] ? lines[1] : lines[0];
  const amount = nameOf(size);
  const factor = isConstant
    ? `a factor exp(${amount}), the same for all members, is missing`
    : 'a factor that depends on fixed arguments alone is missing';
  const hint =
    chosen.repair === null
      ? isConstant
        ? `Add ${amount} to log_base, or take it from log_partition.`
        : 'Look for a fixed argument that one of the two lines does not read.'
      : hintOf(chosen.repair);
  const secondary = [
    ...(other.line === 'log_base' && !hasBase
      ? []
      : [
          { span: other.span, label: other.repair === null ? 'or here' : `or here: ${other.repair.instead}` },
        ]),
    ...(form === null ? [] : [{ span: form.span, label: `or here: ${form.instead}` }]),
  ];
  return tell(
    'NSM8001',
    chosen.span,
    `${symptom}: ${factor}; ${chosen.line} or ${other.line}`,
    hint,
    secondary,
  );
};

/** `log(2 * pi) / 2` where the number is a constant that densities have. */
const nameOf = (size: number): string => {
  const known: readonly (readonly [string, number])[] = [
    ['log(2)', Math.log(2)],
    ['log(2) / 2', Math.log(2) / 2],
    ['log(pi)', Math.log(Math.PI)],
    ['log(pi) / 2', Math.log(Math.PI) / 2],
    ['log(2 * pi)', Math.log(2 * Math.PI)],
    ['log(2 * pi) / 2', Math.log(2 * Math.PI) / 2],
    ['log(pi / 2) / 2', Math.log(Math.PI / 2) / 2],
  ];
  const found = known.find(([, value]) => Math.abs(Math.abs(size) - value) < 1e-6);
  return found === undefined ? shown(size) : `${size < 0 ? '-' : ''}${found[0]}`;
};
