import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { fileSources, type Sources } from '../../src/check/sources.ts';

const root = mkdtempSync(join(tmpdir(), 'nsm-imports-'));
afterAll(() => rmSync(root, { recursive: true }));

const write = (path: string, text: string): string => {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  return full;
};
const codes = (path: string): readonly string[] =>
  check(path, fileSources()).diagnostics.map(({ code }) => code);
const half = 'function half(x: real): real = x / 2\n';
const uses = (from: string, name = 'half'): string =>
  `import { ${name} } from "${from}"\nmodel M { param s: real = 0; energy e1 = ${name}(s) }\n`;

describe('an import', () => {
  it('finds a file beside the importing one, with or without its extension', () => {
    write('beside/mine.nsm', half);
    expect(codes(write('beside/main.nsm', uses('./mine')))).toEqual([]);
    expect(codes(write('beside/other.nsm', uses('./mine.nsm')))).toEqual([]);
    expect(codes(write('beside/deeper/main.nsm', uses('../mine')))).toEqual([]);
  });
  it('finds what any file of a folder declares', () => {
    write('folder/parts/one.nsm', half);
    write('folder/parts/two.nsm', 'function double(x: real): real = 2 * x\n');
    expect(codes(write('folder/main.nsm', uses('./parts', 'double')))).toEqual([]);
  });
  it('finds the standard library', () => {
    for (const path of ['std/families', 'std/families/Poisson'])
      expect(
        codes(
          write('std.nsm', `import { Poisson } from "${path}"\nmodel M { observed n ~ Poisson(rate = 1) }\n`),
        ),
      ).toEqual([]);
    const learning = `import { IterativePoissonVAE, Spiking } from "std/models/ipvae"
import { SGD } from "std/dynamics"
learning Mine of IterativePoissonVAE by Spiking {
  descend free_energy over Phi, log_sd, prior, rate by SGD(rate = 0.1)
}
`;
    expect(codes(write('models.nsm', learning))).toEqual([]);
  });
  it('finds an npm package by the `nsm` field of its package.json', () => {
    write('app/node_modules/nsm-counts/package.json', '{ "name": "nsm-counts", "nsm": "source" }');
    write('app/node_modules/nsm-counts/source/half.nsm', half);
    write('app/node_modules/@lab/nsm/package.json', '{ "nsm": "./all.nsm" }');
    write('app/node_modules/@lab/nsm/all.nsm', half);
    write('app/node_modules/nsm-exports/package.json', '{ "exports": { ".": { "nsm": "./all.nsm" } } }');
    write('app/node_modules/nsm-exports/all.nsm', half);
    for (const name of ['nsm-counts', 'nsm-counts/half', '@lab/nsm', 'nsm-exports'])
      expect(codes(write('app/deep/main.nsm', uses(name))), name).toEqual([]);
  });
  it('says when a package is missing, broken, or holds no nsm', () => {
    write('app2/node_modules/plain/package.json', '{ "name": "plain" }');
    write('app2/node_modules/broken/package.json', '{ "nsm": ');
    for (const name of ['plain', 'broken', 'absent', '@lab', '..bad'])
      expect(codes(write('app2/main.nsm', uses(name))), name).toEqual(['NSM2003']);
  });
  it('renames with `as`', () => {
    expect(
      codes(
        write('beside/alias.nsm', uses('./mine', 'half as halve').replace('half as halve(s)', 'halve(s)')),
      ),
    ).toEqual([]);
  });
  it('says when names clash', () => {
    expect(
      codes(
        write('beside/clash.nsm', `import { half } from "./mine"\nimport { half } from "./mine"\n${half}`),
      ),
    ).toContain('NSM2006');
  });
  it('follows files that import others, and reports circles once', () => {
    write('chain/c.nsm', half);
    write('chain/b.nsm', 'import { half } from "./c"\nfunction quarter(x: real): real = half(half(x))\n');
    expect(codes(write('chain/a.nsm', uses('./b', 'quarter')))).toEqual([]);
    write('circle/b.nsm', 'import { a } from "./a"\nfunction b(x: real): real = a(x)\n');
    const entry = write('circle/a.nsm', 'import { b } from "./b"\nfunction a(x: real): real = b(x)\n');
    expect(codes(entry)).toEqual(['NSM2005']);
  });
  it('shows errors of the imported file in that file, and none because of it', () => {
    const other = write('errors/other.nsm', 'function half(x: real): real = x / two\n');
    const entry = write('errors/main.nsm', uses('./other'));
    expect(check(entry, fileSources()).diagnostics.map(({ code, span }) => [code, span.file])).toEqual([
      ['NSM2001', other],
    ]);
    write('errors/other.nsm', 'function half(x: real: real = x / 2\n');
    expect(check(entry, fileSources()).diagnostics.map(({ span }) => span.file)).toEqual([other]);
  });
  it('says nothing about warnings in files that are only imported', () => {
    write('warnings/other.nsm', `import { Normal } from "std/families"\n${half}`);
    expect(codes(write('warnings/main.nsm', uses('./other')))).toEqual([]);
  });
  it('reads only the files of a folder that it needs', () => {
    const real = fileSources();
    const read: string[] = [];
    const sources: Sources = {
      ...real,
      read: (path) => {
        read.push(path.replace(/^.*\//, ''));
        return real.read(path);
      },
    };
    const entry = write(
      'lazy.nsm',
      'import { Poisson } from "std/families"\nmodel M { observed n ~ Poisson(rate = 1) }\n',
    );
    check(entry, sources);
    expect(read).toEqual(['prelude.nsm', 'lazy.nsm', 'Poisson.nsm']);
  });
});

describe('a file that cannot be read', () => {
  it('is one error', () => {
    const { diagnostics } = check(join(root, 'absent.nsm'), fileSources());
    expect(diagnostics.map(({ code }) => code)).toEqual(['NSM2003']);
  });
});
