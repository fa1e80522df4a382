/** The program that measures an inference, and what its sums over examples tell. */
import {
  add,
  apply,
  constant,
  divide,
  isConstant,
  multiply,
  one,
  read,
  size,
  square,
  subtract,
  sum,
  zero,
} from '../calculus/build.ts';
import { axisOf, type Expression } from '../calculus/expression.ts';
import type { Model, Variable } from '../check/typed.ts';
import { conditionalLaw, conditionalMean } from '../derive/conditional.ts';
import { clampedBy } from '../derive/dendrites.ts';
import { energyTerms, touches } from '../derive/energy.ts';
import { example, freeEnergy, reconstruction, variableRead } from '../derive/free-energy.ts';
import { allStatements } from '../derive/moved.ts';
import { boundsOf } from './bounds.ts';
import { fixedPointMeasures, restingMean, type Measure } from './branch-measures.ts';
import type { InferenceDefinition, MetricDefinition } from './definition.ts';
import { emitDraws } from './descend.ts';
import { inputsByOutput } from './inputs.ts';
import {
  acceptanceFigure,
  convergedFigure,
  disagreementFigure,
  energyFigure,
  explainedFigure,
  forceFigure,
  freeEnergyFigure,
  ownFigure,
  turnsFigure,
  zerosFigure,
  type Figure,
} from './metrics.ts';
import { assign, makeBlock, makeNames, type Block } from './names.ts';
import { allParameters, inputNames, put, resolveAt, type Point, type Setting } from './point.ts';
import type { Program } from './program.ts';
import { finish, givenStates, sites } from './programs.ts';
import { activeName, decisionNames, movedVariables, turnsName } from './states.ts';

export type Measured = Pick<InferenceDefinition, 'measure' | 'metrics' | 'reconstruction' | 'unmeasured'>;

/** Name under which the data of a variable stand that has a state of the same name. */
const dataName = (variable: string): string => `${variable}.data`;

/** @param observed variables whose data the states follow from */
export const measureProgram = (setting: Setting, observed: readonly string[]): Measured => {
  const { model, inference } = setting;
  const block = makeBlock(makeNames(sites.measure, inputNames(model, inference), inference.span));
  const point = givenStates(block, setting);
  const found =
    inference.beliefs.length > 0
      ? ofBeliefs(block, setting, point)
      : ofEnergy(block, setting, point, observed);
  const { figures, shown, draws, unmeasured } = found;
  const program = finish(
    `${inference.name}_measure`,
    inference.beliefs.length > 0
      ? 'How well the present belief explains the data.'
      : 'The energy of the present states, and how near they are to a fixed point.',
    allParameters(setting),
    block,
    [
      ...figures.flatMap(({ sums }) => sums),
      ...(shown === null
        ? []
        : [{ name: 'reconstruction', value: shown.value, indices: [example, ...shown.variable.indices] }]),
      ...draws,
    ],
  );
  const data = dataOf(setting, program);
  return {
    measure: program,
    metrics: figures.map(({ metric, sums }): MetricDefinition => ({
      ...metric,
      observed: data(sums.map(({ name }) => name)),
    })),
    reconstruction: shown === null ? null : { of: shown.variable.name, observed: data(['reconstruction']) },
    unmeasured,
  };
};

interface Found {
  readonly figures: readonly Figure[];
  /** An observed variable as the others tell it. */
  readonly shown: { readonly variable: Variable; readonly value: Expression } | null;
  readonly draws: readonly Measure[];
  readonly unmeasured: InferenceDefinition['unmeasured'];
}

/** The observed variables whose data some outputs need. */
const dataOf = ({ model, inference }: Setting, program: Program) => {
  const inputs = inputsByOutput(program);
  const moved = new Set(movedVariables({ model }, inference.body).map(({ name }) => name));
  return (outputs: readonly string[]): readonly string[] =>
    model.variables.flatMap(({ role, name }) => {
      const given = moved.has(name) ? dataName(name) : name;
      return role === 'observed' && outputs.some((output) => inputs.get(output)!.has(given)) ? [name] : [];
    });
};

