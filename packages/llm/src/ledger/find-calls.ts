import { BezoarError } from '@bezoar/core';
import { existsSync } from 'node:fs';
import { openDatabase } from '../sqlite/open-database.ts';
import type { ChatRequest, ChatResponse } from '../chat-model.ts';
import { ledgerMigrations } from './open-ledger.ts';

export interface FoundCall {
  readonly model: string;
  readonly stage: string;
  readonly request: ChatRequest;
  readonly response: ChatResponse;
}

export interface FindCallsOptions {
  /** The ledger's file. */
  readonly path: string;
  readonly instruction: string;
  readonly response: string;
  readonly limit?: number;
}

/**
 * The answered calls that a row came from, found by its texts, in the order in which they were made: whose reply holds the
 * instruction; who were asked the instruction and replied the response; who were shown both (judges).
 * Throws BezoarError NOT_FOUND when there is no such file, BAD_FILE when it is something else.
 */
export function findCalls({ path, instruction, response, limit = 50 }: FindCallsOptions): FoundCall[] {
  if (!existsSync(path))
    throw new BezoarError('NOT_FOUND', `There is no ledger ${path}.`, { advice: 'Check the run folder.' });
  const database = openDatabase({ path, migrations: ledgerMigrations, what: 'a call ledger' });
  try {
    const rows = database
      .prepare(
        `SELECT model, stage, request, response FROM calls WHERE state = 'done' AND (instr(response, ?1)
           OR (instr(request, ?1) AND (instr(response, ?2) OR instr(request, ?2)))) ORDER BY finished_at, rowid LIMIT ?3`,
      )
      .all(inJson(instruction), inJson(response), limit);
    return (rows as unknown as StoredCall[]).map((row) => ({
      ...row,
      request: JSON.parse(row.request) as ChatRequest,
      response: JSON.parse(row.response) as ChatResponse,
    }));
  } finally {
    database.close();
  }
}

interface StoredCall {
  readonly model: string;
  readonly stage: string;
  readonly request: string;
  readonly response: string;
}

/** As a text stands inside of a JSON string. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
