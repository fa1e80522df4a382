/** `nsm verify` as it is typed. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLines, nsm, temporary, tinyProgram } from './run.ts';

const { path: cwd, remove } = temporary();
afterAll(remove);
beforeAll(() => {
  const planted = fileURLToPath(new URL('../verify/', import.meta.url));
  mkdirSync(join(cwd, 'wrong'));
  for (const name of ['poisson-partition-doubled.nsm', 'spin-as-coin.nsm'])
    cpSync(join(planted, 'wrong', name), join(cwd, 'wrong', name));
  cpSync(join(planted, 'refused', 'exponential-sign.nsm'), join(cwd, 'refused.nsm'));
  writeFileSync(join(cwd, 'tiny.nsm'), tinyProgram);
  mkdirSync(join(cwd, 'models'));
  writeFileSync(join(cwd, 'models', 'tiny.nsm'), tinyProgram);
});

describe('nsm verify', () => {
  it('passes all 28 families of the standard library', async () => {
    const { code, out, err } = await nsm(['verify', 'std/families'], { cwd });
    expect(err.replace(/^verifying: .*\n/gm, '')).toBe('');
    expect(code).toBe(0);
    const [head, ...rows] = out.split('\n');
    expect(head).toMatch(/^family +sum +mean +Fisher .* float32$/);
    expect(rows.filter((row) => /^[A-Z]\w+ +\S/.test(row))).toHaveLength(28);
    expect(out).not.toContain('!');
    expect(out).toContain('- Quartic, mean, Fisher, deriv., score: the log-partition is intractable');
    expect(out).toMatch(/^28 families at \d+ members in .*: all hold\./m);
    const [, chance] = /chance that right draws fail in such a run is below (\S+)\.$/m.exec(out)!;
    expect(Number(chance)).toBeLessThan(1e-4);
  }, 300_000);

  it('ends with 1, the identity, and the line to blame for each wrong family of a directory', async () => {
    const { code, out, err } = await nsm(['verify', 'wrong'], { cwd });
    expect(code).toBe(1);
    expect(out).toMatch(/^Counts .*!/m);
    expect(out).toContain('2 failed: Counts, UpDown');
    expect(err).toContain('error NSM8001: normalisation: the density adds up to');
    expect(err).toContain(`${join('wrong', 'poisson-partition-doubled.nsm')}:7:17`);
    expect(err).toContain('7 |   log_partition 2 * exp(eta)\n  |                 ^^^^^^^^^^^^');
    expect(err).toContain(`${join('wrong', 'spin-as-coin.nsm')}:4:17`);
  });

  it('refuses a family that does not check, and verifies the others', async () => {
    const { code, out, err } = await nsm(['verify', 'refused.nsm', 'std/families/Poisson'], { cwd });
    expect(code).toBe(1);
    expect(err).toContain('error NSM4015');
    expect(out).toMatch(/^Poisson /m);
    expect(out).toMatch(/^1 family at .*: all hold; not verified: refused\.nsm\./m);
  });

  it('shows warnings about what it verifies, and passes', async () => {
    const text =
      'family OnOff(p: real, q: real) {\n  support binary\n  statistic x, x^2\n  natural a = p, b = q\n  log_partition softplus(a + b)\n}\n';
    writeFileSync(join(cwd, 'on-off.nsm'), text);
    const { code, out, err } = await nsm(['verify', 'on-off.nsm'], { cwd });
    expect(err).toContain('warning NSM9007: this statistic is an affine function of the one before it');
    expect(out).toMatch(/^1 family at .*: all hold/m);
    expect(code).toBe(0);
    const json = await nsm(['verify', 'on-off.nsm', '--json'], { cwd });
    expect(jsonLines(json.out)[0]).toMatchObject({ event: 'warning', diagnostics: [{ code: 'NSM9007' }] });
  });

  it('has a last line when no file can be verified', async () => {
    const { code, out } = await nsm(['verify', 'refused.nsm'], { cwd });
    expect({ code, out }).toEqual({
      code: 1,
      out: 'not verified: refused.nsm.\n',
    });
  });

  it('verifies a family once, however often and in whatever way its file is named', async () => {
    const words = ['std/families/Spin', 'std/families/Spin', join('wrong', 'spin-as-coin.nsm'), './wrong'];
    const { out } = await nsm(['verify', ...words], { cwd });
    expect(out.match(/^Spin /gm)).toHaveLength(1);
    expect(out.match(/^UpDown /gm)).toHaveLength(1);
    expect(out).toContain('3 families at');
  });

  it('keeps the families that are finished when it is interrupted', async () => {
    const { code, out } = await nsm(['verify', 'std/families', '--json'], {
      cwd,
      interrupt: { at: '"event":"family"', signal: 'SIGINT' },
    });
    expect(code).toBe(130);
    const events = jsonLines(out);
    const done = events.filter(({ event }) => event === 'family').length;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(28);
    expect(events.at(-1)).toMatchObject({ event: 'summary', families: done, asked: 28 });
  });

  it('chooses a family by name, and suggests one where there is none', async () => {
    const { code, out } = await nsm(['verify', 'std/families', '--family', 'Spin', '--seed', '5'], { cwd });
    expect(code).toBe(0);
    expect(out).toContain('1 family at 4 members');
    const missing = await nsm(['verify', 'std/families', '--family', 'Normla'], { cwd });
    expect(missing.code).toBe(1);
    expect(missing.err).toContain('error NSM6014: no family is named "Normla"');
    expect(missing.err).toMatch(/hint: did you mean Normal\?$/m);
  });

  it.each(['tiny.nsm', 'models'])('says that there is no family in %s', async (named) => {
    const { code, out, err } = await nsm(['verify', named], { cwd });
    expect({ code, out }).toEqual({
      code: 1,
      out: `not verified: ${named}.\n`,
    });
    expect(err).toContain('error NSM6014');
  });

  it('prints an object a line with --json, with identities and places', async () => {
    const { code, out } = await nsm(['verify', join('wrong', 'spin-as-coin.nsm'), '--json'], { cwd });
    expect(code).toBe(1);
    const [family, summary] = jsonLines(out);
    expect(family).toMatchObject({
      event: 'family',
      family: 'UpDown',
      ok: false,
      diagnostics: [{ identity: 'density', code: 'NSM8001', line: 4, column: 17 }],
    });
    const identities = family!['identities'] as { identity: string; ok: boolean; member: string | null }[];
    expect(identities.map(({ identity }) => identity)).toContain('float32');
    expect(identities[0]).toMatchObject({ identity: 'density', ok: false });
    expect(summary).toMatchObject({ event: 'summary', families: 1, failed: ['UpDown'] });
  });
});
