/** Vite's development server: types beside the file, errors, and replacement while a program runs. */
import { rmSync } from 'node:fs';
import { createServer, createServerModuleRunner, type ViteDevServer } from 'vite';
import type { ModuleRunner } from 'vite/module-runner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../../src/runtime/model.ts';
import { makeProject, source, type Project } from './project.ts';

let project: Project;
let server: ViteDevServer;
let runner: ModuleRunner;
beforeAll(async () => {
  project = await makeProject();
  server = await createServer({
    root: project.folder,
    configFile: false,
    logLevel: 'silent',
    server: { port: 0, host: '127.0.0.1' },
    plugins: [project.plugins.vite()],
    ssr: { external: ['nsm/runtime'] },
  });
  await server.listen();
  runner = createServerModuleRunner(server.environments.ssr, { hmr: { logger: false } });
}, 120_000);
afterAll(async () => {
  await runner.close();
  await server.close();
  rmSync(project.folder, { recursive: true, force: true });
});

const rows = Float32Array.from({ length: 30 }, (_, place) => (place % 7) / 7);
/** Asks until it holds. */
const eventually = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (let time = 0; time < 100; time++) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error('it has not come to hold in 10 seconds');
};

describe('a program that a development server runs', () => {
  let Counts: Model;
  beforeAll(async () => {
    ({ Counts } = await runner.import<{ readonly Counts: Model }>('/counts.nsm'));
  }, 60_000);

  it('has its types written beside the source', () => {
    expect(project.read('counts.d.nsm.ts')).toContain('export declare namespace Counts {');
  });
  it('goes on with its parameters when the source is saved', async () => {
    const trained = await Counts.train(Counts.create({ seed: 3 }), rows, { iterations: 2, batch: 5 });
    const before = await Counts.infer(trained, rows);
    project.write('counts.nsm', source.replace('steps: int = 3', 'steps: int = 9'));
    await eventually(() => Counts.plan.inferences[0]!.steps === 9);
    const after = await Counts.infer(trained, rows);
    expect(after.steps.at(-1)!['step']).toBe(9);
    expect(after.steps[0]).toEqual(before.steps[0]);
    expect(after.steps[1]).toEqual(before.steps[1]);
  });
  it('starts a parameter anew whose shape has changed, and keeps the others', async () => {
    const state = Counts.create({ seed: 3 });
    const trained = await Counts.train(state, rows, { iterations: 5, batch: 5 });
    project.write('counts.nsm', source.replace('bias: real[pixels] = 0', 'bias: real = 0'));
    await eventually(() => Counts.plan.parameters[1]!.axes.length === 0);
    const kept = await Counts.train(trained, rows, { iterations: 5, batch: 5 });
    expect(kept.parameters['Phi']).toEqual(trained.parameters['Phi']);
    expect(kept.parameters['bias']!.shape).toEqual([]);
  });
  it('stays as it was while the source is wrong', async () => {
    const { plan } = Counts;
    project.write('counts.nsm', source.replace('Phi @ z', 'Phy @ z'));
    await eventually(async () => {
      const response = await fetch(`${server.resolvedUrls!.local[0]}counts.nsm?import`);
      const text = await response.text();
      return response.status === 500 && text.includes('NSM2001');
    });
    expect(Counts.plan).toBe(plan);
    // Changes that follow each other at once are one change to those who watch files.
    await new Promise((done) => setTimeout(done, 500));
    project.write('counts.nsm', source.replace('steps: int = 3', 'steps: int = 4'));
    await eventually(() => Counts.plan.inferences[0]!.steps === 4);
  });
});
