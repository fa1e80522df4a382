/** Programs are made when they are first asked for. */
import { describe, expect, it } from 'vitest';
import { once, withProperties } from '../../src/schedule/lazy.ts';

describe('a value that is made once', () => {
  it('is not made before it is asked for, and the same each time', () => {
    let times = 0;
    const value = once(() => ({ made: ++times }));
    expect(times).toBe(0);
    expect(value()).toBe(value());
    expect(times).toBe(1);
  });

  it('may be null', () => {
    let times = 0;
    const value = once(() => {
      times++;
      return null;
    });
    value();
    value();
    expect(times).toBe(1);
  });
});

describe('an object with other properties', () => {
  it('has its own and the others, and asks a getter only when it is read', () => {
    let asked = 0;
    const base = {
      name: 'Fit',
      get update() {
        asked++;
        return 'program';
      },
    };
    const changed = withProperties(base, { name: 'Other' });
    expect(asked).toBe(0);
    expect(changed.update).toBe('program');
    expect({ ...changed }).toEqual({ name: 'Other', update: 'program' });
  });
});
