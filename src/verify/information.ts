/** Divergence and entropy as derived against the same by quadrature (I4 and I5). */
import { isConstant } from '../calculus/build.ts';
import { entropy } from '../derive/family/family.ts';
import { divergenceOf, entropyOf, isOneNumber, naturalVector } from '../derive/family/member.ts';
import { checkOf, outcomeOf, shown, skip, type Outcome, type Subject, type Subjects } from './identity.ts';
import { average } from './quadrature.ts';

/** KL(p ‖ p) = 0 and KL(p ‖ q) > 0 equals ∫ p log(p / q), with both normalisers by quadrature. */
export const checkDivergence = ({ groups }: Subjects): Outcome =>
  outcomeOf(
    'divergence',
    groups.flatMap((group) =>
      group.flatMap((subject, n) => {
        const other = group[(n + 1) % group.length]!;
        const itself = divergenceOf(subject.member, subject.member);
        const toItself = checkOf(
          'divergence',
          subject.label,
          Math.abs(itself),
          1e-9 * scaleOf(subject),
          `KL of the member from itself is ${shown(itself)}`,
        );
        if (other === subject) return [toItself];
        const derived = divergenceOf(subject.member, other.member);
        const expected = divergenceBetween(subject, other);
        const tolerance = 1e-8;
        const pair = `${subject.label} from ${other.label}`;
        const error = Math.abs(derived - expected) / (scaleOf(subject) + scaleOf(other) + expected);
        return [
          toItself,
          checkOf(
            'divergence',
            pair,
            derived < -tolerance ? Math.max(error, -derived) : error,
            tolerance,
            `KL is ${shown(derived)}, and by quadrature ${shown(expected)}`,
          ),
        ];
      }),
    ),
  );

/** Magnitude of the terms whose differences make an entropy or a divergence: what rounding is measured by. */
const scaleOf = ({ member, mean, quadrature }: Subject): number =>
  naturalVector(member).reduce((total, eta, i) => total + Math.abs(eta * mean[i]!), 0) +
  Math.abs(quadrature.logTotal) +
  1;

const divergenceBetween = (subject: Subject, other: Subject): number => {
  const [own, theirs] = [naturalVector(subject.member), naturalVector(other.member)];
  const moved = subject.mean.reduce((total, value, i) => total + (own[i]! - theirs[i]!) * value, 0);
  return moved - subject.quadrature.logTotal + other.quadrature.logTotal;
};

/** −∫ p log p. */
export const checkEntropy = ({ family, groups }: Subjects): Outcome => {
  const isClosed = family.logPartition !== null && isConstant(entropy(family).open, 0);
  if (!isClosed && !isOneNumber(family))
    return skip('entropy', 'a value is an array, and the entropy has no closed form');
  return outcomeOf(
    'entropy',
    groups.flatMap((group) =>
      group.map((subject) => {
        const { member, label, quadrature, weights, mean } = subject;
        const base = average(weights, (n) => quadrature.logBase[n]!);
        const inner = naturalVector(member).reduce((total, eta, i) => total + eta * mean[i]!, 0);
        const expected = quadrature.logTotal - inner - base;
        const derived = entropyOf(member);
        return checkOf(
          'entropy',
          label,
          Math.abs(derived - expected) / (scaleOf(subject) + Math.abs(base)),
          1e-8,
          `the entropy is ${shown(derived)}, and by quadrature ${shown(expected)}`,
        );
      }),
    ),
  );
};
