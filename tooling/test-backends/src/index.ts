export { listTestBackends, type TestBackend } from './list-test-backends.ts';
