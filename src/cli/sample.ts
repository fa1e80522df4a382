/** `nsm sample`: draws with the parameters of a run, as an npy file of each observed variable and a picture of it. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { npyFile } from '../data/npy-file.ts';
import { samplesPicture } from '../report/pictures.ts';
import { pictureShape } from '../report/shape.ts';
import { whyUndrawn } from '../runtime/sample.ts';
import { sizeOf, type NumberArray } from '../runtime/state.ts';
import { stepsOf } from '../runtime/walk.ts';
import { restoreRun } from './definition.ts';
import { ended, type Output } from './execute.ts';
import { cannotWrite, requireUnused, writeAtomic } from './files.ts';
import { interruptible } from './interrupt.ts';
import { sampleDefaults } from './options.ts';
import { fault } from './problem.ts';
import { showProgress, silent } from './progress.ts';
import { readRun } from './run/directory.ts';
import { noLaw, type Reason } from './no-law.ts';
import { openTrained, requireInference } from './run/trained.ts';
import { counted } from './words.ts';

export interface SampleRequest {
  readonly run: string;
  readonly inference?: string | undefined;
  readonly count?: number | undefined;
  readonly steps?: number | undefined;
  readonly seed?: number | undefined;
  readonly fast?: true | undefined;
  readonly out: string;
}

export const sample = (request: SampleRequest, output: Output): Promise<number> =>
  interruptible(
    () => output.note('stopping'),
    (signal) => drawAndWrite(request, output, signal),
  );

async function drawAndWrite(request: SampleRequest, output: Output, signal: AbortSignal): Promise<number> {
  requireNpy(request.out);
  const stored = readRun(request.run);
  const { record } = stored;
  const { program, definition } = restoreRun(stored);
  const { observed } = definition;
  const pathOf = (name: string): string =>
    observed.length === 1 ? request.out : withName(request.out, name);
  requireUnused(observed.flatMap(({ name }) => [pathOf(name), pictureOf(pathOf(name))]));
  if (request.inference !== undefined) requireInference(definition, request.inference);
  const { model, state } = await openTrained(request.run, record, definition, request, output);
  const inference = model.plan.inferences.find(({ name }) => name === request.inference) ?? null;
  const refused = whyUndrawn(model.plan, inference);
  if (refused !== null) throw fault('NSM6017', refused.what, refused.hint);

  const count = request.count ?? sampleDefaults.count;
  const steps = inference === null ? null : stepsOf(inference, request.steps);
  if (steps === null && request.steps !== undefined)
    throw fault('NSM6017', 'ancestral draws take no steps', 'leave --steps out, or name an --inference');
  output.note(
    `${counted(count, 'draw')} of ${record.model} after ${counted(state.iteration, 'iteration')} ` +
      (steps === null
        ? 'from the model itself, parents first'
        : `by ${request.inference}${steps === 0 ? '' : `, ${steps} steps`}`),
  );
  const progress = output.json ? silent : showProgress('drawing', 'steps', Math.max(1, steps ?? 1));
  const drawn = await model
    .sample(state, {
      count,
      ...(request.inference === undefined ? {} : { inference: request.inference }),
      ...(request.steps === undefined ? {} : { steps: request.steps }),
      ...(request.seed === undefined ? {} : { seed: request.seed }),
      signal,
      onProgress: ({ done, of }) => progress.update(Math.floor((Math.max(1, steps ?? 1) * done) / of), ''),
    })
    .finally(() => progress.stop());

  const reason = (): Reason | null =>
    request.inference === undefined ? null : noLaw(program.checked, definition, request.inference, state);
  for (const { name } of observed) requireFinite(name, drawn[name]!, request.inference ?? null, reason);
  for (const { name } of observed) write(name, drawn[name]!, pathOf(name), output);
  return ended.well;
}

/** Throws NSM6007 for a name that says it is a file of another kind. */
function requireNpy(path: string): void {
  if (path.endsWith('.npy')) return;
  const hint = `write --out ${path.replace(/(?<=[^/\\])\.[^./\\]*$/, '')}.npy`;
  throw fault('NSM6007', 'draws are written as an npy file, with a picture beside it', hint, path);
}
const pictureOf = (path: string): string => path.replace(/\.npy$/, '.png');

function write(variable: string, array: NumberArray, path: string, output: Output): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw cannotWrite(path, error);
  }
  writeAtomic(path, npyFile(array.shape, array.values));
  const [count = 0, ...one] = array.shape;
  output.event({ event: 'draws', variable, path, shape: array.shape });
  output.say(`${path}: ${variable}, ${array.shape.join(' × ')}, ${spread(array.values)}`);
  const shape = pictureShape(one, sizeOf(one));
  if (shape === null) {
    output.say(`no picture: one ${variable} is ${one.join(' × ') || 'a single number'}`);
    return;
  }
  const picture = pictureOf(path);
  writeAtomic(picture, samplesPicture(array.values, Math.min(count, sampleDefaults.shown), shape));
  output.event({ event: 'picture', variable, path: picture });
  output.say(picture + (count > sampleDefaults.shown ? `: the first ${sampleDefaults.shown}` : ''));
}

const spread = (values: Float32Array): string => {
  let [low, high, total] = [Infinity, -Infinity, 0];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
    total += value;
  }
  return `from ${readable(low)} to ${readable(high)}, mean ${readable(total / values.length)}`;
};

const readable = (value: number): string => String(Number(value.toPrecision(4)));

/** `draws.npy` as `draws-x.npy`. */
const withName = (path: string, name: string): string => `${path.replace(/\.npy$/, '')}-${name}.npy`;

/** Throws NSM6015 for draws that ran away. */
function requireFinite(
  variable: string,
  { values, shape }: NumberArray,
  inference: string | null,
  reason: () => Reason | null,
): void {
  const lost = values.findIndex((value) => !Number.isFinite(value));
  if (lost < 0) return;
  const row = Math.floor(lost / (values.length / shape[0]!));
  const { why, hint } = reason() ?? {
    why: '',
    hint: 'take smaller steps, fewer of them (--steps N), or bound what runs away with `guard`',
  };
  throw fault(
    'NSM6015',
    `${inference ?? 'the model'} diverged: draw ${row} of ${variable} is not finite, and nothing is written${why}`,
    hint,
  );
}
