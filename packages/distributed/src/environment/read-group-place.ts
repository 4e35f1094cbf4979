import { BezoarError } from '@bezoar/core';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A process's place among those that train together. */
export interface GroupPlace {
  readonly rank: number;
  readonly size: number;
  /** Its number on this machine: which GPU is its own. Undefined when the launcher does not say. */
  readonly localRank: number | undefined;
  /** Processes on this machine. */
  readonly localSize: number;
  /** Where rank 0 listens. */
  readonly host: string;
  readonly port: number;
  /** Milliseconds until all must have come; undefined where nothing is said. */
  readonly joinTimeout: number | undefined;
  /** Milliseconds that one process waits for another while they work. */
  readonly timeout: number | undefined;
}

/**
 * Reads what launchers of many kinds set: RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT; LOCAL_RANK and LOCAL_WORLD_SIZE. Undefined
 * for a process on its own: neither RANK nor WORLD_SIZE, or a world of one. BEZOAR_PORT stands over MASTER_PORT; BEZOAR_JOIN_TIMEOUT
 * and BEZOAR_PEER_TIMEOUT are seconds.
 *
 * Throws BezoarError BAD_CONFIG when a part is missing or the parts contradict each other.
 */
export function readGroupPlace(env: Environment): GroupPlace | undefined {
  if (!isSet(env, 'RANK') && !isSet(env, 'WORLD_SIZE')) return undefined;
  const missing = ['RANK', 'WORLD_SIZE', 'MASTER_ADDR', 'MASTER_PORT'].filter((name) => !isSet(env, name));
  if (env['WORLD_SIZE'] === '1' && !missing.includes('RANK')) return undefined;
  if (missing.length > 0) {
    const set = ['RANK', 'WORLD_SIZE'].filter((name) => isSet(env, name)).join(' and ');
    throw misplaced(
      `${set} of the environment say${set.includes(' ') ? '' : 's'} that several processes train together, but ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`,
    );
  }
  const size = integer(env, 'WORLD_SIZE', { least: 1, below: 65_536 });
  const rank = integer(env, 'RANK', { least: 0, below: size, limit: 'WORLD_SIZE' });
  const localSize = isSet(env, 'LOCAL_WORLD_SIZE')
    ? integer(env, 'LOCAL_WORLD_SIZE', { least: 1, below: size + 1, limit: 'WORLD_SIZE + 1' })
    : size;
  const localRank = isSet(env, 'LOCAL_RANK')
    ? integer(env, 'LOCAL_RANK', { least: 0, below: localSize, limit: 'LOCAL_WORLD_SIZE' })
    : undefined;
  return {
    rank,
    size,
    localRank,
    localSize,
    host: env['MASTER_ADDR']!,
    port: portOf(env),
    joinTimeout: seconds(env, 'BEZOAR_JOIN_TIMEOUT'),
    timeout: seconds(env, 'BEZOAR_PEER_TIMEOUT'),
  };
}

/** torchrun may keep a store of its own on MASTER_PORT, and says so; then the next port is ours. */
function portOf(env: Environment): number {
  const bounds = { least: 1, below: 65_536 };
  if (isSet(env, 'BEZOAR_PORT')) return integer(env, 'BEZOAR_PORT', bounds);
  const port = integer(env, 'MASTER_PORT', bounds);
  if (env['TORCHELASTIC_USE_AGENT_STORE'] !== 'True') return port;
  return port < 65_535 ? port + 1 : port - 1;
}

function isSet(env: Environment, name: string): boolean {
  return env[name] !== undefined && env[name] !== '';
}

interface Bounds {
  readonly least: number;
  readonly below: number;
  /** The variable that `below` comes from. */
  readonly limit?: string;
}

function integer(env: Environment, name: string, { least, below, limit }: Bounds): number {
  const text = env[name]!.trim();
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value < below) return value;
  const bound = limit === undefined ? '' : `, which ${limit} says`;
  throw misplaced(
    `${name} of the environment is "${text}"; it must be a whole number from ${least} to below ${below}${bound}.`,
  );
}

function seconds(env: Environment, name: string): number | undefined {
  if (!isSet(env, name)) return undefined;
  const value = Number(env[name]);
  if (value > 0) return 1000 * value;
  throw misplaced(`${name} of the environment is "${env[name]}"; it must be a number of seconds.`);
}

function misplaced(message: string): BezoarError {
  return new BezoarError('BAD_CONFIG', message, {
    advice:
      'Start all processes with one launcher (torchrun, or --processes), or unset RANK and WORLD_SIZE to train in one process.',
  });
}
