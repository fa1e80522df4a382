import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { definition } from '../../src/language-service/definition.ts';
import { program, sample, type Sample } from './support.ts';

/** The line of the definition, with the file's name unless it is the document itself. */
const found = ({ workspace, file, text, offset }: Sample): readonly string[] =>
  definition(workspace, file, offset).map((span) => {
    const content =
      span.file === file ? text : (workspace.documents[span.file]?.text ?? readFileSync(span.file, 'utf8'));
    const line = content
      .slice(content.lastIndexOf('\n', span.start) + 1)
      .split('\n')[0]!
      .trim();
    return span.file === file ? line : `${span.file.replace(/^.*\//, '')}: ${line}`;
  });
const at = (before: string, cursor: string): Sample => sample(program.replace(before, cursor));

describe('the definition', () => {
  it('of a parameter is its line in the model', () => {
    expect(found(at('Phi @ z', '§Phi @ z'))).toEqual(['param Phi:   real[pixels, neurons] = normal(0, 0.1)']);
  });
  it('of an axis is the setting', () => {
    expect(found(at('real[neurons] ', 'real[neur§ons] '))).toEqual([
      'model Tiny(pixels: dim = 6, neurons: dim = 5) {',
    ]);
  });
  it('of a coordinate is its belief', () => {
    expect(found(at('over u by', 'over u§ by'))).toEqual(['belief z natural u']);
  });
  it('of a parameter that a learning moves is in the model', () => {
    expect(found(at('over Phi, prior by', 'over Phi, §prior by'))).toEqual([
      'param prior: real[neurons]         = -1',
    ]);
  });
  it('of a family is in the standard library', () => {
    expect(found(at('~ Poisson', '~ Poi§sson'))).toEqual(['Poisson.nsm: family Poisson(log_rate: real) {']);
  });
  it('of a named argument is the parameter of the family, in whichever way it is given', () => {
    expect(found(at('(log_rate = ', '(§log_rate = '))).toEqual([
      'Poisson.nsm: family Poisson(log_rate: real) {',
    ]);
    expect(found(at('sd = 1', 'log_sd§ = 0'))).toEqual([
      'Normal.nsm: also log_sd: real where sd = exp(log_sd)',
    ]);
  });
  it('of a function that every file sees is in the prelude', () => {
    expect(found(at('cosine(', '§cosine('))).toEqual([
      'prelude.nsm: function cosine(peak: real, warmup: real = 0.5%, floor: real = 1e-5): real =',
    ]);
  });
  it('of an import is the file', () => {
    const beside = { '/models/noise.nsm': '/// Noise.\nfunction f(a: real): real = a\n' };
    expect(found(sample('import { f as g } from "./no§ise"', beside))).toEqual(['noise.nsm: /// Noise.']);
    expect(
      found(sample('import { f as g } from "./noise"\nfunction h(a: real): real = g§(a)', beside)),
    ).toEqual(['noise.nsm: function f(a: real): real = a']);
  });
  it('of a part is the line that it names', () => {
    expect(
      found(sample('dynamics D(dt: positive) of s {\n  A: d s = noise dt\n  integrate §A A\n}')),
    ).toEqual(['A: d s = noise dt']);
  });
  it('is found in a file that cannot be read as a whole', () => {
    expect(found(at('Phi @ z, sd = 1)', '§Phi @ z, sd = 1)\n  param = 3'))).toEqual([
      'param Phi:   real[pixels, neurons] = normal(0, 0.1)',
    ]);
  });
  it('of what the language gives a meaning is nowhere', () => {
    expect(found(at('free_energy over', 'free_§energy over'))).toEqual([]);
  });
});
