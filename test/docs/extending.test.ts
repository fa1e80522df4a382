/** The walk through docs/extending.md, taken as its readers take it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nsm, temporary } from '../cli/run.ts';
import { blocksOf } from './blocks.ts';

const blocks = blocksOf('docs/extending.md');
const whole = blocks.find(({ language, words }) => language === 'nsm' && words.length === 0)!.code;
const mistake = blocks.find(({ words }) => words.join(' ') === 'fragment of family')!.code;
const shown = blocks.find(({ language, words }) => language === 'text' && words.length === 0)!.code;
const model = blocks.find(({ code }) => code.includes('model Neuron'))!.code;

const scratch = temporary();
const file = (name: string, text: string): void => writeFileSync(join(scratch.path, name), text);
const run = (...words: string[]) => nsm(words, { cwd: scratch.path });

describe('the family of docs/extending.md', () => {
  afterAll(() => scratch.remove());

  it('is well formed, and a model beside it can use it', async () => {
    file('RefractoryInterval.nsm', whole);
    file('neuron.nsm', model);
    const { code, err } = await run('check', 'RefractoryInterval.nsm', 'neuron.nsm');
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  it('has every identity', async () => {
    file('RefractoryInterval.nsm', whole);
    const { code, err } = await run('verify', 'RefractoryInterval.nsm');
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  it('is refused with the mistake that the page plants, in the words that it shows', async () => {
    const wrong = whole.replace(/ {2}pathwise.*\n/, mistake);
    expect(wrong).not.toBe(whole);
    file('RefractoryInterval.nsm', wrong);
    const { code, err } = await run('verify', 'RefractoryInterval.nsm');
    expect(code).toBe(1);
    expect(err.trim()).toBe(shown.trim());
  });
});
