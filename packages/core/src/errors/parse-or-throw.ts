import { z } from 'zod';
import { BezoarError, type ErrorCode } from './bezoar-error.ts';

export interface ParseOptions {
  /** What is being read, for the message: `recipe quickstart.yaml`, `row 17 of seeds.jsonl`. */
  readonly what: string;
  readonly code?: ErrorCode;
  readonly advice?: string;
}

/** Validates unknown data against a zod schema; a misfit becomes one `BezoarError` that names each bad field. */
export function parseOrThrow<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  options: ParseOptions,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const path = issue.path.map(String).join('.');
    return path === '' ? issue.message : `${path}: ${issue.message}`;
  });
  throw new BezoarError(
    options.code ?? 'BAD_CONFIG',
    `${options.what} is not valid: ${problems.join('; ')}.`,
    {
      ...(options.advice === undefined ? {} : { advice: options.advice }),
      data: { problems },
    },
  );
}
