import { BezoarError, describeError } from '@bezoar/core';
import { memoryFolder } from '@bezoar/formats';
import { saveLoraAdapter, withAdapter, type LoraAdapter } from '@bezoar/model';
import type { BackendWish, ModelSource, Report, Request, Version } from '../shared/protocol.ts';
import type { TrainingJob } from '../shared/training-job.ts';
import { answerPrompts } from './answer-prompts.ts';
import { fetchFolder } from './fetch-folder.ts';
import { fileFolder } from './file-folder.ts';
import { openLoadedModel, type LoadedModel } from './loaded-model.ts';
import type { OpenedBackend } from './open-backend.ts';
import { trainVersions } from './train-versions.ts';
import { zipFiles } from './zip-files.ts';

/** Of the model that the page brings. */
const bundledFiles = ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'];
const bundledName = 'bezoar-tiny';

export interface SessionOptions {
  readonly openBackend: (wish: BackendWish) => Promise<OpenedBackend>;
  readonly report: (report: Report) => void;
  /** Lets messages in, so that a training can be stopped. */
  readonly pause: () => Promise<void>;
  readonly now: () => number;
}

export interface Session {
  /** Never throws: what goes wrong is reported. Requests are answered one after the other; `stop` ends the one that runs. */
  handle(request: Request): Promise<void>;
}

