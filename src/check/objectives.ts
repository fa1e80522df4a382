/** What a `descend` goes down, and through what. */
import { one } from '../calculus/build.ts';
import type { CallExpression, Expression, Name } from '../syntax/tree.ts';
import { matchArguments } from './arguments.ts';
import { evaluate, type Environment } from './expressions.ts';
import { error, showAxes, spell, type Report } from './scope.ts';
import { didYouMean } from './suggest.ts';
import { describe, fits } from './supports.ts';
import type { Estimator, Objective } from './typed.ts';

const objectives = ['free_energy', 'energy'] as const;

/** The objective of a `descend`. `phases` are those of the learning, null in an inference. */
export const checkObjective = (
  expression: Expression,
  withMean: readonly Name[],
  phases: readonly string[] | null,
  environment: Environment,
): Objective | null => {
  const { report } = environment;
  const { span } = expression;
  const terms = contrastTerms(expression);
  if (terms !== null) return checkContrast(expression, terms, withMean, phases, report);
  if (withMean.length > 0)
    return error(report, 'NSM5011', withMean[0]!.span, '`with mean` belongs to a contrast of phases', {
      hint: 'Write `energy in data - energy in model with mean h`.',
    });
  if (expression.kind === 'name' && expression.text === 'energy') return { kind: 'energy', span };
  if (expression.kind === 'name' && expression.text === 'free_energy')
    return { kind: 'free_energy', klWeight: one, kl: 'exact', span };
  if (expression.kind === 'call' && expression.callee.text === 'free_energy')
    return checkFreeEnergy(expression, environment);
  const written =
    expression.kind === 'name' ? expression.text : expression.kind === 'call' ? expression.callee.text : null;
  return error(
    report,
    'NSM5011',
    span,
    written === null ? 'this is not an objective' : `\`${written}\` is not an objective`,
    {
      hint: didYouMean(
        written ?? '',
        objectives,
        'Objectives are `free_energy`, `free_energy(kl_weight = ...)`, `energy`, and in a learning with phases `energy in one - energy in other`.',
      ),
    },
  );
};

const checkFreeEnergy = (call: CallExpression, environment: Environment): Objective | null => {
  const { report } = environment;
  const given = matchArguments(call, ['kl_weight', 'kl'], report);
  if (given === null) return null;
  const weight = given.get('kl_weight');
  const value = weight === undefined ? null : evaluate(weight.value, environment);
  if (weight !== undefined && value === null) return null;
  if (value !== null && value.axes.length > 0)
    return error(
      report,
      'NSM3007',
      value.span,
      `\`kl_weight\` is a single number, and this is ${showAxes(value.axes)}`,
    );
  const option = given.get('kl')?.value;
  if (
    option !== undefined &&
    !(option.kind === 'name' && (option.text === 'exact' || option.text === 'posterior_rate'))
  )
    return error(report, 'NSM5020', option.span, '`kl` is `exact` or `posterior_rate`', {
      hint: '`exact` is the divergence; `posterior_rate` multiplies by the posterior rate, as the released iP-VAE code does.',
    });
  const kl = option?.kind === 'name' && option.text === 'posterior_rate' ? 'posterior_rate' : 'exact';
  return { kind: 'free_energy', klWeight: value?.expression ?? one, kl, span: call.span };
};

interface Term {
  readonly sign: 1 | -1;
  readonly value: Expression;
  readonly phase: Name;
}

/** `energy in data - energy in model` as signed terms, or null for anything else. */
const contrastTerms = (expression: Expression, sign: 1 | -1 = 1): readonly Term[] | null => {
  if (expression.kind === 'in_phase') return [{ sign, value: expression.value, phase: expression.phase }];
  if (expression.kind === 'negate') return contrastTerms(expression.value, sign === 1 ? -1 : 1);
  if (expression.kind !== 'binary' || (expression.operator !== '-' && expression.operator !== '+'))
    return null;
  const left = contrastTerms(expression.left, sign);
  const opposite = sign === 1 ? -1 : 1;
  const right = contrastTerms(expression.right, expression.operator === '-' ? opposite : sign);
  return left === null || right === null ? null : [...left, ...right];
};

const checkContrast = (
  expression: Expression,
  terms: readonly Term[],
  withMean: readonly Name[],
  phases: readonly string[] | null,
  report: Report,
): Objective | null => {
  if (phases === null)
    return error(report, 'NSM5011', expression.span, 'an inference has no phases to compare', {
      hint: 'Phases are declared and compared in a `learning`.',
    });
  let sound = true;
  for (const { value, phase } of terms) {
    if (value.kind !== 'name' || value.text !== 'energy') {
      error(report, 'NSM5011', value.span, 'only `energy` is compared between phases', {
        hint: 'Write `energy in data - energy in model`.',
      });
      sound = false;
    }
    if (!phases.includes(phase.text)) {
      error(report, 'NSM5018', phase.span, `there is no phase \`${phase.text}\``, {
        hint: didYouMean(
          phase.text,
          phases,
          phases.length === 0 ? `Declare it: \`phase ${phase.text} { ... }\`.` : null,
        ),
      });
      sound = false;
    }
  }
  if (!sound) return null;
  return {
    kind: 'contrast',
    terms: terms.map(({ sign, phase }) => ({ sign, phase: phase.text })),
    withMean: withMean.map(spell),
    span: expression.span,
  };
};

const estimators = ['straight_through', 'relaxed', 'pathwise', 'score'] as const;

/** How derivatives go through draws: the word after `through inference by`. */
export const checkEstimator = (expression: Expression | null, environment: Environment): Estimator | null => {
  const { report } = environment;
  if (expression === null) return { kind: 'straight_through' };
  const { span } = expression;
  const name =
    expression.kind === 'name' ? expression.text : expression.kind === 'call' ? expression.callee.text : '';
  if (!(estimators as readonly string[]).includes(name))
    return error(
      report,
      'NSM5013',
      span,
      name === '' ? 'this is not an estimator' : `there is no estimator \`${name}\``,
      {
        hint: didYouMean(
          name,
          estimators,
          'Estimators are `straight_through`, `relaxed(temperature)`, `pathwise` and `score`.',
        ),
      },
    );
  if (name !== 'relaxed') {
    if (expression.kind === 'call')
      return error(report, 'NSM5013', span, `\`${name}\` takes no arguments`, {
        hint: `Write \`by ${name}\`.`,
      });
    return { kind: name as 'straight_through' | 'pathwise' | 'score' };
  }
  if (expression.kind !== 'call')
    return error(report, 'NSM5013', span, '`relaxed` needs a temperature', {
      hint: 'Write `by relaxed(0.1)`.',
    });
  const given = matchArguments(expression, ['temperature'], report);
  if (given === null) return null;
  const argument = given.get('temperature');
  if (argument === undefined)
    return error(report, 'NSM5013', span, '`relaxed` needs a temperature', {
      hint: 'Write `by relaxed(0.1)`.',
    });
  const value = evaluate(argument.value, environment);
  if (value === null) return null;
  if (value.axes.length > 0 || !fits(value.domain, { kind: 'positive' }))
    return error(
      report,
      'NSM3006',
      value.span,
      `a temperature is one positive number, and this is ${value.axes.length > 0 ? showAxes(value.axes) : describe(value.domain)}`,
      {
        hint: 'Small temperatures are close to true draws; 0.1 is a common start.',
      },
    );
  return { kind: 'relaxed', temperature: value.expression };
};
