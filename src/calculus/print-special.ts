/** Special functions as readable mathematics: log Γ(x), ψ′(x), log I₀(x), and m(x) for Mills' ratio (1 − Φ(x)) / φ(x). */
import type { Apply, Expression } from './expression.ts';

/** How an argument is written: as it is, as an operand of a product or quotient, or with its sign turned. */
export interface SpecialOperand {
  readonly plain: string;
  readonly operand: string;
  readonly negative: string;
}
export interface SpecialText {
  readonly text: string;
  readonly form: 'sum' | 'quotient' | 'prefix' | 'call';
}

const digits = (text: string, signs: string): string =>
  [...text].map((digit) => signs[Number(digit)] ?? digit).join('');
const superscript = (count: number): string => digits(String(count), '⁰¹²³⁴⁵⁶⁷⁸⁹');
const subscript = (count: number): string => digits(String(count), '₀₁₂₃₄₅₆₇₈₉');

/** `f`, `f′`, `f″`, `f‴`, `f⁽⁴⁾`. */
const differentiated = (name: string, count: number): string =>
  `${name}${['', '′', '″', '‴'][count] ?? `⁽${superscript(count)}⁾`}`;

const call = (text: string): SpecialText => ({ text, form: 'call' });
const prefix = (text: string): SpecialText => ({ text, form: 'prefix' });
const wholeOf = (node: Expression): number | null =>
  node.kind === 'constant' && Number.isInteger(node.value) && node.value >= 0 ? node.value : null;

/** I₀(x), I₂(x), I_v(x), I_(v + 1)(x). */
const besselText = (order: Expression, written: SpecialOperand, x: SpecialOperand): string => {
  const whole = wholeOf(order);
  const isName = order.kind === 'read' && written.plain === written.operand;
  const label = whole === null ? `_${isName ? written.plain : `(${written.plain})`}` : subscript(whole);
  return `I${label}(${x.plain})`;
};

/** The text of a special function, or null where its name says enough. */
export const specialText = (
  { operator, arguments: [first, second] }: Apply,
  write: (argument: Expression) => SpecialOperand,
): SpecialText | null => {
  const x = write(second ?? first!);
  const count = wholeOf(first!) ?? 0;
  switch (operator) {
    case 'exp':
      return first!.kind === 'apply' ? exponential(first, write) : null;
    case 'log_gamma':
      return prefix(`log Γ(${x.plain})`);
    case 'digamma':
      return call(`ψ(${x.plain})`);
    case 'trigamma':
      return call(`ψ′(${x.plain})`);
    case 'polygamma':
      return call(`${differentiated('ψ', count)}(${x.plain})`);
    case 'log1m_exp':
      return call(`log(1 − exp(${x.plain}))`);
    case 'normal_log_cdf':
      return prefix(`log Φ(${x.plain})`);
    case 'log_bessel_i':
      return prefix(`log ${besselText(first!, write(first!), x)}`);
    case 'log_bessel':
      if (count === 0) return prefix(`log I₀(${x.plain})`);
      if (count === 1) return { text: `I₁(${x.plain}) / (${x.operand} · I₀(${x.plain}))`, form: 'quotient' };
      return call(`((1/t d/dt)${superscript(count)} log I₀)(${x.plain})`);
    case 'log_mills':
      return count === 0
        ? prefix(`log m(${x.plain})`)
        : call(`${differentiated('(log m)', count)}(${x.plain})`);
    case 'cumulant': {
      const name = count === 0 ? 'A' : differentiated('A', count);
      return call(`${name}(${x.plain})`);
    }
    case 'log_exprel':
      if (count === 0) return call(`log((exp(${x.plain}) − 1) / ${x.operand})`);
      if (count === 1) return { text: `1 / (1 − exp(${x.negative})) − 1 / ${x.operand}`, form: 'sum' };
      return call(`${differentiated('(log exprel)', count)}(${x.plain})`);
    default:
      return null;
  }
};

/** exp(log I₀(x)) is I₀(x), exp(log m(x)) is m(x). */
const exponential = (inner: Apply, write: (argument: Expression) => SpecialOperand): SpecialText | null => {
  const [first, second] = inner.arguments;
  if (inner.operator === 'log_mills' && wholeOf(first!) === 0) return call(`m(${write(second!).plain})`);
  if (inner.operator === 'log_bessel' && wholeOf(first!) === 0) return call(`I₀(${write(second!).plain})`);
  if (inner.operator === 'log_bessel_i') return call(besselText(first!, write(first!), write(second!)));
  return inner.operator === 'normal_log_cdf' ? call(`Φ(${write(first!).plain})`) : null;
};

/** The argument x of I₁(x) / (x · I₀(x)), or null for anything else. */
export const besselArgument = (factor: Expression): Expression | null =>
  factor.kind === 'apply' && factor.operator === 'log_bessel' && wholeOf(factor.arguments[0]!) === 1
    ? factor.arguments[1]!
    : null;
