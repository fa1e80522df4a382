/**
 * The syntax tree of an `.nsm` file: what was written, with a span on every node and nothing resolved.
 * Built by `build.ts` from the parser's concrete tree; read by `src/check`.
 */
import type { Span } from './span.ts';

export interface Name {
  readonly kind: 'name';
  readonly text: string;
  /** Number of trailing primes: `units'` has one. */
  readonly primes: number;
  readonly span: Span;
}

export interface Module {
  readonly kind: 'module';
  readonly imports: readonly Import[];
  readonly declarations: readonly Declaration[];
  /** `///` lines before the first declaration that are followed by a blank line. */
  readonly doc: string | null;
  readonly span: Span;
}

export interface Import {
  readonly kind: 'import';
  readonly names: readonly { readonly name: Name; readonly alias: Name | null }[];
  readonly from: { readonly text: string; readonly span: Span };
  readonly span: Span;
}

export type Declaration =
  | FamilyDeclaration
  | ModelDeclaration
  | DynamicsDeclaration
  | InferenceDeclaration
  | LearningDeclaration
  | FunctionDeclaration;

interface DeclarationBase {
  readonly name: Name;
  readonly parameters: readonly Parameter[];
  /** Text of the `///` lines above the declaration, without the slashes. */
  readonly doc: string | null;
  readonly span: Span;
}

/** `rate: positive = 1`, `fixed trials: count`, `x` (no type). */
export interface Parameter {
  readonly kind: 'parameter';
  readonly name: Name;
  readonly fixed: boolean;
  readonly type: Type | null;
  readonly initial: Expression | null;
  readonly span: Span;
}

/** `real`, `real[pixels, neurons]`, `real over classes`, `count up to trials`, `dim`, `int`. */
export interface Type {
  readonly kind: 'type';
  readonly support: Name;
  readonly axes: readonly Name[];
  readonly over: readonly Name[];
  readonly upTo: Expression | null;
  readonly span: Span;
}

export interface FamilyDeclaration extends DeclarationBase {
  readonly kind: 'family';
  readonly support: SupportLine | null;
  readonly statistic: readonly Expression[] | null;
  readonly natural: readonly { readonly name: Name; readonly value: Expression }[] | null;
  readonly logPartition: Expression | Intractable | null;
  readonly logBase: Expression | null;
  /** `standard mean = a / concentration, ...`: the parameters as functions of the natural parameters. */
  readonly standard: readonly { readonly name: Name; readonly value: Expression }[] | null;
  readonly draws: readonly FamilyDraw[];
  /** `axis arrivals = 32`: the axis of noise that is a list of that length for each value. */
  readonly axis: { readonly name: Name; readonly value: Expression } | null;
  /** `pathwise mean + sd * standard_normal`: a draw as a function of parameter-free noise. */
  readonly pathwise: Expression | null;
  readonly also: readonly AlsoClause[];
}

/** `count from 1`, `real from a up to b` (its type holds the upper bound), `positive with atom at 0` */
export interface SupportLine {
  readonly kind: 'support';
  readonly type: Type;
  readonly from: Expression | null;
  readonly atom: Expression | null;
  readonly span: Span;
}

/** `draw g ~ Gamma(shape = concentration, rate = 1)`: noise of `pathwise` that another family makes. */
export interface FamilyDraw {
  readonly kind: 'draw';
  readonly name: Name;
  readonly distribution: CallExpression;
  readonly span: Span;
}

/** `intractable`, or `intractable by quadrature` where a method gives its value. */
export interface Intractable {
  readonly kind: 'intractable';
  readonly by: Name | null;
  readonly span: Span;
}

/** `also rate: positive where log_rate = log(rate)` */
export interface AlsoClause {
  readonly kind: 'also';
  readonly name: Name;
  readonly type: Type;
  readonly target: Name;
  readonly value: Expression;
  readonly span: Span;
}

export interface ModelDeclaration extends DeclarationBase {
  readonly kind: 'model';
  readonly members: readonly ModelMember[];
}
export type ModelMember = ParamMember | VariableMember | StateMember | FormulaMember;

/** `param Phi: real[pixels, neurons] = normal(0, 1e-4) within soft(-3, 3)` */
export interface ParamMember {
  readonly kind: 'param';
  readonly name: Name;
  readonly type: Type;
  readonly initial: Expression | null;
  readonly within: Expression | null;
  readonly doc: string | null;
  readonly span: Span;
}

