/** The processes of a workload. */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { startChild, type Child } from './child.ts';
import type { Workload } from './workload.ts';

export type Kind = 'nsm' | 'nsm_fast' | 'tfjs' | 'torch' | 'torch_hoisted';

export interface Started {
  readonly kind: Kind;
  readonly threads: number;
  readonly child: Child;
}

/** The first Python that has PyTorch; Debian's is not always the one of the path. */
export const findTorch = (): string | null =>
  ['python3', '/usr/bin/python3'].find(
    (command) => spawnSync(command, ['-c', 'import numpy, torch']).status === 0,
  ) ?? null;

/** 1, 2, 4, ... and all cores. */
export const threadCounts = (cores: number): readonly number[] => [
  ...Array.from({ length: Math.ceil(Math.log2(cores)) }, (_, power) => 2 ** power),
  cores,
];

/** nsm first, with its fast mode after it where that is asked for. tfjs has as many threads as its backend takes, PyTorch one process for each number of them. */
export const startVariants = async (
  workload: Workload,
  folder: string,
  python: string | null,
  isFast: boolean,
): Promise<readonly Started[]> => {
  const started: Started[] = [];
  for (const kind of isFast ? (['nsm', 'nsm_fast', 'tfjs'] as const) : (['nsm', 'tfjs'] as const))
    started.push({
      kind,
      threads: 1,
      child: await startChild(process.execPath, ['bench/variant.ts', workload.name, kind, folder]),
    });
  const kinds = workload.isHoistable ? (['torch', 'torch_hoisted'] as const) : (['torch'] as const);
  for (const kind of python === null ? [] : kinds)
    for (const threads of threadCounts(availableParallelism())) {
      const count = String(threads);
      const environment = { OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count, MKL_NUM_THREADS: count };
      const given = ['bench/peers/peer.py', workload.name, kind, folder];
      started.push({ kind, threads, child: await startChild(python!, given, environment) });
    }
  return started;
};

export const nameOf = ({ kind, threads }: Omit<Started, 'child'>): string =>
  kind === 'nsm' || kind === 'nsm_fast' || kind === 'tfjs'
    ? kind
    : `${kind} on ${threads} thread${threads === 1 ? '' : 's'}`;
