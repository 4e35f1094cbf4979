import type { DpoStage, Recipe, SftStage } from '../recipe/recipe.ts';
import { definite } from '../stages/definite.ts';

type Training = SftStage | DpoStage;

/** A training that takes less memory. */
export interface MemoryChange {
  /** What to do, as part of a sentence. */
  readonly advice: string;
  readonly stage: Training;
  readonly weights: Recipe['weights'];
}

/**
 * Ways to less memory, those first that change the training least: recomputed activations and smaller micro-batches make the same steps,
 * alone or together; what follows is added to them.
 */
export function memoryChanges(
  stage: Training,
  { training, weights }: Pick<Recipe, 'training' | 'weights'>,
): MemoryChange[] {
  const { batchSize = 4, gradientAccumulation = 4, ...own } = { ...definite(training), ...definite(stage) };
  const isFull = stage.kind === 'sft' && stage.method === 'full';
  const recompute = own.gradientCheckpointing === true ? [] : [recomputed];
  const batches = smallerBatches({ batchSize, gradientAccumulation });
  const smallest = [...recompute, ...batches.slice(-1)];
  const half = Math.ceil((own.maxLength ?? (stage.kind === 'sft' ? 1024 : 512)) / 2);
  const further: Change[] = [
    ...(own.optimizer === 'adamw-8bit'
      ? []
      : [{ advice: 'set optimizer adamw-8bit', stage: { optimizer: 'adamw-8bit' } as const }]),
    ...(isFull || weights === 'nf4-dq'
      ? []
      : [{ advice: 'keep the weights as nf4-dq', weights: 'nf4-dq' } as const]),
    { advice: `set maxLength ${half}`, stage: { maxLength: half } },
  ];
  const ways: Change[][] = [
    recompute,
    ...batches.map((batch) => [batch]),
    ...batches.map((batch) => [...recompute, batch]),
    ...further.map((_, index) => [...smallest, ...further.slice(0, index + 1)]),
  ];
  return ways
    .filter((way) => way.length > 0)
    .map((way) => ({
      advice: way.map(({ advice }) => advice).join(', '),
      stage: Object.assign({}, stage, ...way.map((change) => change.stage)) as Training,
      weights: way.find((change) => change.weights !== undefined)?.weights ?? weights,
    }));
}

interface Change {
  readonly advice: string;
  readonly stage?: Partial<Training>;
  readonly weights?: Recipe['weights'];
}

const recomputed: Change = { advice: 'set gradientCheckpointing', stage: { gradientCheckpointing: true } };

/** The same step in smaller pieces. */
function smallerBatches({
  batchSize,
  gradientAccumulation,
}: {
  readonly batchSize: number;
  readonly gradientAccumulation: number;
}): Change[] {
  const changes: Change[] = [];
  for (let size = Math.floor(batchSize / 2); size >= 1; size = Math.floor(size / 2)) {
    const more = Math.ceil((gradientAccumulation * batchSize) / size);
    changes.push({
      advice: `set batchSize ${size} with gradientAccumulation ${more}`,
      stage: { batchSize: size, gradientAccumulation: more },
    });
  }
  return changes;
}
