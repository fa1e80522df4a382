/** The types of an emitted module: its settings, parameters and states by their own names. */
import { isInternalAxis } from '../../calculus/expression.ts';
import type { ArrayDefinition, Definition, InferenceDefinition } from '../../schedule/definition.ts';
import { docComment, key, quote } from './literal.ts';

/** Text of the `.d.ts` that goes with the module of a definition. */
export const emitDeclarations = (definition: Definition): string =>
  [
    ...docComment([definition.doc, `Types of ${definition.model}, compiled by nsm.`]),
    ...runtimeTypes,
    '',
    ...declared(definition),
  ].join('\n');

/** Text of the types of a module that exports each model under its name. */
export const emitNamespaces = (definitions: readonly Definition[]): string =>
  [
    '/** Types of the models of a file, made by nsm. */',
    ...runtimeTypes,
    ...definitions.flatMap((definition) => [
      '',
      ...docComment([definition.doc]),
      `export declare namespace ${definition.model} {`,
      ...declared(definition).map((line) => `  ${line.replace(/^export declare /, 'export ')}`.trimEnd()),
      '}',
    ]),
    '',
  ].join('\n');

const runtimeTypes = [
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
];

const declared = (definition: Definition): readonly string[] => {
  const { model, sizes, settings, parameters, inferences, learnings, observed } = definition;
  const names = (entries: readonly { readonly name: string }[]): string =>
    entries.length === 0 ? 'never' : entries.map(({ name }) => quote(name)).join(' | ');
  const input = observed
    .map(({ name, axes }) => `${name} [examples${axes.map((axis) => `, ${axis}`).join('')}]`)
    .join(' and ');
  return [
    ...docComment([`Sizes and settings of ${model}.`]),
    ...block('export interface Settings', [
      ...Object.entries(sizes)
        .filter(([name]) => !isInternalAxis(name))
        .flatMap(([name, value]) => setting(name, value, 'Size of the axis')),
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
    ...docComment(['What each inference is measured by at one step.']),
    ...block('export type Metrics =', inferences.flatMap(metricsFields(definition))),
    '',
    ...sampleTypes(definition),
    ...dataTypes(definition),
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
    `  data: ${observed.length > 1 ? 'InferenceData[Name]' : 'Float32Array'},`,
    "  options?: Omit<InferOptions, 'inference' | 'settings'> & {",
    '    readonly inference?: Name;',
    '    readonly settings?: InferenceSettings[Name];',
    '  },',
    "): Promise<Omit<InferResult, 'steps'> & {",
    '  readonly steps: readonly Metrics[Name][];',
    '  readonly states: States[Name];',
    ...(inferences.every(
      (inference) =>
        inference.reconstruction !== null && isGiven(definition, inference)(inference.reconstruction),
    )
      ? ['  readonly reconstruction: NumberArray;']
      : []),
    '}>;',
    '',
    ...docComment([`Learns from data, ${input}, given as rows after each other.`]),
    'export declare function train<Name extends LearningName = LearningName>(',
    '  state: State,',
    `  data: ${observed.length > 1 ? 'LearningData[Name]' : 'Float32Array'},`,
    "  options?: Omit<TrainOptions, 'learning' | 'settings'> & {",
    '    readonly learning?: Name;',
    '    readonly settings?: LearningSettings[Name];',
    '  },',
    '): Promise<State>;',
    '',
    ...sampleFunctions(definition),
    '',
  ];
};

/** Of several observed variables only those that an inference needs are sure to be given. */
const isGiven =
  ({ observed }: Definition, inference: InferenceDefinition) =>
  (figure: { readonly observed: readonly string[] }): boolean =>
    observed.length === 1 || figure.observed.every((name) => inference.observed.includes(name));

const metricsFields =
  (definition: Definition) =>
  (inference: InferenceDefinition): readonly string[] => [
    `  readonly ${key(inference.name)}: {`,
    '    readonly step: number;',
    ...inference.metrics.flatMap((metric) => [
      ...docComment([metric.doc], '    '),
      `    readonly ${key(metric.name)}${isGiven(definition, inference)(metric) ? '' : '?'}: number;`,
    ]),
    '  };',
  ];

/** Inferences that draw without data. */
const generators = ({ observed, inferences }: Definition): readonly InferenceDefinition[] =>
  inferences.filter((inference) =>
    observed.every(
      ({ name }) =>
        inference.states.some((state) => state.name === name) && !inference.observed.includes(name),
    ),
  );

const sampleTypes = (definition: Definition): readonly string[] => {
  const { latents, observed, undrawn } = definition;
  const variables = [...latents, ...observed];
  const own = generators(definition);
  return [
    ...(undrawn === null
      ? [
          ...docComment(['Draws from the model, parents first.']),
          ...block(
            'export type Sample =',
            variables.flatMap((array) => arrayField(array, ['count'])),
          ),
          '',
        ]
      : []),
    ...(own.length === 0
      ? []
      : [
          ...docComment(['Draws by each inference that frees what is observed.']),
          ...block(
            'export type Generated =',
            own.flatMap(({ name, states }) => [
              `  readonly ${key(name)}: {`,
              ...variables
                .filter((array) => states.some((state) => state.name === array.name))
                .flatMap((array) => arrayField(array, ['count']).map((line) => `  ${line}`)),
              '  };',
            ]),
          ),
          '',
        ]),
  ];
};

const sampleFunctions = (definition: Definition): readonly string[] => {
  const ancestral =
    definition.undrawn === null
      ? [
          '/** Draws every variable from the model, parents first. */',
          "export declare function sample(state: State, options?: Omit<SampleOptions, 'inference' | 'steps'>): Promise<Sample>;",
        ]
      : [];
  const generated =
    generators(definition).length === 0
      ? []
      : [
          '/** Draws by an inference that frees what is observed. */',
          'export declare function sample<Name extends keyof Generated>(',
          '  state: State,',
          "  options: Omit<SampleOptions, 'inference' | 'settings'> & {",
          '    readonly inference: Name;',
          '    readonly settings?: InferenceSettings[Name];',
          '  },',
          '): Promise<Generated[Name]>;',
        ];
  return ancestral.length + generated.length > 0
    ? [...ancestral, ...generated]
    : [
        ...docComment([`Throws: ${definition.undrawn}.`]),
        'export declare function sample(state: State): Promise<never>;',
      ];
};

/** Of several observed variables, the rows that each inference and learning needs and those that it may be given. */
const dataTypes = ({ observed, inferences, learnings }: Definition): readonly string[] => {
  if (observed.length < 2) return [];
  const fields = (owner: {
    readonly name: string;
    readonly observed: readonly string[];
  }): readonly string[] => [
    `  readonly ${key(owner.name)}: {`,
    ...observed.map(
      ({ name }) => `    readonly ${key(name)}${owner.observed.includes(name) ? '' : '?'}: Float32Array;`,
    ),
    '  };',
  ];
  return [
    ...docComment([
      'Rows of the observed variables. An inference may be given more than it needs, to be measured.',
    ]),
    ...block('export type InferenceData =', inferences.flatMap(fields)),
    '',
    ...docComment(['Rows of the observed variables that each learning needs.']),
    ...block('export type LearningData =', learnings.flatMap(fields)),
    '',
  ];
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
