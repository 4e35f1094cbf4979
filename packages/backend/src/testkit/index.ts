export { createLocalGroup } from './create-local-group.ts';
export type { BackendTestOptions, Expectation, TestApi, TestContext } from './test-api.ts';
export { testBackend } from './test-backend.ts';
