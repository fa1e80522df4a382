/**
 * The variant of one workload by nsm, by nsm in its fast mode or by tfjs, asked by `bench/run.ts` in lines of JSON as `bench/peers/peer.py` is:
 *
 *     node bench/variant.ts WORKLOAD nsm|nsm_fast|tfjs FOLDER
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { asFastest, asFused } from '../src/targets/plan.ts';
import { loadBackend } from '../src/targets/tfjs/backend.ts';
import { readArrays, readInputs, writeArrays } from './harness/arrays.ts';
import { workloads } from './workloads/index.ts';

type Question =
  | { readonly do: 'compare'; readonly draws: string; readonly outputs: string }
  | { readonly do: 'own'; readonly draws: string; readonly outputs?: string }
  | { readonly do: 'run'; readonly times: number }
  | { readonly do: 'memory' };

const [name, kind, folder] = process.argv.slice(2) as [string, 'nsm' | 'nsm_fast' | 'tfjs', string];
const workload = workloads.find((each) => each.name === name)!;
const { tf } = await loadBackend();
/** The process itself says what its own memory was at most; what the system counts begins with that of the process that started it. */
const peak = (): number =>
  Number(/VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024;
const rest = peak();
const inputs = readInputs(join(folder, 'inputs'));
const variant =
  kind === 'tfjs'
    ? workload.tfjs(tf, inputs)
    : workload.nsm(tf, inputs, kind === 'nsm' ? asFastest : asFused);

const answerTo = (question: Question): object => {
  switch (question.do) {
    case 'compare': {
      writeArrays(question.outputs, variant.compare(readArrays(question.draws)).outputs);
      return {};
    }
    case 'own': {
      const { outputs, draws } = variant.compare(null);
      writeArrays(question.draws, draws);
      if (question.outputs !== undefined) writeArrays(question.outputs, outputs);
      return {};
    }
    case 'run': {
      const start = performance.now();
      for (let time = 0; time < question.times; time++) variant.run();
      return { ms: performance.now() - start };
    }
    case 'memory':
      return { peak: peak(), rest };
    default:
      return question satisfies never;
  }
};

const say = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);
say({});
for await (const line of createInterface({ input: process.stdin }))
  say(answerTo(JSON.parse(line) as Question));
