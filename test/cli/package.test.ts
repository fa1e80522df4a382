/** A package of families, packed, installed and used as a stranger would. */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nsm, temporary, writeRows } from './run.ts';

const source = resolve(import.meta.dirname, '../../examples/nsm-counts');
const project = temporary();

/** The first nsm program of the package's README. */
const documented = (): string =>
  /```nsm\n([\s\S]*?)```/.exec(readFileSync(join(source, 'README.md'), 'utf8'))![1]!;

describe('a package of families', () => {
  beforeAll(() => {
    const npm = (...words: string[]): string =>
      execFileSync('npm', [...words, '--offline', '--ignore-scripts', '--no-audit', '--no-fund'], {
        cwd: project.path,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    writeFileSync(join(project.path, 'package.json'), '{ "name": "laboratory", "private": true }');
    npm('pack', source, '--pack-destination', project.path);
    npm('install', './nsm-counts-1.0.0.tgz');
    writeFileSync(join(project.path, 'opponent.nsm'), documented());
    writeRows(join(project.path, 'images.npy'), 64, 64);
  });
  afterAll(() => project.remove());

  it('carries its families and nothing that only its authors need', () => {
    expect(readdirSync(join(project.path, 'node_modules/nsm-counts')).sort()).toEqual([
      'README.md',
      'families',
      'package.json',
    ]);
  });

  it('is found by the name of the package, and its families by theirs', async () => {
    const { code, out, err } = await nsm(['check', 'opponent.nsm'], { cwd: project.path });
    expect({ code, err }, out).toEqual({ code: 0, err: '' });
  });

  it('is explained like a family of the standard library', async () => {
    const { code, out } = await nsm(['explain', 'opponent.nsm'], { cwd: project.path });
    expect(code).toBe(0);
    expect(out).toContain('family Skellam on integer');
  });

  it('trains', async () => {
    const words = ['--data', 'npy:images.npy', '--iterations', '5', '--out', 'run'];
    const { code, out, err } = await nsm(['train', 'opponent.nsm', ...words], { cwd: project.path });
    expect(code, out + err).toBe(0);
    expect(out).toMatch(/R² -?\d/);
  });

  it('passes the conformance kit where it is installed', async () => {
    const { code, out, err } = await nsm(['verify', 'node_modules/nsm-counts/families'], {
      cwd: project.path,
    });
    expect(code, out + err).toBe(0);
    expect(out).toContain('Skellam');
    expect(out).toContain('ZeroTruncatedPoisson');
  });

  it('is named with what it has when something else is asked of it', async () => {
    const program = documented().replaceAll('Skellam', 'Skelam');
    writeFileSync(join(project.path, 'misspelt.nsm'), program);
    const { code, err } = await nsm(['check', 'misspelt.nsm'], { cwd: project.path });
    expect(code).toBe(1);
    expect(err).toContain('"nsm-counts" has nothing called `Skelam`');
    expect(err).toContain('Did you mean `Skellam`?');
  });
});
