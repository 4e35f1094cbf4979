/** `node --import` this: `vitest` is then vitest-on-node.mjs. */
import { register } from 'node:module';

const shim = new URL('vitest-on-node.mjs', import.meta.url).href;
const hooks = `export const resolve = (specifier, context, next) =>
  specifier === 'vitest' ? { url: ${JSON.stringify(shim)}, shortCircuit: true } : next(specifier, context);`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
