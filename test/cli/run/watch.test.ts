/** `nsm train --watch` and `--undo`, as they are used: files are saved while a run goes on. */
import { readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLines, nsm, start, temporary, tinyProgram, writeRows, type Ended } from '../run.ts';

const { path: cwd, remove } = temporary();
afterAll(remove);
const file = (...names: readonly string[]): string => join(cwd, ...names);
const endless = ['--data', 'npy:rows.npy', '--batch', '8', '--iterations', '100000000'];
const events = ({ out }: Ended, ...names: readonly string[]): Record<string, unknown>[] =>
  jsonLines(out).filter(({ event }) => names.includes(String(event)));
const changes = (run: string): Record<string, unknown>[] =>
  jsonLines(readFileSync(file(run, 'changes.jsonl'), 'utf8'));

/** The program with a family in a file of its own. */
const importing = tinyProgram
  .replace(
    'import { Poisson, Normal } from "std/families"',
    'import { Noise } from "./noise"\nimport { Poisson } from "std/families"',
  )
  .replace('~ Normal(', '~ Noise(');
const noise = readFileSync(
  join(import.meta.dirname, '../../../stdlib/families/Normal.nsm'),
  'utf8',
).replaceAll('Normal', 'Noise');
const save = (name: string, text: string): void => writeFileSync(file(name), text);
/** As many editors do it. */
const saveByRename = (name: string, text: string): void => {
  writeFileSync(file(`${name}~`), text);
  renameSync(file(`${name}~`), file(name));
};

beforeAll(() => writeRows(file('rows.npy'), 100, 6));

