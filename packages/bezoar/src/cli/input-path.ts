import { isHubReference } from '@bezoar/hub';
import { resolve } from 'node:path';
import { isUrl } from '../run/url-file.ts';

/** Absolute path of an input that a flag names; what is on the Hub or the web keeps its name. */
export function inputPath(value: string): string {
  return isHubReference(value) || isUrl(value) ? value : resolve(value);
}
