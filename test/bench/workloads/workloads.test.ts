/** The variants of every workload of `npm run bench` compute the same, on sizes that take no time. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readArrays, writeArrays, writeInputs } from '../../../bench/harness/arrays.ts';
import { startChild } from '../../../bench/harness/child.ts';
import { judge } from '../../../bench/harness/judge.ts';
import { normal } from '../../../bench/harness/generated.ts';
import { findTorch } from '../../../bench/harness/variants.ts';
import { heeStep } from '../../../bench/workloads/hee-step.ts';
import { ipvaeInfer } from '../../../bench/workloads/ipvae-infer.ts';
import { ipvaeTrain } from '../../../bench/workloads/ipvae-train.ts';
import { workloads } from '../../../bench/workloads/index.ts';
import { langevinSmall } from '../../../bench/workloads/langevin-small.ts';
import { relax } from '../../../bench/workloads/relax.ts';
import { loadBackend } from '../../../src/targets/tfjs/backend.ts';

const { tf } = await loadBackend('cpu');
const python = findTorch();

const net = { pixels: 12, hidden1: 8, hidden2: 6 };
const tiny = [
  ipvaeInfer('ipvae-infer', { batch: 50, pixels: 8, neurons: 12, steps: 4, compared: 4 }, 0.2, -1),
  ipvaeTrain('ipvae-train', { batch: 40, pixels: 9, neurons: 7, steps: 3 }),
  heeStep({ batch: 30, pixels: 6, v1: 5, v2: 3, fast: 4, steps: 3, compared: 3 }),
  relax(20, net, async () => ({
    W1: normal(1, [net.pixels, net.hidden1], 0.3),
    W2: normal(2, [net.hidden1, net.hidden2], 0.3),
    a0: normal(3, [net.pixels], 0.1),
    a1: normal(4, [net.hidden1], 0.1),
    b1: normal(5, [net.hidden1], 0.1),
    b2: normal(6, [net.hidden2], 0.1),
    x: { ...normal(7, [20, net.pixels], 1), values: normal(7, [20, net.pixels], 1).values.map(Math.abs) },
  })),
  langevinSmall({ chains: 2, units: 5, steps: 20, compared: 20 }),
];

describe.each(tiny)('$name', (workload) => {
  it('by hand in tfjs gives the outputs of nsm on its draws, and draws by the same laws', async () => {
    const inputs = await workload.inputs(tf, null);
    const nsm = workload.nsm(tf, inputs).compare(null);
    const byHand = workload.tfjs(tf, inputs);
    const { outputs } = byHand.compare(nsm.draws);
    const { draws } = byHand.compare(null);
    const verdict = judge(workload, inputs, 'tfjs', { outputs, draws }, nsm.outputs);
    expect(verdict).toMatchObject({ agrees: true });
    expect(Object.keys(outputs).sort()).toEqual(Object.keys(nsm.outputs).sort());
  });

  it('in nsm gives the same outputs on draws that it is given, and others on others', async () => {
    const inputs = await workload.inputs(tf, null);
    const nsm = workload.nsm(tf, inputs).compare(null);
    expect(workload.nsm(tf, inputs).compare(nsm.draws)).toEqual(nsm);
    const silent = Object.fromEntries(
      Object.entries(nsm.draws).map(([name, { shape, values }]) => [
        name,
        { shape, values: values.map(() => 0) },
      ]),
    );
    const { outputs } = workload.nsm(tf, inputs).compare(silent);
    if (Object.keys(silent).length > 0) expect(outputs).not.toEqual(nsm.outputs);
  });

  it('leaves no tensors behind when it is timed', async () => {
    const inputs = await workload.inputs(tf, null);
    for (const prepare of [workload.nsm, workload.tfjs]) {
      const variant = prepare(tf, inputs);
      variant.run();
      const before = tf.memory().numTensors;
      variant.run();
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it.skipIf(python === null)('in PyTorch gives them too, plain and hoisted', async () => {
    const inputs = await workload.inputs(tf, null);
    const nsm = workload.nsm(tf, inputs).compare(null);
    const folder = mkdtempSync(join(tmpdir(), 'nsm-test-'));
    writeInputs(join(folder, 'inputs'), inputs);
    writeArrays(join(folder, 'tape'), nsm.draws);
    for (const kind of workload.isHoistable ? ['torch', 'torch_hoisted'] : ['torch']) {
      const child = await startChild(python!, ['bench/peers/peer.py', workload.name, kind, folder]);
      const [outputs, draws] = [join(folder, 'outputs'), join(folder, 'draws')];
      await child.ask({ do: 'compare', draws: join(folder, 'tape'), outputs });
      await child.ask({ do: 'own', draws });
      const found = { outputs: readArrays(outputs), draws: readArrays(draws) };
      expect(judge(workload, inputs, kind, found, nsm.outputs)).toMatchObject({ agrees: true });
      child.end();
    }
    rmSync(folder, { recursive: true });
  });
});

describe('a verdict', () => {
  it('names what differs and which draws are not by their law', async () => {
    const workload = tiny.at(-1)!;
    const inputs = await workload.inputs(tf, null);
    const { outputs, draws } = workload.nsm(tf, inputs).compare(null);
    const off = (arrays: typeof outputs, name: string) => ({
      ...arrays,
      [name]: { ...arrays[name]!, values: arrays[name]!.values.map((value) => value + 1) },
    });
    const verdict = judge(workload, inputs, 'tfjs', { outputs: off(outputs, 's'), draws: off(draws, 'noise') }, outputs); // prettier-ignore
    expect(verdict.agrees).toBe(false);
    expect(verdict.words).toMatch(/^disagrees: s differs by .*; draws of noise are .* sd off/);
    const missing = judge(workload, inputs, 'tfjs', { outputs: {}, draws: {} }, outputs);
    expect(missing.agrees).toBe(false);
  });
});

it('an unknown workload is refused with the names of those there are', () => {
  const { status, stderr } = spawnSync(process.execPath, ['bench/run.ts', 'ipvea'], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toContain('no workload ipvea');
  for (const { name } of workloads) expect(stderr).toContain(name);
});
