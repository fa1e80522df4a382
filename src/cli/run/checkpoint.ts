/** The numbers of a run: its last checkpoint, and parameters that a change took away. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  readSafetensors,
  writeSafetensors,
  type StoredTensor,
  type TensorFile,
} from '../../runtime/safetensors.ts';
import type { ModelState, NumberArray, NumberArrays } from '../../runtime/state.ts';
import { writeAtomic, writeInto } from '../files.ts';
import { fault } from '../problem.ts';

const memoryPrefix = 'memory/';
const particlesPrefix = 'particles/';
const parametersFile = 'params.safetensors';

/** @param changes how many changes of the run the state is after: with the checkpoint, they have happened */
export function writeCheckpoint(directory: string, model: string, state: ModelState, changes: number): void {
  const tensors: Record<string, StoredTensor> = {};
  const store = (name: string, { shape, values }: NumberArray): void => {
    tensors[name] = { shape, data: values };
  };
  for (const [name, array] of Object.entries(state.parameters)) store(name, array);
  for (const [name, array] of Object.entries(state.memory)) store(memoryPrefix + name, array);
  for (const [name, array] of Object.entries(state.particles)) store(particlesPrefix + name, array);
  const metadata = {
    format: 'nsm 1',
    model,
    learning: state.learning ?? '',
    iteration: String(state.iteration),
    iterations: String(state.iterations ?? 0),
    seed: String(state.seed),
    sizes: JSON.stringify(state.sizes),
    settings: JSON.stringify(state.settings),
    ...(changes > 0 && { changes: String(changes) }),
  };
  writeAtomic(join(directory, parametersFile), writeSafetensors(tensors, metadata));
}

const damaged = (path: string, what: string): Error =>
  fault('NSM6008', `the saved parameters cannot be used: ${what}`, 'copy the run again, or train anew', path);

/** Null when nothing was saved there. */
function readTensors(path: string): TensorFile | null {
  if (!existsSync(path)) return null;
  try {
    return readSafetensors(readFileSync(path));
  } catch (error) {
    throw damaged(path, (error as Error).message);
  }
}

/** How many changes of the run its checkpoint is after. */
export const savedChanges = (directory: string): number =>
  Number(readTensors(join(directory, parametersFile))?.metadata['changes'] ?? 0);

/** The saved state, or null when nothing was saved yet. `fresh` is a new state of the model that the run has. */
export function readCheckpoint(directory: string, fresh: ModelState): ModelState | null {
  const path = join(directory, parametersFile);
  const file = readTensors(path);
  if (file === null) return null;
  const parameters: Record<string, NumberArray> = {};
  const memory: Record<string, NumberArray> = {};
  const particles: Record<string, NumberArray> = {};
  for (const [name, { shape, data }] of Object.entries(file.tensors)) {
    if (name.startsWith(memoryPrefix)) memory[name.slice(memoryPrefix.length)] = { shape, values: data };
    else if (name.startsWith(particlesPrefix))
      particles[name.slice(particlesPrefix.length)] = { shape, values: data };
    else parameters[name] = { shape, values: data };
  }
  for (const [name, { shape }] of Object.entries(fresh.parameters)) {
    const found = parameters[name]?.shape;
    if (found === undefined) throw damaged(path, `the parameter "${name}" is missing`);
    if (found.join() !== shape.join()) {
      throw damaged(
        path,
        `"${name}" has the shape [${found.join(', ')}], but the model's is [${shape.join(', ')}]`,
      );
    }
  }
  const { metadata } = file;
  const iteration = Number(metadata['iteration']);
  const iterations = Number(metadata['iterations']);
  if (!Number.isSafeInteger(iteration) || !Number.isSafeInteger(iterations)) {
    throw damaged(path, 'they do not say after which iteration they were saved');
  }
  return {
    ...fresh,
    parameters,
    memory,
    particles,
    iteration,
    iterations,
    learning: metadata['learning'] === '' ? null : (metadata['learning'] ?? null),
  };
}

const lostFile = (change: number): string => `changes/${change}.safetensors`;

/** Keeps the numbers of parameters that a change drops or starts anew. */
export function writeLost(directory: string, change: number, lost: NumberArrays): void {
  // A crash may have left a file for a change that did not happen.
  if (Object.keys(lost).length === 0) return rmSync(join(directory, lostFile(change)), { force: true });
  const tensors: Record<string, StoredTensor> = {};
  for (const [name, { shape, values }] of Object.entries(lost)) tensors[name] = { shape, data: values };
  writeInto(directory, lostFile(change), writeSafetensors(tensors, { format: 'nsm 1' }));
}

export function readLost(directory: string, change: number): NumberArrays {
  const file = readTensors(join(directory, lostFile(change)));
  return Object.fromEntries(
    Object.entries(file?.tensors ?? {}).map(([name, { shape, data }]) => [name, { shape, values: data }]),
  );
}
