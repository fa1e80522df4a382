/** What is said of times that grow: the price of what the cost model counts, and how steep they are. */

/** Milliseconds of one unit of work: the times over what is counted, on average over all points alike, as on logarithmic axes. */
export const priceOf = (points: readonly { readonly ms: number; readonly work: number }[]): number =>
  Math.exp(meanOf(points, ({ ms, work }) => Math.log(ms / work)));

/** The power of `x` that `y` grows with: the slope of the line of least squares through their logarithms. */
export const exponentOf = (points: readonly { readonly x: number; readonly y: number }[]): number => {
  const logs = points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  const [x0, y0] = [meanOf(logs, ({ x }) => x), meanOf(logs, ({ y }) => y)];
  return meanOf(logs, ({ x, y }) => (x - x0) * (y - y0)) / meanOf(logs, ({ x }) => (x - x0) ** 2);
};

const meanOf = <Item>(items: readonly Item[], value: (item: Item) => number): number =>
  items.reduce((total, item) => total + value(item), 0) / items.length;
