/** What pages show of a family: its density, and draws that follow it. */
import { expect, it } from 'vitest';
import { panelsOf, type Panel } from '../../src/document/density.ts';
import { checkedFile } from '../derive/support.ts';

const panels = (name: string): readonly Panel[] =>
  panelsOf(checkedFile(`stdlib/families/${name}.nsm`).families.find((family) => family.name === name)!);

it.each(['Normal', 'Gamma', 'Beta', 'VonMises', 'RectifiedNormal', 'Quartic'])(
  'draws of %s fill the area below its density',
  (name) => {
    const shown = panels(name);
    expect(shown.length).toBeGreaterThan(1);
    for (const { draws, width, kind } of shown) {
      expect(kind).toBe('density');
      const area = draws.reduce((total, { y }) => total + y * width, 0);
      // An atom, and what lies beyond the ends of the picture, are no part of the bars.
      expect(area).toBeGreaterThan(name === 'RectifiedNormal' ? 0.05 : 0.97);
      expect(area).toBeLessThanOrEqual(1 + 1e-9);
    }
  },
);

it('the bell curve of a Normal is as high as it should be', () => {
  const [{ law }] = panels('Normal') as [Panel];
  expect(Math.max(...law.map(({ y }) => y))).toBeCloseTo(1 / (0.35 * Math.sqrt(2 * Math.PI)), 3);
});

it.each(['Poisson', 'Bernoulli', 'Categorical', 'Spin'])(
  'shares of draws of %s are near its probabilities',
  (name) => {
    for (const { law, draws } of panels(name))
      // Five standard deviations of a share of 4,000 draws.
      law.forEach(({ y }, i) => expect(Math.abs(draws[i]!.y - y)).toBeLessThan(5 * Math.sqrt(0.25 / 4000)));
  },
);

it('a member whose picture would show nothing but a line at its end gives way to another', () => {
  for (const { law } of panels('LogNormal')) {
    const inSight = law.filter(({ y }) => y > 0.01 * Math.max(...law.map((point) => point.y)));
    expect(inSight.length).toBeGreaterThan(10);
  }
});
