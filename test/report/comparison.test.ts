import { describe, expect, it } from 'vitest';
import { comparedColumns, comparedRows, comparison, type ComparedRun } from '../../src/report/comparison.ts';
import { beliefMetrics } from './samples.ts';

const run = (name: string, family: string, r2: number, zeros: number): ComparedRun => ({
  name,
  learning: 'ThroughTime',
  latents: `z ~ ${family}(log_rate = prior)`,
  data: 'idx:digits.gz',
  iterations: 900,
  seed: 1,
  command: `nsm train ${name}.nsm`,
  metrics: beliefMetrics,
  steps: [
    { step: 1, r2: r2 - 0.5, zeros: 0.9, free_energy: 300 },
    { step: 2, r2, zeros, free_energy: 123.456 },
  ],
});
const runs = [run('poisson', 'Poisson', 0.8071, 0.887), run('normal', 'Normal', NaN, 0)];

describe('a comparison of runs', () => {
  it('has one row per run, with what was measured at the last step', () => {
    expect(comparedRows(runs)).toEqual([
      ['poisson', 'z ~ Poisson(log_rate = prior)', 'ThroughTime', '0.807', '88.7 %', '123.5', '900', '1'],
      ['normal', 'z ~ Normal(log_rate = prior)', 'ThroughTime', '–', '0.0 %', '123.5', '900', '1'],
    ]);
  });

  it('has a column for every metric of any run, and a dash where a run lacks it', () => {
    const energy = { name: 'energy', label: 'energy', doc: 'Energy.', unit: 'nats' } as const;
    const other = {
      ...run('states', 'Normal', 0.5, 0),
      metrics: [energy, beliefMetrics[0]!],
      steps: [{ step: 1, energy: -2.5, r2: 0.25 }],
    };
    expect(comparedColumns([runs[0]!, other]).slice(3, -2)).toEqual([
      'R²',
      'zeros',
      'free energy (nats)',
      'energy (nats)',
    ]);
    expect(comparedRows([runs[0]!, other]).map((row) => row.slice(3, -2))).toEqual([
      ['0.807', '88.7 %', '123.5', '–'],
      ['0.250', '–', '–', '-2.5'],
    ]);
  });

  it('draws R², zeros and free energy with one line for each run', async () => {
    const page = await comparison(runs);
    expect(page.match(/<svg /g)).toHaveLength(3);
    for (const part of ['R²', 'zeros', 'free energy'])
      expect(page.includes(`aria-label="Line chart of ${part}`)).toBe(true);
    // A run without finite values of a measurement has no line in its chart.
    expect(page.includes('one line for each of 1 run.')).toBe(true);
    expect(page.includes('one line for each of 2 runs.')).toBe(true);
  });

  it('loads nothing and holds the commands that repeat the runs', async () => {
    const page = await comparison(runs);
    expect(page).not.toMatch(/<script|<link|src="http/);
    expect(page).toContain('nsm train poisson.nsm\nnsm train normal.nsm');
  });
});
