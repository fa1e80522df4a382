/** Energies, forces and what inferences and phases do with them, as text. */
import { add, negate, read, sum } from '../calculus/build.ts';
import { simplest } from '../calculus/collect.ts';
import type { Expression } from '../calculus/expression.ts';
import { print } from '../calculus/print.ts';
import { replaceNames, replaceReads } from '../calculus/substitute.ts';
import type {
  BoundDynamics,
  Checked,
  Guard,
  InferenceStatement,
  Initialiser,
  Model,
  Variable,
} from '../check/typed.ts';
import {
  energyGradient,
  energyOf,
  energyTerms,
  intractableLayers,
  isEnergyModel,
  meanName,
  needsMean,
  populationName,
  servedLayers,
  unnormalisedAt,
} from './energy.ts';
import { naturals } from './family/family.ts';
import { drawsExactly } from './family/sampler.ts';
import { example, exampleNames, perExample, unitIndices, variableOf, variableRead } from './free-energy.ts';
import { linesOf, type Line } from './integrate.ts';
import { allStatements, movedNames } from './moved.ts';

export interface EnergyExplanation {
  readonly name: string;
  readonly kind: 'term' | 'factor';
  readonly value: string;
  readonly has_value: boolean;
}

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

const shown = (node: Expression): string =>
  print(node, { hide: [example, '*'], rename: (name) => name.replace(/^@/, '') });

/** Mean statistics of interneurons as ⟨T(x)⟩ in a text. */
export const withMeans = (model: Model, text: string): string =>
  model.variables.reduce(
    (before, { name, distribution }) =>
      (distribution?.family.statistic ?? []).reduce(
        (now, { value }, i) =>
          now.replaceAll(meanName(name, i), `⟨${shown(replaceNames(value, { x: read(name) }))}⟩`),
        before,
      ),
    text,
  );

// Energies.

/** Of models whose inferences or phases move states rather than beliefs. */
export const explainEnergies = (checked: Checked, model: Model): readonly EnergyExplanation[] => {
  const bodies = bodiesOf(checked).filter((one) => one.model.name === model.name);
  const moves = bodies.some(({ body }) =>
    allStatements(body).some(
      (statement) =>
        statement.kind === 'sample' ||
        (statement.kind === 'descend' && statement.objective.kind === 'energy'),
    ),
  );
  if (!isEnergyModel(model) && !moves) return [];
  return energyTerms(model).map(({ name, kind, value, hasValue }) => ({
    name: kind === 'term' ? name : factorName(variableOf(model, name), model),
    kind,
    value: shown(simplest(hasValue ? value : withPartition(model, variableOf(model, name)))),
    has_value: hasValue,
  }));
};

const factorName = ({ name, distribution }: Variable, model: Model): string => {
  const given = Object.values(distribution!.arguments);
  const parents = model.variables
    .map((variable) => variable.name)
    .filter((other) => given.some((node) => replaceNames(node, { [other]: read('@') }) !== node));
  return `−log p(${[name, ...(parents.length === 0 ? [] : [`| ${parents.join(', ')}`])].join(' ')})`;
};

/** Σ A(η) − η T − log h, with A as a name. */
const withPartition = (model: Model, variable: Variable): Expression => {
  const names = exampleNames(model, null);
  const units = unitIndices(variable);
  const etas = naturals(variable.distribution!).map((eta) => shown(perExample(eta, names)));
  const density = perExample(unnormalisedAt(variable, variableRead(variable)), names);
  return sum(units, add(read(`A(${etas.join(', ')})`, units), negate(density)));
};

// Statements.

interface Place {
  readonly model: Model;
  /** Parameters that a learning moves by what is reached here. */
  readonly learned: ReadonlySet<string>;
  readonly guards: readonly Guard[];
  readonly body: readonly InferenceStatement[];
}

const bodiesOf = ({ inferences, learnings }: Checked): readonly (Place & { readonly of: string })[] => [
  ...inferences
    .filter(({ beliefs }) => beliefs.length === 0)
    .map(({ name, model, guards, body }) => ({
      of: `inference ${name}`,
      model,
      learned: new Set(
        learnings
          .filter(({ inference }) => inference.name === name)
          .flatMap(({ steps }) => steps.flatMap(({ over }) => over)),
      ),
      guards,
      body,
    })),
  ...learnings.flatMap(({ name, model, phases, steps }) =>
    phases.map((phase) => ({
      of: `phase ${phase.name} of ${name}`,
      model,
      learned: new Set(steps.flatMap(({ over }) => over)),
      guards: [],
      body: phase.body,
    })),
  ),
];

export const explainRelaxations = (checked: Checked): readonly RelaxationExplanation[] =>
  bodiesOf(checked)
    .filter(({ body }) => body.length > 0)
    .map(({ of, ...place }) => ({ of, rows: statementsText(place, place.body, 0) }));

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
    case 'value':
      return shown(value.value);
    case 'random':
      return initialiserText(value.initialiser);
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
    const force = simplest(negate(energyGradient(energy, variableOf(model, name))));
    return { depth: depth + 1, what: `force on ${name}`, lines: [withMeans(model, shown(force))] };
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
