/** Densities beside draws as SVG: a panel for each member. It takes the colours of the page. */
import type { Panel, Point } from './density.ts';
import { escapeHtml } from './html.ts';

const size = { width: 230, height: 150, left: 30, bottom: 20, top: 8 };

export const densityFigure = (panels: readonly Panel[], name: string): string => {
  if (panels.length === 0) return '';
  const isPlane = panels[0]!.kind === 'plane';
  const hasDraws = panels.some(({ draws }) => draws.length > 0);
  const what = isPlane
    ? 'Draws of some members, in the plane of their first two entries.'
    : `${panels[0]!.kind === 'density' ? 'The density' : 'The probabilities'} of some members${hasDraws ? ', and the shares of 4,000 draws as bars' : ''}.`;
  return [
    `<figure class="densities"><div class="panels">`,
    ...panels.map((panel) => `<div>${panelSvg(panel, name)}<p>${labelHtml(panel.label)}</p></div>`),
    `</div><figcaption>${what}</figcaption></figure>`,
  ].join('\n');
};

const labelHtml = (label: string): string =>
  escapeHtml(label)
    .replaceAll('-', '−')
    .replaceAll(/, (?=\p{L})/gu, ',<br>');

const panelSvg = (panel: Panel, name: string): string => {
  const { law, draws, width, kind } = panel;
  const all = [...law, ...draws];
  const half = kind === 'plane' ? 0 : width / 2;
  const xs = all.map(({ x }) => x);
  const bars = draws.map(({ y }) => y);
  const x = scale(Math.min(...xs) - half, Math.max(...xs) + half, size.left, size.width - 4);
  // A density without a bound at its end is cut off.
  const top = Math.min(Math.max(...all.map(({ y }) => y)), 1.4 * Math.max(...bars, 0) || Infinity);
  const [low, high] = kind === 'plane' ? [Math.min(...bars), Math.max(...bars)] : [0, 1.05 * top];
  const y = scale(low, high, size.height - size.bottom, size.top);
  const place = (point: Point): string =>
    `${x.at(point.x).toFixed(1)} ${Math.max(size.top, y.at(point.y)).toFixed(1)}`;
  const floor = y.at(low);
  return [
    `<svg class="density" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escapeHtml(`${name} with ${panel.label}`)}">`,
    ...(kind === 'plane'
      ? draws.slice(0, 600).map((point) => `<circle class="draw" cx="${x.at(point.x).toFixed(1)}" cy="${y.at(point.y).toFixed(1)}" r="1.5"/>`) // prettier-ignore
      : draws.map((point) => {
          const [left, right, height] = [x.at(point.x - half), x.at(point.x + half), y.at(point.y)];
          return `<rect class="bar" x="${left.toFixed(1)}" y="${height.toFixed(1)}" width="${Math.max(0.5, right - left - 0.5).toFixed(1)}" height="${Math.max(0, floor - height).toFixed(1)}"/>`;
        })),
    kind === 'density' ? `<path class="law" d="M${law.map(place).join('L')}"/>` : '',
    ...(kind === 'probabilities'
      ? law.map((point) => `<circle class="law" cx="${x.at(point.x).toFixed(1)}" cy="${y.at(point.y).toFixed(1)}" r="2.6"/>`) // prettier-ignore
      : []),
    `<path class="axis" d="M${size.left} ${floor}H${size.width - 4}M${size.left} ${floor}V${size.top}"/>`,
    ...ticks(x.from, x.to, kind === 'probabilities').map(
      (at) => `<text x="${x.at(at).toFixed(1)}" y="${size.height - 5}">${numberText(at)}</text>`,
    ),
    ...ticks(low, high, false, 3).map(
      (at) =>
        `<text class="side" x="${size.left - 4}" y="${(y.at(at) + 3.5).toFixed(1)}">${numberText(at)}</text>`,
    ),
    '</svg>',
  ].join('');
};

interface Scale {
  readonly from: number;
  readonly to: number;
  readonly at: (value: number) => number;
}
const scale = (from: number, to: number, start: number, end: number): Scale => ({
  from,
  to,
  at: (value) => start + ((value - from) / (to - from)) * (end - start),
});

/** About `wanted` round numbers between two. */
const ticks = (from: number, to: number, areWhole: boolean, wanted = 4): readonly number[] => {
  const rough = (to - from) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough)!;
  const used = areWhole ? Math.max(1, Math.round(step)) : step;
  const first = Math.ceil(from / used);
  return Array.from({ length: Math.floor(to / used) - first + 1 }, (_, n) => (first + n) * used);
};

const numberText = (value: number): string => String(Number(value.toPrecision(3))).replaceAll('-', '−');
