/** `nsm compare`: the last measurements of several runs side by side. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLines, nsm, temporary, tinyProgram, writeRows } from './run.ts';

const place = temporary();
const run = (...words: string[]) => nsm(words, { cwd: place.path });

describe('nsm compare', () => {
  beforeAll(async () => {
    writeRows(join(place.path, 'data.npy'), 300, 6);
    writeFileSync(join(place.path, 'poisson.nsm'), tinyProgram);
    const other = tinyProgram.replaceAll('Poisson', 'Bernoulli').replace('log_rate', 'logit');
    writeFileSync(join(place.path, 'bernoulli.nsm'), other);
    for (const name of ['poisson', 'bernoulli']) {
      const ended = await run(
        'train',
        `${name}.nsm`,
        '--data',
        'npy:data.npy',
        '--iterations',
        '3',
        '--out',
        name,
      );
      expect(ended.code, ended.err).toBe(0);
    }
  }, 60_000);
  afterAll(() => place.remove());

  it('shows runs in the order given, each with its latents and last measurements', async () => {
    const { code, out } = await run('compare', 'bernoulli', 'poisson/');
    expect(code).toBe(0);
    const [head, first, second] = out.trimEnd().split('\n');
    expect(head).toMatch(/^run +latents +learning +R² +zeros +free energy \(nats\) +iterations +seed$/);
    expect(first).toMatch(/^bernoulli +z ~ Bernoulli\(logit = prior\) +Learn +-?\d/);
    expect(second).toMatch(/^poisson +z ~ Poisson\(log_rate = prior\) +Learn +-?\d/);
  });

  it('writes a page, and one object a line for programs', async () => {
    const { code, out } = await run('compare', 'poisson', 'bernoulli', '--out', 'page.html', '--json');
    expect(code).toBe(0);
    expect(jsonLines(out).map(({ event, name }) => [event, name])).toEqual([
      ['run', 'poisson'],
      ['run', 'bernoulli'],
      ['report', undefined],
    ]);
    expect(readFileSync(join(place.path, 'page.html'), 'utf8')).toContain('2 runs compared');
  });

  it('says which directory is no run, or was stopped before it was measured', async () => {
    mkdirSync(join(place.path, 'empty'));
    const none = await run('compare', 'poisson', 'empty');
    expect(none.code).toBe(1);
    expect(none.err).toContain('NSM6008: empty is not a run');
    writeFileSync(join(place.path, 'bernoulli/metrics.jsonl'), '');
    const unmeasured = await run('compare', 'bernoulli');
    expect(unmeasured.code).toBe(1);
    expect(unmeasured.err).toContain('bernoulli holds no measurements: training was stopped before its end');
  });
});