const total = ({ indices }: Variable, value: Expression): Expression => sum([example, ...indices], value);
const scalar = (name: string, value: Expression): Measure => ({ name, value, indices: [] });

/** Sum of squares about each example's own mean. */
const spreadOf = (variable: Variable, data: Expression): Expression => {
  const count = multiply(one, ...variable.indices.map((index) => size(axisOf(index))));
  return total(variable, square(subtract(data, divide(sum(variable.indices, data), count))));
};

const ownFigures = (setting: Setting, resolve: (node: Expression) => Expression): readonly Figure[] =>
  setting.model.measures.map((own) => ownFigure(scalar(own.name, sum([example], resolve(own.value))), own));

const ofBeliefs = (block: Block, setting: Setting, point: Point): Found => {
  const { model, inference } = setting;
  const latents = model.variables.filter(({ role }) => role === 'latent');
  const drawn = emitDraws(block, setting, point, new Set(latents.map(({ name }) => name)), null);
  const resolve = resolveAt(setting, point, drawn);
  const energy = freeEnergy(
    model,
    { ...inference, beliefs: inference.beliefs.map((belief) => ({ ...belief, exact: false })) },
    { kind: 'free_energy', klWeight: one, kl: 'exact', span: inference.span },
    'model',
  );
  const told = model.variables.flatMap((variable) => {
    const mean = variable.role === 'observed' ? reconstruction(model, inference, variable) : null;
    if (mean === null) return [];
    const indices = [example, ...variable.indices];
    const note = 'mean of the observed given the draws';
    return [{ variable, value: assign(block, 'reconstruction', indices, resolve(mean), note) }];
  });
  const zeros = latents.map((latent) => total(latent, isZero(variableRead(latent))));
  return {
    figures: [
      ...explained(told, model),
      zerosFigure(scalar('zeros', resolve(add(zero, ...zeros))), latents),
      freeEnergyFigure(scalar('free_energy', resolve(sum([example], energy)))),
      ...ownFigures(setting, resolve),
    ],
    shown: told[0] ?? null,
    draws: latents.map((latent) => ({
      name: latent.name,
      value: resolve(variableRead(latent)),
      indices: [example, ...latent.indices],
    })),
    unmeasured: [],
  };
};

type Told = NonNullable<Found['shown']>;

/** R² of some observed variables together, which are named unless they are all. */
const explained = (told: readonly Told[], model: Model): readonly Figure[] => {
  if (told.length === 0) return [];
  const errors = told.map(({ variable, value }) =>
    total(variable, square(subtract(variableRead(variable), value))),
  );
  const spreads = told.map(({ variable }) => spreadOf(variable, variableRead(variable)));
  return [
    explainedFigure(
      scalar('squared_error', add(...errors)),
      scalar('squared_total', add(...spreads)),
      'mean',
      told.length === model.variables.filter(({ role }) => role === 'observed').length
        ? []
        : told.map(({ variable }) => variable.name),
    ),
  ];
};

const isZero = (value: Expression): Expression => apply('equal', value, constant(0));

/** The energy where it has a value, and how near its states are to a fixed point. */
const ofEnergy = (block: Block, setting: Setting, entry: Point, observed: readonly string[]): Found => {
  const { model, inference } = setting;
  // Settings as the inference leaves them.
  const point = allStatements(inference.body).reduce(
    (before, statement) =>
      statement.kind === 'set'
        ? put(before, [[statement.name, resolveAt(setting, before)(statement.value)]])
        : before,
    entry,
  );
  const at = resolveAt(setting, point);
  const terms = energyTerms(model);
  const without = terms.filter(({ hasValue }) => !hasValue).map(({ name }) => name);
  const moved = movedVariables(setting, inference.body);
  const told = clampedMeans(block, setting, at);
  const count = (name: string, value: Expression): Measure => scalar(name, sum([example], value));
  const states = new Set(entry.values.keys());
  return {
    figures: [
      ...(without.length === 0 && terms.length > 0
        ? [energyFigure(count('energy', at(add(...terms.map(({ value }) => value)))))]
        : []),
      ...explained(told, model),
      // What follows from no data has none to explain.
      ...(observed.length === 0 ? [] : moved.flatMap((variable) => freedFigure(variable, at))),
      ...zerosOf(moved, at),
      ...fixedPointMeasures(block, setting, point).map((sums) =>
        sums.name === 'squared_force' ? forceFigure(sums) : disagreementFigure(sums),
      ),
      ...(states.has(activeName)
        ? [
            convergedFigure(count('converged', subtract(one, at(read(activeName, [example]))))),
            turnsFigure(count('turns', at(read(turnsName, [example])))),
          ]
        : []),
      ...decisions(setting, states, at),
      ...ownFigures(setting, at),
    ],
    shown: told[0] ?? null,
    draws: [],
    unmeasured:
      without.length === 0
        ? []
        : [
            {
              name: 'energy',
              why: `the log-partition of ${without.join(' and ')} is intractable, so it has a gradient but no value`,
            },
          ],
  };
};

