/** Short text of typed models, for expectations that read like the program. */
import type { Expression, Index } from '../../src/calculus/expression.ts';
import type {
  Distribution,
  Inference,
  InferenceStatement,
  Learning,
  Model,
  Support,
} from '../../src/check/typed.ts';

export const show = (node: Expression): string => {
  switch (node.kind) {
    case 'constant':
      return `${node.value}`;
    case 'size':
      return `|${node.axis}|`;
    case 'position':
      return `@${node.index}`;
    case 'read':
      return node.name + axes(node.subscripts);
    case 'add':
      return `(${node.terms.map(show).join(' + ')})`;
    case 'multiply':
      return node.factors.map(show).join(' * ');
    case 'power':
      return `${show(node.base)}^${show(node.exponent)}`;
    case 'apply':
      return `${node.operator}(${node.arguments.map(show).join(', ')})`;
    case 'sum':
    case 'maximum':
      return `${node.kind}{${node.over.join(' ')}}(${show(node.body)})`;
    case 'delta':
      return `[${node.left} = ${node.right}]`;
    case 'triangle':
      return `[${node.row} >= ${node.column}]`;
    case 'inverse':
    case 'cholesky':
      return `${node.kind}{${node.over.join(' ')}}(${show(node.body)})[${node.row}, ${node.column}]`;
    case 'log_determinant':
      return `${node.kind}{${node.over.join(' ')}}(${show(node.body)})`;
  }
};

const axes = (indices: readonly Index[]): string => (indices.length === 0 ? '' : `[${indices.join(', ')}]`);
const support = (value: Support): string =>
  value.kind === 'count' && value.upTo !== null
    ? `count up to ${show(value.upTo)}`
    : 'over' in value
      ? `${value.kind} over ${value.over.join(' ')}`
      : value.kind;
const named = (values: Readonly<Record<string, Expression>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} = ${show(value)}`)
    .join(', ');
const distribution = (value: Distribution): string => `${value.family.name}(${named(value.arguments)})`;

export const showModel = (model: Model): string =>
  [
    ...model.settings.map(
      ({ name, kind, initial }) => `setting ${name}: ${kind} = ${initial === null ? '?' : show(initial)}`,
    ),
    ...model.parameters.map(
      (param) =>
        `param ${param.name}: ${support(param.support)}${axes(param.indices)} = ${param.initial.kind}` +
        (param.within === null ? '' : ` within ${show(param.within)}`),
    ),
    ...model.variables.map(
      (variable) =>
        `${variable.role} ${variable.name}: ${support(variable.support)}${axes(variable.indices)} per ${variable.plate}` +
        (variable.distribution === null ? '' : ` ~ ${distribution(variable.distribution)}`),
    ),
    ...model.energies.map(({ name, value }) => `energy ${name} = ${show(value)}`),
    ...model.measures.map(({ name, value }) => `measure ${name} = ${show(value)}`),
  ].join('\n');

const showStatement = (statement: InferenceStatement): string => {
  switch (statement.kind) {
    case 'start':
      return `start ${statement.targets.join(', ')} ${
        statement.value.kind === 'value' ? `= ${show(statement.value.value)}` : 'by feedforward'
      }`;
    case 'repeat':
      return `repeat ${show(statement.times)}${statement.until === null ? '' : ` until ${show(statement.until)}`} { ${statement.body.map(showStatement).join('; ')} }`;
    case 'rolling':
      return 'rolling prior';
    case 'descend':
      return `descend ${showObjective(statement.objective)} over ${statement.over.join(', ')} by ${statement.by.dynamics.name}(${named(statement.by.arguments)})`;
    case 'interneurons':
      return `interneurons${statement.over === null ? '' : ` over ${statement.over.join(', ')}`} by ${statement.by.dynamics.name}(${named(statement.by.arguments)})`;
    case 'set':
      return `set ${statement.name} = ${show(statement.value)}`;
    case 'free':
    case 'clamp':
    case 'sample':
      return `${statement.kind} ${statement.names.join(', ')}`;
    case 'draw':
      return `draw ${statement.names.join(', ')}${statement.steps === null ? '' : ` for ${show(statement.steps)}`}`;
  }
};

const showObjective = (objective: Extract<InferenceStatement, { kind: 'descend' }>['objective']): string => {
  switch (objective.kind) {
    case 'free_energy':
      return `free_energy(kl_weight = ${show(objective.klWeight)}, kl = ${objective.kl})`;
    case 'energy':
      return 'energy';
    case 'contrast':
      return objective.terms
        .map(({ what, weight, phase }) => `${show(weight)} * ${what} in ${phase}`)
        .join(' + ');
  }
};

export const showInference = (inference: Inference): string =>
  [
    ...inference.parameters.map(
      (param) => `param ${param.name}: ${support(param.support)}${axes(param.indices)}`,
    ),
    ...inference.beliefs.map(
      (belief) =>
        `belief ${belief.latent} ${belief.natural ? 'natural' : `~ ${distribution(belief.distribution)} in`} ` +
        belief.coordinates.map(({ name, indices }) => name + axes(indices)).join(', '),
    ),
    ...inference.guards.map(
      (guard) => `guard ${guard.step ? `step(${guard.target})` : guard.target} within ${show(guard.within)}`,
    ),
    ...inference.body.map(showStatement),
  ].join('\n');

export const showLearning = (learning: Learning): string =>
  [
    ...(learning.local === null ? [] : ['local']),
    ...learning.phases.map(
      (phase) =>
        `phase ${phase.name}${phase.from === null ? '' : ` from ${phase.from}`}${phase.persist === null ? '' : ` persist per ${phase.persist}`} { ${phase.body.map(showStatement).join('; ')} }`,
    ),
    ...learning.steps.map((step) => {
      const what = step.kind === 'predict' ? 'predict soma' : `descend ${showObjective(step.objective)}`;
      const through =
        step.kind === 'descend' && step.through !== null
          ? ` through inference by ${step.through.estimator.kind}`
          : '';
      return `${what} at ${step.when} over ${step.over.join(', ')} by ${step.by.dynamics.name}(${named(step.by.arguments)})${through}`;
    }),
  ].join('\n');
