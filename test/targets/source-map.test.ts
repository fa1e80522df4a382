/** From lines of an emitted module back to lines of its source, as Node finds them. */
import { SourceMap } from 'node:module';
import { describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { fileSources } from '../../src/check/sources.ts';
import { define } from '../../src/schedule/define.ts';
import { emitModule } from '../../src/targets/module.ts';
import { sourceMap } from '../../src/targets/source-map.ts';

const source = `import { GradientFlow, Adam } from "std/dynamics"
model Pull(pixels: dim = 3) {
  param w: real[pixels] = 1
  observed x: real[pixels]
  state s: real[pixels]
  energy tie = sum((x - w * s)^2) / 2
}
inference Settling of Pull(steps: int = 5) {
  start s = exp(x)
  repeat steps {
    descend energy over s by GradientFlow(rate = 0.5)
  }
}
learning Slowly of Pull by Settling {
  descend energy over w
    by Adam(rate = 0.1)
}`;
const { checked } = check("it's.nsm", fileSources(new Map([["it's.nsm", source]])));
const { javascript } = emitModule(define(checked).definition!);
const lines = javascript.split('\n');
const map = sourceMap(javascript, 'Pull.js', (file) => checked.texts.get(file));
const reader = new SourceMap(map as never);
/** Where a line of JavaScript comes from, from 0; null for a line of its own. */
const originOf = (line: number): { readonly line: number; readonly column: number } | null => {
  const entry = reader.findEntry(line, lines[line]!.search(/\S/)) as Partial<Record<string, number>>;
  return entry['generatedLine'] === line
    ? { line: entry['originalLine']!, column: entry['originalColumn']! }
    : null;
};

/** The line of the source that the first line of JavaScript with these words comes from, after a line with those. */
const sourceOf = (words: string, after = ''): string | null => {
  const from = lines.findIndex((line) => line.includes(after));
  const line = lines.findIndex((text, i) => i >= from && text.includes(words));
  expect(line, words).toBeGreaterThan(-1);
  const found = originOf(line);
  return found === null ? null : source.split('\n')[found.line]!.slice(found.column).trim();
};

describe('the source map of an emitted module', () => {
  it('leads each statement to what it comes from', () => {
    expect(sourceOf('tf.exp(x)')).toBe('start s = exp(x)');
    expect(sourceOf('// Settling_turns')).toBe('repeat steps {');
    expect(sourceOf('const s_gradient =')).toBe('descend energy over s by GradientFlow(rate = 0.5)');
    expect(sourceOf('const w_next =')).toBe('descend energy over w');
  });
  it('leads the inference inside of an update to the inference', () => {
    expect(sourceOf('const s_gradient =', 'function Slowly_update')).toBe(
      'descend energy over s by GradientFlow(rate = 0.5)',
    );
  });
  it('leads the head of a function to its first statement, and imports nowhere', () => {
    expect(sourceOf('function Settling_start')).toBe('start s = exp(x)');
    expect(sourceOf('import { defineModel')).toBe(null);
    expect(sourceOf('export const {')).toBe(null);
  });
  it('holds the text of the source, under its name', () => {
    expect(map.sources).toEqual(["it's.nsm"]);
    expect(map.sourcesContent).toEqual([source]);
  });
  it('covers every line inside of the functions', () => {
    const inside = lines.flatMap((line, i) => (line.startsWith(' ') && !line.startsWith(' *') ? [i] : []));
    const last = lines.findIndex((line) => line.startsWith('export const {'));
    const unmapped = inside.filter((i) => i < last && originOf(i) === null);
    // A model without draws has a program without statements.
    const empty = lines.findIndex((line) => line.startsWith('function Pull_sample'));
    expect(unmapped.filter((i) => i < empty)).toEqual([]);
  });
});