/** Of all proposals that statements have made. */
const decisions = (
  { inference }: Setting,
  states: ReadonlySet<string>,
  at: (node: Expression) => Expression,
): readonly Figure[] => {
  const kept = allStatements(inference.body).flatMap((statement) =>
    statement.kind === 'descend' ? [decisionNames(statement.over)] : [],
  );
  const known = [...new Map(kept.map((names) => [names[0], names])).values()].filter(([name]) =>
    states.has(name),
  );
  if (known.length === 0) return [];
  const sumOf = (n: 0 | 1): Expression =>
    add(zero, ...known.map((names) => sum([example], at(read(names[n], [example])))));
  return [acceptanceFigure(scalar('accepted', sumOf(0)), scalar('proposals', sumOf(1)))];
};

/** What the other variables make of each clamped one: its mean given them, or where the force on it would vanish. */
const clampedMeans = (
  block: Block,
  setting: Setting,
  at: (node: Expression) => Expression,
): readonly Told[] => {
  const { model, inference } = setting;
  const clamped = clampedBy(inference);
  const terms = energyTerms(model);
  return model.variables.flatMap((variable): readonly Told[] => {
    if (variable.role !== 'observed' || !clamped.has(variable.name)) return [];
    const touching = terms.filter((term) => touches(term, variable));
    const isFactor = touching.length === 1 && touching[0]!.kind === 'factor';
    const law = isFactor ? null : conditionalLaw(model, variable);
    const mean =
      law === null
        ? reconstruction(model, inference, variable)
        : law.kind === 'law'
          ? conditionalMean(law.law)
          : restingMean(model, variable);
    if (mean === null) return [];
    const indices = [example, ...variable.indices];
    const note = `${variable.name} as the others tell it`;
    return [{ variable, value: assign(block, 'reconstruction', indices, at(mean), note) }];
  });
};

/** The state of an observed variable that is free, against its data. */
const freedFigure = (variable: Variable, at: (node: Expression) => Expression): readonly Figure[] => {
  if (variable.role !== 'observed') return [];
  const { name, indices } = variable;
  const data = read(dataName(name), [example, ...indices]);
  const error = total(variable, square(subtract(data, at(variableRead(variable)))));
  return [
    explainedFigure(
      scalar(`squared_error_${name}`, error),
      scalar(`squared_total_${name}`, spreadOf(variable, data)),
      'state',
      [name],
    ),
  ];
};

/** Of variables that cannot be below 0. */
const zerosOf = (moved: readonly Variable[], at: (node: Expression) => Expression): readonly Figure[] => {
  const counted = moved.filter(
    (variable) =>
      variable.role !== 'observed' &&
      (hasFloor(variable) || ['count', 'binary'].includes(variable.support.kind)),
  );
  if (counted.length === 0) return [];
  const zeros = counted.map((variable) => total(variable, isZero(at(variableRead(variable)))));
  return [zerosFigure(scalar('zeros', add(...zeros)), counted)];
};

const hasFloor = (variable: Variable): boolean => {
  const bounds = boundsOf(variable);
  return bounds?.kind === 'interval' && bounds.low !== null && isConstant(bounds.low, 0);
};
