import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLines, nsm, temporary, tinyProgram } from './run.ts';

const { path: cwd, remove } = temporary();
afterAll(remove);
beforeAll(() => {
  writeFileSync(join(cwd, 'tiny.nsm'), tinyProgram);
  writeFileSync(join(cwd, 'wrong.nsm'), tinyProgram.replace('Phi @ z', 'Phii @ z'));
});

/** Records the address of every module that the process loads. */
const recorder = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  import { appendFileSync } from 'node:fs';
  registerHooks({
    load(url, context, next) {
      appendFileSync(process.env.MODULES_LOADED, url + '\\n');
      return next(url, context);
    },
  });
`)}`;

async function modulesLoaded(words: readonly string[]): Promise<string> {
  const list = join(cwd, `modules-${words[0]}.txt`);
  writeFileSync(list, '');
  const ended = await nsm(words, {
    cwd,
    node: ['--import', recorder],
    environment: { MODULES_LOADED: list },
  });
  expect(ended).toMatchObject({ code: 0, err: '' });
  return readFileSync(list, 'utf8');
}

describe('nsm check', () => {
  it('ends with 0 and says what it found when nothing is wrong', async () => {
    const { code, out, err } = await nsm(['check', 'tiny.nsm', 'std/models/ipvae'], { cwd });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(
      'tiny.nsm: no problems (1 model, 1 inference, 1 learning)\n' +
        'std/models/ipvae: no problems (1 model, 2 inferences, 2 learnings)\n',
    );
  });

  it('ends with 1 and shows the place of an error', async () => {
    const { code, out, err } = await nsm(['check', 'wrong.nsm'], { cwd });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('wrong.nsm:10:30');
    expect(err).toContain('^^^^');
    expect(err).toContain('1 error');
    expect(err).not.toContain('    at ');
  });

  it('prints one JSON object with --json', async () => {
    const { code, out, err } = await nsm(['check', 'tiny.nsm', 'wrong.nsm', '--json'], { cwd });
    expect({ code, err }).toEqual({ code: 1, err: '' });
    const [result, ...rest] = jsonLines(out);
    expect(rest).toEqual([]);
    expect(result).toMatchObject({
      files: [
        { file: 'tiny.nsm', ok: true },
        { file: 'wrong.nsm', ok: false },
      ],
      errors: 1,
      diagnostics: [{ code: 'NSM2001', severity: 'error', file: 'wrong.nsm', line: 10, column: 30 }],
    });
  });

  it('reports the files that are there when another is missing', async () => {
    const { code, out, err } = await nsm(['check', 'nowhere.nsm', 'tiny.nsm'], { cwd });
    expect(code).toBe(1);
    expect(out).toContain('tiny.nsm: no problems');
    expect(err).toContain('error NSM6001: there is no file nowhere.nsm');
  });

  it('loads neither TensorFlow.js nor targets, data or reports', async () => {
    const loaded = await modulesLoaded(['check', 'std/models/ipvae']);
    expect(loaded).toContain('src/check/check.ts');
    expect(loaded).not.toMatch(
      /tensorflow|vega|cli-progress|fast-png|src\/(schedule\/define|optimize|targets|report)\//,
    );
  });
});

describe('nsm compile', () => {
  it('writes a module, its source map, its kernels and its types without loading TensorFlow.js', async () => {
    const loaded = await modulesLoaded(['compile', 'tiny.nsm', '--out', 'built/tiny']);
    expect(loaded).not.toMatch(/tensorflow|vega|cli-progress|fast-png/);
    expect(readFileSync(join(cwd, 'built/tiny/Tiny.js'), 'utf8')).toContain("from 'nsm/runtime'");
    expect(JSON.parse(readFileSync(join(cwd, 'built/tiny/Tiny.js.map'), 'utf8'))).toMatchObject({
      version: 3,
      sources: ['../../tiny.nsm'],
      sourcesContent: [readFileSync(join(cwd, 'tiny.nsm'), 'utf8')],
    });
    expect(readFileSync(join(cwd, 'built/tiny/Tiny.kernels.js'), 'utf8')).toMatch(
      /^export const \w+_update = /m,
    );
    expect(readFileSync(join(cwd, 'built/tiny/Tiny.d.ts'), 'utf8')).toContain(
      'export declare function train',
    );
  });

  it('writes a second code of each kernel with --fast, for engines that fuse multiply-adds', async () => {
    const sizes = await Promise.all(
      [[], ['--fast']].map(async (words) => {
        const out = join('built', `fast-${words.length}`);
        expect((await nsm(['compile', 'tiny.nsm', '--out', out, ...words], { cwd })).code).toBe(0);
        return readFileSync(join(cwd, out, 'Tiny.kernels.js')).length;
      }),
    );
    expect(sizes[1]! / sizes[0]!).toBeGreaterThan(1.3);
  });

  it('takes sizes and settings with --set', async () => {
    const words = ['compile', 'tiny.nsm', '--out', 'built/wide', '--set', 'pixels=9', '--json'];
    const { code, out } = await nsm(words, { cwd });
    expect(code).toBe(0);
    expect(jsonLines(out)).toEqual([
      {
        model: 'Tiny',
        module: 'built/wide/Tiny.js',
        map: 'built/wide/Tiny.js.map',
        kernels: 'built/wide/Tiny.kernels.js',
        types: 'built/wide/Tiny.d.ts',
      },
    ]);
    expect(readFileSync(join(cwd, 'built/wide/Tiny.js'), 'utf8')).toMatch(/pixels: 9/);
  });

  it('writes the types of a file beside it with --types', async () => {
    const { code, out } = await nsm(['compile', 'tiny.nsm', '--types'], { cwd });
    expect({ code, out }).toEqual({ code: 0, out: 'tiny.d.nsm.ts\n' });
    expect(readFileSync(join(cwd, 'tiny.d.nsm.ts'), 'utf8')).toContain('export declare namespace Tiny {');
  });

  it('wants to know where to write', async () => {
    const { code, err } = await nsm(['compile', 'tiny.nsm'], { cwd });
    expect(code).toBe(2);
    expect(err).toContain("required option '--out <DIR>' not specified");
  });
});

