/** A run that goes on with another program, with other settings, or as it was before its last change. */
import { axisOf } from '../../calculus/expression.ts';
import type { Checked } from '../../check/typed.ts';
import { keepParameters, keptParameters } from '../../runtime/keep-parameters.ts';
import { defineModel, type Model } from '../../runtime/model.ts';
import type { ModelState } from '../../runtime/state.ts';
import type { Definition } from '../../schedule/definition.ts';
import type { Run } from './begin.ts';
import { readLost, writeLost } from './checkpoint.ts';
import { dataOfModel, observedNames, type Datasets } from './datasets.ts';
import { difference, differenceText, type Difference } from './difference.ts';
import { stepBack, stepTo, type Change, type Editable, type Step } from './editable.ts';
import { askedAlone, definitionForData } from './fit.ts';
import { fault } from '../problem.ts';
import { requireNoErrors, restoreProgram, type LoadedProgram } from '../program.ts';
import { appendChange, editableOf } from './directory.ts';
import { schedulesOf } from './schedules.ts';
import { checkSettings, requireLearning, select, settingsIn } from '../select.ts';

/** A change that was made, and the run after it. It has happened once its checkpoint is written. */
export interface Changed {
  readonly run: Run;
  readonly change: Change;
  readonly difference: Difference;
}

/**
 * The run with another program, or with other settings; its state is that of before. Throws what is wrong with them, for the data
 * too; nothing that the run has is touched.
 */
export function revised(run: Run, program: LoadedProgram, set: Readonly<Record<string, number>> = {}): Run {
  requireNoErrors(program);
  const { record } = run;
  const selection = select(program.checked, record);
  const learning = requireLearning(selection).name;
  const declared = settingsIn(program.checked, selection).map(({ name }) => name);
  const before = select(run.program.checked, record);
  const asked = { ...askedAlone(before, record.set, run.data, declared), ...set };
  checkSettings(program.checked, selection, asked);
  const observed = observedNames(selection.model.variables);
  const ofModel = (data: Datasets): Datasets => dataOfModel(data, selection.model.name, observed);
  const data = ofModel(run.data);
  const test = run.test === null ? null : ofModel(run.test);
  const fitted = definitionForData(program, selection, asked, data, test);
  const model = defineModel(run.backend.plan(fitted.definition));
  const { entry, imports } = program;
  const numbers = numbersOf(program.checked, fitted.definition, model, learning);
  const next = { ...record, entry, imports, set: fitted.set, ...numbers };
  return { ...run, record: next, program, data, test, model };
}

/** Goes on from the state of `before` with what `revised` made of it; null where nothing differs. */
export function change(before: Run, next: Run): Changed | null {
  const { record } = next;
  const fresh = next.model.create({ seed: record.seed });
  const kept = keptNames(before, next.model, fresh);
  const since = (name: string): number =>
    kept.includes(name) ? (before.record.parameters[name]?.since ?? 0) : before.state.iteration;
  const parameters = registered(next.model, fresh, since);
  const after = editableOf({ ...record, parameters }, next.program.texts);
  const step = stepTo(editableOf(before.record, before.program.texts), after);
  return step.patches.length === 0 ? null : taken(before, next, step, fresh, null);
}

/**
 * Takes back the last change that stands: parameters that were there all along keep their present numbers, and those that the
 * change dropped or started anew have the numbers again that they had. Throws NSM6009 where there is none.
 */
export function undo(run: Run): Changed {
  const back = stepBack(editableOf(run.record, run.program.texts), run.changes);
  if (back === null) {
    throw fault(
      'NSM6009',
      'there is nothing to undo: every change of the run is taken back, or there was none',
      'leave out --undo',
      run.directory,
    );
  }
  const { entry, texts, imports, set } = back.editable;
  const program = restoreProgram(entry, new Map(Object.entries(texts)), imports);
  const next = revised({ ...run, record: { ...run.record, set } }, program);
  const fresh = next.model.create({ seed: run.record.seed });
  const lost = readLost(run.directory, back.undoes.change);
  return taken(run, next, back, { ...fresh, parameters: { ...fresh.parameters, ...lost } }, back.undoes);
}

/** @param others the state that parameters come from which are not kept */
function taken(before: Run, next: Run, step: Step, others: ModelState, undoes: Change | null): Changed {
  const { directory, state } = before;
  const kept = keptNames(before, next.model, others);
  const { texts: _, ...edited } = step.editable;
  const differing = difference(editableOf(before.record, before.program.texts), step.editable, kept);
  const change: Change = {
    change: before.changes.length + 1,
    iteration: state.iteration,
    time: new Date().toISOString(),
    undoes: undoes?.change ?? null,
    what: differenceText(differing, undoes === null ? 'anew' : 'as before'),
    patches: step.patches,
    inverse: step.inverse,
  };
  const lost = Object.entries(state.parameters).filter(([name]) => !kept.includes(name));
  writeLost(directory, change.change, Object.fromEntries(lost));
  appendChange(directory, change);
  const run: Run = {
    ...next,
    record: { ...next.record, ...edited },
    changes: [...before.changes, change],
    state: keepParameters({ plan: before.model.plan, state }, { plan: next.model.plan, state: others }),
  };
  return { run, change, difference: differing };
}

const keptNames = ({ model, state }: Run, next: Model, others: ModelState): readonly string[] =>
  keptParameters({ plan: model.plan, state }, { plan: next.plan, state: others });

/** What the record of a run says of its model, but for its parameters. */
export const numbersOf = (
  checked: Checked,
  definition: Definition,
  { plan }: Model,
  learning: string,
): Pick<Editable, 'sizes' | 'settings' | 'schedules'> => {
  const own = plan.learnings.find(({ name }) => name === learning);
  const inference = plan.inferences.find(({ name }) => name === own?.inference);
  return {
    sizes: axisSizes(definition),
    settings: { ...plan.settings, ...inference?.settings, ...own?.settings },
    schedules: schedulesOf(
      checked,
      checked.learnings.find(({ name }) => name === learning)!,
    ),
  };
};

export const registered = (
  { plan }: Model,
  state: ModelState,
  since: (name: string) => number,
): Editable['parameters'] =>
  Object.fromEntries(
    plan.parameters.map(({ name, coordinates }) => [
      name,
      { shape: state.parameters[name]!.shape, coordinates, since: since(name) },
    ]),
  );

/** Sizes of the axes that the model's arrays have. */
function axisSizes({ sizes, parameters, observed, latents }: Definition): Readonly<Record<string, number>> {
  const axes = new Set([...parameters, ...observed, ...latents].flatMap((array) => array.axes.map(axisOf)));
  return Object.fromEntries(Object.entries(sizes).filter(([axis]) => axes.has(axis)));
}
