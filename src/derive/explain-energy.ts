/** The energy of a model, term by term, as text; and where states are moved. */
import { add, negate, read, sum } from '../calculus/build.ts';
import { simplest } from '../calculus/collect.ts';
import type { Expression } from '../calculus/expression.ts';
import { print } from '../calculus/print.ts';
import { readable } from '../calculus/readable.ts';
import { readNames, replaceNames } from '../calculus/substitute.ts';
import type { Checked, Guard, InferenceStatement, Model, Phase, Variable } from '../check/typed.ts';
import { energyTerms, isEnergyModel, meanName, unnormalisedAt } from './energy.ts';
import { naturals } from './family/family.ts';
import { example, exampleNames, perExample, unitIndices, variableOf, variableRead } from './free-energy.ts';
import { allStatements } from './moved.ts';

export interface EnergyExplanation {
  readonly name: string;
  readonly kind: 'term' | 'factor';
  readonly value: string;
  readonly has_value: boolean;
}

export const shown = (node: Expression): string =>
  print(readable(node), { hide: [example, '*'], rename: (name) => name.replace(/^@/, '') });

/** As it was derived, or multiplied out where that is shorter. */
export const shortest = (node: Expression): string => {
  const [plain, other] = [shown(node), shown(simplest(node))];
  return [...other].length < [...plain].length ? other : plain;
};

/** Mean statistics of interneurons as ⟨T(x)⟩ in a text. */
export const withMeans = (model: Model, text: string): string => {
  const words = new Map(
    model.variables.flatMap(({ name, distribution }) =>
      (distribution?.family.statistic ?? []).map(({ value }, i) => [
        meanName(name, i),
        `⟨${shown(replaceNames(value, { x: read(name) }))}⟩`,
      ]),
    ),
  );
  return text.replace(/[\p{L}\p{N}_']+\.[\p{L}\p{N}_]+/gu, (found) => words.get(found) ?? found);
};

/** Of models whose inferences or phases move states rather than beliefs, or whose learnings compare energies. */
export const explainEnergies = (checked: Checked, model: Model): readonly EnergyExplanation[] => {
  const learns = checked.learnings.some(
    (learning) =>
      learning.model.name === model.name &&
      learning.steps.some((step) => step.kind === 'descend' && step.objective.kind !== 'free_energy'),
  );
  const bodies = bodiesOf(checked).filter((one) => one.model.name === model.name);
  const moves = bodies.some(({ body }) =>
    allStatements(body).some(
      (statement) =>
        statement.kind === 'sample' ||
        (statement.kind === 'descend' && statement.objective.kind === 'energy'),
    ),
  );
  if (!isEnergyModel(model) && !moves && !learns) return [];
  return energyTerms(model).map(({ name, kind, value, hasValue }) => ({
    name: kind === 'term' ? name : factorName(variableOf(model, name), model),
    kind,
    value: shortest(hasValue ? value : withPartition(model, variableOf(model, name))),
    has_value: hasValue,
  }));
};

const factorName = ({ name, distribution }: Variable, model: Model): string => {
  const given = Object.values(distribution!.arguments);
  const parents = model.variables
    .map((variable) => variable.name)
    .filter((other) => given.some((node) => readNames(node).has(other)));
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

/** Where states are moved: an inference without beliefs, or a phase. */
export interface Place {
  readonly model: Model;
  /** Parameters that a learning moves by what is reached here. */
  readonly learned: ReadonlySet<string>;
  readonly guards: readonly Guard[];
  readonly body: readonly InferenceStatement[];
}

export const bodiesOf = ({
  inferences,
  learnings,
}: Checked): readonly (Place & { readonly of: string; readonly phase: Phase | null })[] => [
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
      phase: null,
    })),
  ...learnings.flatMap(({ name, model, phases, steps }) =>
    phases.map((phase) => ({
      of: `phase ${phase.name} of ${name}`,
      model,
      learned: new Set(steps.flatMap(({ over }) => over)),
      guards: [],
      body: phase.body,
      phase,
    })),
  ),
];
