import { openTensorSum, type Backend, type ProcessGroup } from '@bezoar/backend';
import { BezoarError } from '@bezoar/core';
import { parameterPrint } from './parameter-print.ts';
import type { Trainable } from './trainable.ts';

/** What the processes of one training do together, as one of them sees it. A training on its own asks nobody. */
export interface TrainingTeam {
  /** Whether this process writes what is to be written. */
  readonly writes: boolean;
  /** How gradients are summed, for people. */
  readonly description: string;
  /** Replaces the gradients by their sums over all processes. */
  sumGradients(): Promise<void>;
  /** Whether any process was told to stop: the same answer everywhere. */
  isAnyAborted(signal: AbortSignal | undefined): Promise<boolean>;
  /**
   * Compares step, parameters and training of all processes. Throws BezoarError RANKS_DIFFER, naming the first one that is not like
   * rank 0; BAD_CONFIG when it trains something else.
   */
  compare(step: number): Promise<void>;
  /** Returns when all processes have come here. */
  meet(): Promise<void>;
  dispose(): void;
}

export interface OpenTeamOptions {
  readonly group: ProcessGroup | undefined;
  readonly backend: Backend;
  readonly trainable: Trainable;
  /** Of settings and data. */
  readonly fingerprint: string;
}

/** Of a training on its own. */
export const soloTeam: TrainingTeam = {
  writes: true,
  description: 'nothing',
  sumGradients: () => Promise.resolve(),
  isAnyAborted: (signal) => Promise.resolve(signal?.aborted === true),
  compare: () => Promise.resolve(),
  meet: () => Promise.resolve(),
  dispose: () => undefined,
};

export async function openTeam({
  group,
  backend,
  trainable,
  fingerprint,
}: OpenTeamOptions): Promise<TrainingTeam> {
  if (group === undefined) return soloTeam;
  const sums = await openTensorSum(backend, group);
  const gradients = trainable.parameters.map(({ grad }) => grad);
  return {
    writes: group.rank === 0,
    description: sums.description,
    sumGradients: () => sums.sum(gradients),
    async isAnyAborted(signal) {
      const flags = await group.gather(Uint8Array.of(signal?.aborted === true ? 1 : 0));
      return flags.some(([flag]) => flag === 1);
    },
    async compare(step) {
      const own: Place = {
        fingerprint,
        step,
        parameters: await parameterPrint(backend, trainable.parameters),
      };
      const places = await group.gather(new TextEncoder().encode(JSON.stringify(own)));
      comparePlaces(places.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as Place));
    },
    async meet() {
      await group.gather(new Uint8Array());
    },
    dispose: () => sums.dispose(),
  };
}

/** Where a process stands. */
interface Place {
  readonly fingerprint: string;
  readonly step: number;
  readonly parameters: string;
}

function comparePlaces([first, ...others]: readonly Place[]): void {
  for (const [index, place] of others.entries()) {
    const rank = index + 1;
    if (place.fingerprint !== first!.fingerprint) {
      throw new BezoarError('BAD_CONFIG', `Rank ${rank} trains with other settings or data than rank 0.`, {
        advice: 'Start all processes with the same command, on the same files.',
        data: { rank },
      });
    }
    if (place.step !== first!.step) {
      throw new BezoarError(
        'RANKS_DIFFER',
        `Rank ${rank} is at step ${place.step}, rank 0 at step ${first!.step}.`,
        { advice: 'All processes must see the same folder of the run.', data: { rank } },
      );
    }
    if (place.parameters !== first!.parameters) {
      throw new BezoarError(
        'RANKS_DIFFER',
        `After step ${place.step} rank ${rank} has other parameters than rank 0: they must have the same bits.`,
        {
          advice:
            'Run the same command again to go on from the last saved state. If it happens again, look for devices of different kinds or broken memory.',
          data: { rank },
        },
      );
    }
  }
}
