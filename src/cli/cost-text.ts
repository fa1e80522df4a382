/** What programs cost, as text: a table for each, with a line for each pass that changed it and a line for each loop. */
import type { CostExplanation } from '../optimize/explain-cost.ts';
import type { Cost } from '../optimize/program-cost.ts';
import type { TargetExplanation } from '../targets/explain-target.ts';

export interface ExplainedCost extends CostExplanation {
  readonly target: TargetExplanation;
}

export function costText({ program, sizes, numbers, sparse, passes, target }: ExplainedCost): string {
  const assumed = Object.entries({ ...sizes, ...numbers }).map(([name, value]) => `${name} = ${value}`);
  const rows: (readonly string[])[] = [['', 'operations', 'bytes', 'kernels', 'arena', '']];
  for (const { name, doc, changed, cost } of passes) {
    if (!changed) continue;
    rows.push([name, ...counts(cost.run), scaled(cost.arena), doc]);
    for (const { label, times, turn } of cost.loops)
      rows.push([`  a turn of ${label}`, ...counts(turn), '', `one of ${times}`]);
  }
  if (target.kind === 'kernels')
    rows.push([
      'as kernels',
      '',
      '',
      String(target.runs),
      scaled(target.arena),
      'fused; memory for one worker',
    ]);
  const same = passes.filter(({ changed }) => !changed).map(({ name }) => name);
  return [
    `${program} at ${assumed.join(', ')}`,
    ...aligned(rows),
    ...(sparse.names.length === 0
      ? []
      : [`  taken to be other than zero: ${100 * sparse.activity} % of ${sparse.names.join(', ')}`]),
    ...(same.length === 0 ? [] : [`  unchanged by: ${same.join(', ')}`]),
    `  runs as ${targetText(target)}`,
  ].join('\n');
}

const targetText = (target: TargetExplanation): string => {
  if (target.kind === 'operations') return `operations of TensorFlow.js, because ${target.because}`;
  const parts = [
    counted(target.nests, 'loop', 'loops'),
    counted(target.products, 'product', 'products'),
    counted(target.draws, 'draw', 'draws'),
    counted(target.turned, 'turned matrix', 'turned matrices'),
    counted(target.functions, 'function of matrices', 'functions of matrices'),
  ].filter((part) => part !== null);
  return `kernels: one WebAssembly module of ${Math.ceil(target.moduleBytes / 1000)} KB with ${parts.join(', ')}`;
};

const counted = (count: number, one: string, many: string): string | null =>
  count === 0 ? null : `${count} ${count === 1 ? one : many}`;

const counts = ({ operations, bytes, kernels }: Cost): readonly string[] => [
  scaled(operations),
  scaled(bytes),
  String(kernels),
];

/** Three digits: 78.5 M. */
const scaled = (count: number): string => {
  const [size, unit] = units.find(([least]) => count >= least) ?? [1, ''];
  const value = count / size;
  const digits = unit === '' || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`.trim();
};
const units = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** Names to the left, numbers to the right. */
const aligned = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const last = widths.length - 1;
  return rows.map((row) =>
    row
      .map((cell, column) => {
        if (column === last) return cell;
        return column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
      })
      .join('  ')
      .trimEnd()
      .replace(/^/, '  '),
  );
};
