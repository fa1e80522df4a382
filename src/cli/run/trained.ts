/** The model of a run with the parameters that it holds. */
import { defineModel, type Model } from '../../runtime/model.ts';
import type { ModelState } from '../../runtime/state.ts';
import type { Definition } from '../../schedule/definition.ts';
import { didYouMean } from '../../diagnostics/suggest.ts';
import { openBackend } from '../backend.ts';
import { readCheckpoint } from './checkpoint.ts';
import type { Output } from '../execute.ts';
import { fault } from '../problem.ts';
import type { RunRecord } from './directory.ts';

/** Loads TensorFlow.js. Throws NSM6008 for a run that was stopped before it saved anything. */
export async function openTrained(
  directory: string,
  record: RunRecord,
  definition: Definition,
  request: { readonly fast?: true | undefined },
  output: Output,
): Promise<{ readonly model: Model; readonly state: ModelState }> {
  const backend = await openBackend(request, output);
  const model = defineModel(backend.plan(definition));
  const state = readCheckpoint(directory, model.create({ seed: record.seed }));
  if (state !== null) return { model, state };
  throw fault(
    'NSM6008',
    `${directory} holds no parameters: training was stopped before it saved any`,
    'train it with --resume first',
  );
}

/** Throws NSM6002 for a name that is none of the model's inferences. */
export function requireInference(
  { model, inferences }: Definition,
  name: string | null,
): Definition['inferences'][number] {
  const found = inferences.find((inference) => inference.name === name);
  if (found !== undefined) return found;
  const names = inferences.map((inference) => inference.name);
  throw fault(
    'NSM6002',
    name === null ? `the model ${model} has no inference` : `the model ${model} has no inference "${name}"`,
    names.length === 0
      ? `declare one: inference Name of ${model} { ... }`
      : `${didYouMean(name ?? '', names)}it has ${names.join(', ')}`,
  );
}
