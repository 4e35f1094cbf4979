/**
 * The one error family. Every failure that a user can cause or act upon is a `BezoarError`:
 * `message` says what happened, `advice` what to do next, `code` is stable and meant for programs.
 */
export type ErrorCode =
  | 'BAD_CONFIG'
  | 'BAD_INPUT'
  | 'BAD_FILE'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'EMPTY_DATASET'
  | 'UNSUPPORTED'
  | 'BACKEND_UNAVAILABLE'
  | 'OUT_OF_MEMORY'
  | 'DISPOSED'
  | 'DIVERGED'
  | 'PEER_FAILED'
  | 'RANKS_DIFFER'
  | 'PROVIDER_AUTH'
  | 'PROVIDER_REJECTED'
  | 'PROVIDER_UNAVAILABLE'
  | 'BUDGET_EXCEEDED'
  | 'MISSING_DEPENDENCY'
  | 'INTERRUPTED'
  | 'CHECK_FAILED';

export interface BezoarErrorOptions {
  /** What the user can do next, one sentence. */
  readonly advice?: string;
  readonly cause?: unknown;
  /** Plain data for programs: paths, names, numbers. Never secrets. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Two copies of this package in one process break `instanceof`; a global symbol does not. */
const marker: unique symbol = Symbol.for('bezoar.error') as never;

/** Every failure that a user can cause or act upon: `code` is for programs, `message` says what happened, `advice` what to do next. */
export class BezoarError extends Error {
  override readonly name: string = 'BezoarError';
  readonly code: ErrorCode;
  readonly advice: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: BezoarErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.advice = options.advice;
    this.data = options.data ?? {};
    Object.defineProperty(this, marker, { value: true });
  }

  /** True for every error of the family, whichever copy of the package made it. */
  static isInstance(value: unknown): value is BezoarError {
    return typeof value === 'object' && value !== null && marker in value;
  }
}
