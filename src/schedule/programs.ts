/** The programs of an inference and of the model itself (see `definition.ts` for their inputs and outputs). */
import { read } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { readNames, replaceReads } from '../calculus/substitute.ts';
import type { Family, Model, Param, Variable } from '../check/typed.ts';
import { samplerOf } from '../derive/family/sampler.ts';
import { example, variableOf } from '../derive/free-energy.ts';
import type { Definition } from './definition.ts';
import { emitDraw } from './draw.ts';
import { assign, from, makeBlock, makeNames, originsIn, register, type Block } from './names.ts';
import { useEffective } from './parameters.ts';
import { allParameters, inputNames, put, resolveAt, type Point, type Setting } from './point.ts';
import { collectInputs } from './inputs.ts';
import type { Carried, Program } from './program.ts';
import { mainRepeat, readState, statesOf } from './states.ts';
import { emitHelpers, emitLoop, emitStatements, withSampled } from './statements.ts';

/** Draw sites of each kind of program start at its own number, so that no two programs share a stream. */
export const sites = { start: 0, advance: 100, measure: 200, update: 300, sample: 900 } as const;

/** A program with what it returns. */
export const finish = (
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
    { name, doc, inputs: [], body: block.statements, outputs: named, origins: originsIn(block.names) },
    new Set(params.map((param) => param.name)),
  );
};

const namesOf = ({ model, inference }: Setting, site: number) =>
  makeNames(site, inputNames(model, inference), inference.span);

export const startProgram = (setting: Setting): Program => {
  const block = makeBlock(namesOf(setting, sites.start));
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
  const complete = emitHelpers(
    block,
    setting,
    withSampled(block, setting, started, setting.inference.body),
    setting.inference.body,
  );
  if ((repeat?.until ?? null) === null) return complete;
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

/** The states of an inference as a program is given them, and settings as they are set before the main repetition. */
export const givenStates = (block: Block, setting: Setting): Point => {
  const states = statesOf(setting);
  for (const { name } of states) block.names.taken.add(name);
  const given: Point = {
    values: new Map(states.map((entry) => [entry.name, readState(entry)])),
    rolled: null,
  };
  return mainRepeat(setting.inference).before.reduce(
    (point, statement) =>
      statement.kind === 'set'
        ? put(point, [[statement.name, resolveAt(setting, point)(statement.value)]])
        : point,
    given,
  );
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
  const block = makeBlock(namesOf(setting, sites.advance));
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

/** Ancestral draws: every variable given its parents, in order, as far as they can be drawn. */
export const sampleProgram = (model: Model): Pick<Definition, 'sample' | 'undrawn'> => {
  const block = makeBlock(makeNames(sites.sample, inputNames({ ...model, variables: [] }), model.span));
  const values = new Map<string, Expression>();
  const outputs: { name: string; value: Expression; indices: readonly string[] }[] = [];
  let undrawn =
    model.energies.length === 0
      ? null
      : 'its energy terms tie variables together, so that none is drawn given its parents alone';
  for (const variable of undrawn === null ? ancestralOrder(model) : []) {
    const member = variable.distribution;
    undrawn =
      member === null ? `${variable.name} has no distribution` : whyUndrawn(variable.name, member.family);
    if (member === null || undrawn !== null) break;
    const resolve = (node: Expression): Expression =>
      replaceReads(useEffective(node, model.parameters), (found) => values.get(found.name) ?? null);
    const indices = [example, ...variable.indices];
    const { value } = from(block, variable.span, () =>
      emitDraw(block, member, {
        wish: variable.name,
        indices,
        resolve,
        estimator: null,
        note: `${variable.name} given its parents`,
      }),
    );
    values.set(variable.name, value);
    outputs.push({ name: variable.name, value, indices });
  }
  const program = finish(
    `${model.name}_sample`,
    'Draws from the model itself, parents first.',
    model.parameters,
    block,
    outputs,
  );
  return { sample: program, undrawn };
};

const whyUndrawn = (name: string, family: Family): string | null => {
  const sampler = samplerOf(family);
  return sampler.kind === 'none' ? `${name} has no sampler: ${sampler.why}` : null;
};

const ancestralOrder = (model: Model): readonly Variable[] => {
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
