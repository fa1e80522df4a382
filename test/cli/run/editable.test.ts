/** What may be changed of a run, as a store with patches. */
import { describe, expect, it } from 'vitest';
import { difference, differenceText } from '../../../src/cli/run/difference.ts';
import {
  replayed,
  stepBack,
  stepTo,
  type Change,
  type Editable,
  type Step,
} from '../../../src/cli/run/editable.ts';

const first: Editable = {
  entry: 'tiny.nsm',
  texts: { 'tiny.nsm': 'model Tiny', 'std/families/Normal.nsm': 'family Normal' },
  imports: [{ from: 'tiny.nsm', specifier: 'std/families', files: ['std/families/Normal.nsm'] }],
  set: { neurons: 5 },
  sizes: { neurons: 5, pixels: 6 },
  settings: { speed: 0.01 },
  schedules: { 'Learn over Phi': 'Adam(rate = speed)' },
  parameters: {
    Phi: { shape: [6, 5], coordinates: 'identity', since: 0 },
    gain: { shape: [5], coordinates: 'log', since: 0 },
  },
};
const faster: Editable = { ...first, settings: { speed: 0.02 } };
const other: Editable = {
  ...faster,
  texts: { 'tiny.nsm': 'model Tiny with bias', 'noise.nsm': 'family Noise' },
  imports: [{ from: 'tiny.nsm', specifier: './noise', files: ['noise.nsm'] }],
  schedules: { 'Learn over Phi': 'SGD(rate = 0.1)' },
  parameters: { Phi: first.parameters['Phi']!, bias: { shape: [6], coordinates: 'identity', since: 30 } },
};

/** As a change comes back from a file. */
const stored = ({ patches, inverse }: Step, change: number, undoes: number | null = null): Change =>
  JSON.parse(
    JSON.stringify({ change, iteration: 10 * change, time: '', undoes, what: '', patches, inverse }),
  ) as Change;

describe('what may be changed of a run', () => {
  it('is changed by patches that name only what differs', () => {
    const { editable, patches } = stepTo(first, faster);
    expect(editable).toEqual(faster);
    expect(patches).toEqual([{ op: 'replace', path: ['settings', 'speed'], value: 0.02 }]);
    expect(first.settings['speed']).toBe(0.01);
  });

  it('has no patches where nothing differs, whatever the order', () => {
    const sizes = { pixels: 6, neurons: 5 };
    expect(stepTo(first, { ...structuredClone(first), sizes }).patches).toEqual([]);
  });

  it('is what the stored changes make of the first', () => {
    const changes = [stored(stepTo(first, faster), 1), stored(stepTo(faster, other), 2)];
    expect(replayed(first, changes)).toEqual(other);
    expect(replayed(first, [])).toEqual(first);
  });

  it('goes back over the changes one by one, and then no further', () => {
    const changes = [stored(stepTo(first, faster), 1), stored(stepTo(faster, other), 2)];
    const back = stepBack(other, changes)!;
    expect(back.editable).toEqual(faster);
    expect(back.undoes.change).toBe(2);
    changes.push(stored(back, 3, 2));
    const further = stepBack(back.editable, changes)!;
    expect(further.editable).toEqual(first);
    expect(further.undoes.change).toBe(1);
    changes.push(stored(further, 4, 1));
    expect(stepBack(further.editable, changes)).toBeNull();
    // An undo is a change too: history is never shortened.
    expect(replayed(first, changes)).toEqual(first);
  });

  it('goes back over a change that was made after an undo, before those of before it', () => {
    const changes = [stored(stepTo(first, faster), 1), stored(stepTo(faster, other), 2)];
    changes.push(stored(stepBack(other, changes)!, 3, 2));
    const slower: Editable = { ...faster, settings: { speed: 0.001 } };
    changes.push(stored(stepTo(faster, slower), 4));
    const back = stepBack(slower, changes)!;
    expect([back.undoes.change, back.editable]).toEqual([4, faster]);
    changes.push(stored(back, 5, 4));
    expect(stepBack(back.editable, changes)!.undoes.change).toBe(1);
  });

  it('differs in settings, schedules and parameters, said in one line', () => {
    const differing = difference(first, other, ['Phi']);
    expect(differing).toEqual({
      files: ['tiny.nsm'],
      settings: { speed: { from: 0.01, to: 0.02 } },
      schedules: { 'Learn over Phi': { from: 'Adam(rate = speed)', to: 'SGD(rate = 0.1)' } },
      parameters: { kept: ['Phi'], anew: ['bias'], dropped: ['gain'] },
    });
    expect(differenceText(differing, 'anew')).toBe(
      'tiny.nsm; speed 0.01 -> 0.02; Learn over Phi: Adam(rate = speed) -> SGD(rate = 0.1); kept Phi; anew bias; dropped gain',
    );
  });
});
