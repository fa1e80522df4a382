import { describe, expect, it } from 'vitest';
import { clampProblems } from '../../src/derive/clamp-problems.ts';
import { checked } from './support.ts';

const problems = (inference: string, phase = ''): readonly string[] => {
  const text = `
    import { GradientFlow, SGD } from "std/dynamics"
    model Tie(units: dim = 2) {
      param w: real[units] = 0
      observed x: real[units]
      state s: real[units]
      energy tie = sum((x - s)^2) / 2 + sum(w * s)
    }
    inference Moving of Tie { ${inference} }
    learning Fit of Tie by Moving {
      phase data { ${phase} }
      descend energy in data over w by SGD(rate = 0.1)
    }`;
  return clampProblems(checked(text)).map(
    ({ code, span, message }) => `${code} ${text.slice(span.start, span.end)}: ${message}`,
  );
};
const move = 'descend energy over s by GradientFlow(rate = 0.1)';

describe('a clamped variable', () => {
  it('is held from there on, until it is freed', () => {
    expect(problems(`start s = 1  ${move}  clamp s`)).toEqual([]);
    expect(problems(`start s = 1  clamp s  ${move}`)).toEqual([`NSM5004 ${move}: \`s\` is clamped here`]);
    expect(problems(`start s = 1  clamp s  free s  ${move}`)).toEqual([]);
  });

  it('is held at the next turn too', () => {
    expect(problems(`start s = 1  repeat 3 { ${move}  clamp s }`)).toEqual([
      `NSM5004 ${move}: \`s\` is clamped here`,
    ]);
    expect(problems(`start s = 1  repeat 3 { free s  ${move}  clamp s }`)).toEqual([]);
  });

  it('is held all through a phase', () => {
    expect(problems('start s = 1', `${move}  clamp s`)).toEqual([
      `NSM5004 ${move}: \`s\` is clamped in this phase`,
    ]);
    expect(problems(`start s = 1  clamp s`, move)).toEqual([]);
  });
});
