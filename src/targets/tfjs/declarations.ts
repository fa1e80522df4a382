/** The types of an emitted module: its settings, parameters and states by their own names. */
import type { ArrayDefinition, Definition } from '../../schedule/definition.ts';
import { docComment, key, quote } from './literal.ts';

/** Text of the `.d.ts` that goes with the module of a definition. */
export const emitDeclarations = (definition: Definition): string => {
  const { model, doc, sizes, settings, parameters, inferences, learnings, observed } = definition;
  const names = (entries: readonly { readonly name: string }[]): string =>
    entries.length === 0 ? 'never' : entries.map(({ name }) => quote(name)).join(' | ');
  const input = observed
    .map(({ name, axes }) => `${name} [examples${axes.map((axis) => `, ${axis}`).join('')}]`)
    .join(' and ');
  return [
    ...docComment([doc, `Types of ${model}, compiled by nsm.`]),
    'import type {',
    ...[
      'CreateOptions',
      'InferOptions',
      'InferResult',
      'ModelPlan',
      'ModelState',
      'NumberArray',
      'SampleOptions',
      'TrainOptions',
    ].map((name) => `  ${name},`),
    "} from 'nsm/runtime';",
    '',
    ...docComment([`Sizes and settings of ${model}.`]),
    ...block('export interface Settings', [
      ...Object.entries(sizes).flatMap(([name, value]) => setting(name, value, 'Size of the axis')),
      ...Object.entries(settings).flatMap(([name, value]) => setting(name, value, 'Setting')),
    ]),
    '',
    ...docComment([
      'Parameters in stored coordinates: a positive one as its logarithm, one between 0 and 1 as its log odds.',
    ]),
    ...block(
      'export type Parameters =',
      parameters.flatMap((parameter) => arrayField(parameter, [], coordinatesNote(parameter.coordinates))),
    ),
    '',
    '/** Parameters, and how far training has come. Plain data. */',
    "export type State = Omit<ModelState, 'parameters'> & { readonly parameters: Parameters };",
    '',
    ...docComment(['What each inference moves.']),
    ...block(
      'export type States =',
      inferences.flatMap((inference) => [
        ...docComment([inference.doc], '  '),
        `  readonly ${key(inference.name)}: {`,
        ...inference.states.flatMap((state) => arrayField(state, ['examples']).map((line) => `  ${line}`)),
        '  };',
      ]),
    ),
    '',
    ...docComment(['Settings of each inference.']),
    ...block('export type InferenceSettings =', settingsFields(inferences)),
    '',
    ...docComment(['Settings of each learning, and of the inference that it learns by.']),
    ...block(
      'export type LearningSettings =',
      settingsFields(
        learnings.map((learning) => {
          const inference = inferences.find(({ name }) => name === learning.inference);
          return { ...learning, settings: { ...inference?.settings, ...learning.settings } };
        }),
      ),
    ),
    '',
    ...docComment(['Draws from the model.']),
    ...block(
      'export type Sample =',
      [...definition.latents, ...observed].flatMap((array) => arrayField(array, ['count'])),
    ),
    '',
    `export type InferenceName = ${names(inferences)};`,
    `export type LearningName = ${names(learnings)};`,
    '',
    '/** What the model is made of. */',
    'export declare const plan: ModelPlan;',
    '',
    '/** New parameters. */',
    "export declare function create(options?: Omit<CreateOptions, 'settings'> & { readonly settings?: Settings }): State;",
    '',
    ...docComment([`Infers from data, ${input}, given as rows after each other.`]),
    'export declare function infer<Name extends InferenceName = InferenceName>(',
    '  state: State,',
    '  data: Float32Array,',
    "  options?: Omit<InferOptions, 'inference' | 'settings'> & {",
    '    readonly inference?: Name;',
    '    readonly settings?: InferenceSettings[Name];',
    '  },',
    '): Promise<InferResult & { readonly states: States[Name] }>;',
    '',
    ...docComment([`Learns from data, ${input}, given as rows after each other.`]),
    'export declare function train<Name extends LearningName = LearningName>(',
    '  state: State,',
    '  data: Float32Array,',
    "  options?: Omit<TrainOptions, 'learning' | 'settings'> & {",
    '    readonly learning?: Name;',
    '    readonly settings?: LearningSettings[Name];',
    '  },',
    '): Promise<State>;',
    '',
    '/** Draws every variable from the model. */',
    'export declare function sample(state: State, options?: SampleOptions): Promise<Sample>;',
    '',
  ].join('\n');
};

const block = (head: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0
    ? [`${head} {}${head.endsWith('=') ? ';' : ''}`]
    : [`${head} {`, ...lines, head.endsWith('=') ? '};' : '}'];

const setting = (name: string, value: number, what: string): readonly string[] => [
  `  /** ${what} \`${name}\`; ${value} when left out. */`,
  `  readonly ${key(name)}?: number;`,
];

const settingsFields = (
  owners: readonly {
    readonly name: string;
    readonly doc: string | null;
    readonly settings: Readonly<Record<string, number>>;
  }[],
): readonly string[] =>
  owners.flatMap(({ name, doc, settings }) => [
    ...docComment([doc], '  '),
    `  readonly ${key(name)}: {`,
    ...Object.entries(settings).flatMap(([own, value]) =>
      setting(own, value, 'Setting').map((line) => `  ${line}`),
    ),
    '  };',
  ]);

const arrayField = (
  array: ArrayDefinition,
  leading: readonly string[],
  note: string | null = null,
): readonly string[] => {
  const shape = [...leading, ...array.axes];
  const what = shape.length === 0 ? 'One number.' : `\`[${shape.join(', ')}]\``;
  return [
    ...docComment([array.doc, note === null ? what : `${what} ${note}`], '  '),
    `  readonly ${key(array.name)}: NumberArray;`,
  ];
};

const coordinatesNote = (coordinates: 'identity' | 'log' | 'logit'): string | null => {
  if (coordinates === 'identity') return null;
  return coordinates === 'log' ? 'Stored as its logarithm.' : 'Stored as its log odds.';
};
