/** Written types: a support, axes, event axes. */
import { axisOf, type Index } from '../calculus/expression.ts';
import { removal, replacement } from '../diagnostics/fixes.ts';
import type { Span } from '../syntax/span.ts';
import type { Name, Type } from '../syntax/tree.ts';
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
  'integer',
  'angle',
  'one_hot',
  'simplex',
  'positive_definite',
] as const;
const scalarNames = ['int', 'dim'] as const;

export interface TypeOptions {
  /** Axes that may be named; null when any may. */
  readonly axes: readonly string[] | null;
  /** Whether the kinds of settings, `int` and `dim`, may stand here. */
  readonly settings?: boolean;
  /** Whether the parameters of a family, which may be matrices, are typed. */
  readonly ofFamily?: boolean;
}

/** Resolves a type, or reports what is wrong with it and returns null. */
export const resolveType = (
  type: Type,
  report: Report,
  { axes: knownAxes, settings = false, ofFamily = false }: TypeOptions,
): ResolvedType | null => {
  const name = type.support.text;
  const forSettings = (scalarNames as readonly string[]).includes(name);
  if (forSettings && !settings)
    return error(report, 'NSM3010', type.support.span, `\`${name}\` is for settings`, {
      hint: `Settings stand in the parentheses after a name. Here a support is needed: ${name === 'int' ? '`count` or `real`' : '`real`, `positive`, ...'}.`,
      fixes: (name === 'int' ? ['count', 'real'] : []).map((meant) => replacement(type.support.span, meant)),
    });
  if (!forSettings && !(supportNames as readonly string[]).includes(name))
    return error(report, 'NSM3010', type.support.span, `\`${name}\` is not a support`, {
      hint: didYouMean(
        name,
        supportNames,
        `Supports are ${supportNames.map((each) => `\`${each}\``).join(', ')}.`,
      ),
      fixes: (foreignNames[name] ?? []).map((meant) => replacement(type.support.span, meant)),
    });
  const axes = resolveAxes(type.axes, report, knownAxes);
  const over = resolveAxes(type.over, report, knownAxes);
  if (axes === null || over === null) return null;
  if (name === 'positive_definite' && !isMatrix(type, over, ofFamily, report)) return null;
  return { name, support: supportOf(name, over), axes, over, span: type.span };
};

/** What other languages call a support, and what it may be here. */
const foreignNames: Readonly<Record<string, readonly string[]>> = {
  ...{ float: ['real'], float32: ['real'], float64: ['real'], double: ['real'], number: ['real'] },
  ...{ natural: ['count'], nat: ['count'], uint: ['count'], nonnegative: ['positive'] },
  ...{ bool: ['binary'], boolean: ['binary'], bit: ['binary'], probability: ['unit'], bernoulli: ['binary'] },
  ...{ categorical: ['one_hot'], onehot: ['one_hot'], sign: ['spin'], vector: ['real'] },
};

/** Matrices are parameters of families, over an axis and the same axis with a prime. */
const isMatrix = (type: Type, over: readonly Index[], ofFamily: boolean, report: Report): boolean => {
  const [row, column] = over;
  if (!ofFamily) {
    error(report, 'NSM3010', type.support.span, '`positive_definite` is for parameters of families', {
      hint: "Declare the matrix as `real[axis, axis']`, and give it to the family.",
    });
    return false;
  }
  if (over.length === 2 && row !== column && axisOf(row!) === axisOf(column!)) return true;
  error(
    report,
    'NSM4010',
    type.span,
    'a positive definite matrix has an axis, and the same axis with a prime',
    {
      hint: "Write `positive_definite over dims, dims'`.",
    },
  );
  return false;
};

/** Whether a value that is a vector says along which axis it lies; reports where it does not. */
export const liesAlongOneAxis = (
  { name, support, axes, over, span }: ResolvedType,
  declared: string,
  report: Report,
): boolean => {
  if (support.kind !== 'one_hot' && support.kind !== 'simplex') return true;
  if (over.length === 1) return true;
  const does = support.kind === 'one_hot' ? 'chooses' : 'has shares';
  const message =
    over.length === 0
      ? `\`${declared}\` does not say along which axis it ${does}`
      : `\`${declared}\` ${does} along one axis, and these are ${over.length}`;
  const last = over.at(-1) ?? axes.at(-1);
  const others = [...axes, ...over].filter((axis) => axis !== last);
  const plates = others.length === 0 ? '' : `[${others.join(', ')}]`;
  error(report, 'NSM5057', span, message, {
    hint:
      last === undefined
        ? `Name it: \`${declared}: ${name} over classes\`, with \`classes: dim\` among the settings.`
        : `Name it after \`over\`: \`${declared}: ${name}${plates} over ${last}\`.`,
    fixes: last === undefined ? [] : [replacement(span, `${name}${plates} over ${last}`)],
  });
  return false;
};

const supportOf = (name: string, over: readonly Index[]): Support => {
  switch (name) {
    case 'count':
    case 'dim':
      return { kind: 'count', upTo: null };
    case 'one_hot':
    case 'simplex':
    case 'positive_definite':
      return { kind: name, over };
    case 'positive':
    case 'unit':
    case 'binary':
    case 'spin':
    case 'angle':
    case 'integer':
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
          fixes: [removal(name.span, '`example`')],
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
        hint: {
          hint: `Give the second one a prime, \`${index}'\`: the same size, another axis.`,
          instead: `${index}'`,
        },
      });
      sound = false;
    } else axes.push(index);
  }
  return sound ? axes : null;
};

/** Whether two supports hold the same values (bounds aside). A vector is real numbers along an axis. */
export const sameSupport = (first: Support, second: Support): boolean =>
  (first.kind === 'vector' ? 'real' : first.kind) === (second.kind === 'vector' ? 'real' : second.kind);
