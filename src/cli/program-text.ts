/** Effect programs as text, for `nsm explain --dump schedule`. */
import type { Expression, Index } from '../calculus/expression.ts';
import { print } from '../calculus/print.ts';
import type { Definition } from '../schedule/definition.ts';
import type { DrawSource, Program, Register, Statement } from '../schedule/program.ts';

export function definitionText(definition: Definition): string {
  const { inferences, learnings, sample } = definition;
  return [
    ...inferences.flatMap(({ start, advance, measure }) => [start, advance, measure]),
    ...learnings.map(({ update }) => update),
    sample,
  ]
    .map(programText)
    .join('\n\n');
}

/** One statement a line; a body is indented under its `repeat`. */
export function programText(program: Program): string {
  const inputs = program.inputs.map((register) => `  input ${named(register)}${place(register)}`);
  const outputs = program.outputs.map(({ name, register }) => `  output ${name} = ${named(register)}`);
  return [`program ${program.name}`, ...inputs, ...lines(program.body, '  '), ...outputs].join('\n');
}

const place = (register: Register): string => (register.place === 'host' ? ' on the host' : '');

const withIndices = (name: string, indices: readonly Index[]): string =>
  indices.length === 0 ? name : `${name}[${indices.join(', ')}]`;
const named = ({ name, indices }: Register): string => withIndices(name, indices);

const lines = (statements: readonly Statement[], margin: string): readonly string[] =>
  statements.flatMap((statement) => statementLines(statement, margin));

function statementLines(statement: Statement, margin: string): readonly string[] {
  switch (statement.kind) {
    case 'assign': {
      const note =
        statement.note === null ? [] : statement.note.split('\n').map((line) => `${margin}// ${line}`);
      return [...note, `${margin}${named(statement.target)} = ${text(statement.value)}`];
    }
    case 'draw': {
      const surrogate =
        statement.surrogate === null ? '' : `, differentiated as ${text(statement.surrogate)}`;
      return [
        `${margin}${named(statement.target)} ~ ${source(statement.source)} at site ${statement.site}${surrogate}`,
      ];
    }
    case 'repeat': {
      const { label, times, first, counter, direction, carried, body, saved, replays } = statement;
      const inner = `${margin}  `;
      const order = direction === 'backward' ? ' backward' : '';
      const replayed = replays === null ? '' : ` over the turns of ${replays}`;
      return [
        `${margin}repeat ${label}: ${text(times)} times, ${counter.name} from ${text(first)}${order}${replayed}`,
        ...carried.map(({ register, initial }) => `${inner}carry ${named(register)} from ${text(initial)}`),
        ...lines(body, inner),
        ...carried.map(({ register, next }) => `${inner}next ${register.name} = ${text(next)}`),
        ...(saved.length === 0 ? [] : [`${inner}save ${saved.map(({ name }) => name).join(', ')}`]),
        ...carried.map(({ register, result }) => `${margin}${named(result)} = the last ${register.name}`),
      ];
    }
    case 'gradient': {
      const parts = statement.wrt.map(({ of, result }) => `${named(result)} in ${of.name}`);
      return [`${margin}${statement.mode} gradient of ${statement.objective.name}: ${parts.join('; ')}`];
    }
  }
}

function source(drawn: DrawSource): string {
  switch (drawn.kind) {
    case 'noise':
      return drawn.distribution;
    case 'choice':
      return `one of ${drawn.over} by the log weights ${text(drawn.logits)}`;
    case 'inversion':
    case 'density':
      return member(drawn);
    case 'implicit': {
      const [value, ...parameters] = drawn.parameters;
      return `how ${text(value!.value)} moves with ${drawn.natural} in ${member({ ...drawn, parameters })}`;
    }
  }
}

const member = ({
  family,
  parameters,
}: Pick<Extract<DrawSource, { kind: 'density' }>, 'family' | 'parameters'>): string =>
  `${family}(${parameters.map(({ name, value }) => `${name} = ${text(value)}`).join(', ')})`;

const text = (expression: Expression): string => print(expression);
