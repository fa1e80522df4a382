/** Contrasts of phases: `energy in data - energy in model`, and weighted sums like it. */
import { add, divide, isConstant, multiply, negate, one } from '../calculus/build.ts';
import type { Expression as Mathematics } from '../calculus/expression.ts';
import type { Expression, Name } from '../syntax/tree.ts';
import { evaluate, type Environment } from './expressions.ts';
import { error, showAxes, spell } from './scope.ts';
import { didYouMean } from './suggest.ts';
import type { ContrastTerm, Objective } from './typed.ts';

/** What a contrast may speak of. */
export interface ContrastNames {
  readonly phases: readonly string[];
  readonly variables: readonly string[];
  readonly hasBeliefs: boolean;
}

const energies: readonly ContrastTerm['what'][] = ['energy', 'belief_energy'];

/** Whether an objective speaks of phases. */
export const namesPhase = (expression: Expression): boolean => {
  switch (expression.kind) {
    case 'in_phase':
      return true;
    case 'negate':
      return namesPhase(expression.value);
    case 'binary':
    case 'compare':
      return namesPhase(expression.left) || namesPhase(expression.right);
    case 'call':
      return expression.arguments.some(({ value }) => namesPhase(value));
    case 'number':
    case 'name':
    case 'interval':
    case 'index':
      return false;
  }
};

export const checkContrast = (
  expression: Expression,
  withMean: readonly Name[],
  names: ContrastNames | null,
  environment: Environment,
): Objective | null => {
  const { report } = environment;
  const { span } = expression;
  if (names === null)
    return error(report, 'NSM5011', span, 'an inference has no phases to compare', {
      hint: 'Phases are declared and compared in a `learning`.',
    });
  const terms = weighted(expression, one, { names, environment });
  const means = withMean.map((name) => checkMean(name, names, environment));
  if (terms === null || means.includes(null)) return null;
  const idle = terms.find((term) => isConstant(weightOf(term, terms), 0));
  if (idle !== undefined)
    return error(report, 'NSM5058', span, `\`${idle.what} in ${idle.phase}\` cancels, whatever it is`, {
      hint: 'Compare two phases, as in `energy in data - energy in model`, or leave the phase out.',
    });
  return { kind: 'contrast', terms, withMean: means as readonly string[], span };
};

/** The weight of everything that is said of the same energy. */
const weightOf = ({ what, phase }: ContrastTerm, terms: readonly ContrastTerm[]): Mathematics =>
  add(...terms.filter((other) => other.what === what && other.phase === phase).map(({ weight }) => weight));

const checkMean = (name: Name, { variables }: ContrastNames, { report }: Environment): string | null =>
  variables.includes(spell(name))
    ? spell(name)
    : error(report, 'NSM2001', name.span, `the model has no variable \`${spell(name)}\``, {
        hint: didYouMean(spell(name), variables),
      });

interface Context {
  readonly names: ContrastNames;
  readonly environment: Environment;
}

/** The terms of a sum of energies in phases, each with the factors before and after it. */
const weighted = (
  expression: Expression,
  weight: Mathematics,
  context: Context,
): readonly ContrastTerm[] | null => {
  const { span } = expression;
  const { environment } = context;
  if (expression.kind === 'in_phase') return checkTerm(expression.value, expression.phase, weight, context);
  if (expression.kind === 'negate') return weighted(expression.value, negate(weight), context);
  if (expression.kind === 'binary' && (expression.operator === '-' || expression.operator === '+')) {
    const left = weighted(expression.left, weight, context);
    const right = weighted(expression.right, expression.operator === '-' ? negate(weight) : weight, context);
    return left === null || right === null ? null : [...left, ...right];
  }
  if (expression.kind === 'binary' && (expression.operator === '*' || expression.operator === '/')) {
    const { operator, left, right } = expression;
    const [energy, factor] = namesPhase(left) ? [left, right] : [right, left];
    if (namesPhase(energy) && !namesPhase(factor) && (operator === '*' || energy === left)) {
      const number = checkFactor(factor, environment);
      if (number === null) return null;
      if (operator === '/' && isConstant(number, 0))
        return error(environment.report, 'NSM5060', factor.span, 'an energy is divided by 0 here', {
          hint: 'Divide by the number that tells the phases apart, as `beta` in `set nudge = beta`.',
        });
      return weighted(energy, operator === '*' ? multiply(weight, number) : divide(weight, number), context);
    }
  }
  return error(
    environment.report,
    'NSM5011',
    span,
    'phases are compared by a weighted sum of their energies',
    {
      hint: 'Write for example `energy in data - energy in model`, or `(energy in nudged - energy in free) / beta`.',
    },
  );
};

const checkFactor = (factor: Expression, environment: Environment): Mathematics | null => {
  const value = evaluate(factor, environment);
  if (value === null || value.axes.length === 0) return value?.expression ?? null;
  return error(
    environment.report,
    'NSM3007',
    value.span,
    `an energy is multiplied by a single number, and this is ${showAxes(value.axes)}`,
  );
};

const checkTerm = (
  value: Expression,
  phase: Name,
  weight: Mathematics,
  { names, environment: { report } }: Context,
): readonly ContrastTerm[] | null => {
  const what = energies.find((name) => value.kind === 'name' && value.text === name);
  if (what === undefined)
    return error(
      report,
      'NSM5011',
      value.span,
      'phases have an `energy` and a `belief_energy`, and no other',
      {
        hint: 'Write `energy in data - energy in model`.',
      },
    );
  if (what === 'belief_energy' && !names.hasBeliefs)
    return error(report, 'NSM5005', value.span, 'there is no belief whose energy this could be', {
      hint: 'Beliefs are declared in the inference that the learning names after `by`.',
    });
  if (!names.phases.includes(spell(phase)))
    return error(report, 'NSM5018', phase.span, `there is no phase \`${spell(phase)}\``, {
      hint: didYouMean(
        spell(phase),
        names.phases,
        names.phases.length === 0 ? `Declare it: \`phase ${spell(phase)} { ... }\`.` : null,
      ),
    });
  return [{ what, weight, phase: spell(phase) }];
};
