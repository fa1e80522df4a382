/** What occurs in code, and how often. */
import type { Local, Statement, Value, WasmFunction } from './code.ts';

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

const none: readonly never[] = [];
export const operandsOf = (value: Value): readonly Value[] =>
  value.kind === 'constant' || value.kind === 'read' ? none : value.arguments;

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

/** What is computed of a function before it is encoded. */
export interface Inventory {
  /** What is assigned and is no parameter. */
  readonly locals: ReadonlySet<Local>;
  /** Vectors of constants that are worth a slot, as they are repeated, or occur in several places: of each all nodes. */
  readonly constants: readonly (readonly Value[])[];
  /** Nodes that occur more than once in the values of one statement, or in the result, and how often. */
  readonly shared: ReadonlyMap<Statement | 'result', ReadonlyMap<Value, number>>;
}

/** One constant, and whether it is worth a slot. */
interface Vector {
  readonly nodes: Value[];
  isWorthIt: boolean;
}

/** @throws Error when a local is read that is neither a parameter nor assigned anywhere */
export const inventoryOf = ({ name, parameters, body, result }: WasmFunction): Inventory => {
  const assigned = new Set<Local>();
  const seen = new Set<Local>();
  const vectors = new Map<string, Vector>();
  const shared = new Map<Statement | 'result', ReadonlyMap<Value, number>>();

  const seeVector = (value: Value, isRepeated: boolean): void => {
    const text = constantText(value);
    if (text === null) return;
    const known = vectors.get(text);
    if (known === undefined) vectors.set(text, { nodes: [value], isWorthIt: isRepeated });
    else {
      known.nodes.push(value);
      known.isWorthIt = true;
    }
  };
  const seeValues = (owner: Statement | 'result', roots: readonly Value[], isRepeated: boolean): void => {
    const met = new Set<Value>();
    const counts = new Map<Value, number>();
    const visit = (value: Value): void => {
      if (value.type === 'v128') seeVector(value, isRepeated);
      if (value.kind === 'constant') return;
      if (value.kind === 'read') {
        seen.add(value.local);
        return;
      }
      if (met.has(value)) {
        counts.set(value, (counts.get(value) ?? 1) + 1);
        return;
      }
      met.add(value);
      for (const operand of value.arguments) visit(operand);
    };
    for (const root of roots) visit(root);
    if (counts.size > 0) shared.set(owner, counts);
  };
  const seeStatements = (statements: readonly Statement[], isRepeated: boolean): void => {
    for (const statement of statements) {
      if (statement.kind === 'assign') for (const pair of statement.pairs) assigned.add(pair.local);
      seeValues(statement, rootsOf(statement), isRepeated);
      seeStatements(partsOf(statement), isRepeated || statement.kind === 'loop');
    }
  };
  seeStatements(body, false);
  if (result !== null) seeValues('result', [result], false);

  const own = new Set(parameters);
  for (const variable of seen)
    if (!own.has(variable) && !assigned.has(variable))
      throw new Error(
        `the function "${name}" reads the local "${variable.name}", which is neither its parameter nor ever assigned`,
      );
  return {
    locals: new Set([...assigned].filter((variable) => !own.has(variable))),
    constants: [...vectors.values()].filter(({ isWorthIt }) => isWorthIt).map(({ nodes }) => nodes),
    shared,
  };
};

/** Equal for equal vectors of constants; null for everything else. */
const constantText = (value: Value): string | null => {
  if (value.kind === 'constant') return String(value.value);
  if (value.kind !== 'operation' || value.arguments.length !== 1) return null;
  const [operand] = value.arguments;
  if (operand!.kind !== 'constant' || !value.name.endsWith('.splat')) return null;
  return `${value.name} ${Object.is(operand!.value, -0) ? '-0' : String(operand!.value)}`;
};
