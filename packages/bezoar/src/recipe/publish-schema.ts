import { z } from 'zod';
import type { PublishChoice } from './publish-choice.ts';
import { name, text } from './schema-fields.ts';

/** As the Hub has it. */
const part = String.raw`(?!.*(?:--|\.\.))[A-Za-z0-9](?:[\w.-]{0,94}[A-Za-z0-9])?`;
const repoName = z
  .string()
  .regex(new RegExp(`^(?:${part}/)?${part}$`), 'write name or org/name, as the Hub has them')
  .refine((written) => !written.endsWith('.git'), 'no name on the Hub ends in .git');

const repo = z.union([
  repoName.transform((written) => ({ name: written })),
  z.strictObject({ name: repoName, license: text.optional(), description: text.optional() }),
]);

/** What of a run is published, and where. */
export const publishSchema: z.ZodType<PublishChoice> = z.strictObject({
  org: text.optional(),
  license: text.optional(),
  private: z.boolean().optional(),
  tag: text.optional(),
  base: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, 'write org/name')
    .optional(),
  repos: z
    .record(name, repo)
    .refine((repos) => Object.keys(repos).length > 0, 'name at least one stage and its repository'),
});
