import type { TrainStepEvent } from '@bezoar/core';
import type { TrainingJob } from './training-job.ts';

/** Where the weights come from. Files of a folder that was opened never leave the machine. */
export type ModelSource =
  | { readonly kind: 'bundled'; readonly url: string }
  | { readonly kind: 'files'; readonly name: string; readonly files: readonly File[] };

/** gpu.js on WebGL 2 or 1, the kernels of `@bezoar/backend-cpu` in WebAssembly, gpu.js in JavaScript. */
export type BackendName = 'webgl2' | 'webgl' | 'wasm' | 'javascript';
export type BackendWish = 'auto' | BackendName;

/** The model as it is at the start, after instructions, after preferences. */
export type Version = 'base' | TrainedVersion;
export type TrainedVersion = 'sft' | 'dpo';

export type Phase = 'backend' | 'model' | 'answers' | 'sft' | 'dpo' | 'files';

export interface BackendFacts {
  /** What runs, in the backend's own words. */
  readonly description: string;
  /** Why nothing better runs, one line for each that was tried. */
  readonly reasons: readonly string[];
}

export interface ModelFacts {
  readonly name: string;
  readonly parameters: number;
  /** Of those, how many the adapter has. */
  readonly trained: number;
}

/** What the page asks of the worker. Everything but `stop` waits for what was asked before. */
export type Request =
  | { readonly type: 'open-backend'; readonly wish: BackendWish }
  | {
      readonly type: 'train';
      readonly wish: BackendWish;
      readonly model: ModelSource;
      readonly job: TrainingJob;
    }
  | { readonly type: 'ask'; readonly prompt: string }
  | { readonly type: 'save-adapter' }
  /** The files of the model that the page brings. */
  | { readonly type: 'save-model'; readonly url: string }
  | { readonly type: 'stop' };

export interface Usage {
  readonly milliseconds: number;
  /** Bytes and number of the backend's live tensors. */
  readonly bytes: number;
  readonly tensors: number;
}

/** What the worker says. */
export type Report =
  | { readonly type: 'backend'; readonly facts: BackendFacts }
  | { readonly type: 'model'; readonly facts: ModelFacts }
  | { readonly type: 'phase'; readonly phase: Phase; readonly done?: number; readonly total?: number }
  | {
      readonly type: 'step';
      readonly version: TrainedVersion;
      readonly event: TrainStepEvent;
      readonly usage: Usage;
    }
  | {
      readonly type: 'answers';
      readonly version: Version;
      readonly answers: readonly { readonly prompt: string; readonly text: string }[];
    }
  | { readonly type: 'file'; readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }
  /** The request is done; `stopped` when it was ended early. */
  | { readonly type: 'done'; readonly request: Request['type']; readonly stopped: boolean }
  | { readonly type: 'failed'; readonly request: Request['type']; readonly message: string };
