/**
 * What `nsm explain` says about each family of the standard library stands beside this file in `explanations`.
 * `UPDATE_EXPLANATIONS=1 npx vitest run test/stdlib/explanations.test.ts` writes it anew: read what it wrote.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explanationText } from '../../src/cli/explanation-text.ts';
import { explain } from '../../src/derive/explain.ts';
import { checkedFile } from '../derive/support.ts';
import { familyNames, pathOf } from './families.ts';

const explanations = new URL('./explanations/', import.meta.url);
const said = (name: string): string => {
  const whole = explain(checkedFile(pathOf(name)));
  // Dirichlet draws from Gamma, which has a file of its own.
  const families = whole.families.filter(({ family }) => family === name);
  return `${explanationText({ ...whole, families })}\n`;
};

const always = [
  'values',
  'parameters',
  'natural parameters',
  'parameters from them',
  'log density',
  'log-partition A',
  'mean parameters',
  'score',
  'natural gradient',
  'gradient estimator',
  'sampler',
];
const withLogPartition = [
  'natural from mean',
  'Fisher information',
  'entropy',
  'KL from another',
  'conjugate prior',
];

describe('the explanation', () => {
  it.each(familyNames)('of %s is the one that was read', (name) => {
    const file = new URL(`${name}.txt`, explanations);
    if (process.env['UPDATE_EXPLANATIONS'] === '1') {
      mkdirSync(explanations, { recursive: true });
      writeFileSync(file, said(name));
    }
    expect(existsSync(file), `no ${name}.txt: run with UPDATE_EXPLANATIONS=1 and read what it wrote`).toBe(
      true,
    );
    expect(said(name)).toBe(readFileSync(file, 'utf8'));
  });

  it.each(familyNames)('of %s has every quantity, and nothing that is no mathematics', (name) => {
    const whole = said(name);
    const text = whole.slice(whole.indexOf('\n  values '));
    const wanted = text.includes('intractable') ? always : [...always, ...withLogPartition];
    for (const quantity of wanted) expect(text).toMatch(new RegExp(`^  ${quantity} .*\\S`, 'm'));
    expect(text).not.toMatch(/NaN|undefined|null|Infinity|\[object|°|@draw/);
    // Numbers with more than three digits are constants that lost their name.
    expect(text).not.toMatch(/\d\.\d{3}/);
  });
});
