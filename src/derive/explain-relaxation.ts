/** What inferences and phases do with states, statement by statement, as text. */
import { negate, read } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { print } from '../calculus/print.ts';
import { replaceReads } from '../calculus/substitute.ts';
import type {
  BoundDynamics,
  Checked,
  Guard,
  InferenceStatement,
  Initialiser,
  Model,
  Phase,
  Variable,
} from '../check/typed.ts';
import {
  energyGradient,
  energyOf,
  intractableLayers,
  meanName,
  needsMean,
  populationName,
  servedLayers,
} from './energy.ts';
import { bodiesOf, shortest, shown, withMeans, type Place } from './explain-energy.ts';
import { naturals } from './family/family.ts';
import { drawsExactly } from './family/sampler.ts';
import { example, exampleNames, perExample, variableOf } from './free-energy.ts';
import { linesOf, type Line } from './integrate.ts';
import { allStatements, movedNames } from './moved.ts';

/** What an inference or a phase does, statement by statement. */
export interface RelaxationExplanation {
  readonly of: string;
  readonly rows: readonly ExplainedStatement[];
}
export interface ExplainedStatement {
  /** Repetitions around it. */
  readonly depth: number;
  readonly what: string;
  readonly lines: readonly string[];
}

export const explainRelaxations = (checked: Checked): readonly RelaxationExplanation[] =>
  bodiesOf(checked)
    .map(({ of, phase, ...place }) => ({
      of,
      rows: [...(phase === null ? [] : beginningText(phase)), ...statementsText(place, place.body, 0)],
    }))
    .filter(({ rows }) => rows.length > 0);

/** Where the states of a phase come from. */
const beginningText = ({ from, persist }: Phase): readonly ExplainedStatement[] => {
  const before = from === null ? null : `where ${from} ended`;
  const row = (line: string): ExplainedStatement => ({ depth: 0, what: 'begin', lines: [line] });
  if (persist === null) return before === null ? [] : [row(before)];
  const first = before === null ? '' : `; the first time ${before}`;
  return [row(`where this phase ended in the last iteration, ${keptBy[persist]}${first}`)];
};
const keptBy = {
  chain: 'a state for each place of the batch',
  example: 'a state for each example of the data',
} as const;

const statementsText = (
  place: Place,
  body: readonly InferenceStatement[],
  depth: number,
): readonly ExplainedStatement[] => body.flatMap((statement) => statementText(place, statement, depth));

const statementText = (
  place: Place,
  statement: InferenceStatement,
  depth: number,
): readonly ExplainedStatement[] => {
  const { model } = place;
  const row = (what: string, ...lines: readonly string[]): ExplainedStatement => ({ depth, what, lines });
  switch (statement.kind) {
    case 'start':
      return [row(`start ${statement.targets.join(', ')}`, startText(statement.value))];
    case 'repeat': {
      const until = statement.until === null ? '' : `, each example until ${shown(statement.until)}`;
      return [
        row('repeat', `${shown(statement.times)} times${until}`),
        ...statementsText(place, statement.body, depth + 1),
      ];
    }
    case 'descend':
      return statement.objective.kind === 'energy' ? descentText(place, statement, depth) : [];
    case 'interneurons':
      return layersOf(place)
        .filter(({ name }) => statement.over === null || statement.over.includes(name))
        .flatMap((layer) => interneuronsText(place, layer, statement.by, depth));
    case 'sample':
      return [row(`sample ${statement.names.join(', ')}`, 'from its law given all others')];
    case 'draw':
      return statement.names.map((name) => row(`draw ${name}`, drawText(model, name, statement)));
    case 'set':
      return [row(`set ${statement.name}`, shown(statement.value))];
    case 'free':
    case 'clamp':
      return [row(statement.kind, statement.names.join(', '))];
    case 'rolling':
      return [];
  }
};

type Statement<Kind extends InferenceStatement['kind']> = Extract<InferenceStatement, { kind: Kind }>;

const startText = (value: Statement<'start'>['value']): string => {
  switch (value.kind) {
    case 'value': {
      const draws = new Map(value.draws.map(({ name, initialiser }) => [name, initialiserText(initialiser)]));
      return print(value.value, { hide: [example], rename: (name) => draws.get(name) ?? name });
    }
    case 'feedforward':
      return 'by feedforward';
  }
};

export const initialiserText = (initial: Initialiser): string => {
  switch (initial.kind) {
    case 'constant':
      return shown(initial.value);
    case 'normal':
      return `normal(${shown(initial.mean)}, ${shown(initial.sd)})`;
    case 'uniform':
      return `uniform(${shown(initial.low)}, ${shown(initial.high)})`;
    case 'glorot':
      return 'glorot()';
  }
};

