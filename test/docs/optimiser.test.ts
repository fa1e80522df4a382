/** The page on the optimiser shows lines of its example as each pass leaves them: a block `text pass NAME`. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { programText } from '../../src/cli/program-text.ts';
import { check } from '../../src/check/check.ts';
import { fileSources } from '../../src/check/sources.ts';
import { optimizeInSteps, passes } from '../../src/optimize/optimize.ts';
import { derivedPrograms } from '../../src/schedule/define.ts';
import { allBlocks, root } from './blocks.ts';

const page = allBlocks.filter(({ place }) => place.startsWith('docs/optimiser.md'));
const example = page.find(({ language }) => language === 'nsm')!;
const { checked } = check('small.nsm', fileSources(new Map([['small.nsm', example.code]])));
const { program, hints } = derivedPrograms(checked, 'Small', {}).find(
  ({ program: { name } }) => name === 'Fit_update',
)!;
const steps = optimizeInSteps(program, hints);

describe('the page on the optimiser', () => {
  it.each(page.filter(({ words }) => words[0] === 'pass'))('shows what a pass leaves: $words', (block) => {
    const step = steps.find(({ pass }) => pass.name === block.words[1]);
    const lines = programText(step!.program).split('\n');
    const shown = block.code.split('\n').filter((line) => line !== '');
    expect(shown.length).toBeGreaterThan(1);
    for (const line of shown) expect(lines).toContain(line);
  });

  it('has every pass, in order', () => {
    const text = readFileSync(new URL('docs/optimiser.md', root), 'utf8');
    const headings = [...text.matchAll(/^### (.*)$/gm)].flatMap(([, heading]) => heading!.split(', '));
    expect(headings).toEqual(passes.map(({ name }) => name));
  });
});
