/** Written types: a support, axes, event axes. */
import type { Index } from '../calculus/expression.ts';
import type { Expression as Mathematics } from '../calculus/expression.ts';
import type { Span } from '../syntax/span.ts';
import type { Expression, Name, Type } from '../syntax/tree.ts';
import { error, showAxes, spell, type Report } from './scope.ts';
import { didYouMean } from './suggest.ts';
import type { Support } from './typed.ts';

export interface ResolvedType {
  /** As written: `real`, `int`, `dim`, ... */
  readonly name: string;
  readonly support: Support;
  readonly axes: readonly Index[];
  readonly over: readonly Index[];
  readonly span: Span;
}

const supportNames = [
  'real',
  'positive',
  'unit',
  'binary',
  'spin',
  'count',
  'angle',
  'one_hot',
  'simplex',
] as const;
const scalarNames = ['int', 'dim'] as const;

export interface TypeOptions {
  /** Axes that may be named; null when any may. */
  readonly axes: readonly string[] | null;
  /** Whether the kinds of settings, `int` and `dim`, may stand here. */
  readonly settings?: boolean;
  /** Evaluates the number after `up to`. */
  readonly bound?: (expression: Expression) => Mathematics | null;
}

/** Resolves a type, or reports what is wrong with it and returns null. */
export const resolveType = (
  type: Type,
  report: Report,
  { axes: knownAxes, settings = false, bound = () => null }: TypeOptions,
): ResolvedType | null => {
  const name = type.support.text;
  const forSettings = (scalarNames as readonly string[]).includes(name);
  if (forSettings && !settings)
    return error(report, 'NSM3010', type.support.span, `\`${name}\` is for settings`, {
      hint: `Settings stand in the parentheses after a name. Here a support is needed: ${name === 'int' ? '`count` or `real`' : '`real`, `positive`, ...'}.`,
    });
  if (!forSettings && !(supportNames as readonly string[]).includes(name))
    return error(report, 'NSM3010', type.support.span, `\`${name}\` is not a support`, {
      hint: didYouMean(
        name,
        supportNames,
        `Supports are ${supportNames.map((each) => `\`${each}\``).join(', ')}.`,
      ),
    });
  const axes = resolveAxes(type.axes, report, knownAxes);
  const over = resolveAxes(type.over, report, knownAxes);
  if (axes === null || over === null) return null;
  const upTo = type.upTo === null ? null : bound(type.upTo);
  return { name, support: supportOf(name, over, upTo), axes, over, span: type.span };
};

const supportOf = (name: string, over: readonly Index[], upTo: Mathematics | null): Support => {
  switch (name) {
    case 'count':
      return { kind: 'count', upTo };
    case 'dim':
      return { kind: 'count', upTo: null };
    case 'one_hot':
    case 'simplex':
      return { kind: name, over };
    case 'positive':
    case 'unit':
    case 'binary':
    case 'spin':
    case 'angle':
      return { kind: name };
    default:
      return { kind: 'real' };
  }
};

const resolveAxes = (
  names: readonly Name[],
  report: Report,
  known: readonly string[] | null,
): readonly Index[] | null => {
  const axes: Index[] = [];
  let sound = true;
  for (const name of names) {
    const index = spell(name);
    if (name.text === 'example') {
      error(
        report,
        'NSM2012',
        name.span,
        '`example` is the axis of the examples of a batch, which no model names',
        {
          hint: 'Leave it out: variables have it by themselves.',
        },
      );
      sound = false;
    } else if (known !== null && !known.includes(name.text)) {
      error(report, 'NSM3004', name.span, `there is no axis \`${name.text}\``, {
        hint: didYouMean(
          name.text,
          known,
          `Declare it with the model: \`${name.text}: dim\`${known.length > 0 ? `; there is ${showAxes(known)} so far` : ''}.`,
        ),
      });
      sound = false;
    } else if (axes.includes(index)) {
      error(report, 'NSM3011', name.span, `the axis \`${index}\` is named twice`, {
        hint: `Give the second one a prime, \`${index}'\`: the same size, another axis.`,
      });
      sound = false;
    } else axes.push(index);
  }
  return sound ? axes : null;
};

/** Whether two supports hold the same values (an upper bound of counts aside). */
export const sameSupport = (first: Support, second: Support): boolean => first.kind === second.kind;
