export { dataPath, goldenCases, goldenTitle, readJsonFile, type GoldenCase } from './golden-cases.ts';
export { readTensors, type HostTensor } from './read-tensors.ts';
export { relativeL2 } from './relative-l2.ts';
