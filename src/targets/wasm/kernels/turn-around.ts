/**
 * Matrices that products read column by column are turned around once, before the step that reads them: rows are then read as they lie,
 * and what is zero on the left can be left out.
 */
import type { Area, Kernels, Product, Step } from './kernels.ts';
import { writesOf } from './uses.ts';

export const turnAround = (kernels: Kernels): Kernels => {
  const areaOf = (name: string): string => kernels.areaOf.get(name) ?? name;
  const areas: Area[] = [...kernels.areas];
  /** Matrices that have been turned around, by the product's names of them. */
  const known = new Map<string, string>();
  const body = kernels.body.flatMap((step) => {
    const written = new Set(writesOf(step).map(areaOf));
    const before: Step[] = [];
    const rewritten = mapProducts(step, (product) => {
      const { right, columns, inner, rows } = product;
      const isShared = !columns.includes('example') && !inner.includes('example');
      const isWorthIt = product.layout === 'transposed_right' && rows.length > 0 && isShared;
      if (!isWorthIt || written.has(areaOf(right))) return product;
      const key = `${right}[${columns.join()}|${inner.join()}]`;
      const target = known.get(key) ?? `${key}°turned`;
      if (!known.has(key)) {
        known.set(key, target);
        areas.push({ name: target, indices: [...inner, ...columns], stacks: [] });
        before.push({ kind: 'turned', target, source: right, rows: columns, columns: inner });
      }
      return { ...product, right: target, layout: 'plain' };
    });
    return [...before, rewritten];
  });
  return { ...kernels, areas, body };
};

const mapProducts = (step: Step, map: (product: Product) => Product): Step => {
  switch (step.kind) {
    case 'product':
      return map(step);
    case 'turns':
      return { ...step, body: step.body.map((each) => mapProducts(each, map)) };
    case 'nest':
    case 'turned':
    case 'forget':
    case 'noise':
    case 'host':
    case 'number':
    case 'reading':
      return step;
  }
};
