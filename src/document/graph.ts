/** A model as a graph: parameters, variables and energies, with an edge from each to what reads it; laid out in layers by elkjs. */
import elk, { type ElkNode } from 'elkjs/lib/elk.bundled.js';
import { readNames } from '../calculus/substitute.ts';
import type { Model, Variable } from '../check/typed.ts';
import { escapeHtml } from './html.ts';

export interface GraphNode {
  readonly name: string;
  readonly kind: 'parameter' | 'energy' | Variable['role'];
  /** A second line: axes, or the family. */
  readonly below: string;
}
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly isDirected: boolean }[];
}

export const graphOf = (model: Model): Graph => {
  const { parameters, variables, energies } = model;
  const declared = new Set([...parameters, ...variables].map(({ name }) => name));
  const read = (names: ReadonlySet<string>): readonly string[] =>
    [...names].filter((name) => declared.has(name));
  const drawn = variables.flatMap(({ name, distribution }) =>
    distribution === null
      ? []
      : read(new Set(Object.values(distribution.arguments).flatMap((node) => [...readNames(node)]))).map(
          (from) => ({
            from,
            to: name,
            isDirected: true,
          }),
        ),
  );
  const coupled = energies.flatMap(({ name, value }) =>
    read(readNames(value)).map((other) => {
      const energy = `energy ${name}`;
      const isParameter = parameters.some((one) => one.name === other);
      return isParameter
        ? { from: other, to: energy, isDirected: false }
        : { from: energy, to: other, isDirected: false };
    }),
  );
  const edges = [...drawn, ...coupled];
  const isUsed = (name: string): boolean => edges.some(({ from, to }) => from === name || to === name);
  return {
    nodes: [
      ...parameters
        .filter(({ name }) => isUsed(name))
        .map(({ name, indices }): GraphNode => ({ name, kind: 'parameter', below: indices.join(', ') })),
      ...variables.map(({ name, role, indices, distribution }): GraphNode => ({
        name,
        kind: role,
        below: [
          distribution?.family.name ?? role,
          ...(indices.length === 0 ? [] : [indices.join(', ')]),
        ].join(' · '),
      })),
      ...energies.map(({ name }): GraphNode => ({ name: `energy ${name}`, kind: 'energy', below: '' })),
    ],
    edges,
  };
};

/** Widths of letters in the page's font are near these. */
const widths = { name: 8.5, below: 6.4 };
const sizeOf = ({ name, below, kind }: GraphNode): { readonly width: number; readonly height: number } => ({
  width: Math.max(
    kind === 'parameter' ? 44 : 56,
    24 + widths.name * name.length,
    24 + widths.below * below.length,
  ),
  height: below === '' ? 30 : 46,
});

export const graphSvg = async ({ nodes, edges }: Graph, name: string): Promise<string> => {
  const given: ElkNode = {
    id: 'model',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'DOWN',
      'elk.edgeRouting': 'SPLINES',
      'elk.layered.spacing.nodeNodeBetweenLayers': '44',
      'elk.spacing.nodeNode': '22',
      'elk.padding': '[top=4,left=4,bottom=4,right=4]',
    },
    children: nodes.map((node) => ({ id: node.name, ...sizeOf(node) })),
    edges: edges.map(({ from, to }, i) => ({ id: String(i), sources: [from], targets: [to] })),
  };
  const layout = await new elk.default().layout(given);
  // Several models of a page have a marker each.
  const arrow = `arrow-${escapeHtml(name)}`;
  const [width, height] = [Math.ceil(layout.width ?? 0), Math.ceil(layout.height ?? 0)];
  const lines = (layout.edges ?? []).map((edge, i) => {
    const [section] = edge.sections ?? [];
    if (section === undefined) return '';
    const marker = edges[i]!.isDirected ? ` marker-end="url(#${arrow})"` : '';
    return `<path class="edge" d="${pathOf([section.startPoint, ...(section.bendPoints ?? []), section.endPoint])}"${marker}/>`;
  });
  return [
    `<svg class="graph" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeHtml(`The model ${name} as a graph`)}">`,
    `<defs><marker id="${arrow}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="head" d="M0 0 8 4 0 8z"/></marker></defs>`,
    ...lines,
    ...(layout.children ?? []).map((place, i) => nodeSvg(nodes[i]!, place)),
    '</svg>',
  ].join('\n');
};

interface Point {
  readonly x: number;
  readonly y: number;
}
const shown = ({ x, y }: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`;
/** Points of a spline come in threes: two to bend by, one to pass. */
const pathOf = ([start, ...rest]: readonly Point[]): string =>
  rest.length % 3 === 0
    ? `M${shown(start!)}C${rest.map(shown).join(' ')}`
    : `M${shown(start!)}L${rest.map(shown).join(' ')}`;

const nodeSvg = ({ name, kind, below }: GraphNode, place: ElkNode): string => {
  const { x = 0, y = 0, width = 0, height = 0 } = place;
  const radius = kind === 'parameter' ? 3 : kind === 'energy' ? 0 : height / 2;
  const middle = (x + width / 2).toFixed(1);
  const text = (content: string, at: number, role: string): string =>
    `<text class="${role}" x="${middle}" y="${(y + at).toFixed(1)}">${escapeHtml(content)}</text>`;
  return [
    `<g class="node ${kind}">`,
    `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${height}" rx="${radius}"/>`,
    text(name, 20, 'name'),
    ...(below === '' ? [] : [text(below, 36, 'below')]),
    '</g>',
  ].join('');
};
