/** What occurs in code, and how often. */
import type { Callee, Local, Statement, Value, WasmFunction } from './code.ts';

/** The values of a statement itself, without those of statements in it. */
export const rootsOf = (statement: Statement): readonly Value[] => {
  switch (statement.kind) {
    case 'assign':
      return statement.pairs.map(({ value }) => value);
    case 'store':
    case 'bulk':
    case 'invoke':
      return statement.arguments;
    case 'block':
    case 'loop':
      return [];
    case 'when':
      return [statement.condition];
    case 'branch':
      return statement.condition === null ? [] : [statement.condition];
    default:
      return statement satisfies never;
  }
};

/** The statements in a statement. */
export const partsOf = (statement: Statement): readonly Statement[] => {
  switch (statement.kind) {
    case 'block':
    case 'loop':
      return statement.body;
    case 'when':
      return [...statement.body, ...statement.otherwise];
    case 'assign':
    case 'store':
    case 'bulk':
    case 'invoke':
    case 'branch':
      return [];
    default:
      return statement satisfies never;
  }
};

export const operandsOf = (value: Value): readonly Value[] =>
  value.kind === 'constant' || value.kind === 'read' ? [] : value.arguments;

/** Every node once, and how many nodes and roots have it as an operand. */
export const occurrences = (roots: readonly Value[]): ReadonlyMap<Value, number> => {
  const counts = new Map<Value, number>();
  const visit = (value: Value): void => {
    const before = counts.get(value) ?? 0;
    counts.set(value, before + 1);
    if (before === 0) operandsOf(value).forEach(visit);
  };
  roots.forEach(visit);
  return counts;
};

/** All statements of a function, with whether they are repeated. */
const statementsOf = (
  statements: readonly Statement[],
  isRepeated: boolean,
): readonly { readonly statement: Statement; readonly isRepeated: boolean }[] =>
  statements.flatMap((statement) => [
    { statement, isRepeated },
    ...statementsOf(partsOf(statement), isRepeated || statement.kind === 'loop'),
  ]);

export interface Inventory {
  /** What is assigned and is no parameter. */
  readonly locals: ReadonlySet<Local>;
  readonly callees: ReadonlySet<Callee>;
  /** Texts of the vectors of constants that are worth a slot: they are repeated, or occur in several places. */
  readonly constants: ReadonlyMap<string, Value>;
}

/** @throws Error when a local is read that is neither a parameter nor assigned anywhere */
export const inventoryOf = ({ name, parameters, body, result }: WasmFunction): Inventory => {
  const statements = statementsOf(body, false);
  const roots = [
    ...statements.map(({ statement, isRepeated }) => ({ values: rootsOf(statement), isRepeated })),
    ...(result === null ? [] : [{ values: [result], isRepeated: false }]),
  ];
  const assigned = statements.flatMap(({ statement }) =>
    statement.kind === 'assign' ? statement.pairs.map((pair) => pair.local) : [],
  );
  const known = new Set<Local>([...parameters, ...assigned]);
  const callees = new Set<Callee>(
    statements.flatMap(({ statement }) => (statement.kind === 'invoke' ? [statement.callee] : [])),
  );
  const met = new Set<string>();
  const constants = new Map<string, Value>();
  for (const { values, isRepeated } of roots)
    for (const [value, count] of occurrences(values)) {
      if (value.kind === 'read' && !known.has(value.local))
        throw new Error(
          `the function "${name}" reads the local "${value.local.name}", which is neither its parameter nor ever assigned`,
        );
      if (value.kind === 'call') callees.add(value.callee);
      const text = constantText(value);
      if (text === null) continue;
      if (isRepeated || count > 1 || met.has(text)) constants.set(text, value);
      met.add(text);
    }
  const own = new Set(parameters);
  return { locals: new Set(assigned.filter((variable) => !own.has(variable))), callees, constants };
};

/** Equal for equal vectors of constants; null for everything else. */
export const constantText = (value: Value): string | null => {
  if (value.type !== 'v128') return null;
  if (value.kind === 'constant') return String(value.value);
  const [operand] = operandsOf(value);
  if (value.kind !== 'operation' || !value.name.endsWith('.splat') || operand?.kind !== 'constant')
    return null;
  return `${value.name} ${Object.is(operand.value, -0) ? '-0' : String(operand.value)}`;
};
