import { describe, expect, it } from 'vitest';
import { completion } from '../../src/language-service/completion.ts';
import { program, sample } from './support.ts';

const offered = (marked: string) => {
  const { workspace, file, offset } = sample(marked);
  return completion(workspace, file, offset).items;
};
const labels = (marked: string, kind?: string): readonly string[] =>
  offered(marked)
    .filter((item) => kind === undefined || item.kind === kind)
    .map(({ label }) => label);
const at = (before: string, cursor: string): readonly string[] => labels(program.replace(before, cursor));

describe('completion offers', () => {
  it('what a formula of the model may read', () => {
    const found = at('Phi @ z', 'Phi @ §');
    expect(found).toEqual(expect.arrayContaining(['Phi', 'prior', 'z', 'exp', 'relu', 'pi']));
    expect(found).not.toEqual(expect.arrayContaining(['u']));
    expect(found).not.toEqual(expect.arrayContaining(['Poisson']));
    expect(found).not.toEqual(expect.arrayContaining(['within']));
  });

  it('names with their types, functions with their signatures', () => {
    const items = offered(program.replace('Phi @ z', 'Phi @ §z'));
    expect(items.find(({ label }) => label === 'z')).toMatchObject({
      kind: 'latent',
      detail: 'count[neurons]',
    });
    expect(items.find(({ label }) => label === 'soft')?.detail).toBe('soft(x: real, low: real, high: real)');
    expect(items.find(({ label }) => label === 'sum')?.detail).toBe('sum(a over axes)');
  });

  it('axes in brackets and after `over`', () => {
    expect(at('real[neurons] ', 'real[§] ')).toEqual(['pixels', 'neurons']);
    expect(at('Phi @ z', 'sum(Phi over §')).toEqual(['pixels', 'neurons']);
  });

  it('supports after a colon, and the kinds of settings in a header', () => {
    expect(at('param prior: real', 'param prior: §')).toEqual(
      expect.arrayContaining(['real', 'positive', 'simplex']),
    );
    expect(at('param prior: real', 'param prior: §')).not.toContain('dim');
    expect(labels('model M(pixels: §')).toEqual(expect.arrayContaining(['dim', 'int', 'real']));
  });

  it('families after `~`, dynamics after `by`', () => {
    expect(at('~ Poisson(log_rate = prior)', '~ §')).toEqual(['Poisson', 'Normal']);
    expect(at('by NaturalGradient(rate = 0.1)', 'by §')).toEqual(['NaturalGradient', 'Adam']);
  });

  it('models and inferences in headers', () => {
    expect(labels(`${program}inference Other of §`)).toEqual(['Tiny']);
    expect(labels(`${program}learning Other of Tiny by §`)).toEqual(['Settle']);
  });

  it('the arguments of a call by name', () => {
    const items = offered(program.replace('(mean = Phi', '(§mean = Phi')).filter(
      ({ kind }) => kind === 'argument',
    );
    expect(items.map(({ insert }) => insert)).toEqual(['mean = ', 'sd = ', 'log_sd = ', 'precision = ']);
    expect(at('Adam(rate', 'Adam(§')).toContain('decay');
  });

  it('what an inference may move, and what a learning may', () => {
    expect(at('over u by', 'over § by')).toEqual(['u', 'z', 'x']);
    expect(at('over Phi, prior', 'over Phi, §')).toEqual(['Phi', 'prior']);
  });

  it('the words that begin a member', () => {
    expect(at('  latent   z', '  §\n  latent   z')).toEqual(
      expect.arrayContaining(['param', 'latent', 'observed', 'state', 'energy', 'measure']),
    );
    expect(at('  start u', '  §\n  start u')).toEqual(expect.arrayContaining(['belief', 'guard', 'descend']));
    expect(at('  start u', '  §\n  start u')).not.toContain('energy');
    expect(labels('§')).toEqual([
      'import',
      'family',
      'model',
      'dynamics',
      'inference',
      'learning',
      'function',
    ]);
  });

  it('the words that go on with a statement', () => {
    expect(at('over u by NaturalGradient(rate = 0.1) }', '§ }')).toEqual(
      expect.arrayContaining(['over', 'by']),
    );
    expect(at('= -1', '= -1 §')).toEqual(['within']);
    expect(at('at end over', 'at § over')).toEqual(['end', 'each']);
    expect(at('guard u', 'guard §')).toEqual(expect.arrayContaining(['u', 'step']));
    expect(at('belief z', 'belief §')).toEqual(['z', 'exact']);
  });

  it('phases where one is named', () => {
    const learning = 'learning L of M { phase data { clamp v } phase model { from § } }';
    expect(labels(`model M { observed v: real }\n${learning}`)).toEqual(['data', 'model']);
  });

  it('what a dynamics is given', () => {
    const found = labels('dynamics D(rate: positive) of s {\n  state p = 0\n  s <- s - §\n}');
    expect(found).toEqual(expect.arrayContaining(['rate', 's', 'p', 'noise', 'grad', 'objective']));
    expect(labels('dynamics D(dt: positive) of s {\n  A: d s = noise dt\n  integrate §\n}')).toEqual(
      expect.arrayContaining(['A', 'by']),
    );
  });

  it('files and what they declare, in imports', () => {
    expect(labels('import { Poisson } from "std/§"')).toEqual(
      expect.arrayContaining(['std/families', 'std/dynamics', 'std/models']),
    );
    expect(labels('import { § } from "std/families"')).toEqual(expect.arrayContaining(['Poisson', 'Gamma']));
  });

  it('nothing in a comment', () => {
    expect(at('/// Counts', '/// Co§unts')).toEqual([]);
  });

  it('to replace the name at the cursor as a whole', () => {
    const { workspace, file, text, offset } = sample(program.replace('Phi @ z', 'Ph§i @ z'));
    const { start, end } = completion(workspace, file, offset);
    expect(text.slice(start, end)).toBe('Phi');
  });
});
