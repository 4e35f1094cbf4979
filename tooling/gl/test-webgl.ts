/**
 * `pnpm test:webgl [webgl2|webgl|webasm|cpu]`: the conformance suite of gpu.js in Chromium, drawn in software; `webgl2` by default. Run
 * `pnpm build` first. About a minute on two cores.
 */
import { evaluateInChromium } from './chromium-page.ts';
import type { ConformanceResult } from './conformance-page.ts';

const [mode = 'webgl2'] = process.argv.slice(2);
const { backend, passed, skipped, failures } = await evaluateInChromium<ConformanceResult>(
  'tooling/gl/conformance-page.ts',
  `bundle.runConformance(${JSON.stringify(mode)})`,
);
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`${backend}: ${passed} passed, ${failures.length} failed, ${skipped} skipped`);
process.exitCode = failures.length === 0 ? 0 : 1;