/** `latent z ~ Poisson(log_rate = prior)`, `observed x ~ Normal(...)`, `observed x: unit[pixels]` */
export interface VariableMember {
  readonly kind: 'latent' | 'observed';
  readonly name: Name;
  readonly distribution: CallExpression | null;
  readonly type: Type | null;
  readonly doc: string | null;
  readonly span: Span;
}
export interface StateMember {
  readonly kind: 'state';
  readonly name: Name;
  readonly type: Type;
  readonly doc: string | null;
  readonly span: Span;
}
/** `energy leak = sum(x^2) / 2`, `measure test_error = 1 - match(y, label over classes)` */
export interface FormulaMember {
  readonly kind: 'energy' | 'measure';
  readonly name: Name;
  readonly value: Expression;
  readonly doc: string | null;
  readonly span: Span;
}

/** `dynamics Langevin(dt: positive) of s { ... }` */
export interface DynamicsDeclaration extends DeclarationBase {
  readonly kind: 'dynamics';
  readonly variable: Name;
  readonly members: readonly DynamicsMember[];
}
export type DynamicsMember =
  /** `state p = 0` */
  | { readonly kind: 'state'; readonly name: Name; readonly initial: Expression; readonly span: Span }
  /** `let g = grad(objective, p) + decay * p` */
  | { readonly kind: 'let'; readonly name: Name; readonly value: Expression; readonly span: Span }
  /** `u <- u - rate * natural_grad(objective, u)` */
  | { readonly kind: 'assign'; readonly target: Name; readonly value: Expression; readonly span: Span }
  /** `A: d s = p dt + sqrt(2) dW`; a term `- x dt` has its minus inside `value`. */
  | {
      readonly kind: 'differential';
      readonly part: Name | null;
      readonly target: Name;
      readonly terms: readonly {
        readonly value: Expression;
        readonly by: 'dt' | 'dW';
        readonly span: Span;
      }[];
      readonly span: Span;
    }
  /** `integrate B A O A B`, or `integrate by heun` without parts. */
  | {
      readonly kind: 'integrate';
      readonly parts: readonly Name[];
      readonly method: Name | null;
      readonly span: Span;
    }
  /** `propose s' = ...` */
  | { readonly kind: 'propose'; readonly target: Name; readonly value: Expression; readonly span: Span }
  /** `propose integrate B A B for leaps` */
  | {
      readonly kind: 'trajectory';
      readonly parts: readonly Name[];
      readonly times: Expression | null;
      readonly span: Span;
    }
  /** `accept by metropolis_hastings at temperature`, `swap by metropolis_hastings at temperature` */
  | {
      readonly kind: 'accept' | 'swap';
      readonly by: Name;
      readonly temperature: Expression | null;
      readonly span: Span;
    }
  /** `replicas rungs` */
  | { readonly kind: 'replicas'; readonly count: Expression; readonly span: Span };

/** `inference Spiking of Model(steps: int = 16) { ... }` */
export interface InferenceDeclaration extends DeclarationBase {
  readonly kind: 'inference';
  readonly model: Name;
  readonly members: readonly Statement[];
}

/** `learning ThroughTime of Model by Spiking(beta: real = 16) { ... }`; without `by` the phases do the inference. */
export interface LearningDeclaration extends DeclarationBase {
  readonly kind: 'learning';
  readonly model: Name;
  readonly inference: Name | null;
  readonly members: readonly Statement[];
}

/** `function relu(x: real): real = max(x, 0)` */
export interface FunctionDeclaration extends DeclarationBase {
  readonly kind: 'function';
  readonly result: Type | null;
  readonly value: Expression;
}

/** Statements of inference and learning bodies. Which may stand where is the checker's business. */
export type Statement =
  | ParamMember
  | BeliefStatement
  | StartStatement
  | GuardStatement
  | RepeatStatement
  | DescendStatement
  | PhaseStatement
  | PredictStatement
  | { readonly kind: 'rolling'; readonly what: Name; readonly span: Span }
  | {
      readonly kind: 'interneurons';
      readonly over: readonly Name[] | null;
      readonly by: CallExpression;
      readonly span: Span;
    }
  /** `set nudge = beta` */
  | { readonly kind: 'set'; readonly target: Name; readonly value: Expression; readonly span: Span }
  | { readonly kind: 'free' | 'clamp' | 'sample'; readonly names: readonly Name[]; readonly span: Span }
  | {
      readonly kind: 'draw';
      readonly names: readonly Name[];
      readonly by: CallExpression | null;
      readonly steps: Expression | null;
      readonly span: Span;
    }
  | { readonly kind: 'from'; readonly phase: Name; readonly span: Span }
  | { readonly kind: 'persist'; readonly per: Name; readonly span: Span }
  | { readonly kind: 'local'; readonly span: Span };

