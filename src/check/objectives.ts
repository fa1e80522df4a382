/** What a `descend` goes down, and through what. */
import { one } from '../calculus/build.ts';
import { replacement } from '../diagnostics/fixes.ts';
import type { CallExpression, Expression, Name } from '../syntax/tree.ts';
import { matchArguments } from './arguments.ts';
import { checkContrast, namesPhase, type ContrastNames } from './contrasts.ts';
import { evaluate, type Environment } from './expressions.ts';
import { error, showAxes } from './scope.ts';
import { didYouMean } from './suggest.ts';
import { describe, fits } from './supports.ts';
import type { Estimator, Objective } from './typed.ts';

const objectives = ['free_energy', 'energy'] as const;

/** The objective of a `descend`. `names` are those that a contrast of phases may use, null in an inference. */
export const checkObjective = (
  expression: Expression,
  withMean: readonly Name[],
  names: ContrastNames | null,
  environment: Environment,
): Objective | null => {
  const { report } = environment;
  const { span } = expression;
  if (namesPhase(expression)) return checkContrast(expression, withMean, names, environment);
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
      fixes: ['posterior_rate', 'exact'].map((known) => replacement(option.span, known)),
    });
  const kl = option?.kind === 'name' && option.text === 'posterior_rate' ? 'posterior_rate' : 'exact';
  return { kind: 'free_energy', klWeight: value?.expression ?? one, kl, span: call.span };
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
        fixes: [replacement(span, name)],
      });
    return { kind: name as 'straight_through' | 'pathwise' | 'score' };
  }
  if (expression.kind !== 'call')
    return error(report, 'NSM5013', span, '`relaxed` needs a temperature', {
      hint: 'Write `by relaxed(0.1)`.',
      fixes: [replacement(span, 'relaxed(0.1)')],
    });
  const given = matchArguments(expression, ['temperature'], report);
  if (given === null) return null;
  const argument = given.get('temperature');
  if (argument === undefined)
    return error(report, 'NSM5013', span, '`relaxed` needs a temperature', {
      hint: 'Write `by relaxed(0.1)`.',
      fixes: [replacement(span, 'relaxed(0.1)')],
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
