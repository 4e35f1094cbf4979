import { BezoarError, parseOrThrow } from '@bezoar/core';
import type { z } from 'zod';

const advice = 'Correct or remove the row; the columns are those of the data set on the Hugging Face Hub.';

/** Checks a row and renders it. Throws BezoarError BAD_INPUT that names the row, whichever of the two fails. */
export function prepareRow<Row, Item>(
  row: unknown,
  where: string,
  { schema, render }: { readonly schema: z.ZodType<Row>; readonly render: (row: Row) => Item },
): Item {
  const parsed = parseOrThrow(schema, row, { what: where, code: 'BAD_INPUT', advice });
  try {
    return render(parsed);
  } catch (cause) {
    if (BezoarError.isInstance(cause)) throw cause;
    throw new BezoarError('BAD_INPUT', `${where} cannot be rendered: ${(cause as Error).message}.`, {
      advice,
      cause,
    });
  }
}