describe('nsm explain', () => {
  it('shows equations, dynamics and certificates', async () => {
    const { code, out } = await nsm(['explain', 'tiny.nsm'], { cwd });
    expect(code).toBe(0);
    for (const words of [
      'model Tiny',
      'family Poisson',
      'inference Settle',
      'natural gradient',
      'learning Learn',
    ]) {
      expect(out).toContain(words);
    }
    expect(out).toMatch(/certificate: (not )?local/);
  });

  it('gives models, inference and learning with --json, one entry per learning and parameter', async () => {
    const { code, out } = await nsm(['explain', 'std/models/ipvae', '--json'], { cwd });
    expect(code).toBe(0);
    const [result, ...rest] = jsonLines(out) as [Record<string, Record<string, unknown>[]>];
    expect(rest).toEqual([]);
    expect(result['models']).toHaveLength(1);
    expect(result['inference']!.every((entry) => 'state' in entry && 'update' in entry)).toBe(true);
    const rules = result['learning']!.map(
      ({ learning, parameter }) => `${String(learning)} ${String(parameter)}`,
    );
    expect(rules.toSorted()).toEqual([
      'Local Phi',
      'Local log_sd',
      'Local prior',
      'ThroughTime Phi',
      'ThroughTime log_sd',
      'ThroughTime prior',
      'ThroughTime rate',
    ]);
    for (const rule of result['learning']!) {
      expect(rule).toMatchObject({
        rule: expect.any(String),
        local: expect.any(Boolean),
        why: expect.any(String),
      });
      expect(Array.isArray(rule['reads'])).toBe(true);
    }
  });

  it('prints the long help of a code, in any case', async () => {
    const { code, out } = await nsm(['explain', 'nsm6006'], { cwd });
    expect(code).toBe(0);
    expect(out).toContain('NSM6006');
    expect(out).toContain('observed variable');
  });

  it('says when there is no such code or phase', async () => {
    const noCode = await nsm(['explain', 'NSM9999'], { cwd });
    expect(noCode).toMatchObject({ code: 1, out: '' });
    expect(noCode.err).toContain('NSM6012');
    const noPhase = await nsm(['explain', 'tiny.nsm', '--dump', 'schedul'], { cwd });
    expect(noPhase.err).toContain('did you mean "schedule"');
  });

  it.each(['parse', 'check', 'schedule', 'targets'])('dumps the phase %s', async (phase) => {
    const { code, out, err } = await nsm(['explain', 'tiny.nsm', '--dump', phase], { cwd });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('Settle');
  });

  it('prints what programs cost, before and after each pass, at the sizes that are set', async () => {
    const words = ['explain', 'tiny.nsm', '--cost', '--set', 'neurons=64'];
    const { code, out, err } = await nsm(words, { cwd });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^Settle_advance at example = 64, pixels = \d+, neurons = 64, /);
    expect(out).toMatch(/derived +\d.*as the model says it/);
    expect(out).toMatch(/a turn of Settle_turns +\d.*one of \d+/);
    expect(out).toMatch(/as kernels +\d+ +\d.*fused; memory for one worker/);
    expect(out).toMatch(/runs as kernels: one WebAssembly module of \d+ KB with \d+ loops, \d+ product/);

    const [result] = jsonLines((await nsm([...words, '--json'], { cwd })).out) as unknown as [
      { programs: readonly { passes: readonly { name: string; cost: object }[]; target: object }[] },
    ];
    for (const { passes, target } of result.programs) {
      expect(target).toMatchObject({ kind: 'kernels', moduleBytes: expect.any(Number) });
      expect(passes[0]!.name).toBe('derived');
      expect(passes.at(-1)!.cost).toMatchObject({
        run: { operations: expect.any(Number), bytes: expect.any(Number), kernels: expect.any(Number) },
        arena: expect.any(Number),
        loops: expect.any(Array),
      });
    }
  });

  it('counts kernels without loading TensorFlow.js', async () => {
    const loaded = await modulesLoaded(['explain', 'tiny.nsm', '--cost']);
    expect(loaded).toContain('src/targets/explain-target.ts');
    expect(loaded).not.toMatch(/tensorflow|vega|cli-progress|fast-png/);
  });

  it('prints programs as a pass leaves them, and knows its passes', async () => {
    const { code, out } = await nsm(['explain', 'tiny.nsm', '--pass', 'reverse'], { cwd });
    expect(code).toBe(0);
    expect(out).toContain('program Settle_advance');
    const none = await nsm(['explain', 'tiny.nsm', '--pass', 'revers'], { cwd });
    expect(none).toMatchObject({ code: 1, out: '' });
    expect(none.err).toContain('did you mean "reverse"');
  });
});