describe('nsm train --watch', () => {
  let ended: Ended;
  beforeAll(async () => {
    save('live.nsm', importing);
    save('noise.nsm', noise);
    const run = start(['train', 'live.nsm', ...endless, '--out', 'live', '--watch', '--json'], { cwd });
    await run.until('"event":"iteration"');
    saveByRename('live.nsm', importing.replace('positive = 0.01', 'positive = 0.02'));
    await run.until('"event":"source_changed"');
    // Nothing is different in these.
    utimesSync(file('live.nsm'), new Date(), new Date());
    saveByRename('live.nsm', importing.replace('positive = 0.01', 'positive = 0.02'));
    save('live.nsm', importing.replace('Phi @ z', 'Phi @ y'));
    await run.until('"event":"source_rejected"');
    save('live.nsm', importing.replace('Phi @ z', 'Phi @ y'));
    for (let turn = 1; turn <= 2; turn += 1) await run.until('"event":"iteration"');
    save('live.nsm', importing.replaceAll('prior', 'rest'));
    await run.until('"event":"source_changed"');
    save('noise.nsm', `${noise}\n// Saved.\n`);
    await run.until('"event":"source_changed"');
    ended = await run.stop('SIGINT');
  });

  it('says what each save changed', () => {
    expect(ended).toMatchObject({ code: 130, err: '' });
    const told = events(ended, 'source_changed', 'source_rejected');
    expect(told.map(({ event }) => event)).toEqual([
      'source_changed',
      'source_rejected',
      'source_changed',
      'source_changed',
    ]);
    expect(told[0]).toEqual({
      event: 'source_changed',
      change: 1,
      iteration: expect.any(Number),
      undoes: null,
      files: ['live.nsm'],
      settings: { speed: { from: 0.01, to: 0.02 } },
      schedules: {},
      parameters: { kept: ['Phi', 'prior'], anew: [], dropped: [] },
    });
    expect(told[2]).toMatchObject({
      change: 2,
      settings: { speed: { from: 0.02, to: 0.01 } },
      parameters: { kept: ['Phi'], anew: ['rest'], dropped: ['prior'] },
    });
    expect(told[3]).toMatchObject({
      change: 3,
      files: ['noise.nsm'],
      parameters: { kept: ['Phi', 'rest'], anew: [], dropped: [] },
    });
  });

  it('shows what is wrong with a save, and goes on', () => {
    const [rejected] = events(ended, 'source_rejected');
    expect(rejected!['diagnostics']).toMatchObject([{ code: 'NSM2001', file: 'live.nsm', line: 11 }]);
    const iterations = events(ended, 'source_rejected', 'source_changed').map(({ iteration }) => iteration);
    expect(iterations).toEqual([...iterations].sort((one, other) => Number(one) - Number(other)));
  });

  it('counts every iteration once, whatever was changed', () => {
    const counted = jsonLines(readFileSync(file('live', 'metrics.jsonl'), 'utf8')).map(
      ({ iteration }) => iteration,
    );
    expect(counted).toEqual(counted.map((_, position) => position + 1));
  });

  it('leaves a run that other commands take as it is now', async () => {
    const inferred = await nsm(['infer', 'live', '--steps', '2', '--json'], { cwd });
    expect(inferred).toMatchObject({ code: 0, err: '' });
    const sampled = await nsm(['sample', 'live', '--out', 'drawn.npy', '--json'], { cwd });
    expect(sampled).toMatchObject({ code: 0, err: '' });
  });

  it('is taken back change by change, and says so', async () => {
    const run = start(['train', '--resume', 'live', '--undo', '--watch', '--json'], { cwd });
    await run.until('"event":"change_undone"');
    // The file still holds what was undone: only a later save counts.
    await run.until('"event":"iteration"');
    save('noise.nsm', `${noise}\n// Saved again.\n`);
    await run.until('"event":"source_changed"');
    const first = await run.stop('SIGINT');
    expect(events(first, 'change_undone', 'source_changed')).toMatchObject([
      { change: 4, undoes: 3 },
      { change: 5, undoes: null },
    ]);
    const undone: Ended[] = [];
    for (const _ of [5, 2, 1]) {
      const back = start(['train', '--resume', 'live', '--undo'], { cwd });
      await back.until(' iterations of 8 examples');
      undone.push(await back.stop('SIGINT'));
    }
    const lines = undone.map(({ err }) => err.split('\n').find((line) => line.startsWith('undid')));
    expect(lines[0]).toMatch(/^undid change 5, made after \d+ iterations/);
    expect(lines[1]).toMatch(
      /^undid change 2, .*: live.nsm; speed 0.01 -> 0.02; .*; kept Phi; as before prior; dropped rest$/,
    );
    expect(lines[2]).toMatch(/^undid change 1, .*: live.nsm; speed 0.02 -> 0.01; kept Phi, prior$/);
    const none = await nsm(['train', '--resume', 'live', '--undo'], { cwd });
    expect(none.code).toBe(1);
    expect(none.err).toContain('error NSM6009: there is nothing to undo');
    expect(changes('live').map(({ undoes }) => undoes)).toEqual([null, null, null, 3, null, 5, 2, 1]);
  });

  it('speaks in words without --json: one line for a change, places and marks for errors', async () => {
    save('words.nsm', tinyProgram);
    const run = start(['train', 'words.nsm', ...endless, '--out', 'words', '--watch'], { cwd });
    await run.until('in words');
    save('words.nsm', tinyProgram.replace('Phi @ z', 'Phi @ y'));
    await run.until('until the next save');
    save('words.nsm', tinyProgram);
    await run.until('again the program that the run has');
    save('words.nsm', `import { Other } from "./other"\n${tinyProgram}`);
    await run.until('error NSM2003');
    await run.until('until the next save');
    save('other.nsm', noise.replaceAll('Noise', 'Other'));
    await run.until('the source was changed');
    save('words.nsm', tinyProgram.replace('cosine(speed)', '0.005'));
    await run.until('the source was changed');
    await run.until('\n');
    const { code, err, out } = await run.stop('SIGTERM');
    expect(code).toBe(130);
    expect(err).toMatch(/error NSM2001.*\n +--> words.nsm:10:\d+\n[\s\S]*\^/);
    expect(err).toMatch(
      /^the source was changed after \d+ iterations: words.nsm; Learn over Phi, prior: Adam\(rate = cosine\(speed\)\) -> Adam\(rate = 0.005\); kept Phi, prior$/m,
    );
    expect(out).toContain('continue with: nsm train --resume words');
    // What is saved while the run stands still is taken up when it goes on.
    save('words.nsm', tinyProgram);
    const later = start(['train', '--resume', 'words', '--watch'], { cwd });
    await later.until('-> Adam(rate = cosine(speed)); kept Phi, prior');
    await later.stop('SIGINT');
  });

  it('ends as without it when the iterations are done, and the report lists the changes', async () => {
    save('short.nsm', tinyProgram);
    const words = [...endless.slice(0, -1), '40', '--out', 'short'];
    const whole = await nsm(['train', 'short.nsm', ...words, '--watch', '--json'], { cwd });
    expect(whole).toMatchObject({ code: 0, err: '' });
    expect(events(whole, 'done')).toHaveLength(1);
    const report = (): string => readFileSync(file('short', 'report.html'), 'utf8');
    expect(report()).not.toContain('Changes');
    save('short.nsm', tinyProgram.replace('steps: int = 3', 'steps: int = 4'));
    expect((await nsm(['train', 'short.nsm', '--resume', 'short'], { cwd })).err).toContain(
      'the run was changed after 40 iterations: short.nsm; steps 3 -> 4; kept Phi, prior',
    );
    expect(report()).toContain('<h2>Changes</h2>');
    expect(report()).toContain('steps 3 -&gt; 4; kept Phi, prior');
  });
});