/** Layers whose ∇A interneurons give. */
const layersOf = ({ model, learned, body }: Place): readonly Variable[] => {
  const moved = new Set([...movedNames(body), ...learned]);
  return allStatements(body).flatMap((statement) =>
    statement.kind === 'interneurons' ? servedLayers(model, statement.over, moved) : [],
  );
};

/** The forces, and one step of the dynamics that follows them. */
const descentText = (
  place: Place,
  { over, by }: Statement<'descend'>,
  depth: number,
): readonly ExplainedStatement[] => {
  const { model, guards } = place;
  const served = new Set([...intractableLayers(model), ...layersOf(place).map(({ name }) => name)]);
  const energy = energyOf(model, served);
  const forces = over.map((name): ExplainedStatement => {
    const force = negate(energyGradient(energy, variableOf(model, name)));
    return { depth: depth + 1, what: `force on ${name}`, lines: [withMeans(model, shortest(force))] };
  });
  const [first] = over;
  const symbol = over.length === 1 ? first! : by.dynamics.variable;
  return [
    { depth, what: 'descend energy', lines: [`over ${over.join(', ')} by ${by.dynamics.name}`] },
    ...forces,
    {
      depth: depth + 1,
      what: over.length === 1 ? 'each step' : `each step of ${symbol} = ${over.join(', ')}`,
      lines: stepText(by, symbol),
    },
    ...guards
      .filter(({ target }) => over.includes(target))
      .map((guard): ExplainedStatement => ({ depth: depth + 1, what: 'guard', lines: [guardText(guard)] })),
  ];
};

export const guardText = ({ target, step, within }: Guard): string => {
  const name = step ? `step(${target})` : target;
  return `${name} within ${shown(replaceReads(within, (found) => (found.name === 'self' ? read(name, found.subscripts) : null)))}`;
};

const interneuronsText = (
  { model, body }: Place,
  layer: Variable,
  by: BoundDynamics,
  depth: number,
): readonly ExplainedStatement[] => {
  const { name, distribution } = layer;
  const names = exampleNames(model, null);
  const eta = naturals(distribution!).map((each) => shown(perExample(each, names)));
  const means = distribution!.family.statistic.map((_, i) => withMeans(model, meanName(name, i)));
  return [
    {
      depth,
      what: `interneurons of ${name}${needsMean(layer, movedNames(body)) ? '' : ', while learning'}`,
      lines: [
        `follow p(${name} | η = ${eta.join(', ')}) by ${by.dynamics.name}; their mean ${means.join(', ')} stands for ∂A/∂η`,
      ],
    },
    { depth: depth + 1, what: 'each step', lines: stepText(by, populationName(name)) },
  ];
};

const drawText = (model: Model, name: string, { by, steps }: Statement<'draw'>): string => {
  const { distribution } = variableOf(model, name);
  const { family, arguments: given } = distribution!;
  const law = `${family.name}(${Object.entries(given)
    .map(([key, value]) => `${key} = ${shown(value)}`)
    .join(', ')})`;
  return by === null || steps === null || drawsExactly(family)
    ? `~ ${law}, by the family's sampler`
    : `~ ${law}, by ${shown(steps)} steps of ${by.dynamics.name}`;
};

/** What one step does, with −∂E/∂s as the force and the settings put in. */
const stepText = ({ dynamics, arguments: given }: BoundDynamics, symbol: string): readonly string[] => {
  const text = (node: Expression): string =>
    shown(
      replaceReads(node, ({ name, subscripts }) => {
        if (name === '@gradient') return negate(read('force', subscripts));
        if (name === '@curvature') return read('∂²E/∂s²', subscripts);
        if (name === dynamics.variable) return read(symbol, subscripts);
        return given[name] ?? null;
      }),
    );
  const target = (name: string): string => (name === dynamics.variable ? symbol : name);
  const temperature = (node: Expression): string => {
    const value = text(node);
    return value === '1' ? '' : ` at temperature ${value}`;
  };
  const lineText = (line: Line): string => {
    switch (line.kind) {
      case 'let':
        return `${line.target} = ${text(line.value)}`;
      case 'assign':
        return `${target(line.target)} ← ${text(line.value)}`;
      case 'together':
        return line.assigns.map(({ target: name, value }) => `${target(name)} ← ${text(value)}`).join(',  ');
      case 'propose':
        return `${symbol}′ = ${text(line.value)}`;
      case 'trajectory':
        return `${symbol}′: ${text(line.times)} times ${line.lines.map(lineText).join(';  ')}`;
      case 'accept':
        return `${symbol} ← ${symbol}′ by Metropolis and Hastings${temperature(line.temperature)}`;
      case 'swap':
        return `neighbouring replicas swapped by Metropolis and Hastings${temperature(line.temperature)}`;
    }
  };
  return linesOf(dynamics).map(lineText);
};
