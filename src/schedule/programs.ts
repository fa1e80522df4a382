/** The programs of an inference and of the model itself (see `definition.ts` for their inputs and outputs). */
import {
  add,
  apply,
  constant,
  divide,
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
import { readNames, replaceReads } from '../calculus/substitute.ts';
import type { Model, Param, Variable } from '../check/typed.ts';
import { energyTerms } from '../derive/energy.ts';
import { example, freeEnergy, reconstruction, variableOf, variableRead } from '../derive/free-energy.ts';
import { canDraw } from '../derive/family/sampler.ts';
import { emitDraw } from './draw.ts';
import { emitDraws } from './descend.ts';
import { assign, makeBlock, makeNames, register, type Block } from './names.ts';
import { useEffective } from './parameters.ts';
import { allParameters, inputNames, resolveAt, type Point, type Setting } from './point.ts';
import { collectInputs } from './inputs.ts';
import type { Carried, Program } from './program.ts';
import { mainRepeat, readState, sampledLayers, statesOf } from './states.ts';
import { emitHelpers, emitLoop, emitStatements } from './statements.ts';

/** Draw sites of each kind of program start at its own number, so that no two programs share a stream. */
export const sites = { start: 0, advance: 100, measure: 200, update: 300, sample: 900 } as const;

const finish = (
  name: string,
  doc: string | null,
  params: readonly Param[],
  block: Block,
  outputs: readonly { name: string; value: Expression; indices: readonly string[] }[],
): Program => {
  const named = outputs.map((output) => {
    const target = register(block.names, `${output.name}_out`, output.indices);
    block.statements.push({ kind: 'assign', target, value: output.value, note: null });
    return { name: output.name, register: target };
  });
  return collectInputs(
    { name, doc, inputs: [], body: block.statements, outputs: named },
    new Set(params.map((param) => param.name)),
  );
};

export const startProgram = (setting: Setting): Program => {
  const block = makeBlock(makeNames(sites.start, inputNames(setting.model, setting.inference)));
  return finish(
    `${setting.inference.name}_start`,
    'The states that inference starts from.',
    allParameters(setting),
    block,
    pointOutputs(setting, emitStart(block, setting)),
  );
};

/** What comes before the main repetition. */
export const emitStart = (block: Block, setting: Setting): Point => {
  const { before, repeat } = mainRepeat(setting.inference);
  const empty: Point = { values: new Map(), rolled: null };
  const started = emitStatements(block, setting, empty, before, { counter: null, isFast: false });
  const complete = emitHelpers(block, setting, started, setting.inference.body);
  if (repeat?.until == null) return complete;
  const until = statesOf(setting).filter(
    ({ name, initial }) => initial !== null && !complete.values.has(name),
  );
  return {
    ...complete,
    values: new Map([
      ...complete.values,
      ...until.map(({ name, indices, initial }) => [name, assign(block, name, indices, initial!)] as const),
    ]),
  };
};

const pointOutputs = (setting: Setting, point: Point) =>
  statesOf(setting).map(({ name, indices }) => ({ name, value: point.values.get(name)!, indices }));

/** The states of an inference as a program is given them. */
const givenStates = (block: Block, setting: Setting): Point => {
  const states = statesOf(setting);
  for (const { name } of states) block.names.taken.add(name);
  return { values: new Map(states.map((entry) => [entry.name, readState(entry)])), rolled: null };
};

/** A loop over turns of an inference: `extend` may add statements and carried values to each turn. */
export interface Turns {
  readonly entry: Point;
  readonly times: Expression;
  readonly first: Expression;
  readonly extend: (block: Block, point: Point) => readonly Carried[];
}

export const emitTurns = (block: Block, setting: Setting, turns: Turns): Point => {
  const { repeat } = mainRepeat(setting.inference);
  if (repeat === null) return turns.entry;
  return emitLoop(block, setting, turns.entry, {
    ...turns,
    statement: repeat,
    label: `${setting.inference.name}_turns`,
    isFast: false,
  });
};

export const advanceProgram = (setting: Setting): Program => {
  const block = makeBlock(makeNames(sites.advance, inputNames(setting.model, setting.inference)));
  const last = emitTurns(block, setting, {
    entry: givenStates(block, setting),
    times: read('step_count'),
    first: read('first_step'),
    extend: () => [],
  });
  return finish(
    `${setting.inference.name}_advance`,
    'Some steps of inference.',
    allParameters(setting),
    block,
    pointOutputs(setting, last),
  );
};

export const measureProgram = (setting: Setting): Program => {
  const { model, inference } = setting;
  if (inference.beliefs.length === 0) return energyMeasure(setting);
  const block = makeBlock(makeNames(sites.measure, inputNames(model, inference)));
  const point = givenStates(block, setting);
  const latents = model.variables.filter(({ role }) => role === 'latent');
  const drawn = emitDraws(block, setting, point, new Set(latents.map(({ name }) => name)), null);
  const resolve = resolveAt(setting, point, drawn);
  const energy = freeEnergy(
    model,
    { ...inference, beliefs: inference.beliefs.map((belief) => ({ ...belief, exact: false })) },
    { kind: 'free_energy', klWeight: one, kl: 'exact', span: inference.span },
    'model',
  );

  let [squaredError, squaredTotal]: [Expression, Expression] = [zero, zero];
  const outputs: { name: string; value: Expression; indices: readonly string[] }[] = [];
  for (const variable of model.variables.filter(({ role }) => role === 'observed')) {
    const mean = reconstruction(model, inference, variable);
    if (mean === null) continue;
    const value = variableRead(variable);
    const shown = assign(
      block,
      'reconstruction',
      [example, ...variable.indices],
      resolve(mean),
      'mean of the observed given the draws',
    );
    const ownMean = divide(
      sum(variable.indices, value),
      multiply(one, ...variable.indices.map((index) => size(axisOf(index)))),
    );
    squaredError = add(squaredError, sum([example, ...variable.indices], square(subtract(value, shown))));
    squaredTotal = add(squaredTotal, sum([example, ...variable.indices], square(subtract(value, ownMean))));
    if (outputs.length === 0)
      outputs.push({ name: 'reconstruction', value: shown, indices: [example, ...variable.indices] });
  }
  const zeros = latents.map((latent) =>
    sum([example, ...latent.indices], apply('equal', variableRead(latent), constant(0))),
  );
  return finish(
    `${inference.name}_measure`,
    'How well the present belief explains the data.',
    allParameters(setting),
    block,
    [
      { name: 'squared_error', value: squaredError, indices: [] },
      { name: 'squared_total', value: squaredTotal, indices: [] },
      { name: 'zeros', value: resolve(add(zero, ...zeros)), indices: [] },
      { name: 'free_energy', value: resolve(sum([example], energy)), indices: [] },
      ...outputs,
      ...latents.map((latent) => ({
        name: latent.name,
        value: resolve(variableRead(latent)),
        indices: [example, ...latent.indices],
      })),
    ],
  );
};

/** Of an inference without beliefs: the energy of the states, where it has a value. */
const energyMeasure = (setting: Setting): Program => {
  const { model, inference } = setting;
  const block = makeBlock(makeNames(sites.measure, inputNames(model, inference)));
  const point = givenStates(block, setting);
  const terms = energyTerms(model, new Set(sampledLayers(setting).map(({ name }) => name)));
  const hasValue = terms.every((term) => term.hasValue);
  const energy = add(zero, ...terms.map(({ value }) => value));
  return finish(
    `${inference.name}_measure`,
    'The energy of the present states.',
    allParameters(setting),
    block,
    hasValue ? [{ name: 'energy', value: resolveAt(setting, point)(sum([example], energy)), indices: [] }] : [],
  );
};

/** Ancestral draws: every variable given its parents, in order. Variables that cannot be drawn are left out. */
export const sampleProgram = (model: Model): Program => {
  const block = makeBlock(makeNames(sites.sample, inputNames({ ...model, variables: [] })));
  const values = new Map<string, Expression>();
  const outputs: { name: string; value: Expression; indices: readonly string[] }[] = [];
  for (const variable of ancestralOrder(model)) {
    const member = variable.distribution;
    if (member === null || !canDraw(member.family)) break;
    const resolve = (node: Expression): Expression =>
      replaceReads(useEffective(node, model.parameters), (found) => values.get(found.name) ?? null);
    const indices = [example, ...variable.indices];
    const { value } = emitDraw(block, member, {
      wish: variable.name,
      indices,
      resolve,
      estimator: null,
      note: `${variable.name} given its parents`,
    });
    values.set(variable.name, value);
    outputs.push({ name: variable.name, value, indices });
  }
  return finish(
    `${model.name}_sample`,
    'Draws from the model itself, parents first.',
    model.parameters,
    block,
    outputs,
  );
};

export const ancestralOrder = (model: Model): readonly Variable[] => {
  const done: Variable[] = [];
  const visit = (variable: Variable): void => {
    if (done.includes(variable)) return;
    for (const value of Object.values(variable.distribution?.arguments ?? {}))
      for (const name of readNames(value))
        if (model.variables.some((other) => other.name === name)) visit(variableOf(model, name));
    done.push(variable);
  };
  model.variables.forEach(visit);
  return done;
};
