/** Numbers of turns, leaps and copies that settings make too small. */
import { print } from '../calculus/print.ts';
import { scalarValue } from '../calculus/scalar-value.ts';
import { replaceNames } from '../calculus/substitute.ts';
import type { Expression } from '../calculus/expression.ts';
import type { BoundDynamics, Checked, InferenceStatement } from '../check/typed.ts';
import type { Code } from '../diagnostics/codes.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { numberText } from '../diagnostics/number.ts';
import type { Span } from '../syntax/span.ts';
import { allStatements } from './moved.ts';
import { settingValues, type Numbers } from './setting-values.ts';

interface Count {
  readonly what: string;
  readonly value: Expression;
  readonly least: 0 | 1;
  readonly span: Span;
}

/** @param set what is set in place of the defaults */
export const countProblems = (
  { inferences, learnings }: Pick<Checked, 'inferences' | 'learnings'>,
  set: Numbers = {},
): readonly Diagnostic[] => {
  const code = Object.keys(set).length === 0 ? 'NSM3006' : 'NSM6020';
  return [
    ...inferences.flatMap(({ model, settings, body }) =>
      problemsOf(body, settingValues(settings, set, settingValues(model.settings, set, {})), code),
    ),
    ...learnings.flatMap(({ model, inference, settings, phases }) => {
      const own = [...model.settings, ...inference.settings, ...settings];
      return phases.flatMap(({ body }) => problemsOf(body, settingValues(own, set, {}), code));
    }),
  ];
};

const problemsOf = (
  body: readonly InferenceStatement[],
  values: Numbers,
  code: Code,
): readonly Diagnostic[] =>
  allStatements(body)
    .flatMap(countsIn)
    .flatMap(({ what, value, least, span }) => {
      const number = numberOf(value, values);
      // NaN is what is not known yet.
      if (number === null || !(number < least)) return [];
      return [
        error(
          code,
          span,
          `${what} needs a whole number from ${least}, and \`${print(value)}\` is ${numberText(number, 6)}`,
          { hint: `Make it ${least} or more.` },
        ),
      ];
    });

const countsIn = (statement: InferenceStatement): readonly Count[] => {
  switch (statement.kind) {
    case 'repeat':
      return [{ what: '`repeat`', value: statement.times, least: 0, span: statement.span }];
    case 'draw': {
      const { by, steps, span } = statement;
      return [
        ...(steps === null ? [] : [{ what: '`for`', value: steps, least: 0, span } as const]),
        ...(by === null ? [] : countsOf(by)),
      ];
    }
    case 'descend':
    case 'interneurons':
      return countsOf(statement.by);
    case 'start':
    case 'sample':
    case 'set':
    case 'free':
    case 'clamp':
    case 'rolling':
      return [];
  }
};

const countsOf = ({ dynamics, arguments: given, span }: BoundDynamics): readonly Count[] => [
  ...(dynamics.replicas === null
    ? []
    : [
        {
          what: `the number of replicas of \`${dynamics.name}\``,
          value: replaceNames(dynamics.replicas, given),
          least: 1,
          span,
        } as const,
      ]),
  ...dynamics.steps.flatMap((step) =>
    step.kind === 'trajectory'
      ? [
          {
            what: `the \`for\` of \`${dynamics.name}\``,
            value: replaceNames(step.times, given),
            least: 0,
            span,
          } as const,
        ]
      : [],
  ),
];

const numberOf = (value: Expression, values: Numbers): number | null => {
  try {
    return scalarValue(value, values);
  } catch {
    // It reads something that changes while it runs.
    return null;
  }
};
