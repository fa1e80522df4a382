import { describe, expect, it } from 'vitest';
import { fileSources } from '../../src/check/sources.ts';
import { check } from '../../src/check/check.ts';
import { analyse } from '../../src/derive/analyse.ts';
import { diagnostics } from '../../src/language-service/diagnostics.ts';
import {
  analysed,
  closed,
  edited,
  newWorkspace,
  type Workspace,
} from '../../src/language-service/workspace.ts';
import { program } from './support.ts';

const file = '/models/main.nsm';
const opened = (text: string): Workspace => edited(newWorkspace(fileSources()), file, 1, text).workspace;
const told = (workspace: Workspace, of = file): readonly string[] => {
  const text = workspace.documents[of]?.text ?? '';
  return diagnostics(workspace, of).map(({ code, span }) => `${code} ${text.slice(span.start, span.end)}`);
};

describe('problems while typing', () => {
  it('are those of names and axes at once', () => {
    expect(told(opened(program.replace('Phi @ z', 'Phi @ x')))).toEqual(['NSM5001 x']);
  });

  it('are warnings and what derivation finds after a pause', () => {
    const workspace = opened(
      program.replace('  local\n', '  local\n  ').replace('over Phi, prior', 'over Phi'),
    );
    expect(told(workspace)).toEqual([]);
    expect(told(analysed(workspace, file).workspace)).toEqual(['NSM9006 Learn']);
  });

  it('move with the declaration that they are about', () => {
    const wrong = program.replace('start u = prior', 'start u = proir');
    const workspace = edited(
      opened(wrong),
      file,
      2,
      wrong.replace('model Tiny', '// A line more.\nmodel Tiny'),
    );
    expect(told(workspace.workspace)).toEqual(['NSM2001 proir']);
  });

  it('stay while another declaration cannot be read', () => {
    const wrong = program.replace('start u = prior', 'start u = proir');
    const { workspace } = edited(opened(wrong), file, 2, wrong.replace('Phi @ z, sd', 'Phi @ , sd'));
    expect(told(workspace)).toEqual(['NSM1017 ,', 'NSM2001 proir']);
  });

  it('are found again in what uses a declaration that changed', () => {
    const { workspace } = edited(
      opened(program),
      file,
      2,
      program.replaceAll('neurons', 'units').replace('real[units]  ', 'real'),
    );
    expect(told(workspace)).toEqual(told(opened(workspace.documents[file]!.text)));
  });

  it('go with the declaration that is deleted', () => {
    const wrong = `${program}\nfunction f(a: real): real = b\n`;
    expect(told(opened(wrong))).toEqual(['NSM2001 b']);
    expect(told(edited(opened(wrong), file, 2, program).workspace)).toEqual([]);
  });

  it('of an imported file stand at its import, and go when that is mended', () => {
    const beside = '/models/noise.nsm';
    const importing = `import { f } from "./noise"\n\nfunction g(a: real): real = f(a)\n`;
    let workspace = edited(opened(importing), beside, 1, 'function f(a: real): real = b\n').workspace;
    expect(told(workspace)).toEqual(['NSM2001 "./noise"']);
    workspace = edited(workspace, beside, 2, 'function f(a: real): real = a\n').workspace;
    expect(told(workspace)).toEqual([]);
    expect(told(closed(workspace, beside).workspace)).toEqual(['NSM2003 "./noise"']);
  });

  it('are, letter by letter, those of a check from the start', () => {
    const typed = '  param bias: real[pixels] = exp(-1) // why\n';
    const at = program.indexOf('  param prior');
    let workspace = opened(program);
    for (let length = 1; length <= typed.length; length += 1) {
      const text = program.slice(0, at) + typed.slice(0, length) + program.slice(at);
      workspace = edited(workspace, file, length + 1, text).workspace;
      const { diagnostics: whole } = check(file, fileSources(new Map([[file, text]])));
      if (whole.some(({ code }) => code.startsWith('NSM1'))) continue;
      const errors = whole.filter(({ severity }) => severity === 'error');
      expect(diagnostics(workspace, file), text).toEqual(errors);
    }
    const { text } = workspace.documents[file]!;
    expect(diagnostics(analysed(workspace, file).workspace, file)).toEqual(
      analyse(file, fileSources(new Map([[file, text]]))).diagnostics,
    );
  });
});

describe('the store', () => {
  it('tells by patches which documents changed, and in what', () => {
    const { workspace } = edited(newWorkspace(fileSources()), file, 1, program);
    const { patches } = edited(workspace, file, 2, `${program}\n`);
    expect(patches.map(({ path }) => path.join(' '))).toEqual(
      ['version', 'text', 'parsed'].map((field) => `documents ${file} ${field}`),
    );
  });

  it('leaves earlier workspaces as they were', () => {
    const before = opened(program);
    edited(before, file, 2, '');
    expect(before.documents[file]?.text).toBe(program);
  });
});
