/**
 * What fused multiply-adds would give: matrix products as they are, against the same code with every sum of a product as the relaxed
 * instruction, whose bits depend on the processor. One thread, in turn; how many times faster by the lower quartiles, and the same for left operands of which
 * 5 % are not zero. `node bench/fused-products.ts`
 */
import { operateRelaxed } from '../src/targets/wasm/assembler/build.ts';
import type { Callee, Statement, Value, WasmFunction } from '../src/targets/wasm/assembler/code.ts';
import { matrixProduct, type Layout } from '../src/targets/wasm/product/product.ts';
import { instantiate } from '../test/targets/wasm/arrays.ts';
import { spreadOf } from './harness/statistics.ts';

/** A function, and all that it calls, with products and sums in one instruction each. */
const fused = (code: WasmFunction): WasmFunction => ({
  ...code,
  body: code.body.map(fusedStatement),
  result: code.result && fusedValue(code.result),
});

const functionsOf = new Map<WasmFunction, WasmFunction>();
const fusedCallee = (callee: Callee): Callee => {
  if (callee.body === null) return callee;
  const made = functionsOf.get(callee) ?? fused(callee);
  functionsOf.set(callee, made);
  return made;
};

const valuesOf = new Map<Value, Value>();
const fusedValue = <V extends Value>(value: V): V => {
  const made = valuesOf.get(value) ?? newValue(value);
  valuesOf.set(value, made);
  return made as V;
};
const newValue = (value: Value): Value => {
  if (value.kind === 'constant' || value.kind === 'read') return value;
  const operands = value.arguments.map(fusedValue);
  if (value.kind === 'call') return { ...value, callee: fusedCallee(value.callee), arguments: operands };
  const [sum, product] = operands as Value<'v128'>[];
  if (value.kind === 'operation' && value.name === 'f32x4.add' && isProduct(product!)) {
    const [left, right] = product.arguments as readonly Value<'v128'>[];
    return operateRelaxed('f32x4.relaxed_madd', left!, right!, sum!);
  }
  return { ...value, arguments: operands };
};
const isProduct = (value: Value): value is Extract<Value, { kind: 'operation' }> =>
  value.kind === 'operation' && value.name === 'f32x4.mul';

const fusedStatement = (statement: Statement): Statement => {
  switch (statement.kind) {
    case 'assign': {
      const pairs = statement.pairs.map(({ local, value }) => ({ local, value: fusedValue(value) }));
      return { ...statement, pairs };
    }
    case 'store':
    case 'bulk':
      return { ...statement, arguments: statement.arguments.map(fusedValue) };
    case 'invoke': {
      const callee = fusedCallee(statement.callee);
      return { ...statement, callee, arguments: statement.arguments.map(fusedValue) };
    }
    case 'block':
    case 'loop':
      return { ...statement, body: statement.body.map(fusedStatement) };
    case 'when': {
      const [body, otherwise] = [statement.body, statement.otherwise].map((all) => all.map(fusedStatement));
      return { ...statement, condition: fusedValue(statement.condition), body: body!, otherwise: otherwise! };
    }
    case 'branch':
      return { ...statement, condition: statement.condition && fusedValue(statement.condition) };
  }
};

const layouts: readonly Layout[] = ['plain', 'transposed_right', 'transposed_left'];
const products = layouts.map((layout) => matrixProduct(layout, 'overwritten'));
const { functions, memory } = instantiate(
  [...products, ...products.map((product) => ({ ...fused(product), name: `fused_${product.name}` }))],
  256,
);

const shapes: readonly (readonly [rows: number, columns: number, inner: number, layout: Layout])[] = [
  [500, 784, 500, 'plain'],
  [200, 512, 256, 'plain'],
  [16, 512, 512, 'plain'],
  [12, 256, 256, 'plain'],
  [4, 512, 512, 'plain'],
  [1, 512, 512, 'plain'],
  [256, 784, 64, 'transposed_left'],
  [512, 512, 16, 'transposed_left'],
  [64, 256, 784, 'transposed_right'],
  [16, 512, 512, 'transposed_right'],
];

/** How many times faster, with so many numbers of a hundred in the left operand that are not zero. */
const gain = ([rows, columns, inner, layout]: (typeof shapes)[number], percentage: number): number => {
  const [aSize, bSize] = [rows * inner, inner * columns];
  const floats = new Float32Array(memory.buffer);
  for (let at = 0; at < aSize + bSize; at++) floats[at] = Math.sin(at + 1);
  for (let at = 0; at < aSize; at++) if ((at * 61) % 100 >= percentage) floats[at] = 0;
  const addresses = [0, aSize, aSize + bSize].map((at) => 4 * at);
  const strides = [
    layout === 'transposed_left' ? rows : inner,
    layout === 'transposed_right' ? inner : columns,
    columns,
  ].map((count) => 4 * count);
  const scratch = 4 * (aSize + bSize + rows * columns);
  const timed = (prefix: string, times: number): number => {
    const product = functions[`${prefix}product_${layout}_overwritten`]!;
    const start = performance.now();
    for (let n = 0; n < times; n++) product(rows, columns, inner, ...addresses, ...strides, scratch);
    return (performance.now() - start) / times;
  };
  ['', 'fused_'].forEach((prefix) => timed(prefix, 20));
  const times = Math.ceil(5 / timed('', 5));
  const both = Array.from({ length: 31 }, () => [timed('', times), timed('fused_', times)] as const);
  return spreadOf(both.map(([now]) => now)).low / spreadOf(both.map(([, then]) => then)).low;
};

process.stdout.write('| rows × columns × inner | layout | dense | 5 % |\n| --- | --- | --- | --- |\n');
for (const shape of shapes) {
  const [rows, columns, inner, layout] = shape;
  const gains = [100, 5].map((percentage) => gain(shape, percentage).toFixed(2));
  process.stdout.write(`| ${rows} × ${columns} × ${inner} | \`${layout}\` | ${gains.join(' | ')} |\n`);
}