/** `belief z natural u`, `belief exact z natural a, b`, `belief z ~ Normal(mean = m, log_sd = s)` */
export interface BeliefStatement {
  readonly kind: 'belief';
  readonly latent: Name;
  readonly exact: boolean;
  readonly form:
    | { readonly kind: 'natural'; readonly names: readonly Name[] }
    | { readonly kind: 'family'; readonly call: CallExpression };
  readonly span: Span;
}

/** `start u = prior`, `start s1, s2 by feedforward` */
export interface StartStatement {
  readonly kind: 'start';
  readonly targets: readonly Name[];
  readonly value: Expression | { readonly kind: 'by'; readonly method: Name };
  readonly span: Span;
}

/** `guard u, step(u) within soft(-8, 10)` or `within (-0.7, 0.7)` */
export interface GuardStatement {
  readonly kind: 'guard';
  readonly targets: readonly { readonly name: Name; readonly step: boolean; readonly span: Span }[];
  readonly within: Expression;
  readonly span: Span;
}

/** `repeat steps until change < 1e-3 { ... }` */
export interface RepeatStatement {
  readonly kind: 'repeat';
  readonly times: Expression;
  readonly until: Expression | null;
  readonly body: readonly Statement[];
  readonly span: Span;
}

/** `descend free_energy(kl_weight = 2) at each step over Phi by SGD(rate = 1) through inference by relaxed(0.1)` */
export interface DescendStatement {
  readonly kind: 'descend';
  readonly objective: Expression;
  readonly withMean: readonly Name[];
  readonly when: 'end' | 'each_step' | null;
  readonly over: readonly Name[];
  readonly by: CallExpression;
  readonly through: { readonly estimator: Expression | null; readonly span: Span } | null;
  readonly span: Span;
}

export interface PhaseStatement {
  readonly kind: 'phase';
  readonly name: Name;
  readonly body: readonly Statement[];
  readonly span: Span;
}

/** `predict soma by branch at end over W1, W2 by SGD(rate = 0.1)` */
export interface PredictStatement {
  readonly kind: 'predict';
  readonly target: Name;
  readonly unit: Name;
  readonly when: 'end' | 'each_step' | null;
  readonly over: readonly Name[];
  readonly by: CallExpression;
  readonly span: Span;
}

export type Expression =
  /** `10%` has value 0.1 and percent true. */
  | { readonly kind: 'number'; readonly value: number; readonly percent: boolean; readonly span: Span }
  | Name
  | CallExpression
  | { readonly kind: 'negate'; readonly value: Expression; readonly span: Span }
  | {
      readonly kind: 'binary';
      readonly operator: '+' | '-' | '*' | '/' | '^' | '@';
      readonly left: Expression;
      readonly right: Expression;
      readonly span: Span;
    }
  | {
      readonly kind: 'compare';
      readonly operator: '<' | '>' | '<=' | '>=' | '==';
      readonly left: Expression;
      readonly right: Expression;
      readonly span: Span;
    }
  /** `(-0.7, 0.7)`: only as a guard. */
  | { readonly kind: 'interval'; readonly low: Expression; readonly high: Expression; readonly span: Span }
  /** `x[i + k]` */
  | {
      readonly kind: 'index';
      readonly target: Expression;
      readonly subscripts: readonly Expression[];
      readonly span: Span;
    }
  /** `energy in data` */
  | { readonly kind: 'in_phase'; readonly value: Expression; readonly phase: Name; readonly span: Span };

/** `sum(x * y over pixels, units')`, `Normal(mean = m)`, `anneal(2, 10, over = 10%)` */
export interface CallExpression {
  readonly kind: 'call';
  readonly callee: Name;
  readonly arguments: readonly {
    readonly name: Name | null;
    readonly value: Expression;
    readonly span: Span;
  }[];
  readonly over: readonly Name[];
  readonly span: Span;
}
