import type { Page, Worker } from 'playwright-core';

export interface StepTextures {
  /** Live textures after every step so far, those from before the counting left out. */
  textures(): Promise<number[]>;
  /** Milliseconds of every step. */
  milliseconds(): Promise<number[]>;
}

/** Counts in the worker, where WebGL is: textures that were made and not deleted, whenever a step is reported. */
export async function countTextures(page: Page): Promise<StepTextures> {
  const [worker] = page.workers() as [Worker];
  await worker.evaluate(`{
    let live = 0;
    const log = (globalThis.stepLog = { textures: [], milliseconds: [] });
    const { createTexture, deleteTexture } = WebGL2RenderingContext.prototype;
    WebGL2RenderingContext.prototype.createTexture = function () {
      live++;
      return createTexture.call(this);
    };
    WebGL2RenderingContext.prototype.deleteTexture = function (texture) {
      live--;
      return deleteTexture.call(this, texture);
    };
    const { postMessage } = globalThis;
    globalThis.postMessage = (report, transfer) => {
      if (report.type === 'step') {
        log.textures.push(live);
        log.milliseconds.push(report.usage.milliseconds);
      }
      postMessage(report, transfer);
    };
  }`);
  return {
    textures: () => worker.evaluate('stepLog.textures'),
    milliseconds: () => worker.evaluate('stepLog.milliseconds'),
  };
}
