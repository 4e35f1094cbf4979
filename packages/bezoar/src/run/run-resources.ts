import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { createCpuBackend } from '@bezoar/backend-cpu';
import { openLedger, withLedger, type ChatModel, type Ledger } from '@bezoar/llm';
import type { BackendChoice } from '../recipe/recipe.ts';
import { definite } from '../stages/definite.ts';
import { meterModel, type Usage } from './meter-model.ts';

/** What the stages of a run share: one backend and one call ledger, each opened at its first use. */
export interface RunResources {
  backend(): Promise<Backend>;
  /** The model with the ledger in front of it; its answers are counted in `usage`. */
  chat(model: ChatModel, place: { readonly stage: string; readonly usage: Usage }): ChatModel;
  /** Calls and tokens that a stage has cost so far, over all runs. Undefined when no model was asked. */
  paid(stage: string): Usage | undefined;
  close(): Promise<void>;
}

export interface ResourceOptions {
  readonly backend: BackendChoice;
  readonly ledgerPath: string;
}

export function createRunResources({ backend: choice, ledgerPath }: ResourceOptions): RunResources {
  let backend: Promise<Backend> | undefined;
  let ledger: Ledger | undefined;
  return {
    backend: () => (backend ??= openBackend(choice)),
    chat(model, { stage, usage }) {
      ledger ??= openLedger({ path: ledgerPath });
      return meterModel(withLedger(model, ledger, { stage }), usage);
    },
    paid(stage) {
      if (ledger === undefined) return undefined;
      return { ...ledger.stats(stage), cached: 0 };
    },
    async close() {
      ledger?.close();
      await (await backend)?.dispose();
    },
  };
}

/** The backend that a recipe or a flag chooses. */
export async function openBackend({ kind, ...options }: BackendChoice): Promise<Backend> {
  return kind === 'reference' ? createReferenceBackend() : createCpuBackend(definite(options));
}
