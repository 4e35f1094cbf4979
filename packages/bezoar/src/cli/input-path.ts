import { isHubReference } from '@bezoar/hub';
import { resolve } from 'node:path';

/** Absolute path of an input that a flag names; what is on the Hub keeps its name. */
export function inputPath(value: string): string {
  return isHubReference(value) ? value : resolve(value);
}
