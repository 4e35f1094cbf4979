export { describeGolden } from './describe-golden.ts';
export { dataPath, readJsonFile, type GoldenCase } from './golden-cases.ts';
export { readTensors, type HostTensor } from './read-tensors.ts';
export { relativeL2 } from './relative-l2.ts';
