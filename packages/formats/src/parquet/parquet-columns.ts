import type { ParquetColumns } from './parquet-type.ts';

/** Instruction rows with their lineage and judgments, as generation and filtering write them. */
export const instructionRowColumns: ParquetColumns = {
  id: 'string',
  system: 'string',
  instruction: 'string',
  response: 'string',
  source: 'string',
  category: 'string',
  lineage: { struct: { parentId: 'string', round: 'integer', operation: 'string' } },
  reference: 'string',
  agreesWithReference: 'boolean',
  judgments: {
    list: { struct: { judge: 'string', status: 'string', rating: 'number', reason: 'string' } },
  },
};

/** Preference pairs with texts on both sides (TRL's standard columns). */
export const preferencePairColumns: ParquetColumns = {
  id: 'string',
  prompt: 'string',
  chosen: 'string',
  rejected: 'string',
  source: 'string',
};

/** Conversations as chat templates read them. */
export const messagesColumns: ParquetColumns = {
  messages: { list: { struct: { role: 'string', content: 'string' } } },
};
