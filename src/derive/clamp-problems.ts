/** Variables that are moved although they are held. */
import type { Checked, InferenceStatement } from '../check/typed.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { removal, withoutWords } from '../diagnostics/fixes.ts';
import { allStatements, movedBy } from './moved.ts';

/** In an inference `clamp` holds from where it stands until `free`; in a phase, all through it. */
export const clampProblems = ({ inferences, learnings }: Checked): readonly Diagnostic[] => [
  ...inferences.flatMap(({ body }) =>
    moved(
      body,
      new Map(),
      'here',
      (name) => `Leave it out of the \`clamp\`, or let it move again above: \`free ${name}\`.`,
    ),
  ),
  ...learnings.flatMap(({ phases }) =>
    phases.flatMap(({ body }) =>
      moved(
        body,
        clampsOf(allStatements(body)),
        'in this phase',
        () => 'Leave it out of the `clamp`, or do not move it in this phase.',
      ),
    ),
  ),
];

type Clamps = ReadonlyMap<string, Extract<InferenceStatement, { kind: 'clamp' | 'free' | 'sample' }>>;

const clampsOf = (statements: readonly InferenceStatement[]): Clamps =>
  new Map(
    statements.flatMap((statement) =>
      statement.kind === 'clamp' ? statement.names.map((name) => [name, statement] as const) : [],
    ),
  );

const moved = (
  body: readonly InferenceStatement[],
  before: Clamps,
  where: string,
  hint: (name: string) => string,
): readonly Diagnostic[] => {
  const found = new Map<string, Diagnostic>();
  const visit = (statements: readonly InferenceStatement[], entry: Clamps): Clamps => {
    let clamped = entry;
    for (const statement of statements) {
      const { kind, span } = statement;
      if (kind === 'clamp') clamped = new Map([...clamped, ...clampsOf([statement])]);
      else if (kind === 'free')
        clamped = new Map([...clamped].filter(([name]) => !statement.names.includes(name)));
      // What the end of a turn holds is held at the beginning of the next.
      else if (kind === 'repeat') clamped = visit(statement.body, visit(statement.body, clamped));
      for (const name of movedBy(statement)) {
        const clamp = clamped.get(name);
        if (clamp === undefined) continue;
        found.set(
          `${name} ${span.start}`,
          error('NSM5004', span, `\`${name}\` is clamped ${where}`, {
            secondary: [{ span: clamp.span, label: 'clamped here' }],
            hint: hint(name),
            fixes: [
              clamp.names.length === 1 ? removal(clamp.span, '`clamp`') : withoutWords(clamp.span, name),
            ],
          }),
        );
      }
    }
    return clamped;
  };
  visit(body, before);
  return [...found.values()];
};
