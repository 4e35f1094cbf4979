export { listDryRuns, type TestDryRun } from './list-dry-runs.ts';
export { listTestBackends, type TestBackend } from './list-test-backends.ts';