/** What the worker does, without the worker: the model, its versions, and the requests of the page. */
export function createSession({ openBackend, report, pause, now }: SessionOptions): Session {
  let device: { readonly wish: BackendWish; readonly opened: OpenedBackend } | undefined;
  let loaded: { readonly source: ModelSource; readonly model: LoadedModel } | undefined;
  let job: TrainingJob | undefined;
  const adapters = new Map<Version, LoraAdapter>();
  let controller = new AbortController();
  let queue = Promise.resolve();

  async function openDevice(wish: BackendWish): Promise<OpenedBackend> {
    if (device?.wish === wish) return device.opened;
    forgetAdapters();
    loaded = undefined;
    await device?.opened.backend.dispose();
    device = undefined;
    report({ type: 'phase', phase: 'backend' });
    const opened = await openBackend(wish);
    device = { wish, opened };
    report({ type: 'backend', facts: opened.facts });
    return opened;
  }

  async function modelOf(source: ModelSource, wish: BackendWish): Promise<LoadedModel> {
    const { backend } = await openDevice(wish);
    if (loaded !== undefined && sameSource(loaded.source, source)) return loaded.model;
    forgetAdapters();
    loaded?.model.base.dispose();
    loaded = undefined;
    report({ type: 'phase', phase: 'model' });
    const folder =
      source.kind === 'bundled'
        ? await fetchFolder(source.url, bundledFiles)
        : fileFolder(source.name, source.files);
    const model = await openLoadedModel({
      folder,
      name: source.kind === 'bundled' ? bundledName : source.name,
      backend,
      onProgress: (done, total) => report({ type: 'phase', phase: 'model', done, total }),
    });
    loaded = { source, model };
    return model;
  }

  function forgetAdapters(): void {
    for (const adapter of new Set(adapters.values())) adapter.dispose();
    adapters.clear();
  }

  async function answer(model: LoadedModel, version: Version, prompts: readonly string[]): Promise<void> {
    if (prompts.length === 0) return;
    report({ type: 'phase', phase: 'answers' });
    await pause();
    const texts = await answerPrompts({
      model: withAdapter(model.base, adapters.get(version)),
      tokenizer: model.tokenizer,
      system: job?.settings.system ?? '',
      prompts,
    });
    const answers = prompts.map((prompt, index) => ({ prompt, text: texts[index]! }));
    report({ type: 'answers', version, answers });
  }

  async function train(request: Extract<Request, { type: 'train' }>): Promise<void> {
    const { signal } = controller;
    const model = await modelOf(request.model, request.wish);
    const { backend } = model.base;
    ({ job } = request);
    forgetAdapters();
    await answer(model, 'base', job.prompts);
    signal.throwIfAborted();
    report({ type: 'phase', phase: 'sft', done: 0, total: job.settings.sftSteps });
    let started = now();
    const news = trainVersions({
      model,
      job,
      signal,
      onAdapter: (version, adapter) => {
        adapters.set(version, adapter);
        if (version === 'sft') report({ type: 'model', facts: factsOf(model, adapter) });
      },
    });
    for await (const each of news) {
      if (each.type === 'step') {
        const { live, tensors } = backend.memory();
        const usage = { milliseconds: now() - started, bytes: live, tensors };
        report({ type: 'step', version: each.version, event: each.event, usage });
        await pause();
      } else {
        await answer(model, each.version, job.prompts);
        if (each.version === 'sft' && job.settings.dpoSteps > 0)
          report({ type: 'phase', phase: 'dpo', done: 0, total: job.settings.dpoSteps });
      }
      started = now();
    }
  }

  async function saveAdapter(): Promise<void> {
    const adapter = adapters.get('dpo') ?? adapters.get('sft');
    if (loaded === undefined || adapter === undefined)
      throw new BezoarError('BAD_CONFIG', 'There is no adapter yet.', { advice: 'Train one first.' });
    report({ type: 'phase', phase: 'files' });
    const { base, name } = loaded.model;
    const files = new Map<string, Uint8Array>();
    const sink = memoryFolder(files);
    await saveLoraAdapter({ model: withAdapter(base, adapter), adapter, sink, baseModel: name });
    report({ type: 'file', name: 'bezoar-adapter.zip', bytes: zipOf('bezoar-adapter', files) });
  }

  async function saveModel(url: string): Promise<void> {
    report({ type: 'phase', phase: 'files' });
    const folder = await fetchFolder(url, bundledFiles);
    const files = new Map<string, Uint8Array>();
    for (const name of bundledFiles) {
      const file = await folder.open(name);
      files.set(name, await file.read(0, file.size));
    }
    report({ type: 'file', name: `${bundledName}.zip`, bytes: zipOf(bundledName, files) });
  }

  async function ask(prompt: string): Promise<void> {
    if (loaded === undefined)
      throw new BezoarError('BAD_CONFIG', 'There is no model yet.', { advice: 'Train one first.' });
    const { model } = loaded;
    await answer(model, 'base', [prompt]);
    for (const version of adapters.keys()) await answer(model, version, [prompt]);
  }

  async function run(request: Request): Promise<void> {
    switch (request.type) {
      case 'open-backend':
        await openDevice(request.wish);
        return;
      case 'train':
        return train(request);
      case 'ask':
        return ask(request.prompt);
      case 'save-adapter':
        return saveAdapter();
      case 'save-model':
        return saveModel(request.url);
      case 'stop':
        return;
    }
  }

  return {
    handle(request) {
      if (request.type === 'stop') {
        controller.abort();
        return Promise.resolve();
      }
      queue = queue.then(async () => {
        controller = new AbortController();
        const { signal } = controller;
        try {
          await run(request);
          report({ type: 'done', request: request.type, stopped: signal.aborted });
        } catch (error) {
          if (signal.aborted) report({ type: 'done', request: request.type, stopped: true });
          else report({ type: 'failed', request: request.type, message: describeError(error) });
        }
      });
      return queue;
    },
  };
}

function sameSource(a: ModelSource, b: ModelSource): boolean {
  if (a.kind === 'bundled' || b.kind === 'bundled') return a.kind === b.kind;
  return (
    a.name === b.name &&
    a.files.length === b.files.length &&
    a.files.every(
      (file, index) =>
        file.name === b.files[index]!.name &&
        file.size === b.files[index]!.size &&
        file.lastModified === b.files[index]!.lastModified,
    )
  );
}

function factsOf(model: LoadedModel, adapter: LoraAdapter): Extract<Report, { type: 'model' }>['facts'] {
  let trained = 0;
  for (const { a, b } of adapter.modules.values()) trained += a.size + b.size;
  return { name: model.name, parameters: model.parameters, trained };
}

function zipOf(folder: string, files: ReadonlyMap<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  return zipFiles([...files].map(([name, bytes]) => ({ name: `${folder}/${name}`, bytes })));
}
