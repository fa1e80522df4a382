/**
 * A program as kernels: a WebAssembly module and what must be known to run it. Plain data, so that it can be written into a file and
 * sent to another thread.
 */
import type { Expression, Index } from '../../calculus/expression.ts';
import type { Noise } from '../../schedule/program.ts';

/** A number of the frame: 1 in the first chunk of the examples, 0 in others. */
export const isFirstChunk = 'is_first_chunk°';

export interface KernelModule {
  readonly name: string;
  /**
   * Exports `once_N(frame)` and `chunk_N(frame)` for the phases that have them, and `add_up(to, from, bytes)`; imports shared memory
   * and functions of the host.
   */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same with fused multiply-adds, whose bits depend on the processor; null where all engines are to give the same. */
  readonly fused: Uint8Array<ArrayBuffer> | null;
  readonly frame: FramePlan;
  /** Axes of each input, or null for a number. */
  readonly inputs: readonly { readonly name: string; readonly indices: readonly Index[] | null }[];
  readonly outputs: readonly {
    readonly name: string;
    readonly register: string;
    readonly indices: readonly Index[] | null;
  }[];
  readonly areas: readonly AreaPlan[];
  readonly phases: readonly PhasePlan[];
  /** About how many examples are a chunk. */
  readonly chunkExamples: number;
  /** Turns of the loops that keep values for each turn, by label. */
  readonly turns: Readonly<Record<string, Expression>>;
  /** Numbers that those turns may depend on, in the order in which they are computed. */
  readonly schedule: readonly { readonly name: string; readonly value: Expression }[];
  /** What the module asks of JavaScript, by number. */
  readonly hostSteps: readonly HostWork[];
  /** JavaScript that the samplers of host steps are made of: each text declares `made`. */
  readonly samplers: readonly string[];
  /** What matrix products need besides: so many bytes, and more for each place of the longest of their inner indices. */
  readonly scratch: {
    readonly bytes: number;
    readonly bytesEach: number;
    readonly inner: readonly (readonly Index[])[];
    /** Arrays that are gathered besides, two at a time. */
    readonly gathered: readonly (readonly Index[])[];
  };
}

/** Where the numbers of the frame stand: byte offsets. */
export interface FramePlan {
  readonly bytes: number;
  readonly slots: readonly (readonly [name: string, offset: number])[];
  readonly numbers: readonly (readonly [name: string, offset: number])[];
}

/** From one step to another one, both included, in a numbering of a program's steps in the order in which they run. */
export type Interval = readonly [from: number, to: number];

/** An array in memory: row-major over its indices, and once for each turn of the loops in `stacks`. */
export interface AreaPlan {
  readonly name: string;
  readonly indices: readonly Index[];
  readonly stacks: readonly string[];
  /**
   * `whole`: all examples. `chunk`: a chunk alone needs it, while it is worked on. `sum`, `first`: every chunk has its own, and after
   * the phase they are added up, or that of the first chunk is taken.
   */
  readonly kept: 'whole' | 'chunk' | 'sum' | 'first';
  /** When its values are needed: areas that are not needed at once may lie in the same place. */
  readonly alive: Interval;
  /** The same of what every chunk has of it, where they have their own. */
  readonly ownAlive: Interval | null;
}

/** First what is done once, then what is done for every chunk of the examples, or of an axis of what they share. */
export interface PhasePlan {
  /** The axis that is cut into chunks. */
  readonly chunked: string;
  readonly hasOnce: boolean;
  readonly hasChunks: boolean;
  readonly sums: readonly string[];
  readonly firsts: readonly string[];
}

/** An array that a host step reads or writes. */
export interface Place {
  readonly area: string;
  readonly indices: readonly Index[];
}

/** Where a draw's numbers come from: its key is made of the seed, the site, the iteration and the counters. */
export interface DrawPlace {
  readonly target: Place;
  readonly site: number;
  readonly counters: readonly string[];
}

export type HostWork =
  | (DrawPlace & { readonly kind: 'noise'; readonly distribution: Noise })
  | (DrawPlace & { readonly kind: 'choice'; readonly logits: Place })
  /** A discrete or continuous law; its sampler is one of the module's. */
  | (DrawPlace & {
      readonly kind: 'discrete' | 'continuous';
      readonly sampler: number;
      readonly columns: readonly Place[];
    })
  /** Not random: how a draw moves with a natural parameter. */
  | {
      readonly kind: 'slope';
      readonly target: Place;
      readonly sampler: number;
      readonly columns: readonly Place[];
    }
  | {
      readonly kind: 'inverse' | 'log_determinant' | 'cholesky';
      readonly target: Place;
      readonly matrices: Place;
    };
